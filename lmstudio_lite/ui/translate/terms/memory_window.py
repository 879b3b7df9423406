"""The window of the translation memory: how much is remembered, in and out as TMX, and forgotten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.app.jobs import Job, JobContext
from lmstudio_lite.app.translation_memory import Cleared, TranslationMemories
from lmstudio_lite.domain.glossary import ImportReport
from lmstudio_lite.domain.translation_memory import MemorySize
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.drops import DropZone, install_drops
from lmstudio_lite.ui.file_dialog import ask_for_files
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.ui.tokens import SPACE_8, SPACE_16
from lmstudio_lite.ui.translate.language_box import LanguageBox
from lmstudio_lite.words.glossaries import say_left_out, say_report
from lmstudio_lite.words.languages import say_language
from lmstudio_lite.words.translate import mark, tr, trn

Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
_LANE = "memory"
_SIZE = (720, 440)
_NAMES = (mark("Languages"), mark("Project"), mark("Segments"), mark("Used"))
_NUMBERS = (2, 3)


class MemoryModel(QAbstractTableModel):
    """A row for each pair of languages and project."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._sizes: list[MemorySize] = []

    def size(self, row: int) -> MemorySize | None:
        """Return what stands in a row."""
        return self._sizes[row] if 0 <= row < len(self._sizes) else None

    def show(self, sizes: Sequence[MemorySize]) -> None:
        """Show the newest figures."""
        self.beginResetModel()
        self._sizes = list(sizes)
        self.endResetModel()

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._sizes)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(_NAMES)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        words = _words(self._sizes[index.row()])[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return words
            case Qt.ItemDataRole.AccessibleTextRole:
                return tr("{0}: {1}").format(tr(_NAMES[index.column()]), words)
            case Qt.ItemDataRole.TextAlignmentRole if index.column() in _NUMBERS:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr(_NAMES[section])
        return None


class MemoryWindow(QWidget):
    """Non-modal. What is cleared comes back with “Undo” until the program's next start."""

    def __init__(
        self, memories: TranslationMemories, bridge: Bridge, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        set_role(self, "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(tr("Translation memory"))
        self._memories = memories
        self._bridge = bridge
        self._job: Job | None = None
        self.notice = Notice(theme, self)
        self.empty = text_label(
            tr(
                "Nothing is remembered yet. What you accept in a review comes here, and TMX files you import."
            ),
            self,
            role="muted",
            wrap=True,
        )
        self.model = MemoryModel(self)
        self.table = QTableView(self)
        self.source_box = LanguageBox(tr("Language of the sources to import"), self)
        self.target_box = LanguageBox(tr("Language of the translations to import"), self)
        self.import_button = text_button(tr("Import TMX…"), self)
        self.export_button = text_button(tr("Export TMX…"), self)
        self.clear_button = text_button(tr("Forget"), self)
        self._set_up_table()
        self._lay_out()
        self.import_button.clicked.connect(self._on_import_clicked)
        self.export_button.clicked.connect(self._on_export_clicked)
        self.clear_button.clicked.connect(self._on_clear_clicked)
        self.table.selectionModel().currentChanged.connect(self._on_current_changed)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Close), self).activated.connect(self.close)
        install_drops(self, lambda: [DropZone(tr("Drop to import TMX"), self._import)], lambda _text: None)
        self.resize(theme.scaled(_SIZE[0]), theme.scaled(_SIZE[1]))
        self.load()

    @property
    def current(self) -> MemorySize | None:
        """Return the chosen row's memory."""
        return self.model.size(self.table.currentIndex().row())

    def show_for(self, source: str, target: str) -> None:
        """Come to the front; files are imported for this pair of languages."""
        if source:
            self.source_box.set_code(source)
        self.target_box.set_code(target)
        self.load()
        self.show()
        self.raise_()
        self.activateWindow()

    @Slot()
    def load(self) -> None:
        """Read the figures again."""
        self._run(self._memories.statistics, self._show)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc stops what is imported, else closes the window; Delete forgets what is chosen."""
        if event.key() == Qt.Key.Key_Escape:
            if self._job is not None:
                self._job.cancel()
            else:
                self.close()
        elif event.key() == Qt.Key.Key_Delete and self.table.hasFocus():
            self._on_clear_clicked()
        else:
            super().keyPressEvent(event)

    def _run(self, work: Callable[[], object], on_done: Callable[..., None]) -> None:
        self._bridge.run(
            lambda _context: work(),
            on_done=lambda result: on_done(result),
            on_failed=self.notice.show_error,
            lane=_LANE,
        )

    def _show(self, sizes: list[MemorySize]) -> None:
        row = self.table.currentIndex().row()
        self.model.show(sizes)
        self.empty.setVisible(not sizes)
        if sizes:
            self.table.selectRow(min(max(0, row), len(sizes) - 1))
        self._on_current_changed()

    def _import(self, paths: list[Path]) -> None:
        source, target = self.source_box.code, self.target_box.code
        if source == target:
            self.notice.show_message(tr("Choose two different languages first."))
            return

        def work(context: JobContext) -> list[tuple[Path, ImportReport]]:
            return [
                (
                    path,
                    self._memories.import_file(
                        path, source, target, cancellation=context.cancellation, report=context.report
                    ),
                )
                for path in paths
            ]

        def progress(num_read: object) -> None:
            self.notice.show_message(tr("{0} segments read. Esc stops.").format(f"{num_read:,}"))

        def show(reports: list[tuple[Path, ImportReport]]) -> None:
            self._job = None
            left_out = [line for _, report in reports for line in say_left_out(report)]
            words = " ".join(say_report(path.name, report) for path, report in reports)
            self.notice.show_message(words, "\n".join(left_out), kind="warning" if left_out else "info")
            self.load()

        self._job = self._bridge.run(
            work,
            on_progress=progress,
            on_done=show,
            on_failed=self._on_import_failed,
            on_cancelled=self._on_import_cancelled,
            lane=_LANE,
        )

    def _on_import_failed(self, error: Exception) -> None:
        self._job = None
        self.notice.show_error(error)
        self.load()

    def _on_import_cancelled(self) -> None:
        self._job = None
        self.notice.show_message(tr("Stopped. What was read is remembered."))
        self.load()

    def _set_up_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setAccessibleName(tr("What is remembered"))
        table.setShowGrid(False)
        table.setCornerButtonEnabled(False)
        table.setTabKeyNavigation(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.verticalHeader().hide()
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_8)
        buttons.addWidget(self.source_box)
        buttons.addWidget(text_label("→", self, role="muted"))
        buttons.addWidget(self.target_box)
        buttons.addWidget(self.import_button)
        buttons.addStretch(1)
        buttons.addWidget(self.export_button)
        buttons.addWidget(self.clear_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_16, SPACE_16, SPACE_16, SPACE_16)
        layout.setSpacing(SPACE_8)
        layout.addWidget(self.notice)
        layout.addWidget(self.empty)
        layout.addWidget(self.table, 1)
        layout.addLayout(buttons)

    @Slot()
    def _on_current_changed(self) -> None:
        has_one = self.current is not None
        self.export_button.setEnabled(has_one)
        self.clear_button.setEnabled(has_one)

    @Slot()
    def _on_import_clicked(self) -> None:
        filters = [f"{tr('Translation memories')} (*.tmx)", f"{tr('All files')} (*)"]
        ask_for_files(self, tr("Import a translation memory"), filters, self._import)

    @Slot()
    def _on_export_clicked(self) -> None:
        size = self.current
        if size is None:
            return
        dialog = QFileDialog(self, tr("Export a translation memory"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([f"{tr('Translation memories')} (*.tmx)"])
        dialog.setDefaultSuffix("tmx")
        dialog.selectFile(f"{size.source}-{size.target}.tmx")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self._export(size, Path(name)))
        dialog.open()

    def _export(self, size: MemorySize, path: Path) -> None:
        def show(num_segments: int) -> None:
            words = trn("{n} segment written to “{0}”.", "{n} segments written to “{0}”.", num_segments)
            self.notice.show_message(words.format(path.name), str(path.parent))

        self._run(lambda: self._memories.export_file(path, size.source, size.target, size.project), show)

    @Slot()
    def _on_clear_clicked(self) -> None:
        size = self.current
        if size is None:
            return

        def show(cleared: Cleared) -> None:
            self.load()
            words = trn("{n} segment is forgotten.", "{n} segments are forgotten.", cleared.num_entries)
            self.notice.show_message(words, "", tr("Undo"), lambda: self._restore(cleared))

        self._run(lambda: self._memories.clear(size.source, size.target, size.project), show)

    def _restore(self, cleared: Cleared) -> None:
        self.notice.clear()
        self._run(lambda: self._memories.restore(cleared), lambda _none: self.load())


def _words(size: MemorySize) -> tuple[str, ...]:
    return (
        tr("{0} → {1}").format(say_language(size.source), say_language(size.target)),
        size.project or tr("Every project"),
        f"{size.num_entries:,}",
        trn("{n} time", "{n} times", size.num_uses),
    )
