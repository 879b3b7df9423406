"""What is copied of a document: characters that stand for another text (formulas, marks) as that text.

Plain for an editor, formatted for a word processor; neither has the window's colours, which another program's
page may have as its ground.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QTextCharFormat, QTextCursor, QTextDocument, QTextDocumentFragment, QTextFormat

from lmstudio_lite.ui.prose_formulas import SOURCE

_COLOURS = (QTextFormat.Property.ForegroundBrush, QTextFormat.Property.BackgroundBrush)


def copied(cursors: Sequence[QTextCursor]) -> QMimeData:
    """Return what the cursors have selected, in their order, each from a line of its own."""
    together = QTextDocument()
    end = QTextCursor(together)
    for number, cursor in enumerate(cursors):
        if number:
            end.insertBlock()
        end.insertFragment(cursor.selection())
    _write_out(together)
    mime = QMimeData()
    fragment = QTextDocumentFragment(together)
    mime.setText(fragment.toPlainText())
    mime.setHtml(fragment.toHtml())
    return mime


def plain_text(cursor: QTextCursor) -> str:
    """Return what the cursor has selected."""
    return copied([cursor]).text()


def _write_out(document: QTextDocument) -> None:
    """Put in place of each such character what it stands for, and take the colours off."""
    cursor = QTextCursor(document)
    places: list[tuple[int, int, str, QTextCharFormat]] = []
    block = document.begin()
    while block.isValid():
        pieces = block.begin()
        while not pieces.atEnd():
            fragment = pieces.fragment()
            chars = fragment.charFormat()
            source = str(chars.property(SOURCE) or "")
            places.append((fragment.position(), fragment.length(), source, chars))
            pieces += 1
        block = block.next()
    for start, length, source, chars in reversed(places):
        cursor.setPosition(start)
        cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
        if source:
            cursor.insertText((source * length).replace("\n", "\u2028"), QTextCharFormat())
        elif any(chars.hasProperty(each) for each in _COLOURS):
            for each in _COLOURS:
                chars.clearProperty(each)
            cursor.setCharFormat(chars)
