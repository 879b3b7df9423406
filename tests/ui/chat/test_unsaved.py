"""A disk that takes nothing: what is on the screen stays there, is said to be unsaved, and is saved later."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.conversations import MessageState
from lmstudio_lite.domain.generation import FinishReason
from lmstudio_lite.errors import DecodeError
from lmstudio_lite.ui.chat.tab import ChatTab
from lmstudio_lite.ui.main_window import MainWindow
from tests.support.faulty_disk import FAULTS, FULL, FaultyDisk
from tests.ui.chat.driver import Driver

STORY = "Once upon a time there was a lighthouse keeper who counted the waves. " * 4


@pytest.fixture
def disk(services: Services) -> Iterator[FaultyDisk]:
    disk = FaultyDisk(services.database)
    yield disk
    disk.fault = None


def tell_on_a_full_disk(driver: Driver, disk: FaultyDisk, reason: FinishReason = FinishReason.STOP) -> None:
    driver.send("Tell me a story")
    driver.engine.say(STORY[:20])
    driver.qtbot.waitUntil(lambda: driver.texts[-1] == STORY[:20])
    disk.fault = FULL
    driver.engine.say(STORY[20:])
    driver.qtbot.waitUntil(lambda: driver.texts[-1] == STORY)
    with driver.qtbot.waitSignal(driver.chat.reply_finished):
        driver.engine.finish(reason)
    driver.settle()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: str(fault[0]))
def test_a_reply_stays_on_the_screen_and_is_saved_when_the_disk_takes_it(
    driver: Driver, chat: ChatTab, services: Services, disk: FaultyDisk, fault: tuple[str, int]
) -> None:
    driver.send("Tell me a story")
    driver.engine.say(STORY[:20])
    driver.qtbot.waitUntil(lambda: driver.texts[-1] == STORY[:20])
    disk.fault = fault
    driver.engine.say(STORY[20:])
    with driver.qtbot.waitSignal(chat.reply_finished) as ended:
        driver.engine.finish()
    driver.settle()
    assert driver.texts[-1] == STORY
    assert ended.args[0].state is MessageState.COMPLETE
    assert driver.widgets[-1].message.state is MessageState.COMPLETE
    driver.qtbot.waitUntil(chat.unsaved_notice.notice.isVisible)
    assert "kept in memory" in chat.unsaved_notice.notice.text
    disk.fault = None
    driver.click(chat.unsaved_notice.notice.button)
    driver.qtbot.waitUntil(chat.unsaved_notice.isHidden)
    saved = services.conversations.thread(chat.work.conversation_id)[-1]
    assert (saved.text, saved.state) == (STORY, MessageState.COMPLETE)


def test_a_reply_is_saved_by_itself_once_there_is_room(
    driver: Driver, chat: ChatTab, services: Services, disk: FaultyDisk
) -> None:
    tell_on_a_full_disk(driver, disk)
    driver.qtbot.waitUntil(chat.unsaved_notice.notice.isVisible)
    assert "The disk is full" in chat.unsaved_notice.notice.text
    disk.fault = None
    driver.qtbot.waitUntil(chat.unsaved_notice.isHidden, timeout=20_000)
    assert services.conversations.thread(chat.work.conversation_id)[-1].text == STORY


def test_an_unsaved_reply_is_there_when_its_conversation_is_opened_again(
    driver: Driver, chat: ChatTab, services: Services, disk: FaultyDisk
) -> None:
    tell_on_a_full_disk(driver, disk)
    told_in = chat.work.conversation_id
    chat.start_new()
    driver.qtbot.waitUntil(lambda: not driver.widgets)
    chat.open_history_item(told_in)
    driver.qtbot.waitUntil(lambda: bool(driver.texts) and driver.texts[-1] == STORY)
    assert driver.widgets[-1].message.state is MessageState.COMPLETE


def test_a_reply_that_fails_on_a_full_disk_keeps_its_text(
    driver: Driver, chat: ChatTab, disk: FaultyDisk
) -> None:
    driver.send("Tell me a story")
    driver.engine.say(STORY[:20])
    driver.qtbot.waitUntil(lambda: driver.texts[-1] == STORY[:20])
    disk.fault = FULL
    driver.engine.say(STORY[20:])
    driver.engine.fail(DecodeError, status=-3)
    driver.qtbot.waitUntil(lambda: driver.widgets[-1].message.state is MessageState.FAILED)
    driver.settle()
    assert driver.texts[-1] == STORY
    assert driver.widgets[-1].message.state is MessageState.FAILED


def test_an_unsaved_reply_can_be_saved_as_a_file(
    driver: Driver, chat: ChatTab, disk: FaultyDisk, tmp_path: Path
) -> None:
    tell_on_a_full_disk(driver, disk)
    driver.qtbot.waitUntil(chat.unsaved_notice.notice.second_button.isVisible)
    driver.click(chat.unsaved_notice.notice.second_button)
    (dialog,) = chat.unsaved_notice.findChildren(QFileDialog)
    with driver.qtbot.waitSignal(chat.unsaved_notice.exporter.saved):
        dialog.fileSelected.emit(str(tmp_path / "story.md"))
    dialog.reject()
    assert (tmp_path / "story.md").read_text() == STORY.rstrip() + "\n"
    assert chat.unsaved_notice.notice.isVisible()


def test_leaving_with_an_unsaved_reply_asks_first(
    driver: Driver, window: MainWindow, services: Services, disk: FaultyDisk
) -> None:
    tell_on_a_full_disk(driver, disk)
    window.close()
    assert window.isVisible()
    assert window.leaving.dialog is not None
    disk.fault = None
    services.unsaved.retry()
    driver.qtbot.waitUntil(window.isHidden)
    assert window.leaving.dialog is None
    (conversation,) = services.conversations.list()
    assert services.conversations.thread(conversation.id)[-1].text == STORY


def test_leaving_without_saving_is_a_choice(driver: Driver, window: MainWindow, disk: FaultyDisk) -> None:
    tell_on_a_full_disk(driver, disk)
    window.close()
    assert window.leaving.dialog is not None
    driver.click(window.leaving.quit_button)
    driver.qtbot.waitUntil(window.isHidden)


def test_a_message_that_can_not_be_sent_stays_in_the_composer(
    driver: Driver, chat: ChatTab, services: Services, disk: FaultyDisk
) -> None:
    driver.type("precious words")
    disk.fault = FULL
    driver.qtbot.keyClick(chat.composer.editor, Qt.Key.Key_Return)
    driver.qtbot.waitUntil(chat.notice.isVisible)
    assert chat.composer.text == "precious words"
    assert services.conversations.list() == []
    disk.fault = None
    driver.qtbot.keyClick(chat.composer.editor, Qt.Key.Key_Return)
    driver.engine.wait_for_request(1)
    driver.answer("here")
    assert driver.texts == ["precious words", "here"]
    assert len(services.conversations.list()) == 1


def test_a_conversation_is_made_with_its_first_message_or_not_at_all(
    driver: Driver, chat: ChatTab, services: Services, disk: FaultyDisk
) -> None:
    """The disk may fill up between any two statements."""
    for number in range(1, 5):
        disk.fault, disk.num_changes = FULL, 0
        disk.is_struck = lambda found, wanted=number: found == wanted  # type: ignore[misc]
        chat.composer.set_text("precious words")
        driver.qtbot.keyClick(chat.composer.editor, Qt.Key.Key_Return)
        driver.qtbot.waitUntil(lambda: not chat.is_working)
        driver.settle()
        for conversation in services.conversations.list():
            assert [message.text for message in services.conversations.thread(conversation.id)]
        chat.start_new()


def test_a_mark_that_could_not_be_saved_is_taken_back(
    driver: Driver, chat: ChatTab, disk: FaultyDisk
) -> None:
    driver.send("q")
    driver.answer("a")
    disk.fault = FULL
    like = driver.widgets[-1].tools.like_button
    driver.click(like)
    driver.qtbot.waitUntil(chat.notice.isVisible)
    assert not like.isChecked()
    assert not driver.widgets[-1].message.is_liked
