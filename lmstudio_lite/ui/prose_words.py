"""Characters put into a document: what deceives is marked, and no paragraph grows beyond what Qt lays out.

A mark stands in place of the character, so that it does not do its work, and is copied as the character.
"""

from __future__ import annotations

from itertools import chain

from PySide6.QtGui import QColor, QTextBlockFormat, QTextCharFormat, QTextCursor

from lmstudio_lite.domain.unseen import MARK, find_lookalikes, find_unseen
from lmstudio_lite.ui.prose_formulas import EXPLANATION, SOURCE
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr

PARAGRAPH_CHARS = 10_000
"""Longer ones are parted: Qt takes a time that grows with the square for a line without a space."""


def insert_words(cursor: QTextCursor, text: str, chars: QTextCharFormat, theme: Theme) -> None:
    """Insert ``text`` at ``cursor``, which is the end of its document."""
    end = 0
    for start, stop, explanation in _what_deceives(text):
        _insert(cursor, text[end:start], chars)
        marked = QTextCharFormat(chars)
        marked.setProperty(EXPLANATION, explanation)
        marked.setForeground(QColor(theme.tokens.warning))
        if stop - start == 1:
            marked.setProperty(SOURCE, text[start:stop])
            cursor.insertText(MARK, marked)
        else:
            marked.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DashUnderline)
            marked.setUnderlineColor(QColor(theme.tokens.warning))
            cursor.insertText(text[start:stop], marked)
        end = stop
    _insert(cursor, text[end:] if end else text, chars)


def _what_deceives(text: str) -> list[tuple[int, int, str]]:
    """Return where and what it is, in order."""
    unseen = ((each.place, each.place + 1, each.name) for each in find_unseen(text))
    lookalikes = (
        (each.start, each.end, tr("Not all of these letters are Latin: some are {0}.").format(each.script))
        for each in find_lookalikes(text)
    )
    return sorted(chain(unseen, lookalikes))


def _insert(cursor: QTextCursor, text: str, chars: QTextCharFormat) -> None:
    if cursor.block().length() + len(text) <= PARAGRAPH_CHARS:
        cursor.insertText(text, chars)
        return
    place = 0
    while place < len(text):
        room = PARAGRAPH_CHARS - cursor.block().length()
        if room <= 0:
            _part(cursor)
            room = PARAGRAPH_CHARS - 1
        end = place + room
        space = text.rfind(" ", place + room // 2, end) + 1 if end < len(text) else 0
        end = space or end
        cursor.insertText(text[place:end], chars)
        place = end


def _part(cursor: QTextCursor) -> None:
    """Begin a paragraph that looks as if it went on."""
    below = QTextBlockFormat(cursor.blockFormat())
    below.setTopMargin(0)
    cursor.insertBlock(below, cursor.blockCharFormat())
