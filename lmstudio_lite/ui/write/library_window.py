"""The prompt library: names at the left, the chosen prompt at the right, saved as it is typed.

Deleting can be undone here. Other people's prompts come in from a file, one's own go out into one.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.prompts import NAME_LENGTH_MAX, KeptPrompt, Prompt, PromptsBroughtIn
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.history_model import STORAGE_LANE
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.unsaved import Place, UnsavedPiece
from lmstudio_lite.words.translate import tr
from lmstudio_lite.words.writing import say_brought_in

_WIDTH, _HEIGHT = 720, 480
_LIST_WIDTH = 220
_SAVE_DELAY_MS = 400


class LibraryWindow(QWidget):
    """Reads the prompts whenever it is shown. GUI thread."""

    def __init__(self, services: Services, bridge: Bridge, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        set_role(self, "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(tr("Your prompts"))
        self.resize(theme.scaled(_WIDTH), theme.scaled(_HEIGHT))
        self._services, self._bridge, self._theme = services, bridge, theme
        self._kept: list[KeptPrompt] = []
        self._chosen_id = ""
        self._deleted: list[str] = []
        self._is_filling = False
        self._is_new = False
        self.list = QListWidget(self)
        set_role(self.list, "list")
        self.list.setAccessibleName(tr("Your prompts"))
        self.list.setFixedWidth(theme.scaled(_LIST_WIDTH))
        self.list.setWordWrap(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.name_field = QLineEdit(self)
        self.name_field.setMaxLength(NAME_LENGTH_MAX)
        self.name_field.setAccessibleName(tr("Name of the prompt"))
        self.name_field.setPlaceholderText(tr("Name of the prompt"))
        self.text_field = QPlainTextEdit(self)
        self.text_field.setTabChangesFocus(True)
        self.text_field.setAccessibleName(tr("Text of the prompt"))
        self.hint = text_label("", self, role="small", wrap=True)
        self.notice = Notice(theme, self)
        self.new_button = text_button(tr("New"), self, role="primary")
        self.delete_button = text_button(tr("Delete"), self)
        self.undo_button = text_button(tr("Undo"), self)
        self.import_button = text_button(tr("Import…"), self)
        self.export_button = text_button(tr("Export…"), self)
        self._save_due = QTimer(self)
        self._save_due.setSingleShot(True)
        self._save_due.setInterval(_SAVE_DELAY_MS)
        self._lay_out()
        self._connect()
        self._show_controls()

    def begin(self) -> None:
        """Show the window, with what is kept."""
        self.show()
        self.raise_()
        self.activateWindow()
        self.load()

    def load(self) -> None:
        """Read the prompts again."""
        prompts = self._services.prompts
        self._bridge.run(
            lambda context: prompts.list(),
            on_done=self._on_listed,
            on_failed=self.notice.show_error,
            lane=STORAGE_LANE,
        )

    def flush(self) -> None:
        """Write what was typed at once."""
        if self._save_due.isActive():
            self._save_due.stop()
            self._services.unsaved.save(self._piece())

    def bring_in(self, path: Path) -> None:
        """Take the prompts of a file in."""
        prompts = self._services.prompts
        self._bridge.run(
            lambda context: prompts.bring_in(path),
            on_done=self._on_brought_in,
            on_failed=self.notice.show_error,
            lane=STORAGE_LANE,
        )

    def write_out(self, path: Path) -> None:
        """Write all prompts into a file."""
        self.flush()
        prompts = self._services.prompts
        self._bridge.run(
            lambda context: prompts.write_out(path),
            on_done=lambda _none: self.notice.show_message(
                tr("Saved as “{0}”.").format(path.name), str(path.parent)
            ),
            on_failed=self.notice.show_error,
            lane=STORAGE_LANE,
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes the window, Delete in the list takes the prompt out of it."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() == Qt.Key.Key_Delete and self.list.hasFocus():
            self.delete_chosen()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.flush()
        super().closeEvent(event)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(design.SPACE_8)
        for button in (self.new_button, self.delete_button, self.undo_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.import_button)
        buttons.addWidget(self.export_button)
        right = QVBoxLayout()
        right.setSpacing(design.SPACE_8)
        right.addWidget(self.name_field)
        right.addWidget(self.text_field, 1)
        right.addWidget(self.hint)
        row = QHBoxLayout()
        row.setSpacing(design.SPACE_16)
        row.addWidget(self.list)
        row.addLayout(right, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_24, design.SPACE_16, design.SPACE_24, design.SPACE_16)
        column.setSpacing(design.SPACE_12)
        column.addWidget(self.notice)
        column.addLayout(row, 1)
        column.addLayout(buttons)

    def _connect(self) -> None:
        self.list.currentRowChanged.connect(self._on_row_changed)
        self.name_field.textEdited.connect(self._on_typed)
        self.text_field.textChanged.connect(self._on_typed)
        self.new_button.clicked.connect(self.make_new)
        self.delete_button.clicked.connect(self.delete_chosen)
        self.undo_button.clicked.connect(self.undo)
        self.import_button.clicked.connect(self._on_import_clicked)
        self.export_button.clicked.connect(self._on_export_clicked)
        self._save_due.timeout.connect(self._on_save_due)
        QShortcut(QKeySequence(QKeySequence.StandardKey.New), self).activated.connect(self.make_new)

    @Slot()
    def make_new(self) -> None:
        """Begin another prompt."""
        self.flush()
        prompts, name = self._services.prompts, tr("New prompt")
        self._bridge.run(
            lambda context: prompts.add(Prompt(name, "")),
            on_done=self._on_made,
            on_failed=self.notice.show_error,
            lane=STORAGE_LANE,
        )

    @Slot()
    def delete_chosen(self) -> None:
        """Take the chosen prompt out of the list."""
        if not self._chosen_id:
            return
        self.flush()
        prompts, gone = self._services.prompts, self._chosen_id
        self._deleted.append(gone)
        self._chosen_id = ""
        self._bridge.run(
            lambda context: prompts.delete(gone),
            on_done=lambda _none: self.load(),
            on_failed=self.notice.show_error,
            lane=STORAGE_LANE,
        )

    @Slot()
    def undo(self) -> None:
        """Bring the prompt back that was deleted last."""
        if self._deleted:
            prompts, back = self._services.prompts, self._deleted.pop()
            self._chosen_id = back
            self._bridge.run(
                lambda context: prompts.restore(back),
                on_done=lambda _none: self.load(),
                on_failed=self.notice.show_error,
                lane=STORAGE_LANE,
            )

    def _on_made(self, kept: KeptPrompt) -> None:
        self._chosen_id = kept.id
        self._is_new = True
        self.load()

    def _on_listed(self, kept: list[KeptPrompt]) -> None:
        if self._save_due.isActive():
            return
        self._kept = kept
        self._is_filling = True
        self.list.clear()
        for each in kept:
            self.list.addItem(QListWidgetItem(safe_line(each.prompt.name)))
        ids = [each.id for each in kept]
        row = ids.index(self._chosen_id) if self._chosen_id in ids else 0 if ids else -1
        self.list.setCurrentRow(row)
        self._is_filling = False
        self._show_row(row)
        if self._is_new:
            self._is_new = False
            self.name_field.setFocus(Qt.FocusReason.OtherFocusReason)
            self.name_field.selectAll()

    def _on_brought_in(self, brought: PromptsBroughtIn) -> None:
        self.notice.show_message(f"{say_brought_in(brought)}.", "")
        self.load()

    @Slot(int)
    def _on_row_changed(self, row: int) -> None:
        if not self._is_filling:
            self.flush()
            self._show_row(row)

    def _show_row(self, row: int) -> None:
        self._is_filling = True
        kept = self._kept[row] if 0 <= row < len(self._kept) else None
        self._chosen_id = kept.id if kept else ""
        if kept is None or (kept.prompt.name, kept.prompt.text) != self._typed():
            self.name_field.setText(kept.prompt.name if kept else "")
            self.text_field.setPlainText(kept.prompt.text if kept else "")
        self._is_filling = False
        self._show_controls()

    def _typed(self) -> tuple[str, str]:
        return self.name_field.text(), self.text_field.toPlainText()

    @Slot()
    def _on_typed(self) -> None:
        if self._is_filling or not self._chosen_id:
            return
        self._save_due.start()
        item = self.list.currentItem()
        if item is not None:
            item.setText(safe_line(self.name_field.text()))
        self._show_controls()

    @Slot()
    def _on_save_due(self) -> None:
        piece, unsaved = self._piece(), self._services.unsaved
        self._bridge.run(lambda context: unsaved.save(piece), lane=STORAGE_LANE)

    def _piece(self) -> UnsavedPiece:
        """Return the write of what is typed; what the disk refuses waits with the chat's other texts."""
        chosen, (name, text) = self._chosen_id, self._typed()
        prompt = Prompt(" ".join(name.split()) or tr("New prompt"), text)
        self._kept = [KeptPrompt(each.id, prompt) if each.id == chosen else each for each in self._kept]
        prompts = self._services.prompts
        return UnsavedPiece(
            f"prompt:{chosen}", Place.CHAT, prompt.name, text, lambda: prompts.change(chosen, prompt)
        )

    @Slot()
    def _show_controls(self) -> None:
        has_one = bool(self._chosen_id)
        self.name_field.setEnabled(has_one)
        self.text_field.setEnabled(has_one)
        self.delete_button.setEnabled(has_one)
        self.export_button.setEnabled(bool(self._kept))
        self.undo_button.setVisible(bool(self._deleted))
        self.text_field.setPlaceholderText(
            tr("Explain {{topic}} to {{reader=a beginner}} in five sentences.")
            if has_one
            else tr("There is no prompt yet. “New” makes one; in the chat, “/” offers it.")
        )
        variables = Prompt("", self.text_field.toPlainText()).variables if has_one else ()
        if variables:
            names = ", ".join(each.name for each in variables)
            self.hint.setText(tr("Asked for when it is used: {0}").format(names))
        else:
            self.hint.setText(
                tr("{{topic}} is asked for when the prompt is used, {{tone=friendly}} has a value already.")
            )

    @Slot()
    def _on_import_clicked(self) -> None:
        dialog = QFileDialog(self, tr("Import prompts"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([tr("Prompts (*.toml)"), tr("All files (*)")])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda chosen: self.bring_in(Path(chosen)))
        dialog.open()

    @Slot()
    def _on_export_clicked(self) -> None:
        dialog = QFileDialog(self, tr("Export prompts"), tr("prompts.toml"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([tr("Prompts (*.toml)")])
        dialog.setDefaultSuffix("toml")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda chosen: self.write_out(Path(chosen)))
        dialog.open()
