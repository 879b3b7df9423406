from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.formats.direction import direction_of, is_right_to_left, stretches
from lmstudio_lite.formats.markdown import parse


@pytest.mark.parametrize(
    ("text", "is_rtl"),
    [("1. مرحبا word", True), ("word مرحبا", False), ("42 — …", False), ("", False), ("漢字", False)],
)
def test_the_first_strong_letter_decides(text: str, is_rtl: bool) -> None:
    assert is_right_to_left(text) == is_rtl


def test_blocks_without_letters_and_code_have_no_direction() -> None:
    assert direction_of(parse("42\n\n---\n\n```\nword\n```\n\n`word`")) is None
    assert direction_of(parse("1. 42\n2. > مرحبا")) is True
    assert direction_of(parse("| 1 |\n|---|\n| word |")) is False


def test_stretches_keep_numbers_with_the_letters_before_them() -> None:
    assert list(stretches("abc שלום 2024 עולם, def", in_rtl=False)) == [
        ("abc ", False),
        ("שלום 2024 עולם", True),
        (", def", False),
    ]
    assert list(stretches("مرحبا Windows 11 يا!", in_rtl=True)) == [
        ("مرحبا ", True),
        ("Windows 11", False),
        (" يا!", True),
    ]


@given(st.text("ab1 ,שع٣漢", max_size=40), st.booleans())
def test_stretches_join_to_the_text_and_hold_no_letter_of_the_other_direction(
    text: str, in_rtl: bool
) -> None:
    found = list(stretches(text, in_rtl=in_rtl))
    assert "".join(words for words, _ in found) == text
    for words, is_rtl in found:
        assert not set(words) & set("ab漢" if is_rtl else "שع")
