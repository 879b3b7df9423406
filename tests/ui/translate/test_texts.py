"""Texts in the panes: pasted, very long, in pairs of sentences that light up together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.translations import Register, TranslatedSegment
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.translate.panes import TextPane
from lmstudio_lite.ui.translate.pasted_text import pasted_text
from lmstudio_lite.ui.translate.sentence_pairs import pair_sentences
from lmstudio_lite.ui.translate.tab import TranslateTab
from lmstudio_lite.ui.translate.text_places import TextPlaces
from tests.ui.gestures import press, type_text
from tests.ui.translate.conftest import ScriptedTranslator
from tests.ui.translate.test_tab import set_live, wait_until_idle

SOURCE = "Der Hund 🐕 schläft.\nDie Katze\nsieht ihn. Es regnet."
SEGMENTS = (
    TranslatedSegment("Der Hund 🐕 schläft.", "The dog 🐕 sleeps.", "", False),
    TranslatedSegment("Die Katze sieht ihn.", "The cat sees it.", "", False),
    TranslatedSegment("Es regnet.", "It rains.", "", False),
)
TARGET = "The dog 🐕 sleeps.\nThe cat\nsees it. It rains."


@pytest.fixture
def pane(qtbot: QtBot, theme: Theme) -> TextPane:
    pane = TextPane(theme, "Text", "")
    qtbot.addWidget(pane)
    pane.resize(500, 300)
    pane.show()
    return pane


def test_sentences_are_found_again_whatever_breaks_their_lines() -> None:
    pairs = pair_sentences(SOURCE, TARGET, SEGMENTS)
    assert [SOURCE[pair.source.start : pair.source.end] for pair in pairs] == [
        "Der Hund 🐕 schläft.",
        "Die Katze\nsieht ihn.",
        "Es regnet.",
    ]
    assert TARGET[pairs[1].target.start : pairs[1].target.end] == "The cat\nsees it."
    without = pair_sentences(SOURCE, TARGET.replace("cat", "tomcat"), SEGMENTS)
    assert [pair.segment.source for pair in without] == ["Der Hund 🐕 schläft.", "Es regnet."]


@given(st.text(alphabet="a🐕é \n", max_size=30), st.sets(st.integers(1, 29), max_size=4))
def test_places_go_there_and_back(text: str, breaks: set[int]) -> None:
    places = TextPlaces(text, [offset for offset in breaks if offset < len(text)])
    for offset in range(len(text)):
        assert places.offset(places.position(offset)) == offset


def test_pasting_keeps_lists_and_leaves_code_alone() -> None:
    formatted = QMimeData()
    formatted.setHtml("<p>Buy:</p><ul><li>bread</li><li>milk</li></ul><ol><li>pay</li></ol><p>Then go.</p>")
    formatted.setText("Buy:\nbread\nmilk\npay\nThen go.")
    assert pasted_text(formatted) == "Buy:\n\n- bread\n- milk\n1. pay\n\nThen go."
    code = QMimeData()
    code.setHtml("<div><span>def f():</span></div><div><span>&nbsp;&nbsp;return 1</span></div>")
    code.setText("def f():\r\n    return 1")
    assert pasted_text(code) == "def f():\n    return 1"


def test_a_line_of_a_hundred_thousand_characters_is_shown_in_lines_and_stays_one(pane: TextPane) -> None:
    text = "今天天气很好我们去公园散步。" * 7200
    mime = QMimeData()
    mime.setText(text)
    pane.editor.insertFromMimeData(mime)
    assert pane.text == text
    assert pane.editor.document().blockCount() > 40
    pane.editor.undo()
    assert pane.text == ""
    pane.editor.redo()
    assert pane.text == text
    pane.editor.moveCursor(QTextCursor.MoveOperation.EndOfBlock)
    press(pane.editor, Qt.Key.Key_Return)
    assert pane.text.count("\n") == 1, "what the user breaks is broken"
    pane.set_text(text + "\n" + text)
    assert pane.text == text + "\n" + text


def test_pointer_and_caret_light_both_sides(
    qtbot: QtBot, tab: TranslateTab, translator: ScriptedTranslator
) -> None:
    translator.segments = SEGMENTS
    set_live(tab, False)
    view, light = tab.view, tab.text_page.light
    view.source_pane.editor.insertPlainText(SOURCE)
    translator.let_translate()
    tab.translate_now()
    wait_until_idle(qtbot, tab)
    view.target_pane.set_text(TARGET)
    light.follow(SEGMENTS)
    view.source_pane.editor.setFocus()
    press(view.source_pane.editor, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    press(view.source_pane.editor, Qt.Key.Key_Left)
    assert light.lit is not None
    assert light.lit.segment.text == "It rains."
    assert view.target_pane.lit == light.lit.target
    pair = pair_sentences(SOURCE, TARGET, SEGMENTS)[0]
    below = view.target_pane.place_of(pair.target)
    place = view.target_pane.editor.viewport().mapFromGlobal(below) + QPoint(12, -6)
    QTest.mouseMove(view.target_pane.editor.viewport(), place)
    qtbot.waitUntil(lambda: view.source_pane.lit == pair.source)
    type_text(view.source_pane.editor, "!")
    assert light.lit is None
    assert view.target_pane.lit is None


def test_chosen_languages_come_to_the_top_and_stay_if_they_are_kept(
    tab: TranslateTab, services: Services
) -> None:
    box = tab.view.target_box
    for code in ("fr", "ja"):
        box.setCurrentIndex(box.findData(code))
        box.activated.emit(box.currentIndex())
    assert box.codes_at_top[:2] == ["ja", "fr"]
    assert box.code == "ja"
    box.customContextMenuRequested.emit(QPoint(2, 2))
    (menu,) = box.findChildren(QMenu)
    assert menu.actions()[0].text() == "Keep Japanese at the top"
    menu.actions()[0].trigger()
    menu.close()
    for code in ("de", "es", "it", "pt", "nl", "fr"):
        box.setCurrentIndex(box.findData(code))
        box.activated.emit(box.currentIndex())
    assert box.codes_at_top[:2] == ["ja", "fr"]
    assert tab.view.source_box.codes_at_top == box.codes_at_top
    assert services.settings.value.translate.pinned == ("ja",)


def test_tone_and_audience_are_asked_for_and_remembered(
    qtbot: QtBot, tab: TranslateTab, translator: ScriptedTranslator, services: Services
) -> None:
    options = tab.view.options
    set_live(tab, False)
    options.register_box.setCurrentIndex(options.register_box.findData(Register.INFORMAL))
    options.register_box.activated.emit(options.register_box.currentIndex())
    type_text(options.audience_edit, "children")
    press(options.audience_edit, Qt.Key.Key_Return)
    tab.view.source_pane.editor.insertPlainText("Der Hund")
    translator.let_translate()
    tab.translate_now()
    wait_until_idle(qtbot, tab)
    assert (translator.calls[-1].register, translator.calls[-1].audience) == (Register.INFORMAL, "children")
    chosen = services.settings.value.translate
    assert (chosen.register, chosen.audience) == ("informal", "children")
