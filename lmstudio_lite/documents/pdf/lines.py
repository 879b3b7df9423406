"""Lines of words with their places, as a PDF page has them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from lmstudio_lite.documents.pdf.boxes import Box
from lmstudio_lite.documents.pdf.hyphens import DIVIDED

PART_GAP = 0.9
"""In heights of a line: the narrowest gutters are wider."""
_WIDER_THAN_SPACE = 1.8
"""Times the line's middle space: justified lines of narrow columns have spaces as wide as gutters."""
_WIDEST_SPACE = 1.6
_HYPHENS = ("-", "\u2010", "\xad")
_HYPHEN_AT_END = re.compile(r"(?<=[^\W\d_])[-\u2010\xad]\Z")


class Word(NamedTuple):
    """``left`` to ``top`` are its box in the frame of its line, in which text runs to the right.

    A line without gaps is one with all its spaces: to look at each word costs half the time of reading.
    """

    text: str
    left: float
    bottom: float
    right: float
    top: float


@dataclass(slots=True)
class Line:
    """``turn`` is by how many quarters (0 to 3) the text is turned, None for text that leans."""

    words: list[Word]
    turn: int | None = 0
    left: float = field(init=False)
    bottom: float = field(init=False)
    right: float = field(init=False)
    top: float = field(init=False)

    def __post_init__(self) -> None:
        words = self.words
        if len(words) == 1:
            _, self.left, self.bottom, self.right, self.top = words[0]
            return
        self.left = min(word.left for word in words)
        self.right = max(word.right for word in words)
        self.bottom = min(word.bottom for word in words)
        self.top = max(word.top for word in words)

    @property
    def text(self) -> str:
        words = self.words
        return words[0].text if len(words) == 1 else " ".join([word.text for word in words])

    @property
    def height(self) -> float:
        return self.top - self.bottom


def parts_of(line: Line) -> list[Line]:
    """Return what gaps wider than a space part a line into, itself without any."""
    words = line.words
    gaps = [max(w.left - v.right, v.left - w.right) for v, w in pairwise(words)]
    height = max(words[0].top - words[0].bottom, 1.0)
    if not gaps or max(gaps) <= PART_GAP * height:
        return [line]
    space = min(_WIDER_THAN_SPACE * median(gaps), _WIDEST_SPACE * height) if len(gaps) > 3 else 0.0
    least = max(PART_GAP * height, space)
    cuts = [0, *(at for at, gap in enumerate(gaps, 1) if gap > least), len(words)]
    return [Line(words[start:end], line.turn) for start, end in pairwise(cuts)] if len(cuts) > 2 else [line]


def split_at_edges(lines: Sequence[Line], page: Box) -> tuple[list[Line], list[Line]]:
    """Return what of ``lines`` is on the page as it is shown, and what is beyond its edges."""
    inside: list[Line] = []
    outside: list[Line] = []
    for line in lines:
        box = turned_box(page, line.turn)
        if (
            line.left >= box.left
            and line.right <= box.right
            and line.bottom >= box.bottom
            and line.top <= box.top
        ):
            inside.append(line)
            continue
        for part in parts_of(line):
            x, y = (part.left + part.right) / 2, (part.bottom + part.top) / 2
            is_inside = box.left <= x <= box.right and box.bottom <= y <= box.top
            (inside if is_inside else outside).append(part)
    return inside, outside


def turned_box(box: Box, turn: int | None) -> Box:
    """Return a box of the page in the frame of lines that are turned by ``turn`` quarters."""
    match turn:
        case 1:
            return Box(box.bottom, -box.right, box.top, -box.left)
        case 2:
            return Box(-box.right, -box.top, -box.left, -box.bottom)
        case 3:
            return Box(-box.top, box.left, -box.bottom, box.right)
        case _:
            return box


def mark_divided(line: str) -> str:
    """Return a line's text, its hyphen at the end marked if it may divide a word."""
    return _HYPHEN_AT_END.sub(DIVIDED, line) if line[-1:] in _HYPHENS else line
