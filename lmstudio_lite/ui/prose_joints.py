"""How a long paragraph is laid out in parts, so that a token at its end costs no more than at its beginning.

Qt lays out a whole paragraph for one more letter in it. It is therefore parted where one of its lines begins,
which looks as before. Once the text is complete it is one again, for then it may become wider and be copied.
"""

from __future__ import annotations

from PySide6.QtGui import QTextBlockFormat, QTextCursor, QTextDocument

BLOCK_CHARS = 1_500
"""Longer paragraphs are parted. Qt takes a millisecond to lay out a thousand characters."""

WHOLE_CHARS = 30_000
"""A longer one stays parted."""


class Joints:
    """Where the last paragraph of ``document`` is parted. GUI thread."""

    def __init__(self, document: QTextDocument) -> None:
        self._document = document
        self._places: list[int] = []
        self._whole = QTextBlockFormat()

    def part_last_paragraph(self, end: int) -> int | None:
        """Part the last paragraph at its last line that begins before ``end``, if it is long.

        Returns the position from which on everything stands one further, None if nothing was done.
        """
        block = self._document.lastBlock()
        if block.length() <= BLOCK_CHARS or block.textList() is not None:
            return None
        self._document.documentLayout().blockBoundingRect(block)  # has it laid out
        layout = block.layout()
        lines = (layout.lineAt(number) for number in range(layout.lineCount() - 1, 0, -1))
        starts = (block.position() + line.textStart() for line in lines)
        place = next((start for start in starts if start <= end), None)
        if place is None:
            return None
        style = block.blockFormat()
        if not self._places:
            self._whole = QTextBlockFormat(style)
        cursor = QTextCursor(self._document)
        cursor.beginEditBlock()
        cursor.setPosition(place)
        below = QTextBlockFormat(style)
        below.setTopMargin(0)
        below.setLayoutDirection(block.textDirection())  # its own first letter may say something else
        cursor.insertBlock(below)
        cursor.movePosition(QTextCursor.MoveOperation.PreviousBlock)
        style.setBottomMargin(0)
        cursor.setBlockFormat(style)
        cursor.endEditBlock()
        self._places.append(place)
        return place

    def join(self) -> list[int]:
        """Make it one paragraph; returns the places from which on everything stands one less far each."""
        places, self._places = self._places[::-1], []
        if not places or self._document.characterCount() - places[-1] > WHOLE_CHARS:
            return []
        cursor = QTextCursor(self._document)
        cursor.beginEditBlock()
        for place in places:
            cursor.setPosition(place)
            cursor.deleteChar()
        cursor.setBlockFormat(self._whole)
        cursor.endEditBlock()
        return places

    def move(self, place: int, distance: int) -> None:
        """The text at ``place`` became longer by ``distance``."""
        self._places = [each + distance if each > place else each for each in self._places]

    def cut(self, end: int) -> None:
        """Forget the joints from ``end`` on: the text there is removed."""
        while self._places and self._places[-1] >= end:
            self._places.pop()
