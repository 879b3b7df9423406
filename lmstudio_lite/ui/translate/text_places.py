"""Offsets of a text and the positions of its editor: Qt counts UTF-16 units, and line breaks only shown."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import regex

_WIDE = regex.compile(r"[\U00010000-\U0010FFFF]")
"""Takes two of Qt's positions."""


class TextPlaces:
    """Made once for a text; both ways cost a search in a sorted list."""

    def __init__(self, text: str, shown_breaks: Sequence[int] = ()) -> None:
        """``shown_breaks`` are the offsets before which a line is broken that ``text`` does not break."""
        wide = (match.start() for match in _WIDE.finditer(text))
        self._shifts = sorted([*wide, *(offset - 1 for offset in shown_breaks)])
        self._places = [offset + number for number, offset in enumerate(self._shifts)]

    def position(self, offset: int) -> int:
        """Return Qt's position of a character of the text."""
        return offset + bisect_left(self._shifts, offset)

    def offset(self, position: int) -> int:
        """Return which character of the text stands at Qt's position."""
        return position - bisect_left(self._places, position)
