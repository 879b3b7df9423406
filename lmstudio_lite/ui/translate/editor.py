"""The editor of a pane: plain text of any length, which says where the pointer is and pastes with lists."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, QKeyCombination, QMimeData, QPoint, Qt, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from lmstudio_lite.ui.long_text import LINE_LIMIT, break_long_lines
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.translate.pasted_text import pasted_text
from lmstudio_lite.words.translate import tr

_SHOWN_BREAK = QTextFormat.Property.UserProperty.value + 1
"""Of a block that goes on with the line before it: in a line of 100,000 Chinese characters Qt takes 110 ms
for a key, and 1 ms where they are broken into lines. A property of the format is undone with the text."""
_UNDO = QKeyCombination(Qt.KeyboardModifier.ControlModifier, Qt.Key.Key_Z)
_WORDINGS = QKeyCombination(Qt.KeyboardModifier.AltModifier, Qt.Key.Key_Down)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class TranslationEditor(QPlainTextEdit):
    """Plain text in the prose's type, which the application's style sheet would otherwise take away."""

    pointed = Signal(int)  # Qt's position below the pointer, -1 for none
    clicked = Signal(int)  # Qt's position, where nothing was selected by it
    undo_requested = Signal()  # where the text is read only
    wordings_requested = Signal()  # of what the caret is in, where the text is read only

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_broken = False  # some line may be broken for show
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def begin_with(self, text: str) -> None:
        """Replace the text and forget what was undone."""
        self._is_broken = False
        if len(max(text.split("\n"), key=len)) <= LINE_LIMIT:
            self.setPlainText(text)
            return
        self.setPlainText("")
        self.insert_text(QTextCursor(self.document()), text)
        self.document().clearUndoRedoStacks()
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def whole_text(self) -> str:
        """Return the text without the line breaks that are only shown."""
        if not self._is_broken:
            return self.toPlainText()
        block = self.document().begin()
        pieces: list[str] = []
        while block.isValid():
            if pieces and not _is_shown_break(block):
                pieces.append("\n")
            pieces.append(block.text())
            block = block.next()
        return "".join(pieces).replace("\xa0", " ")

    def shown_breaks(self) -> list[int]:
        """Return the offsets before which a line is broken that the text does not break."""
        breaks: list[int] = []
        if not self._is_broken:
            return breaks
        offset = 0
        block = self.document().begin()
        while block.isValid():
            if block.blockNumber():
                if _is_shown_break(block):
                    breaks.append(offset)
                else:
                    offset += 1
            offset += len(block.text())
            block = block.next()
        return breaks

    def insert_text(self, cursor: QTextCursor, text: str) -> None:
        """Insert ``text`` at ``cursor``; lines that are too long for Qt are broken for show."""
        lines = text.split("\n")
        is_short = len(max(lines, key=len)) <= LINE_LIMIT
        if is_short and not _is_shown_break(cursor.block()):
            cursor.insertText(text)
            return
        self._is_broken = True
        cursor.beginEditBlock()
        for number, line in enumerate(lines):
            if number:
                cursor.insertBlock(QTextBlockFormat())
            for part, piece in enumerate(break_long_lines(line).split("\n")):
                if part:
                    cursor.insertBlock(_shown_break())
                cursor.insertText(piece)
        cursor.endEditBlock()

    def reveal(self, cursor: QTextCursor) -> None:
        """Scroll until the beginning of a selection is seen; the user's own selection stays."""
        block = self.document().findBlock(cursor.selectionStart())
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        if not 0 <= top < self.viewport().height():
            self.verticalScrollBar().setValue(max(0, block.firstLineNumber() - 2))

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste with paragraphs and the marks of lists."""
        cursor = self.textCursor()
        cursor.beginEditBlock()
        cursor.removeSelectedText()
        self.insert_text(cursor, pasted_text(source))
        cursor.endEditBlock()
        self.ensureCursorVisible()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Enter begin a line of the text's own; Qt would copy what the line before it is."""
        is_plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() in _ENTER and is_plain and not self.isReadOnly():
            self.textCursor().insertBlock(QTextBlockFormat())
            self.ensureCursorVisible()
            return
        if self.isReadOnly() and event.keyCombination() == _UNDO:
            self.undo_requested.emit()
            return
        if self.isReadOnly() and event.keyCombination() == _WORDINGS:
            self.wordings_requested.emit()
            return
        super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Take the key that undoes for the text that is read, too."""
        is_asked = isinstance(event, QKeyEvent) and event.type() is QEvent.Type.ShortcutOverride
        if is_asked and self.isReadOnly() and cast("QKeyEvent", event).keyCombination() == _UNDO:
            event.accept()
            return True
        return super().event(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer other wordings with the usual things to do."""
        menu = self.createStandardContextMenu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self.isReadOnly():
            position = self.cursorForPosition(event.pos()).position()
            menu.addSeparator()
            wordings = menu.addAction(tr("Other wordings…"))
            wordings.triggered.connect(lambda: self.clicked.emit(position))
        menu.popup(event.globalPos())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if not event.buttons():
            self.pointed.emit(self._position_below(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointed.emit(-1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        position = self._position_below(event.position().toPoint())
        is_click = event.button() is Qt.MouseButton.LeftButton and not self.textCursor().hasSelection()
        if is_click and position >= 0:
            self.clicked.emit(position)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._on_theme_changed()

    def _position_below(self, place: QPoint) -> int:
        """Return Qt's position at a place of the viewport, -1 beside the text."""
        cursor = self.cursorForPosition(place)
        rect = self.cursorRect(cursor)
        width = self.fontMetrics().maxWidth()
        is_near = rect.top() <= place.y() <= rect.bottom() and abs(place.x() - rect.center().x()) <= width
        return cursor.position() if is_near else -1

    @Slot()
    def _on_theme_changed(self) -> None:
        self.document().setDefaultFont(self._theme.prose_font())


def _shown_break() -> QTextBlockFormat:
    block_format = QTextBlockFormat()
    block_format.setProperty(_SHOWN_BREAK, True)
    return block_format


def _is_shown_break(block: QTextBlock) -> bool:
    return block.blockFormat().hasProperty(_SHOWN_BREAK)
