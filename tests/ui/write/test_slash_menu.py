from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.prompts import Prompt
from lmstudio_lite.ui.chat.tab import ChatTab
from lmstudio_lite.ui.main_window import MainWindow
from tests.ui.chat.driver import Driver
from tests.ui.gestures import click, press, type_text
from tests.ui.scripted_engine import ScriptedEngine
from tests.ui.write.conftest import Settle


@pytest.fixture
def chat(window: MainWindow, services: Services) -> ChatTab:
    services.prompts.add(Prompt("Explain simply", "Explain {{topic}} to {{reader=a child}}."))
    services.prompts.add(Prompt("Greeting", "Say hello."))
    return window.chat


def shown(chat: ChatTab) -> list[str]:
    rows = chat.slash_menu.list
    return [rows.item(row).text() for row in range(rows.count())]


def test_a_stroke_offers_presets_and_own_prompts_and_typing_filters(chat: ChatTab, settle: Settle) -> None:
    editor = chat.composer.editor
    type_text(editor, "/")
    settle()
    assert {"Explain simply", "Greeting", "E-mail /email"} <= set(shown(chat))
    type_text(editor, "expl")
    assert shown(chat) == ["Explain simply"]
    press(editor, Qt.Key.Key_Backspace)
    assert chat.slash_menu.is_open


def test_arrows_choose_and_escape_leaves_the_text(chat: ChatTab, settle: Settle) -> None:
    editor = chat.composer.editor
    type_text(editor, "/")
    settle()
    press(editor, Qt.Key.Key_Down)
    assert chat.slash_menu.list.currentRow() == 1
    press(editor, Qt.Key.Key_Escape)
    assert not chat.slash_menu.is_open
    assert chat.composer.text == "/"
    type_text(editor, "x")
    assert not chat.slash_menu.is_open
    chat.composer.set_text("")
    type_text(editor, "/gree")
    press(editor, Qt.Key.Key_Return)
    assert chat.composer.text == "Say hello."


def test_what_has_blanks_is_filled_in_above_the_composer(chat: ChatTab, settle: Settle, qtbot: QtBot) -> None:
    type_text(chat.composer.editor, "/expl")
    settle()
    rows = chat.slash_menu.list
    click(rows.viewport(), rows.visualItemRect(rows.item(0)).center())
    form = chat.fill_form
    qtbot.waitUntil(lambda: form.fields["topic"].hasFocus())
    type_text(form.fields["topic"], "rainbows")
    press(form.fields["topic"], Qt.Key.Key_Tab)
    assert form.fields["reader"].hasFocus()
    press(form.fields["reader"], Qt.Key.Key_Return)
    assert chat.composer.text == "Explain rainbows to a child."
    assert chat.composer.editor.hasFocus()
    assert not form.isVisible()


def test_leaving_the_form_fills_in_nothing(chat: ChatTab, settle: Settle, qtbot: QtBot) -> None:
    type_text(chat.composer.editor, "/expl")
    settle()
    press(chat.composer.editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: chat.fill_form.fields["topic"].hasFocus())
    press(chat.fill_form.fields["topic"], Qt.Key.Key_Escape)
    assert not chat.fill_form.isVisible()
    assert chat.composer.text == ""
    assert chat.composer.editor.hasFocus()


def test_a_preset_puts_its_request_into_the_message(chat: ChatTab, qtbot: QtBot) -> None:
    type_text(chat.composer.editor, "/email")
    press(chat.composer.editor, Qt.Key.Key_Tab)
    fields = chat.fill_form.fields
    type_text(fields["text"], "the heating is broken")
    type_text(fields["tone"], "polite")
    type_text(fields["words"], "80")
    click(chat.fill_form.fill_button)
    assert "80 words" in chat.composer.text
    assert "the heating is broken" in chat.composer.text
    assert "Tone: polite." in chat.composer.text


def test_a_tutor_begins_a_conversation_of_its_own(
    chat: ChatTab, driver: Driver, engine: ScriptedEngine, services: Services, settle: Settle
) -> None:
    type_text(chat.composer.editor, "/tutor")
    press(chat.composer.editor, Qt.Key.Key_Return)
    type_text(chat.fill_form.fields["text"], "fractions")
    click(chat.fill_form.fill_button)
    request = engine.wait_for_request(1)
    assert not isinstance(request.prompt, str)
    assert "You teach this to one learner: fractions" in request.prompt.messages[0].text
    driver.answer("What do you know already?")
    driver.send("Nothing yet.")
    again = engine.requests[-1].prompt
    assert not isinstance(again, str)
    assert "fractions" in again.messages[0].text


@pytest.mark.parametrize(
    "text", ["a /", "/usr/bin/python3 --version and more words than any name has", "/\nnext"]
)
def test_other_messages_open_nothing(chat: ChatTab, text: str) -> None:
    chat.composer.setFocus()
    chat.composer.editor.insertPlainText(text)
    assert not chat.slash_menu.is_open


def test_the_ways_to_the_windows_are_offered(chat: ChatTab, window: MainWindow, qtbot: QtBot) -> None:
    type_text(chat.composer.editor, "/settings")
    press(chat.composer.editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.writing.compose is not None and window.writing.compose.isVisible())
    chat.composer.setFocus()
    type_text(chat.composer.editor, "/your prompts")
    press(chat.composer.editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.writing.library is not None and window.writing.library.isVisible())
