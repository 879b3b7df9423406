"""Spaces that PDFium puts into words whose letters are set apart: "Nort h Buon a Vist a Driv e".

A program that recognizes scans stretches each word to the width of its picture with room between the letters
(``Tc``), which PDFium takes for a space where it begins another piece. Such a space is told from a true one
by the gap, which is that between the letters beside it.
"""

from __future__ import annotations

from statistics import median

import regex

from lmstudio_lite.documents.pdf.pdfium import PdfPage

NO_SPACE = "\u200b"
"""Stands for a space that is none, so that characters keep their numbers; dropped with other controls."""
_SPACE_BESIDE_PIECE = regex.compile(
    r"(?<=[\p{L}\p{N}])(?<!\p{Lo}) (?=[\p{L}\p{N}])(?!\p{Lo})"
    r"(?:(?<=(?<!\S)\S{1,3} )|(?=\S{1,3}(?!\S)))"
)
"""Between letters of an alphabet or digits, beside one to three of them."""
_SINGLE_SHARE = 0.15
"""Of the words of a page. Pages of formulas have as many single letters as such scans: their gaps decide."""
_SLACK = 0.08
"""In heights of a line: how much wider than the gaps between letters a gap is that is none."""
_NEAR = 5
_SMALLEST_GAP = 0.03


def without_false_spaces(page: PdfPage, text: str) -> str:
    """Return ``text`` with ``NO_SPACE`` for each space within a word of letters that are set apart."""
    words = text.split()
    if sum(len(word) == 1 for word in words) < _SINGLE_SHARE * len(words):
        return text
    characters = list(text)
    for match in _SPACE_BESIDE_PIECE.finditer(text):
        if page.is_generated(match.start()) and _is_gap_of_letters(page, text, match.start()):
            characters[match.start()] = NO_SPACE
    return "".join(characters)


def _is_gap_of_letters(page: PdfPage, text: str, at: int) -> bool:
    """Whether the gap at the space is that between the letters of the nearest words of its line."""
    box = page.line_box(at - 1)
    height = box.top - box.bottom
    gaps = _letter_gaps(page, text, at)
    if not gaps or height <= 0:
        return False
    usual = median(gaps)
    gap = page.line_box(at + 1).left - box.right
    return usual > _SMALLEST_GAP * height and gap <= usual + _SLACK * height


def _letter_gaps(page: PdfPage, text: str, at: int) -> list[float]:
    """Return the gaps between letters of a word on the left of ``at``, else right of it, in the line."""
    before = _gaps(page, text, range(at - 1, max(0, at - 1 - _NEAR), -1))
    return before or _gaps(page, text, range(at + 2, min(len(text), at + 2 + _NEAR)))


def _gaps(page: PdfPage, text: str, numbers: range) -> list[float]:
    gaps: list[float] = []
    for number in numbers:
        if text[number] in "\r\n\x02":
            break
        if text[number].isalnum() and text[number - 1].isalnum():
            gaps.append(page.line_box(number).left - page.line_box(number - 1).right)
    return gaps
