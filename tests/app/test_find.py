"""Where words stand in a text, whatever its case, accents and width."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.app.find import fold_words, places_of, utf16_places, words_looked_for


@pytest.mark.parametrize(
    ("text", "phrases", "found"),
    [
        ("A needle, the NEEDLE.", ["needle"], ["needle", "NEEDLE"]),
        ("Nádel and Nádel", ["nadel"], ["Nádel", "Nádel"]),
        ("STRASSE, Straße", ["strasse"], ["STRASSE", "Straße"]),
        ("ｆｕｌｌ width", ["full"], ["ｆｕｌｌ"]),
        ("two\n  words", ["two words"], ["two\n  words"]),
        ("它要多少钱", ["多少"], ["多少"]),
        ("😀 rain 😀", ["rain", "😀"], ["😀", "rain", "😀"]),
        ("nothing", [], []),
    ],
)
def test_places(text: str, phrases: list[str], found: list[str]) -> None:
    places = places_of(text, phrases, 10)
    assert [text[start:end] for start, end in places] == found
    held = text.encode("utf-16-le")
    for (start, end), word in zip(utf16_places(text, places), found, strict=True):
        assert held[2 * start : 2 * end].decode("utf-16-le") == word
    assert len(places_of(text, phrases, 1)) == min(1, len(found))


@given(st.text(max_size=60), st.text(min_size=1, max_size=6))
def test_what_is_found_has_the_words(text: str, words: str) -> None:
    phrase = fold_words(words)
    for start, end in places_of(text, [phrase] if phrase else [], 20):
        assert phrase in fold_words(text[start:end])


def test_words_of_a_search() -> None:
    assert words_looked_for("Trip #summer in:work to # Näh") == ["trip", "to", "#", "nah"]
