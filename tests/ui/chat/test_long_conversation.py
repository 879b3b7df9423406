"""A long conversation opens with its end; the rest is read once that is seen."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.conversations import StoredMessage
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.ui.chat.tab import ChatTab
from lmstudio_lite.ui.chat.work import NUM_READ_FIRST
from tests.ui.chat.driver import Driver

NUM_MESSAGES, NEEDLE = 60, 28
_LONG = "\n\n".join(f"Line {number} of a long reply." for number in range(60))


@pytest.fixture
def stored(services: Services) -> list[StoredMessage]:
    messages = [services.conversations.begin("Talk", "Question 0.")]
    for number in range(1, NUM_MESSAGES):
        words = "The needle?" if number == NEEDLE else f"Question {number}."
        role, text = (Role.ASSISTANT, _LONG) if number % 2 else (Role.USER, words)
        last = messages[-1]
        messages.append(services.conversations.add_message(last.conversation_id, last.id, role, text))
    return messages


def test_its_end_is_shown_before_the_rest_is_read(
    chat: ChatTab, stored: list[StoredMessage], qtbot: QtBot
) -> None:
    with qtbot.waitSignal(chat.work.end_read) as read:
        chat.open_history_item(stored[0].conversation_id)
    assert [message.id for message in read.args[0]] == [message.id for message in stored[-NUM_READ_FIRST:]]
    view = chat.thread_view
    assert [widget.message.id for widget in view.widgets][-1] == stored[-1].id
    assert len(view.widgets) < NUM_READ_FIRST  # two long replies fill the view
    assert all(widget.height() >= widget.sizeHint().height() for widget in view.widgets)
    qtbot.waitUntil(lambda: len(view.messages) == NUM_MESSAGES)
    qtbot.waitUntil(lambda: len(view.widgets) == 40)
    assert view.earlier_button.isVisible()
    assert chat.work.has_messages


def test_a_short_one_is_read_at_once(chat: ChatTab, services: Services, qtbot: QtBot) -> None:
    first = services.conversations.begin("Short", "Hello.")
    with qtbot.assertNotEmitted(chat.work.end_read):
        chat.open_history_item(first.conversation_id)
        qtbot.waitUntil(lambda: len(chat.thread_view.messages) == 1)


def test_a_question_asked_before_the_rest_is_read_goes_to_the_end(
    driver: Driver, stored: list[StoredMessage], qtbot: QtBot
) -> None:
    chat = driver.chat

    def ask() -> None:
        chat.composer.set_text("And now?")
        qtbot.keyClick(chat.composer.editor, Qt.Key.Key_Return)

    chat.work.end_read.connect(ask)
    chat.open_history_item(stored[0].conversation_id)
    qtbot.waitUntil(lambda: len(driver.engine.requests) == 1)
    driver.answer("Now.")
    thread = driver.services.conversations.thread(stored[0].conversation_id)
    assert [message.text for message in thread[-3:]] == [_LONG, "And now?", "Now."]
    assert len(thread) == NUM_MESSAGES + 2
    qtbot.waitUntil(lambda: [each.id for each in chat.thread_view.messages] == [each.id for each in thread])


def test_another_one_opened_meanwhile_stays(
    chat: ChatTab, services: Services, stored: list[StoredMessage], qtbot: QtBot
) -> None:
    other = services.conversations.begin("Other", "Hello.")
    chat.work.end_read.connect(lambda _: chat.open_history_item(other.conversation_id))
    chat.open_history_item(stored[0].conversation_id)
    qtbot.waitUntil(lambda: [each.id for each in chat.thread_view.messages] == [other.id])
    done: list[bool] = []
    chat._bridge.run(lambda context: True, on_done=done.append, lane="storage")
    qtbot.waitUntil(lambda: bool(done))
    assert [each.id for each in chat.thread_view.messages] == [other.id]


def test_what_the_list_was_searched_for_is_shown_at_once(
    chat: ChatTab, stored: list[StoredMessage], qtbot: QtBot
) -> None:
    chat.history_model.load("needle")
    with qtbot.assertNotEmitted(chat.work.end_read):
        chat.open_history_item(stored[0].conversation_id)
        qtbot.waitUntil(lambda: len(chat.thread_view.messages) == NUM_MESSAGES)
    assert chat.thread_view.widget_of(stored[NEEDLE].id) is not None
