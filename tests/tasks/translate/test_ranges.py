from __future__ import annotations

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from lmstudio_lite.tasks.translate.marks import Stretch
from lmstudio_lite.tasks.translate.ranges import locate, range_grammar, words_apart


def allowed(grammar: str) -> set[str]:
    """Return all that a grammar of nested choices allows."""
    texts: set[str] = set()
    for choice in grammar.removeprefix("root ::= ").split(" | "):
        text = ""
        for literal in regex.findall(r'"((?:[^"\\]|\\.)*)"', choice):
            text += literal.replace('\\"', '"').replace("\\\\", "\\")
            texts.add(text)
    return texts


def test_the_grammar_allows_whole_words_in_a_row() -> None:
    texts = allowed(range_grammar("Le chat d’Anna dort.", "cat sleeps"))
    assert {"Le", "Le chat", "chat", "chat d’Anna", "d’Anna dort", "Anna", "Anna dort", "dort."} <= texts
    assert not {"d", "ha", "chat d", " chat", ".", "cat"} & texts


def test_scripts_without_spaces_are_cut_anywhere() -> None:
    assert {"上", "上海", "海的桥"} <= allowed(range_grammar("上海的桥", "bridge"))


def test_a_stretch_is_no_longer_than_its_words_make_likely() -> None:
    texts = allowed(range_grammar("one two three four five six seven eight", "drei"))
    assert "three four" in texts
    assert "three four five" not in texts


def test_a_stretch_that_was_wrong_is_left_out() -> None:
    texts = allowed(range_grammar("sowohl Kaffee als auch Tee", "coffee", Stretch(22, 26)))
    assert "Kaffee" in texts
    assert not any("Tee" in text for text in texts)
    assert range_grammar("Tee", "coffee", Stretch(0, 3)) == ""


@settings(deadline=None)
@given(st.text(st.sampled_from('ab "\\’海.-'), max_size=30), st.text(st.sampled_from("ab "), min_size=1))
def test_whatever_is_allowed_stands_in_the_text(text: str, words: str) -> None:
    assert all(answer in text for answer in allowed(range_grammar(text, words)))


@pytest.mark.parametrize(("expected", "start"), [(0.0, 0), (20.0, 18)])
def test_of_equal_words_the_nearest_is_meant(expected: float, start: int) -> None:
    assert locate("boats and again a boats", " boats", expected) == Stretch(start, start + 5)
    assert locate("boats", "ships", expected) is None


def test_words_between_two_stretches_are_counted() -> None:
    text = "If the temperature is too high, stop."
    assert words_apart(text, Stretch(7, 18), Stretch(22, 30)) == 1
    assert words_apart(text, Stretch(22, 30), Stretch(7, 25)) == 0
