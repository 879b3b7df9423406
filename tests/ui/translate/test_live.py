from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.app.translate import ends_sentence
from lmstudio_lite.ui.translate.live import live_pause_ms


def test_a_short_text_is_followed_before_anything_is_measured() -> None:
    assert live_pause_ms(100, 0.0) == 150


def test_a_slow_model_is_asked_only_for_what_it_can_do_soon() -> None:
    assert live_pause_ms(2_000, 10.0) is None
    assert live_pause_ms(100, 10.0) == 1_500
    assert live_pause_ms(100, 1_000.0) == 150


@given(st.integers(0, 20_000), st.floats(0, 10_000, allow_nan=False))
def test_a_pause_is_never_shorter_nor_longer_than_typing_bears(
    num_characters: int, characters_per_s: float
) -> None:
    pause_ms = live_pause_ms(num_characters, characters_per_s)
    assert pause_ms is None or 150 <= pause_ms <= 1_500


@pytest.mark.parametrize(
    ("before", "text", "is_ended"),
    [
        ("I saw a boat", "I saw a boat.", True),
        ("我看见一只船", "我看见一只船。", True),
        ("I saw a boat", "I saw a boats", False),
        ("I saw boat.", "I saw a boat.", False),
        ("One Two.", "One. Two.", True),
        ("I saw a boat..", "I saw a boat.", False),
        ("", "A pasted sentence.", True),
    ],
)
def test_the_key_that_ends_a_sentence_is_told(before: str, text: str, is_ended: bool) -> None:
    assert ends_sentence(text, before) is is_ended
    assert live_pause_ms(len(text), 0.0, is_sentence_ended=is_ended) == (30 if is_ended else 150)
    assert live_pause_ms(9_000, 1_000.0, is_sentence_ended=is_ended) is None
