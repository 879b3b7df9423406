from __future__ import annotations

from lmstudio_lite.tasks.write.locating import find_span

SOURCE = "# Rivers\n\nThe **Nile** is `long`.\n\nThe Rhine is short. The Nile is old."


def found(selected: str, place: float = 0.0) -> str | None:
    span = find_span(SOURCE, selected, place)
    return SOURCE[slice(*span)] if span else None


def test_what_stands_there_word_for_word_is_found() -> None:
    assert found("The Rhine is short.") == "The Rhine is short."


def test_marks_of_markdown_do_not_hide_the_words() -> None:
    assert found("The Nile is long.") == "The **Nile** is `long`."
    assert found("Rivers\u2029The Nile") == "Rivers\n\nThe **Nile**"


def test_of_several_places_the_nearest_is_taken() -> None:
    assert find_span(SOURCE, "is", 0.0) != find_span(SOURCE, "is", 1.0)


def test_other_words_are_nowhere() -> None:
    assert found("The Danube") is None
    assert found("  ") is None
