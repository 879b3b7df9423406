"""Words of cells and headings that came back as they were, and those that rightly do."""

from __future__ import annotations

import pytest

from lmstudio_lite.domain.translations import FlagKind
from lmstudio_lite.tasks.translate.flags import find_flags


def left(source: str, pair: str, text: str | None = None, stay: tuple[str, ...] = ()) -> str:
    """Return the words of ``source`` that are flagged where it came back as it was, or as ``text``."""
    ours, theirs = pair.split("-")
    flags = find_flags(source, text or source, source_language=ours, target_language=theirs, stay=stay)
    return "".join(flag.detail for flag in flags if flag.kind is FlagKind.UNTRANSLATED)


@pytest.mark.parametrize(
    ("source", "pair", "words"),
    [
        ("Door", "en-de", "Door"),
        ("Chair number", "en-de", "number"),
        ("MINUTES", "en-zh", "MINUTES"),
        ("Opening hours", "en-fr", "Opening hours"),
        ("Fenster", "de-en", "Fenster"),
        ("Parkplatz", "de-en", "Parkplatz"),
        ("Fromage", "fr-es", "Fromage"),
        ("门", "zh-en", "门"),
    ],
)
def test_an_ordinary_word_that_stayed_is_told(source: str, pair: str, words: str) -> None:
    assert left(source, pair) == words


@pytest.mark.parametrize(
    "source",
    [
        "Hotel",
        "Login",
        "Nora Keller",
        "Hamburg",
        "USB",
        "PDF",
        "R2-D2",
        "foo_bar",
        "--help",
        "ISO 9001",
        "km",
    ],
)
@pytest.mark.parametrize("pair", ["en-de", "en-fr", "en-nb", "en-ru"])
def test_a_name_and_a_word_that_many_languages_have_may_stay(source: str, pair: str) -> None:
    assert left(source, pair) == ""


def test_a_word_that_only_the_target_has_too_may_stay() -> None:
    assert left("Door", "en-nl") == ""
    assert left("Door", "en-de") == "Door"


def test_what_is_wanted_as_it_is_may_stay() -> None:
    assert left("Door", "en-de", stay=("Door",)) == ""


def test_a_translation_is_not_told() -> None:
    assert left("Door", "en-de", "Tür") == ""
    assert left("Hand", "en-de", "Hand") == ""
    assert left("Door", "en-en") == ""
