"""Other wordings of a sentence: asked for by a click or a key, chosen, undone, stored."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextCursor
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.results import ResultKind
from lmstudio_lite.domain.translations import TranslatedSegment, TranslationOptions
from lmstudio_lite.errors import AppError, NoModelError
from lmstudio_lite.ui.translate.sentence_pairs import pair_sentences
from lmstudio_lite.ui.translate.tab import TranslateTab
from tests.ui.gestures import click, press
from tests.ui.translate.conftest import ScriptedTranslator
from tests.ui.translate.test_tab import set_live, wait_until_idle

SOURCE = "Der Hund bellt. Es regnet"
SEGMENTS = (
    TranslatedSegment("Der Hund bellt", "tlleb dnuH reD", "", False),
    TranslatedSegment("Es regnet", "tenger sE", "", False),
)


class ScriptedAlternatives:
    """Stands in for ``tasks.translate.alternatives``."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        self.asked: list[str] = []
        self.wordings = ["It is raining", "Rain falls"]
        self.error: AppError | None = None

    def __call__(
        self,
        source: str,
        options: TranslationOptions,
        num_wanted: int,
        *,
        cancellation: Cancellation,
        known: Sequence[str],
        **others: object,
    ) -> list[str]:
        self.asked.append(source)
        cancellation.on_cancel(self.may_answer.set)
        self.may_answer.wait(20.0)
        cancellation.raise_if_cancelled()
        if self.error is not None:
            raise self.error
        return self.wordings


@pytest.fixture
def alternatives(monkeypatch: pytest.MonkeyPatch) -> ScriptedAlternatives:
    alternatives = ScriptedAlternatives()
    monkeypatch.setattr("lmstudio_lite.app.wordings.alternatives", alternatives)
    return alternatives


@pytest.fixture
def translated(
    qtbot: QtBot, tab: TranslateTab, translator: ScriptedTranslator, alternatives: ScriptedAlternatives
) -> TranslateTab:
    translator.segments = SEGMENTS
    translator.let_translate()
    set_live(tab, False)
    tab.view.source_pane.editor.insertPlainText(SOURCE)
    tab.translate_now()
    wait_until_idle(qtbot, tab)
    assert tab.view.target_pane.text == "tlleb dnuH reD. tenger sE"
    return tab


def test_a_click_on_a_sentence_offers_others_and_the_choice_is_stored_and_undone(
    qtbot: QtBot, translated: TranslateTab, alternatives: ScriptedAlternatives, services: Services
) -> None:
    pane, popup = translated.view.target_pane, translated.text_page.wordings.popup
    pair = pair_sentences(SOURCE, pane.text, SEGMENTS)[1]
    place = pane.editor.viewport().mapFromGlobal(pane.place_of(pair.target)) + QPoint(6, -6)
    click(pane.editor.viewport(), place)
    assert popup.isVisible()
    assert popup.state.text() == "Looking for other wordings…"
    alternatives.may_answer.set()
    qtbot.waitUntil(lambda: popup.list.count() == 2)
    assert alternatives.asked == ["Es regnet"]
    press(popup.list, Qt.Key.Key_Down)
    press(popup.list, Qt.Key.Key_Return)
    assert pane.text == "tlleb dnuH reD. Rain falls"

    def stored() -> str:
        (row,) = services.results.list(ResultKind.TRANSLATION)
        return services.results.get(row.id).text

    qtbot.waitUntil(lambda: stored() == "tlleb dnuH reD. Rain falls")
    pane.editor.setFocus()
    press(pane.editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert pane.text == "tlleb dnuH reD. tenger sE"
    qtbot.waitUntil(lambda: stored() == "tlleb dnuH reD. tenger sE")
    assert not translated.view.undo_button.isVisible()


def test_a_key_offers_them_for_the_sentence_of_the_caret_and_esc_stops_asking(
    qtbot: QtBot, translated: TranslateTab, alternatives: ScriptedAlternatives
) -> None:
    editor, popup = translated.view.target_pane.editor, translated.text_page.wordings.popup
    editor.setFocus()
    editor.moveCursor(QTextCursor.MoveOperation.Start)
    press(editor, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: alternatives.asked == ["Der Hund bellt"])
    press(popup.list, Qt.Key.Key_Escape)
    assert not popup.isVisible()
    assert alternatives.may_answer.is_set(), "the model is told to stop"
    assert translated.view.target_pane.text == "tlleb dnuH reD. tenger sE"


def test_a_failure_is_said_in_the_list(
    qtbot: QtBot, translated: TranslateTab, alternatives: ScriptedAlternatives
) -> None:
    alternatives.error = NoModelError()
    alternatives.may_answer.set()
    popup = translated.text_page.wordings.popup
    pair = pair_sentences(SOURCE, translated.view.target_pane.text, SEGMENTS)[0]
    translated.text_page.wordings.open(pair)
    qtbot.waitUntil(lambda: not popup.bar.isVisible())
    assert popup.state.text()
    popup.close()


def test_a_stored_translation_lights_up_and_offers_wordings_when_it_is_opened_again(
    qtbot: QtBot, translated: TranslateTab, alternatives: ScriptedAlternatives, services: Services
) -> None:
    (row,) = services.results.list(ResultKind.TRANSLATION)
    translated.start_new()
    assert translated.view.target_pane.text == ""
    translated.open_history_item(row.id)
    editor = translated.view.target_pane.editor
    qtbot.waitUntil(lambda: translated.view.target_pane.num_characters > 0)
    editor.setFocus()
    editor.moveCursor(QTextCursor.MoveOperation.End)
    press(editor, Qt.Key.Key_Left)
    light = translated.text_page.light
    assert light.lit is not None
    assert light.lit.segment.source == "Es regnet"
    alternatives.may_answer.set()
    press(editor, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    popup = translated.text_page.wordings.popup
    qtbot.waitUntil(lambda: popup.list.count() == 2)
    popup.close()
