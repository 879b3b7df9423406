"""Terms that a document repeats, with proposed translations: edited, checked and put into a glossary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.app.jobs import Job, JobContext
from lmstudio_lite.domain.glossary import KeptTerm, Term, TermProposal
from lmstudio_lite.errors import ModelError
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.tokens import SPACE_8, SPACE_12, SPACE_16
from lmstudio_lite.words.translate import mark, tr, trn

Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
_NAMES = (mark("Term"), mark("Translation"), mark("Found"), mark("Example"))
_SOURCE, _TARGET, _FOUND, _EXAMPLE = range(4)
_SIZE = (860, 520)

Find = Callable[[JobContext], Sequence[TermProposal]]
Keep = Callable[[Sequence[Term]], Sequence[KeptTerm]]


class ProposalsModel(QAbstractTableModel):
    """Checked rows are wanted; term and translation are edited in place."""

    choice_changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._proposals: list[TermProposal] = []
        self._wanted: list[bool] = []

    @property
    def wanted(self) -> list[Term]:
        """Return the terms that are checked."""
        pairs = zip(self._proposals, self._wanted, strict=True)
        return [proposal.term for proposal, is_wanted in pairs if is_wanted]

    def show(self, proposals: Sequence[TermProposal]) -> None:
        """Show what was found; what has a translation is wanted at first."""
        self.beginResetModel()
        self._proposals = list(proposals)
        self._wanted = [bool(proposal.term.target) for proposal in proposals]
        self.endResetModel()
        self.choice_changed.emit()

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._proposals)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(_NAMES)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if index.column() == _SOURCE:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() in (_SOURCE, _TARGET) else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        proposal = self._proposals[index.row()]
        term = proposal.term
        words = (term.source, term.target, f"{proposal.num_found:,}", proposal.example)[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return words
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(proposal.example)
            case Qt.ItemDataRole.AccessibleTextRole:
                return tr("{0}: {1}").format(tr(_NAMES[index.column()]), words)
            case Qt.ItemDataRole.CheckStateRole if index.column() == _SOURCE:
                return Qt.CheckState.Checked if self._wanted[index.row()] else Qt.CheckState.Unchecked
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Change a term or whether it is wanted; one whose translation is typed is wanted."""
        row, proposal = index.row(), self._proposals[index.row()]
        text = " ".join(str(value).split())
        if role == Qt.ItemDataRole.CheckStateRole:
            self._wanted[row] = Qt.CheckState(value) is Qt.CheckState.Checked
        elif index.column() == _SOURCE and text:
            self._proposals[row] = replace(proposal, term=replace(proposal.term, source=text))
        elif index.column() == _TARGET:
            self._proposals[row] = replace(proposal, term=replace(proposal.term, target=text))
            self._wanted[row] = bool(text)
        self.dataChanged.emit(self.index(row, 0), self.index(row, _EXAMPLE))
        self.choice_changed.emit()
        return True

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr(_NAMES[section])
        return None


class ProposalsDialog(QDialog):
    """Non-modal. ``find`` runs in a job and reports (done, total); ``keep`` puts terms into a glossary."""

    kept = Signal(int)  # how many
    model_wanted = Signal()

    def __init__(
        self, name: str, find: Find, keep: Keep, bridge: Bridge, theme: Theme, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Terms of “{0}”").format(name))
        self._keep = keep
        self._bridge = bridge
        self.notice = Notice(theme, self)
        self.state = text_label(tr("Looking for names and terms that are repeated…"), self, role="muted")
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 0)
        self.bar.setAccessibleName(tr("Terms that have a proposed translation"))
        self.model = ProposalsModel(self)
        self.table = QTableView(self)
        self.add_button = text_button("", self, role="primary")
        self.close_button = text_button(tr("Close"), self)
        self._set_up_table()
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_8)
        buttons.addWidget(self.state, 1)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.add_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_16, SPACE_16, SPACE_16, SPACE_16)
        layout.setSpacing(SPACE_12)
        layout.addWidget(self.notice)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.bar)
        layout.addLayout(buttons)
        self.resize(theme.scaled(_SIZE[0]), theme.scaled(_SIZE[1]))
        self.model.choice_changed.connect(self._on_choice_changed)
        self.add_button.clicked.connect(self._on_add_clicked)
        self.close_button.clicked.connect(self.close)
        self._on_choice_changed()
        self._job: Job = bridge.run(
            find,
            on_progress=self._on_progress,
            on_done=self._on_found,
            on_failed=self._on_failed,
        )
        self.destroyed.connect(self._job.cancel)

    def _set_up_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setAccessibleName(tr("Proposed terms"))
        table.setShowGrid(False)
        table.setCornerButtonEnabled(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.verticalHeader().hide()
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(_FOUND, QHeaderView.ResizeMode.ResizeToContents)

    def _on_progress(self, progress: object) -> None:
        num_done, num_total = progress if isinstance(progress, tuple) else (0, 0)
        self.bar.setRange(0, num_total)
        self.bar.setValue(num_done)
        self.state.setText(tr("{0} of {1} terms translated").format(num_done, num_total))

    def _on_found(self, proposals: Sequence[TermProposal]) -> None:
        self.bar.hide()
        self.model.show(proposals)
        self.state.setText("" if proposals else tr("No name and no term is repeated in this document."))

    def _on_failed(self, error: Exception) -> None:
        self.bar.hide()
        self.state.setText("")
        if isinstance(error, ModelError):
            self.notice.show_error(error, tr("Choose a model…"), self.model_wanted.emit)
        else:
            self.notice.show_error(error)

    @Slot()
    def _on_choice_changed(self) -> None:
        num_wanted = len(self.model.wanted)
        self.add_button.setEnabled(num_wanted > 0)
        self.add_button.setText(trn("Add {n} term", "Add {n} terms", num_wanted) if num_wanted else tr("Add"))

    @Slot()
    def _on_add_clicked(self) -> None:
        terms = self.model.wanted
        self._bridge.run(
            lambda _context: self._keep(terms), on_done=self._on_kept, on_failed=self.notice.show_error
        )

    def _on_kept(self, kept: Sequence[KeptTerm]) -> None:
        self.kept.emit(len(kept))
        self.close()
