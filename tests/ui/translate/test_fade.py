"""Sentences that changed fade in; nothing moves with reduced motion, and nothing that only grew."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.tokens import MOTION_MS
from lmstudio_lite.ui.translate.fade import changed_stretches
from lmstudio_lite.ui.translate.panes import TextPane
from lmstudio_lite.ui.translate.view import says_otherwise

BEFORE = "The boat is old. It leaves at nine. Nobody waits."
AFTER = "The boat is old. It leaves at ten. Nobody waits."


def changed(before: str, after: str) -> list[str]:
    return [after[stretch.start : stretch.end] for stretch in changed_stretches(before, after)]


def test_only_sentences_that_changed_are_found() -> None:
    assert changed(BEFORE, AFTER) == ["It leaves at ten. "]
    assert changed(BEFORE, BEFORE) == []
    assert changed("船很旧。九点开。", "船很旧。十点开。") == ["十点开。"]
    assert changed(BEFORE, "Now: " + BEFORE.replace("Nobody", "Somebody")) == [
        "Now: The boat is old. ",
        "Somebody waits.",
    ]


@given(st.text("ab. \n", max_size=60), st.text("ab. \n", max_size=60))
def test_stretches_lie_in_the_text_one_after_another(before: str, after: str) -> None:
    position = 0
    for stretch in changed_stretches(before, after):
        assert position <= stretch.start < stretch.end <= len(after)
        position = stretch.end


@pytest.fixture
def pane(qtbot: QtBot, theme: Theme) -> TextPane:
    pane = TextPane(theme, "Translation", "", None)
    qtbot.addWidget(pane)
    pane.editor.setReadOnly(True)
    pane.show()
    return pane


def faded(pane: TextPane) -> list[tuple[str, float]]:
    return [
        (each.cursor.selectedText(), each.format.foreground().color().alphaF())
        for each in pane.editor.extraSelections()
    ]


def test_a_changed_sentence_fades_in_and_a_grown_text_does_not(qtbot: QtBot, pane: TextPane) -> None:
    seen: list[list[tuple[str, float]]] = []
    pane.set_text(BEFORE)
    assert faded(pane) == []
    pane.set_text(BEFORE + " And so on.")
    assert faded(pane) == []
    pane._fade._animation.valueChanged.connect(lambda _: seen.append(faded(pane)))
    pane.set_text(AFTER + " And so on.")
    qtbot.waitUntil(lambda: len(seen) > 1 and faded(pane) == [], timeout=20 * MOTION_MS)
    steps = [each[0] for each in seen if each]
    assert {words for words, _ in steps} == {"It leaves at ten. "}
    assert min(opacity for _, opacity in steps) < 0.5


def test_a_growing_text_takes_the_place_of_another_where_its_words_differ() -> None:
    shown = "Das Boot ist alt. Niemand wartet."
    assert not says_otherwise("Das Boot", shown)
    assert not says_otherwise("Das Boot ist alt. … Ende", shown)
    assert says_otherwise("Das Boot ist neu", shown)
    assert says_otherwise(shown + " Doch.", shown)


def test_nothing_fades_with_reduced_motion(theme: Theme, pane: TextPane) -> None:
    theme.apply("light", reduced_motion=True)
    pane.set_text(BEFORE)
    pane.set_text(AFTER)
    assert faded(pane) == []
