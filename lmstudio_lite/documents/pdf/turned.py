"""Turned text of a PDF page, put together from the places of its characters.

A page turned by ``/Rotate``, a landscape table on a portrait page, a note up the margin: PDFium tells such
text with lines glued, in reverse or not at all. Here it is read in a frame in which it is upright.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from lmstudio_lite.documents.pdf.hyphens import DIVIDED
from lmstudio_lite.documents.pdf.lines import Line, Word, mark_divided
from lmstudio_lite.documents.pdf.pdfium import PdfPage
from lmstudio_lite.documents.pdf.rtl import RTL_LETTER, words_in_order

_LEVEL = math.radians(10)
"""Text that leans less counts as upright: a scan's, by the program that recognized it."""
_WORD_GAP = 0.2
"""In sizes of the font: a space and the room beside its letters are wider, gaps within words narrower."""
_SAME_LINE = 0.45
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
    """Put lines together from the characters ``numbers``, each quarter turn in a frame of its own.

    Lines keep the order in which they are drawn. Within a line that order says nothing: PDFium sorts what
    begins at the same height by its place on the turned page.
    """
    glyphs: defaultdict[int, list[_Glyph]] = defaultdict(list)
    for number in numbers:
        place = None if page.is_generated(number) else page.place(number)
        turn = quarters(math.atan2(place.along[1], place.along[0])) if place else None
        if place is None or turn is None:
            continue
        (ax, ay), (ux, uy) = place.along, place.up
        box = page.glyph_box(number)
        ends = [x * ax + y * ay for x in (box.left, box.right) for y in (box.bottom, box.top)]
        start = place.x * ax + place.y * ay
        glyph = _Glyph(text[number], start, max(start, *ends), place.x * ux + place.y * uy, place.size)
        glyphs[turn].append(glyph)
    return [line for turn, found in glyphs.items() for line in _lines(found, turn)]


def _lines(glyphs: Sequence[_Glyph], turn: int) -> list[Line]:
    levels: list[list[_Glyph]] = []
    for glyph in glyphs:
        head = levels[-1][0] if levels else None
        if head and abs(head.base - glyph.base) <= _SAME_LINE * min(head.size, glyph.size):
            levels[-1].append(glyph)
        else:
            levels.append([glyph])
    lines = [Line(words, turn) for words in map(_words, levels) if words]
    for line in lines[:-1]:
        line.words[-1] = line.words[-1]._replace(text=mark_divided(line.words[-1].text))
    return lines


def _words(level: Sequence[_Glyph]) -> list[Word]:
    """Return the words of a line from the places of its characters."""
    size = max(glyph.size for glyph in level)
    bottom, top = level[0].base - 0.2 * size, level[0].base + 0.8 * size
    inked = [glyph for glyph in level if not _is_space(glyph.text)]
    characters = "".join(glyph.text for glyph in inked)
    if RTL_LETTER.search(characters):
        told = words_in_order(characters, [(glyph.left, glyph.right) for glyph in inked], size)
        return [Word(word.text, word.left, bottom, word.right, top) for word in told]
    words: list[Word] = []
    before: _Glyph | None = None
    for glyph in sorted(level, key=lambda glyph: glyph.left):
        if _is_space(glyph.text):
            before = None
            continue
        character = "-" if glyph.text == DIVIDED else glyph.text
        if before is None or glyph.left - before.right > _WORD_GAP * glyph.size:
            words.append(Word(character, glyph.left, bottom, glyph.right, top))
        else:
            word = words[-1]
            words[-1] = Word(word.text + character, word.left, bottom, max(word.right, glyph.right), top)
        before = glyph
    return words


def _is_space(character: str) -> bool:
    return character.isspace() and character not in _CODES
