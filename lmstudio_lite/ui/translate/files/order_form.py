"""What is asked before files are translated: from which language, into which ones, and how."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.domain.file_translations import FileOrder
from lmstudio_lite.domain.translations import Register, TranslationOptions
from lmstudio_lite.domain.units import BilingualLayout, ReadUnitsOptions
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.ui.controls import choice_box, text_button, text_label
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.ui.remembering import remember
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.ui.tokens import SPACE_8, SPACE_12, SPACE_16, SPACE_24
from lmstudio_lite.ui.translate.files.targets_button import TargetsButton
from lmstudio_lite.ui.translate.language_box import LanguageBox
from lmstudio_lite.ui.translate.project_box import ProjectBox
from lmstudio_lite.words.translate import tr, trn

_SHEETS = frozenset((".xlsx", ".xlsm", ".ods"))
_TABLES = frozenset((".csv", ".tsv", ".tab"))
_PDF = ".pdf"
_WIDTH = 560


class OrderForm(QScrollArea):
    """A card in the page's middle. Enter orders, Esc leaves the files alone."""

    ordered = Signal(object)  # list[FileOrder]
    left = Signal()
    terms_wanted = Signal(object, str, str)  # Path, source, target: propose terms from it

    def __init__(self, settings: SettingsStore, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._settings = settings
        self._theme = theme
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._paths: list[Path] = []
        self.title = ElidedLabel(self, role="title", mode=Qt.TextElideMode.ElideMiddle)
        self.more = text_label("", self, role="muted", wrap=True)
        self.source_box = LanguageBox(tr("Language of the text"), self, offers_detection=True)
        self.targets = TargetsButton(self)
        self.register_box = choice_box(
            self,
            [
                (tr("As the model likes"), Register.ANY),
                (tr("Formal"), Register.FORMAL),
                (tr("Informal"), Register.INFORMAL),
            ],
            Register.ANY,
        )
        self.register_box.setAccessibleName(tr("How the reader is addressed"))
        self.audience_edit = QLineEdit(self)
        self.audience_edit.setMaxLength(200)
        self.audience_edit.setPlaceholderText(tr("Such as “children” (may be empty)"))
        self.audience_edit.setAccessibleName(tr("For whom it is"))
        self.audience_edit.setToolTip(
            tr("For whom it is, such as “children” or “engineers”. Small models may not follow this.")
        )
        self.project_box = ProjectBox(self)
        self.place_label = ElidedLabel(self, role="small", mode=Qt.TextElideMode.ElideMiddle)
        self.place_button = text_button(tr("Save as…"), self, role="quiet")
        self.place_button.setToolTip(tr("Choose where the translated file is written"))
        self._output: Path | None = None
        self.layout_box = choice_box(
            self,
            [
                (tr("The translation alone"), BilingualLayout.NONE),
                (tr("Each source with its translation below"), BilingualLayout.BELOW),
                (tr("Source and translation in two columns"), BilingualLayout.BESIDE),
            ],
            BilingualLayout.NONE,
        )
        self.layout_box.setAccessibleName(tr("What the new file holds"))
        self.sheets_check = QCheckBox(tr("Translate the names of sheets, too"), self)
        self.columns_edit = QLineEdit(self)
        self.columns_edit.setPlaceholderText(tr("All, or names or numbers: 2, Title"))
        self.columns_edit.setAccessibleName(tr("Columns that are translated"))
        self.memory_check = QCheckBox(tr("Use the translation memory"), self)
        self.memory_check.setChecked(True)
        note = tr("A PDF becomes a Word file: its text, not its layout.")
        self.note = text_label(note, self, role="small", wrap=True)
        self.terms_button = text_button(tr("Propose terms first…"), self)
        self.terms_button.setToolTip(tr("Find names and terms that the document repeats, to settle them"))
        self.leave_button = text_button(tr("Cancel"), self)
        self.order_button = text_button(tr("Translate"), self, role="primary")
        self.order_button.setDefault(True)
        self._card = QFrame(self)
        self._form = QFormLayout()
        self._lay_out()
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self.order_button.clicked.connect(self._on_order_clicked)
        self.leave_button.clicked.connect(self.left)
        self.terms_button.clicked.connect(self._on_terms_clicked)
        self.place_button.clicked.connect(self._on_place_clicked)
        self.targets.changed.connect(self._show_place)

    @property
    def paths(self) -> list[Path]:
        """Return the files that are asked about."""
        return list(self._paths)

    def offer(self, paths: Sequence[Path]) -> None:
        """Ask about ``paths``; what was chosen last is chosen again."""
        self._paths = list(paths)
        chosen = self._settings.value.translate
        self.source_box.set_at_top(chosen.pinned, chosen.recent)
        self.source_box.set_code(chosen.source)
        self.targets.offer([chosen.target], [*chosen.pinned, *chosen.recent])
        self.register_box.setCurrentIndex(self.register_box.findData(Register(chosen.register)))
        self.audience_edit.setText(chosen.audience)
        self.project_box.set_project(chosen.project)
        self._output = None
        names = [path.name for path in paths]
        self.title.set_full_text(names[0] if len(names) == 1 else trn("{n} file", "{n} files", len(names)))
        self.more.setText(tr(", ").join(names) if len(names) > 1 else "")
        self.more.setVisible(len(names) > 1)
        suffixes = {path.suffix.lower() for path in paths}
        self._form.setRowVisible(self.sheets_check, bool(suffixes & _SHEETS))
        self._form.setRowVisible(self.columns_edit, bool(suffixes & _TABLES))
        self.note.setText(
            tr("A PDF becomes a Word file: its text, not its layout.") if _PDF in suffixes else ""
        )
        self._form.setRowVisible(self.note, _PDF in suffixes)
        self.terms_button.setVisible(len(names) == 1)
        self._form.setRowVisible(self._place_row, len(names) == 1)
        self._show_place()
        self.order_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def orders(self) -> list[FileOrder]:
        """Return what is ordered: each file into each language; each language's file has its own name."""
        columns = [each.strip() for each in self.columns_edit.text().split(",")]
        reading = ReadUnitsOptions(
            with_sheet_names=self.sheets_check.isChecked(),
            columns=tuple(each for each in columns if each),
        )
        targets = [code for code in self.targets.codes if code != self.source_box.code]
        return [
            FileOrder(
                id=uuid.uuid4().hex,
                path=path,
                options=TranslationOptions(
                    source=self.source_box.code,
                    target=target,
                    register=Register(self.register_box.currentData()),
                    audience=" ".join(self.audience_edit.text().split()),
                ),
                reading=reading,
                layout=BilingualLayout(self.layout_box.currentData()),
                output=self._output_for(target, is_one_of_many=len(targets) > 1),
                project=self.project_box.project,
                uses_memory=self.memory_check.isChecked(),
            )
            for target in targets
            for path in self._paths
        ]

    def show_projects(self, projects: Sequence[str]) -> None:
        """Offer the projects that there are."""
        self.project_box.offer(projects)

    def _output_for(self, target: str, *, is_one_of_many: bool) -> Path | None:
        if self._output is None or not is_one_of_many:
            return self._output
        return self._output.with_name(f"{self._output.stem}.{target}{self._output.suffix}")

    def _suggested(self) -> Path:
        """Return where the file is written unless another place is chosen."""
        path = self._paths[0]
        suffix = ".docx" if path.suffix.lower() == _PDF else path.suffix
        return path.with_name(f"{path.stem}.{self.targets.codes[0]}{suffix}")

    @Slot()
    def _show_place(self) -> None:
        if self._paths:
            path = self._output or self._suggested()
            self.place_label.set_full_text(tr("Written to {0}").format(path.name))
            self.place_label.setToolTip(plain_tip(str(path)))

    @Slot()
    def _on_place_clicked(self) -> None:
        suggested = self._output or self._suggested()
        dialog = QFileDialog(self, tr("Save the translation"), str(suggested.parent))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([f"{suggested.suffix[1:].upper()} (*{suggested.suffix})"])
        dialog.setDefaultSuffix(suggested.suffix[1:])
        dialog.selectFile(suggested.name)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._on_place_chosen)
        dialog.open()

    @Slot(str)
    def _on_place_chosen(self, name: str) -> None:
        self._output = Path(name)
        self._show_place()

    def _lay_out(self) -> None:
        page = QWidget(self)
        card = self._card
        set_role(card, "card")
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._form.setHorizontalSpacing(SPACE_16)
        self._form.setVerticalSpacing(SPACE_8)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._form.addRow(self._label(tr("From")), self.source_box)
        self._form.addRow(self._label(tr("Into")), self.targets)
        self._form.addRow(self._label(tr("Tone")), self.register_box)
        self._form.addRow(self._label(tr("For")), self.audience_edit)
        self._form.addRow(self._label(tr("Project")), self.project_box)
        self._form.addRow(self._label(tr("File")), self.layout_box)
        self._place_row = QHBoxLayout()
        self._place_row.setSpacing(SPACE_8)
        self._place_row.addWidget(self.place_label, 1)
        self._place_row.addWidget(self.place_button)
        self._form.addRow("", self._place_row)
        self._form.addRow(self._label(tr("Columns")), self.columns_edit)
        self._form.addRow("", self.sheets_check)
        self._form.addRow("", self.memory_check)
        self._form.addRow("", self.note)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_8)
        buttons.addWidget(self.terms_button)
        buttons.addStretch(1)
        buttons.addWidget(self.leave_button)
        buttons.addWidget(self.order_button)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(SPACE_24, SPACE_24, SPACE_24, SPACE_24)
        inside.setSpacing(SPACE_12)
        inside.addWidget(self.title)
        inside.addWidget(self.more)
        inside.addLayout(self._form)
        inside.addLayout(buttons)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(card, 8)
        row.addStretch(1)
        layout = QVBoxLayout(page)
        layout.addStretch(1)
        layout.addLayout(row)
        layout.addStretch(2)
        self.setWidget(page)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Order with Enter wherever the focus is, leave with Esc."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._on_order_clicked()
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def _label(self, words: str) -> QLabel:
        label = text_label(words, self)
        label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        return label

    @Slot()
    def _on_theme_changed(self) -> None:
        self._card.setMaximumWidth(self._theme.scaled(_WIDTH))

    @Slot()
    def _on_order_clicked(self) -> None:
        orders = self.orders()
        if not orders:
            self.targets.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        register = Register(self.register_box.currentData())
        remember(
            self._settings,
            "translate",
            source=self.source_box.code,
            target=self.targets.codes[0],
            register=register.value,
            audience=orders[0].options.audience,
            project=orders[0].project,
        )
        self.ordered.emit(orders)

    @Slot()
    def _on_terms_clicked(self) -> None:
        self.terms_wanted.emit(self._paths[0], self.source_box.effective_code, self.targets.codes[0])
