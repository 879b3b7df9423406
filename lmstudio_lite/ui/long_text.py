"""Text cut into lines that a text widget can hold: Qt lays out a line as a whole and keeps each one.

Only what is shown is cut; whatever works with the text works with the document's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lmstudio_lite.domain.documents import Page

LINE_LIMIT = 2000
_BLANK_LIMIT = 2


class DisplayLine(NamedTuple):
    """A line as it is shown, the number of the page that begins in it (0: none), its offset in the text."""

    text: str
    page: int
    start: int


def display_lines(text: str, pages: Sequence[Page]) -> Iterator[DisplayLine]:
    """Yield the lines of ``text``.

    Lines longer than ``LINE_LIMIT`` characters are broken, at a space if there is one; of more than two
    blank lines in a row only two are shown.
    """
    starts = iter(sorted((page.start, page.number) for page in pages))
    next_start, next_number = next(starts, (len(text) + 1, 0))
    position = 0
    num_blank = 0
    while position < len(text):
        end, following = _line_end(text, position)
        number = 0
        while next_start < following:
            number = number or next_number
            next_start, next_number = next(starts, (len(text) + 1, 0))
        line = text[position:end].replace("\r", "").replace("\u2029", " ")
        num_blank = 0 if line.strip() else num_blank + 1
        if num_blank <= _BLANK_LIMIT or number:
            yield DisplayLine(line, number, position)
        position = following


def break_long_lines(text: str) -> str:
    """Return ``text`` with every line at most ``LINE_LIMIT`` characters long."""
    lines: list[str] = []
    position = 0
    while position < len(text):
        end, following = _line_end(text, position)
        lines.append(text[position:end])
        position = following
    return "\n".join(lines) + ("\n" if text.endswith("\n") else "")


def _line_end(text: str, position: int) -> tuple[int, int]:
    """Return where the line at ``position`` ends and the next one begins."""
    limit = position + LINE_LIMIT
    newline = text.find("\n", position, limit + 1)
    if newline >= 0:
        return newline, newline + 1
    if limit >= len(text):
        return len(text), len(text)
    space = text.rfind(" ", position + LINE_LIMIT // 2, limit)
    end = space + 1 if space >= 0 else limit
    return end, end
