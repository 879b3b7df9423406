"""Arabic and Hebrew lines of a PDF page in the order in which they are read.

A PDF draws glyphs; nothing says in which order their characters are read. PDFium takes every line for one
that is drawn from left to right and turns its right-to-left stretches round: wrong where a program draws in
reading order, and wrong within a glyph that stands for several characters (a ligature, a word told as a
whole). Here the places of the characters decide: right-to-left text from the right, numbers and Latin words
from the left.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

RTL_LETTER = re.compile("[\u0590-\u05ff\u0600-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_RTL = frozenset(("R", "AL"))
_NUMBER = frozenset(("EN", "AN"))
_IN_NUMBER = frozenset(("ES", "CS", "ET"))
_ALEF = frozenset("اأإآ")
_LAM = "ل"
_WORD_GAP = 0.12
"""In heights of the line: joined letters leave none."""
_SAME_PLACE = 0.05
_MOST_OF_A_GLYPH = 3


@dataclass(slots=True)
class Glyph:
    """What is drawn at one place; ``text`` is in reading order."""

    text: str
    left: float
    right: float

    @property
    def kind(self) -> str:
        """The class of its first character that has a direction (Unicode's UAX 9)."""
        kinds = [unicodedata.bidirectional(character) for character in self.text]
        return next((kind for kind in kinds if kind in _RTL or kind in _NUMBER or kind == "L"), kinds[0])


def words_in_order(characters: str, places: Sequence[tuple[float, float]], height: float) -> list[Glyph]:
    """Return the words of a line, in the order in which they are read.

    ``characters`` are those of the line without spaces, as PDFium orders them; ``places`` are where each
    begins and ends.
    """
    glyphs = _glyphs(characters, places, height)
    base = [glyph for glyph in glyphs if not _is_mark(glyph)]
    for mark in (glyph for glyph in glyphs if _is_mark(glyph)):
        middle = (mark.left + mark.right) / 2
        if base:
            carrier = min(base, key=lambda glyph: abs((glyph.left + glyph.right) / 2 - middle))
            carrier.text += mark.text
    base.sort(key=lambda glyph: glyph.left)
    num_rtl = sum(glyph.kind in _RTL for glyph in base)
    is_rtl = num_rtl * 2 >= sum(glyph.kind in _RTL or glyph.kind == "L" for glyph in base)
    words: list[Glyph] = []
    before: Glyph | None = None
    for glyph in _in_reading_order(base, is_rtl=is_rtl):
        gap = max(glyph.left - before.right, before.left - glyph.right) if before else 0.0
        if before is None or gap > _WORD_GAP * height:
            words.append(Glyph("", glyph.left, glyph.right))
        word = words[-1]
        word.text += glyph.text
        word.left, word.right = min(word.left, glyph.left), max(word.right, glyph.right)
        before = glyph
    return words


def mended_words(characters: str, places: Sequence[tuple[float, float]], height: float) -> str | None:
    """Return a line that tells words as a whole, each the right way round; None for one that does not.

    Such words' characters have no places of their own, so that PDFium's order of the words has to do.
    """
    glyphs = _glyphs(characters, places, height)
    if all(len(glyph.text) <= _MOST_OF_A_GLYPH for glyph in glyphs):
        return None
    return "".join(glyph.text for glyph in glyphs)


def _glyphs(characters: str, places: Sequence[tuple[float, float]], height: float) -> list[Glyph]:
    """Gather right-to-left characters at the same place: PDFium tells them back to front."""
    glyphs: list[Glyph] = []
    for character, (left, right) in zip(characters, places, strict=True):
        before = glyphs[-1] if glyphs else None
        is_rtl = RTL_LETTER.match(character) is not None
        if (
            before
            and is_rtl
            and RTL_LETTER.match(before.text)
            and abs(before.left - left) < _SAME_PLACE * height
        ):
            before.text = character + before.text
            if before.text[0] in _ALEF and before.text[1:] == _LAM:
                before.text = before.text[::-1]  # the one ligature that is told in order
        else:
            glyphs.append(Glyph(character, left, right))
    return glyphs


def _is_mark(glyph: Glyph) -> bool:
    return all(unicodedata.combining(character) for character in glyph.text)


def _in_reading_order(glyphs: Sequence[Glyph], *, is_rtl: bool) -> list[Glyph]:
    """Undo the order in which a line is drawn: the reverse of Unicode's algorithm, rule L2."""
    is_inner = [glyph.kind not in _RTL and (glyph.kind == "L" or glyph.kind in _NUMBER) for glyph in glyphs]
    if not is_rtl:
        is_inner = [glyph.kind in _RTL for glyph in glyphs]
    inner = [index for index, value in enumerate(is_inner) if value]
    for start, end in pairwise(inner):
        between = [glyphs[index].kind for index in range(start + 1, end)]
        are_letters = glyphs[start].kind not in _NUMBER or glyphs[end].kind not in _NUMBER
        joins = all(kind not in _RTL for kind in between) if is_rtl else all(kind != "L" for kind in between)
        if joins and (are_letters or all(kind in _IN_NUMBER for kind in between)):
            is_inner[start : end + 1] = [True] * (end + 1 - start)
    ordered: list[Glyph] = []
    run: list[Glyph] = []
    sequence = list(zip(glyphs, is_inner, strict=True))
    for glyph, inner_glyph in reversed(sequence) if is_rtl else sequence:
        if inner_glyph:
            run.append(glyph)
            continue
        ordered += run[::-1]
        run = []
        ordered.append(glyph)
    return ordered + run[::-1]
