"""Find in a conversation: by keys, from message to message, marked where it stands."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTextEdit
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.ui.main_window import MainWindow

NUM_TURNS = 60


@pytest.fixture
def talk(window: MainWindow, services: Services, qtbot: QtBot) -> MainWindow:
    """A long conversation; "needle" stands in its first answer and its last question."""
    question = services.conversations.begin("Talk", "What is a haystack?")
    parent = question.id
    for number in range(NUM_TURNS):
        role = Role.USER if number % 2 else Role.ASSISTANT
        text = f"Paragraph {number}.\n\nThe **Nádel** is a needle here." if number == 0 else f"Turn {number}."
        if number == NUM_TURNS - 1:
            text = "And the NEEDLE again, the needle."
        parent = services.conversations.add_message(question.conversation_id, parent, role, text).id
    window.chat.open_history_item(question.conversation_id)
    qtbot.waitUntil(lambda: len(window.chat.thread_view.messages) == NUM_TURNS + 1)
    return window


def marked(window: MainWindow) -> list[str]:
    return [
        selection.cursor.selectedText()
        for widget in window.chat.thread_view.widgets
        for view in (
            [widget.body] if isinstance(widget.body, QTextEdit) else widget.body.findChildren(QTextEdit)
        )
        for selection in view.extraSelections()
    ]


def type_words(window: MainWindow, words: str, qtbot: QtBot) -> None:
    window.activateWindow()
    qtbot.keyClick(window.chat.composer.editor, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(window.chat.find_bar.isVisible)
    qtbot.keyClicks(window.chat.find_bar.field, words)


def test_the_last_hit_is_shown_first_and_enter_goes_to_the_earlier_one(
    talk: MainWindow, qtbot: QtBot
) -> None:
    bar, view = talk.chat.find_bar, talk.chat.thread_view
    type_words(talk, "needle", qtbot)
    qtbot.waitUntil(lambda: bar.count.text() == "2 of 2")
    assert marked(talk) == ["NEEDLE", "needle"]
    assert len(view.widgets) < NUM_TURNS
    qtbot.keyClick(bar.field, Qt.Key.Key_Return)
    assert bar.count.text() == "1 of 2"
    qtbot.waitUntil(lambda: "needle" in marked(talk)[:1])
    found = view.widget_of(view.messages[1].id)
    assert found is not None
    top = view.verticalScrollBar()
    qtbot.waitUntil(lambda: top.value() <= found.y() + found.height())
    qtbot.keyClick(bar.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert bar.count.text() == "2 of 2"
    qtbot.keyClick(bar.field, Qt.Key.Key_Escape)
    assert not bar.isVisible()
    assert marked(talk) == []


def test_case_and_accents_do_not_matter_and_nothing_is_said_to_be_nothing(
    talk: MainWindow, qtbot: QtBot
) -> None:
    bar = talk.chat.find_bar
    type_words(talk, "nadel", qtbot)
    qtbot.waitUntil(lambda: bar.count.text() == "1 of 1")
    bar.field.clear()
    qtbot.keyClicks(bar.field, "zebra")
    qtbot.waitUntil(lambda: bar.count.text() == "Not found")
    assert not bar.next_button.isEnabled()


def test_a_conversation_that_the_list_found_opens_at_the_words(
    talk: MainWindow, services: Services, qtbot: QtBot
) -> None:
    conversation_id = talk.chat.work.conversation_id
    talk.chat.start_new()
    assert not talk.chat.find_bar.isVisible()
    talk.history.search.setFocus()
    qtbot.keyClicks(talk.history.search, "needle")
    qtbot.waitUntil(lambda: talk.chat.history_model.query == "needle")
    talk.chat.open_history_item(conversation_id)
    qtbot.waitUntil(lambda: talk.chat.find_bar.count.text() == "2 of 2")
    assert "NEEDLE" in marked(talk)


def test_accents_are_marked_too(talk: MainWindow, qtbot: QtBot) -> None:
    type_words(talk, "nadel", qtbot)
    qtbot.waitUntil(lambda: marked(talk) == ["Nádel"])


def test_f3_goes_through_all_conversations_that_the_list_found(
    talk: MainWindow, services: Services, qtbot: QtBot
) -> None:
    long_id = talk.chat.work.conversation_id
    older = services.conversations.begin("Other", "A needle apart: rain.").conversation_id
    newer = services.conversations.begin("Rain and a needle", "Nothing here").conversation_id
    talk.history.search.setFocus()
    qtbot.keyClicks(talk.history.search, "rain needle")
    qtbot.waitUntil(lambda: talk.chat.history_model.rowCount() == 2)
    talk.chat.open_history_item(newer)
    qtbot.waitUntil(lambda: talk.chat.find_bar.count.text() == "Not found")  # its title has the words
    qtbot.keyClick(talk, Qt.Key.Key_F3)
    qtbot.waitUntil(lambda: talk.chat.work.conversation_id == older)
    qtbot.waitUntil(lambda: marked(talk) == ["needle", "rain"])
    qtbot.keyClick(talk, Qt.Key.Key_F3)  # there is no further one
    assert talk.chat.work.conversation_id == older
    qtbot.keyClick(talk, Qt.Key.Key_F3, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: talk.chat.work.conversation_id == newer)
    talk.history.search.setText("needle")
    talk.chat.history_model.load("needle")
    qtbot.waitUntil(lambda: talk.chat.history_model.rowCount() == 3)
    talk.chat.open_history_item(older)
    qtbot.waitUntil(lambda: marked(talk) == ["needle"])
    qtbot.keyClick(talk, Qt.Key.Key_F3)
    qtbot.waitUntil(lambda: talk.chat.work.conversation_id == long_id)
    qtbot.waitUntil(lambda: talk.chat.find_bar.count.text() == "1 of 2")
