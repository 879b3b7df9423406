"""Arabic lines of PDF files, drawn in any order: told in the order in which they are read."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmstudio_lite.documents.formats import Format, Kind
from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.pdf import reader as pdf
from tests.documents.pdf_files import ARABIC, Page, arabic_code, pdf_of

SIZE = 10.0
ADVANCE = 0.5 * SIZE
RTL_WORDS = st.text(alphabet=ARABIC[:-1], min_size=2, max_size=7).filter(lambda word: "لا" not in word)
LTR_WORDS = st.sampled_from(["1998", "42", "3.5", "PDF", "Kiel", "48,000"])
LINES = st.tuples(
    st.lists(RTL_WORDS, min_size=5, max_size=7),
    st.lists(LTR_WORDS, max_size=1),
    st.lists(RTL_WORDS, max_size=3),
).map(lambda parts: " ".join([*parts[0], *parts[1], *parts[2]]))


def drawn(line: str) -> list[tuple[str, float]]:
    """Return the characters of a right-to-left line with their places, in reading order."""
    places: list[tuple[str, float]] = []
    x = 540.0
    for word in line.split():
        step = -ADVANCE if word[0] in ARABIC else ADVANCE
        start = x if step < 0 else x - ADVANCE * (len(word) - 1)
        places += [(letter, start + step * at) for at, letter in enumerate(word)]
        x -= ADVANCE * (len(word) + 1)
    return places


def read(page: Page) -> str:
    found = Format(Kind.PDF, "application/pdf")
    return pdf.read_pdf(Path("made.pdf"), pdf_of([page]), found, ReadLimits(recognizes_scans=False)).text


def page_of(lines: list[str], *, is_visual: bool) -> Page:
    page = Page()
    for number, line in enumerate(lines):
        glyphs = drawn(line)
        if is_visual:
            glyphs.sort(key=lambda glyph: glyph[1])
        for letter, x in glyphs:
            page.write_codes(x, 700 - 14 * number, bytes([arabic_code(letter)]), size=SIZE)
    return page


@settings(max_examples=10, deadline=None)
@given(st.lists(LINES, min_size=8, max_size=10), st.booleans())
def test_lines_are_told_as_they_are_read_however_they_are_drawn(lines: list[str], is_visual: bool) -> None:
    assert read(page_of(lines, is_visual=is_visual)).split() == " ".join(lines).split()


@pytest.mark.parametrize("is_visual", [True, False])
def test_a_line_in_one_string(is_visual: bool) -> None:
    """As old programs draw it: every line from left to right, spaces and all."""
    line = "كتب الولد درسا في 1998 من البيت"
    glyphs = sorted(drawn(line), key=lambda glyph: glyph[1])
    page = Page()
    shown = ""
    for letter, x in glyphs:
        at = round((x - glyphs[0][1]) / ADVANCE)
        shown = shown.ljust(at) + letter
    page.write_codes(glyphs[0][1], 700, bytes(map(arabic_code, shown)), size=SIZE)
    assert read(page) == line


def test_a_ligature_of_two_letters_is_told_in_order() -> None:
    page = Page()
    codes = [arabic_code("س"), 0xF0, arabic_code("م")]  # salam: sin, lam-alef, mim
    for at, code in enumerate(codes):
        page.write_codes(300 - ADVANCE * at, 700, bytes([code]), size=SIZE)
    assert read(page) == "سلام"


def test_a_mark_follows_the_letter_that_carries_it() -> None:
    page = Page()
    for letter, x in (("ح", 300.0), ("\u064e", 301.0), ("ب", 295.0)):
        page.write_codes(x, 700, bytes([arabic_code(letter)]), size=SIZE)
    assert read(page) == "ح\u064eب"
