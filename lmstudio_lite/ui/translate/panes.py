"""The two panes of the Translate tab: an editor to type in and one to read, alike but for that."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from lmstudio_lite.formats.direction import RIGHT_TO_LEFT
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.ui.tokens import SPACE_4, SPACE_8, SPACE_12

_TEXT_MARGIN = SPACE_8


class TextPane(QFrame):
    """A card with a text and a foot line. ``foot`` takes the widgets of the tab."""

    text_edited = Signal()

    def __init__(self, theme: Theme, name: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_setting = False
        set_role(self, "card")
        self.editor = _Editor(theme, self)
        self.editor.setAccessibleName(name)
        self.editor.setPlaceholderText(hint)
        self.editor.setFrameShape(QFrame.Shape.NoFrame)
        self.editor.setTabChangesFocus(True)
        self.editor.document().setDocumentMargin(_TEXT_MARGIN)
        set_role(self.editor, "bare")
        self.foot = QHBoxLayout()
        self.foot.setContentsMargins(SPACE_12, SPACE_4, SPACE_8, SPACE_8)
        self.foot.setSpacing(SPACE_4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_4, SPACE_4, SPACE_4, 0)
        layout.setSpacing(0)
        layout.addWidget(self.editor, 1)
        layout.addLayout(self.foot)
        self.editor.textChanged.connect(self._on_text_changed)

    @property
    def text(self) -> str:
        return self.editor.toPlainText()

    @property
    def num_characters(self) -> int:
        return max(0, self.editor.document().characterCount() - 1)

    def set_text(self, text: str) -> None:
        """Replace the text without ``text_edited``. In the reading pane, text that only grew is added."""
        self._is_setting = True
        try:
            if self.editor.isReadOnly() and text and text.startswith(shown := self.text) and shown:
                cursor = QTextCursor(self.editor.document())
                cursor.movePosition(QTextCursor.MoveOperation.End)
                cursor.insertText(text[len(shown) :])
            else:
                self.editor.setPlainText(text)
        finally:
            self._is_setting = False

    def set_language(self, code: str) -> None:
        """Set the direction of the whole text; without a known language each paragraph has its own."""
        option = self.editor.document().defaultTextOption()
        if code in RIGHT_TO_LEFT:
            direction = Qt.LayoutDirection.RightToLeft
        elif code:
            direction = Qt.LayoutDirection.LeftToRight
        else:
            direction = Qt.LayoutDirection.LayoutDirectionAuto
        if option.textDirection() != direction:
            is_right = direction is Qt.LayoutDirection.RightToLeft
            option.setTextDirection(direction)
            option.setAlignment(Qt.AlignmentFlag.AlignRight if is_right else Qt.AlignmentFlag.AlignLeft)
            self.editor.document().setDefaultTextOption(option)

    @Slot()
    def _on_text_changed(self) -> None:
        if not self._is_setting:
            self.text_edited.emit()


class _Editor(QPlainTextEdit):
    """Plain text in the prose's type, which the application's style sheet would otherwise take away."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._on_theme_changed()

    @Slot()
    def _on_theme_changed(self) -> None:
        self.document().setDefaultFont(self._theme.prose_font())
