from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.text_marks import carry_marks
from lmstudio_lite.domain.units import (
    Mark,
    MarkKind,
    Place,
    Unit,
    UnitKind,
    UnitText,
    check_unit_text,
)

STYLE, SPAN, OBJECT = MarkKind.STYLE, MarkKind.SPAN, MarkKind.OBJECT
_TOKENS = st.sampled_from(["red", "Boot", "the", "7", "港", "。", " ", ", "])
_WORDS = st.lists(_TOKENS, max_size=12).map("".join)


def carried(before: str, after: str, *marks: Mark) -> list[str]:
    return [after[mark.start : mark.end] for mark in carry_marks(before, marks, after)]


@pytest.mark.parametrize(
    ("before", "marked", "after", "expected"),
    [
        ("The red boat", "red", "A red boat", "red"),
        ("The red boat", "red", "The very red boat", "red"),
        ("The red boat", "red", "The red big boat", "red"),
        ("The red boat", "red boat", "The red old boat", "red old boat"),
        ("The red boat", "red", "The blue boat", "blue"),
        ("港口有三艘船。", "三艘", "港口里有三艘船。", "三艘"),
        ("The red boat", "The red boat", "One boat", "One boat"),
    ],
)
def test_a_mark_stays_at_its_words(before: str, marked: str, after: str, expected: str) -> None:
    start = before.index(marked)
    assert carried(before, after, Mark(1, SPAN, start, start + len(marked))) == [expected]


def test_a_style_whose_words_are_gone_is_given_up_and_a_link_is_not() -> None:
    style, link = Mark(1, STYLE, 4, 8), Mark(2, SPAN, 4, 8)
    assert carry_marks("The red boat", [style], "The boat") == ()
    (kept,) = carry_marks("The red boat", [link], "The boat")
    assert kept.start < kept.end


def test_a_picture_keeps_its_place_between_words() -> None:
    (picture,) = carry_marks("One two three", [Mark(1, OBJECT, 4, 4)], "Only one two three")
    assert (picture.start, picture.end) == (9, 9)


@st.composite
def _marked(draw: st.DrawFn) -> tuple[str, tuple[Mark, ...]]:
    """Draw a text and marks that lie in one another or apart."""
    text = draw(_WORDS)
    marks: list[Mark] = []

    def fill(start: int, end: int, depth: int) -> None:
        position = start
        while position < end and len(marks) < 8:
            first = draw(st.integers(position, end))
            last = draw(st.integers(first, end))
            kind = draw(st.sampled_from([STYLE, SPAN])) if first < last else OBJECT
            marks.append(Mark(len(marks) + 1, kind, first, last))
            if first < last and depth and draw(st.booleans()):
                fill(first, last, depth - 1)
            position = last + draw(st.integers(1, 3))

    fill(0, len(text), 2)
    return text, tuple(marks)


@given(_marked(), _WORDS.filter(bool))
def test_none_is_lost_doubled_or_crossed(marked: tuple[str, tuple[Mark, ...]], after: str) -> None:
    before, marks = marked
    unit = Unit(before, Place(UnitKind.BODY, "", 1), marks)
    check_unit_text(unit, UnitText(before, marks))
    check_unit_text(unit, UnitText(after, carry_marks(before, marks, after)))


@given(_marked())
def test_without_an_edit_nothing_moves(marked: tuple[str, tuple[Mark, ...]]) -> None:
    text, marks = marked
    moved = carry_marks(text, marks, text)
    assert list(moved) == list(marks)
