"""PDF files made at random, whose words are known: none is missing unless it is named, doubled or torn."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmstudio_lite.documents.formats import Format, Kind
from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.pdf import reader as pdf
from lmstudio_lite.documents.reading import Reading
from lmstudio_lite.domain.inventory import PartKind, unread_of
from tests.documents.pdf_files import LEADING, Page, pdf_of, scan_of_print

FORMAT = Format(Kind.PDF, "application/pdf")
LIMITS = ReadLimits(recognizes_scans=False)
WORDS = tuple(
    word
    for line in (
        "river bridge meadow council winter harbour village market lantern orchard window pepper",
        "thunder meadowland captain journey whistle garden kitchen mountain forest button candle",
        "silver cotton basket ladder",
        "the and of for with under over from into near was were is had will not but they them this that each",
    )
    for word in line.split()
)
WIDTHS = dict.fromkeys("abdeghnopqu", 556) | dict.fromkeys("cksvxyz", 500) | dict.fromkeys("ijl", 222)
WIDTHS |= {"f": 278, "t": 278, " ": 278, "r": 333, "m": 833, "w": 722, "R": 722}
"""Of Helvetica's characters, in thousandths of the size (Adobe's metrics)."""


@dataclass(frozen=True)
class Shape:
    """What a page is like; ``seed`` gives its words."""

    seed: int
    rotate: int
    turn: int
    num_columns: int
    is_by_row: bool
    num_lines: int
    size: float
    has_picture: bool
    has_head: bool
    is_scan: bool
    style: str = "line"


SHAPES = st.builds(
    Shape,
    seed=st.integers(0, 10_000),
    rotate=st.sampled_from([0, 0, 90, 180, 270]),
    turn=st.sampled_from([0, 0, 0, 90, 180, 270]),
    num_columns=st.sampled_from([1, 1, 2, 3]),
    is_by_row=st.booleans(),
    num_lines=st.integers(5, 30),
    size=st.sampled_from([8.0, 10.0, 12.0]),
    has_picture=st.booleans(),
    has_head=st.booleans(),
    is_scan=st.sampled_from([False, False, False, True]),
    style=st.sampled_from(["line", "word", "glyph", "kerned"]),
)


def prose(source: random.Random, width: float, count: int) -> tuple[list[str], list[str]]:
    """Return ``count`` lines as full as words make them, ``width`` in sizes, and their words."""
    words: list[str] = []
    lines = [""]
    while len(lines) <= count:
        word = f"{source.choice(WORDS)}{''.join(source.choices('bcdfgklmnprst', k=2))}"
        if sum(map(WIDTHS.__getitem__, f"{lines[-1]} {word}")) > width * 1000:
            lines.append("")
        if len(lines) <= count:
            lines[-1] = f"{lines[-1]} {word}".strip()
            words.append(word)
    return lines[:count], words


def page_of(shape: Shape, number: int) -> tuple[Page, list[str]]:
    """Return a page and the words on it, in the order in which they are read."""
    page = Page(rotate=shape.rotate)
    if shape.is_scan:
        page.draw(scan_of_print(), (0, 0, 595, 842))
        return page, []
    source = random.Random(f"{shape.seed} {number}")
    # The frame in which the text is upright: its origin is the upper left corner of what is written on.
    wide = 500 if shape.turn % 180 == 0 else 740
    gutter = 24
    column = (wide - gutter * (shape.num_columns - 1)) / shape.num_columns
    columns = [prose(source, column / shape.size, shape.num_lines) for _ in range(shape.num_columns)]
    words = [word for _, told in columns for word in told]
    places = [
        (at * (column + gutter), row * LEADING * shape.size + 40, lines[row])
        for at, (lines, _) in enumerate(columns)
        for row in range(shape.num_lines)
    ]
    if shape.is_by_row:
        places.sort(key=lambda place: place[1])
    if shape.has_head:
        places.insert(0, (0.0, 0.0, f"Report on page {number}"))
    for x, down, line in places:
        for piece, along in pieces_of(line, shape):
            place = _from_frame(x + along, down, shape.turn)
            page.write(*place, piece, size=shape.size, turn=shape.turn, is_kerned=shape.style == "kerned")
    if shape.has_picture:
        page.draw(scan_of_print(), (500, 20, 560, 80))
    return page, words


def pieces_of(line: str, shape: Shape) -> list[tuple[str, float]]:
    """Return what is drawn of a line at once, and how far from its start."""
    match shape.style:
        case "word":
            cuts = [match.span() for match in re.finditer(r"\S+", line)]
        case "glyph":
            cuts = [(at, at + 1) for at, letter in enumerate(line) if letter != " "]
        case _:
            cuts = [(0, len(line))]
    widths = [WIDTHS.get(letter, 556) * shape.size / 1000 for letter in line]
    return [(line[start:end], sum(widths[:start])) for start, end in cuts]


def _from_frame(x: float, down: float, turn: int) -> tuple[float, float]:
    match turn:
        case 0:
            return 40 + x, 790 - down
        case 90:
            return 50 + down, 40 + x
        case 180:
            return 555 - x, 50 + down
        case _:
            return 545 - down, 800 - x


def read(pages: list[Page]) -> Reading:
    return pdf.read_pdf(Path("made.pdf"), pdf_of(pages), FORMAT, LIMITS)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(SHAPES, min_size=1, max_size=4).filter(lambda shapes: not all(s.is_scan for s in shapes)))
def test_every_word_is_read_once_in_order_or_its_page_is_named(shapes: list[Shape]) -> None:
    check(shapes)


@pytest.mark.soak
@settings(max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(SHAPES, min_size=1, max_size=6).filter(lambda shapes: not all(s.is_scan for s in shapes)))
def test_every_word_is_read_once_in_many_files(shapes: list[Shape]) -> None:
    check(shapes)


def check(shapes: list[Shape]) -> None:
    made = [page_of(shape, number) for number, shape in enumerate(shapes, 1)]
    reading = read([page for page, _ in made])
    assert {part.number for part in unread_of(reading.inventory) if part.kind is PartKind.PAGE} == {
        number for number, shape in enumerate(shapes, 1) if shape.is_scan
    }
    for page, shape, (_, words) in zip(reading.pages, shapes, made, strict=True):
        text = re.sub(r"Report on page \d+", "", reading.text[page.start : page.end])
        assert Counter(text.split()) == Counter(words), shape
        assert text.split() == words, shape
