"""Turned text of a PDF page, put together from the places of its characters.

A page turned by ``/Rotate``, a landscape table on a portrait page, a note up the margin: PDFium tells such
text with lines glued, in reverse or not at all. Here it is read in a frame in which it is upright.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from lmstudio_lite.documents.hyphens import DIVIDED
from lmstudio_lite.documents.pdf_lines import Line, Word, mark_divided
from lmstudio_lite.documents.pdfium import PdfPage

_LEVEL = math.radians(10)
"""Text that leans less counts as upright: a scan's, by the program that recognized it."""
_WORD_GAP = 0.25
"""In sizes of the font: the narrowest spaces are about that wide, the widest gaps within words narrower."""
_SAME_LINE = 0.45
_STEP_BACK = 0.5
_CODES = frozenset("\x0b\x0c\x1c\x1d\x1e\x1f")
"""Spaces to Python, letters in some fonts."""


def quarters(angle: float) -> int | None:
    quarters = round(angle / (math.pi / 2))
    if abs(angle - quarters * math.pi / 2) > _LEVEL:
        return None
    return quarters % 4


class _Glyph(NamedTuple):
    text: str
    left: float
    right: float
    base: float
    size: float


def turned_lines(page: PdfPage, text: str, numbers: Sequence[int]) -> list[Line]:
    """Put lines together from the characters ``numbers``, each quarter turn in a frame of its own."""
    words: defaultdict[int, list[list[_Glyph]]] = defaultdict(list)
    is_new = True
    for number in numbers:
        place = None if text[number].isspace() and text[number] not in _CODES else page.place(number)
        turn = quarters(math.atan2(place.along[1], place.along[0])) if place else None
        if place is None or turn is None or page.is_generated(number):
            is_new = True
            continue
        (ax, ay), (ux, uy) = place.along, place.up
        box = page.glyph_box(number)
        ends = [x * ax + y * ay for x in (box.left, box.right) for y in (box.bottom, box.top)]
        start = place.x * ax + place.y * ay
        glyph = _Glyph(text[number], start, max(start, *ends), place.x * ux + place.y * uy, place.size)
        before = words[turn][-1][-1] if words[turn] else None
        if is_new or before is None or _starts_word(before, glyph):
            words[turn].append([])
        words[turn][-1].append(glyph)
        is_new = False
    return [line for turn in words for line in _rows_of_words(words[turn], turn)]


def _starts_word(before: _Glyph, glyph: _Glyph) -> bool:
    size = max(before.size, glyph.size)
    return (
        glyph.left - before.right > _WORD_GAP * size
        or glyph.left < before.left - _STEP_BACK * size
        or abs(glyph.base - before.base) > _SAME_LINE * size
    )


def _rows_of_words(words: Sequence[Sequence[_Glyph]], turn: int) -> list[Line]:
    """Put words into lines in the order in which they are drawn; a word divided at a line's end is marked."""
    rows: list[list[Sequence[_Glyph]]] = []
    for word in words:
        before = rows[-1][-1] if rows else None
        size = min(before[0].size, word[0].size) if before else 0.0
        is_level = before is not None and abs(before[0].base - word[0].base) <= _SAME_LINE * size
        if before is not None and is_level and word[0].left >= before[-1].right - _STEP_BACK * size:
            rows[-1].append(word)
        else:
            rows.append([word])
    lines = []
    for index, row in enumerate(rows):
        texts = ["".join(glyph.text for glyph in word).replace(DIVIDED, "-") for word in row]
        if index + 1 < len(rows):
            texts[-1] = mark_divided(texts[-1])
        lines.append(Line([_word(*each) for each in zip(texts, row, strict=True)], turn))
    return lines


def _word(text: str, glyphs: Sequence[_Glyph]) -> Word:
    size, base = glyphs[0].size, glyphs[0].base
    return Word(text, glyphs[0].left, base - 0.2 * size, max(g.right for g in glyphs), base + 0.8 * size)
