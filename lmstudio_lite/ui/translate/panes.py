"""The two panes of the Translate tab: an editor to type in and one to read, alike but for that."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QTextEdit, QVBoxLayout, QWidget

from lmstudio_lite.formats.direction import RIGHT_TO_LEFT
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.ui.tokens import SPACE_4, SPACE_8, SPACE_12
from lmstudio_lite.ui.translate.editor import TranslationEditor
from lmstudio_lite.ui.translate.fade import FadeIn
from lmstudio_lite.ui.translate.sentence_pairs import Stretch
from lmstudio_lite.ui.translate.text_places import TextPlaces

_TEXT_MARGIN = SPACE_8


class TextPane(QFrame):
    """A card with a text and a foot line. ``foot`` takes the widgets of the tab. Offsets are of ``text``."""

    text_edited = Signal()
    pointed = Signal(int)  # the offset below the pointer, -1 for none
    caret_moved = Signal(int)  # the offset, by the user
    sentence_clicked = Signal(int)  # the offset

    def __init__(self, theme: Theme, name: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_setting = False
        self._places: TextPlaces | None = None
        self._lit: Stretch | None = None
        self._fade = FadeIn(theme, self._draw_selections, self)
        set_role(self, "card")
        self.editor = TranslationEditor(theme, self)
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
        self.editor.cursorPositionChanged.connect(self._on_cursor_moved)
        self.editor.pointed.connect(self._on_pointed)
        self.editor.clicked.connect(self._on_clicked)
        theme.changed.connect(self._on_theme_changed)

    @property
    def text(self) -> str:
        return self.editor.whole_text()

    @property
    def num_characters(self) -> int:
        return max(0, self.editor.document().characterCount() - 1)

    def set_text(self, text: str) -> None:
        """Replace the text without ``text_edited``.

        In the reading pane, text that only grew is added, and sentences that changed fade in.
        """
        shown = self.text if self.editor.isReadOnly() else ""
        self._is_setting = True
        try:
            if text and text.startswith(shown) and shown:
                cursor = QTextCursor(self.editor.document())
                cursor.movePosition(QTextCursor.MoveOperation.End)
                self.editor.insert_text(cursor, text[len(shown) :])
            else:
                self.editor.begin_with(text)
                self._fade.begin(shown, text)
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

    @property
    def lit(self) -> Stretch | None:
        """Return what is lit, None for nothing."""
        return self._lit

    @property
    def caret(self) -> int:
        """Return the offset of the caret."""
        return self._offset(self.editor.textCursor().position())

    def light(self, stretch: Stretch | None, *, reveals: bool = False) -> None:
        """Lay a quiet ground below a stretch of the text, None for none; ``reveals`` scrolls to it."""
        self._lit = stretch
        self._draw_selections()
        if stretch is not None and reveals:
            self.editor.reveal(self._cursor_over(stretch))

    def place_of(self, stretch: Stretch) -> QPoint:
        """Return where a stretch begins on the screen, below its first line."""
        cursor = self._cursor_over(stretch)
        cursor.setPosition(cursor.selectionStart())
        rect = self.editor.cursorRect(cursor)
        return self.editor.viewport().mapToGlobal(rect.bottomLeft())

    def _cursor_over(self, stretch: Stretch) -> QTextCursor:
        cursor = QTextCursor(self.editor.document())
        cursor.setPosition(self._known_places().position(stretch.start))
        cursor.setPosition(
            self._known_places().position(stretch.end - 1) + 1, QTextCursor.MoveMode.KeepAnchor
        )
        return cursor

    def _offset(self, position: int) -> int:
        return self._known_places().offset(position)

    def _known_places(self) -> TextPlaces:
        if self._places is None:
            self._places = TextPlaces(self.text, self.editor.shown_breaks())
        return self._places

    def _draw_selections(self) -> None:
        selections = [self._faded(stretch) for stretch in self._fade.stretches]
        if self._lit is not None:
            selection = QTextEdit.ExtraSelection()
            selection.cursor = self._cursor_over(self._lit)
            selection.format.setBackground(QColor(self._theme.tokens.highlight))
            selection.format.setProperty(QTextFormat.Property.FullWidthSelection, False)
            selections.append(selection)
        self.editor.setExtraSelections(selections)

    def _faded(self, stretch: Stretch) -> QTextEdit.ExtraSelection:
        """Return a stretch with its letters as far out of the ground as the fade has come."""
        selection = QTextEdit.ExtraSelection()
        selection.cursor = self._cursor_over(stretch)
        color = QColor(self._theme.tokens.text)
        color.setAlphaF(self._fade.opacity)
        selection.format.setForeground(color)
        return selection

    @Slot()
    def _on_text_changed(self) -> None:
        self._places = None
        self._fade.stop()
        if self._lit is not None:
            self.light(None)
        if not self._is_setting:
            self.text_edited.emit()

    @Slot()
    def _on_cursor_moved(self) -> None:
        if not self._is_setting and self.editor.hasFocus():
            self.caret_moved.emit(self.caret)

    @Slot(int)
    def _on_pointed(self, position: int) -> None:
        self.pointed.emit(self._offset(position) if position >= 0 else -1)

    @Slot(int)
    def _on_clicked(self, position: int) -> None:
        self.sentence_clicked.emit(self._offset(position))

    @Slot()
    def _on_theme_changed(self) -> None:
        self._draw_selections()
