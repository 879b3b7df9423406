"""Messages are queued while one is answered, sent when that ended well, and never lost."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.generation import ChatPrompt, FinishReason
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.chat.tab import ChatTab
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.theme import Theme
from tests.ui.chat.driver import Driver
from tests.ui.scripted_engine import ScriptedEngine


def enqueue(driver: Driver, text: str) -> None:
    driver.type(text)
    driver.qtbot.keyClick(driver.chat.composer.editor, Qt.Key.Key_Return)
    assert driver.chat.composer.text == ""


def waiting(chat: ChatTab) -> list[str]:
    return [each.text for each in chat.queueing.queue.waiting(chat.work.conversation_id)]


def button(chat: ChatTab, words: str) -> QToolButton:
    QApplication.processEvents()  # a row that is new is shown then
    found = [each for each in chat.queue_strip.findChildren(QToolButton) if each.isVisible()]
    return next(each for each in found if each.accessibleName().startswith(words))


def test_what_is_queued_follows_in_its_order(driver: Driver, chat: ChatTab, qtbot: QtBot) -> None:
    driver.send("First")
    driver.engine.say("Answer ")
    enqueue(driver, "Second")
    driver.type("Third")
    driver.click(chat.composer.queue_button)
    assert waiting(chat) == ["Second", "Third"]
    assert chat.queue_strip.words.text() == "2 messages wait for this reply to end"
    driver.type("a draft")
    driver.engine.finish()
    qtbot.waitUntil(lambda: len(driver.engine.requests) == 2)
    prompt = driver.engine.requests[1].prompt
    assert isinstance(prompt, ChatPrompt)
    assert prompt.messages[-1].text == "Second"
    assert waiting(chat) == ["Third"]
    assert chat.composer.text == "a draft"
    driver.answer("Answer two")
    qtbot.waitUntil(lambda: len(driver.engine.requests) == 3)
    driver.answer("Answer three")
    qtbot.waitUntil(
        lambda: driver.texts == ["First", "Answer ", "Second", "Answer two", "Third", "Answer three"]
    )
    assert not chat.queue_strip.isVisible()


def test_after_a_stop_it_waits_for_the_user(driver: Driver, chat: ChatTab, qtbot: QtBot) -> None:
    driver.send("First")
    driver.engine.say("Answer")
    enqueue(driver, "Second")
    chat.stop()
    qtbot.waitUntil(lambda: not chat.work.is_working)
    driver.settle()
    assert waiting(chat) == ["Second"]
    assert len(driver.engine.requests) == 1
    driver.click(chat.queue_strip.send_button)
    qtbot.waitUntil(lambda: len(driver.engine.requests) == 2)
    driver.answer("Answer two", FinishReason.LENGTH)
    assert waiting(chat) == []


def test_it_is_edited_and_taken_out_without_losing_a_word(
    driver: Driver, chat: ChatTab, qtbot: QtBot
) -> None:
    driver.send("First")
    driver.engine.say("Answer")
    enqueue(driver, "Second")
    enqueue(driver, "Third")
    driver.type("a draft")
    driver.click(button(chat, "Edit: Second"))
    assert chat.composer.text == "Second"
    assert waiting(chat) == ["a draft", "Third"]
    driver.click(button(chat, "Don't send: Third"))
    assert waiting(chat) == ["a draft"]
    driver.click(chat.notice.button)
    assert waiting(chat) == ["a draft", "Third"]


def test_it_goes_on_in_a_conversation_that_is_not_open(driver: Driver, chat: ChatTab, qtbot: QtBot) -> None:
    driver.send("First")
    enqueue(driver, "Second")
    first = chat.work.conversation_id
    chat.start_new()
    assert not chat.queue_strip.isVisible()
    driver.type("elsewhere")
    driver.engine.say("Answer")
    driver.engine.finish()
    qtbot.waitUntil(lambda: len(driver.engine.requests) == 2)
    assert chat.composer.text == "elsewhere"
    assert chat.work.conversation_id == ""
    driver.engine.say("Answer two")
    driver.engine.finish()
    qtbot.waitUntil(lambda: not chat.work.is_working)
    assert [each.text for each in driver.services.conversations.thread(first)][2:] == ["Second", "Answer two"]


def test_it_is_there_again_after_the_program_was_killed(
    driver: Driver,
    chat: ChatTab,
    services: Services,
    bridge: Bridge,
    theme: Theme,
    engine: ScriptedEngine,
    qtbot: QtBot,
) -> None:
    driver.send("First")
    driver.engine.say("Answer")
    enqueue(driver, "Second")
    enqueue(driver, "Third")
    conversation_id = chat.work.conversation_id
    qtbot.waitUntil(lambda: len(services.drafts.list("queue:")) == 2)
    again = MainWindow(services, bridge, theme)
    qtbot.addWidget(again)
    again.show()
    qtbot.waitUntil(lambda: again.chat.drafting.are_read)
    again.chat.work.open(conversation_id)
    qtbot.waitUntil(lambda: waiting(again.chat) == ["Second", "Third"])
    qtbot.waitUntil(again.chat.queue_strip.isVisible)
    assert not again.chat.queue_strip.send_button.isHidden()
    services.conversations.delete(conversation_id)
    services.conversations.purge_deleted()
    assert services.drafts.list("queue:") == []
