"""The summary's text in the user's hands: plain Markdown with undo, kept or dropped by two buttons."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QTextEdit, QVBoxLayout, QWidget

from lmstudio_lite.ui.controls import text_button
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.tokens import SPACE_8, SPACE_16
from lmstudio_lite.words.translate import tr


class SummaryEditor(QWidget):
    """Holds a text only while it is edited."""

    edited = Signal(str)  # by the user
    finished = Signal(str)
    cancelled = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.text_edit = QTextEdit(self)  # QPlainTextEdit puts Arabic and Hebrew lines to the left
        self.text_edit.setAcceptRichText(False)
        self.text_edit.setAccessibleName(tr("Text of the summary"))
        self.text_edit.setTabChangesFocus(True)
        self.keep_button = text_button(tr("Keep"), self, role="primary")
        self.drop_button = text_button(tr("Cancel"), self)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.drop_button)
        buttons.addWidget(self.keep_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_16, SPACE_8, SPACE_16, SPACE_16)
        layout.setSpacing(SPACE_8)
        layout.addWidget(self.text_edit, 1)
        layout.addLayout(buttons)
        self.text_edit.textChanged.connect(self._on_text_changed)
        self.keep_button.clicked.connect(self._on_keep_clicked)
        self.drop_button.clicked.connect(self._on_drop_clicked)
        keep = QShortcut(QKeySequence("Ctrl+Return"), self.text_edit)
        keep.activated.connect(self._on_keep_clicked)

    def begin(self, text: str) -> None:
        """Edit ``text``; one that stands there already keeps its cursor and what can be undone."""
        self.text_edit.setFont(self._theme.prose_font())
        if self.text_edit.toPlainText() != text:
            with QSignalBlocker(self.text_edit):
                self.text_edit.setPlainText(text)
        self.text_edit.setFocus()

    @Slot()
    def _on_text_changed(self) -> None:
        self.edited.emit(self.text_edit.toPlainText())

    @Slot()
    def _on_keep_clicked(self) -> None:
        self.finished.emit(self.text_edit.toPlainText())

    @Slot()
    def _on_drop_clicked(self) -> None:
        self.cancelled.emit()
