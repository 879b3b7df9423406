"""A chat that is never written: no file has a word of it, and it is not left by mistake."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QMenu
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.paths import Paths
from lmstudio_lite.ui.chat.tab import ChatTab
from lmstudio_lite.ui.main_window import MainWindow
from tests.ui.chat.driver import Driver
from tests.ui.scripted_engine import ScriptedEngine

WORDS = ("xylophone", "quagmire", "zeppelin", "ziggurat")
BOTH = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def temporary(window: MainWindow, chat: ChatTab, services: Services, qtbot: QtBot) -> Iterator[ChatTab]:
    """The Chat tab with a temporary chat, begun by its keys."""
    qtbot.waitUntil(window.isActiveWindow)
    QTest.keyClick(chat.composer.editor, Qt.Key.Key_N, BOTH)
    qtbot.waitUntil(lambda: chat.temporary.is_open)
    yield chat
    services._close_temporary()


def words_on_disk(paths: Paths) -> list[str]:
    """Return which of the words stand in any file of the data folder, in bytes of UTF-8 or UTF-16."""
    found = []
    for path in sorted(paths.data.rglob("*")):
        content = path.read_bytes().lower() if path.is_file() else b""
        for word in WORDS:
            if word.encode() in content or word.encode("utf-16-le") in content:
                found.append(f"{path.name}: {word}")
    return found


def answer(chat: ChatTab, words: str, qtbot: QtBot) -> None:
    """Press a button of the question that is open."""
    qtbot.waitUntil(lambda: chat.temporary.question is not None)
    assert chat.temporary.question is not None
    buttons: list[QAbstractButton] = chat.temporary.question.buttons()
    next(button for button in buttons if button.text() == words).click()
    qtbot.waitUntil(lambda: chat.temporary.question is None)


def talk(driver: Driver, qtbot: QtBot) -> None:
    """Send, queue, edit, answer again and leave a draft, a word of its own in each."""
    driver.send("Tell me of a xylophone")
    driver.engine.say("Of a quagmire")
    driver.type("and a zeppelin")
    qtbot.keyClick(driver.chat.composer.editor, Qt.Key.Key_Return)
    driver.engine.finish()
    qtbot.waitUntil(lambda: len(driver.engine.requests) == 2)
    driver.answer("Zeppelin, indeed")
    driver.click(driver.widgets[-1].tools.regenerate_button)
    driver.engine.wait_for_request(3)
    driver.answer("A better quagmire")
    driver.type("a ziggurat that is not sent")
    driver.chat.flush_drafts()
    driver.settle()


def test_no_file_has_a_word_of_it(
    driver: Driver, temporary: ChatTab, window: MainWindow, services: Services, paths: Paths, qtbot: QtBot
) -> None:
    assert temporary.temporary_bar.isVisible()
    assert temporary.empty_state.isVisible()
    talk(driver, qtbot)
    assert driver.texts[-1] == "A better quagmire"
    assert {request.conversation_id for request in driver.engine.requests} == {""}
    window.tabs.flush_drafts()
    assert words_on_disk(paths) == []
    menu = QMenu(temporary)
    temporary.thread_view.menu_wanted.emit(driver.widgets[-1].message, menu)
    offered = " ".join(action.text() for action in menu.actions())
    for what_is_kept in ("Compare", "Export", "New conversation"):
        assert what_is_kept not in offered
    assert services.conversations.list("xylophone") == []
    assert window.chat.history_model.rowCount() == 0
    temporary.start_new()
    answer(temporary, "Forget it", qtbot)
    qtbot.waitUntil(lambda: not services.temporary)
    assert temporary.work.conversation_id == ""
    assert temporary.composer.text == ""
    assert not temporary.temporary_bar.isVisible()
    temporary.flush_drafts()
    driver.settle()
    assert words_on_disk(paths) == []


def test_it_is_kept_whole_with_all_branches(
    driver: Driver, temporary: ChatTab, services: Services, paths: Paths, qtbot: QtBot
) -> None:
    talk(driver, qtbot)
    conversation_id = temporary.work.conversation_id
    before = services.at(conversation_id).conversations.messages(conversation_id)
    driver.click(temporary.temporary_bar.keep_button)
    qtbot.waitUntil(lambda: not temporary.temporary.is_open)
    assert services.conversations.messages(conversation_id) == before
    assert [each.id for each in services.conversations.list("better quag")] == [conversation_id]
    qtbot.waitUntil(lambda: temporary.history_model.row_of(conversation_id) == 0)
    qtbot.waitUntil(lambda: services.drafts.get(f"chat:{conversation_id}") is not None)
    temporary.composer.set_text("")
    driver.send("And on")
    assert driver.engine.requests[-1].conversation_id == conversation_id
    driver.answer("On it goes")
    assert services.conversations.thread(conversation_id)[-1].text == "On it goes"


def test_leaving_it_is_asked_once_and_only_where_something_is_lost(
    driver: Driver, temporary: ChatTab, services: Services, qtbot: QtBot
) -> None:
    other = services.conversations.begin("Other", "Words").conversation_id
    temporary.open_history_item(other)
    qtbot.waitUntil(lambda: driver.texts == ["Words"])
    assert temporary.temporary.question is None
    qtbot.waitUntil(lambda: not services.temporary)
    temporary.temporary.begin()
    qtbot.waitUntil(lambda: temporary.temporary.is_open)
    driver.send("xylophone")
    driver.answer("quagmire")
    temporary.open_history_item(other)
    answer(temporary, "Stay", qtbot)
    assert driver.texts == ["xylophone", "quagmire"]
    temporary.open_history_item(other)
    answer(temporary, "Keep this chat", qtbot)
    qtbot.waitUntil(lambda: driver.texts == ["Words"])
    assert [each.title for each in services.conversations.list()] == ["xylophone", "Other"]


def test_closing_the_window_asks(
    driver: Driver, temporary: ChatTab, window: MainWindow, services: Services, paths: Paths, qtbot: QtBot
) -> None:
    driver.send("xylophone")
    driver.engine.say("quagmire")
    window.close()
    assert window.isVisible()
    answer(temporary, "Stay", qtbot)
    window.close()
    answer(temporary, "Forget it", qtbot)
    qtbot.waitUntil(lambda: not window.isVisible())
    qtbot.waitUntil(lambda: not services.temporary)
    assert words_on_disk(paths) == []


def test_a_reply_under_way_ends_with_it(
    driver: Driver, temporary: ChatTab, services: Services, engine: ScriptedEngine, qtbot: QtBot
) -> None:
    driver.send("xylophone")
    engine.say("quag")
    temporary.start_new()
    answer(temporary, "Forget it", qtbot)
    qtbot.waitUntil(lambda: not temporary.work.is_working)
    qtbot.waitUntil(lambda: not services.temporary)


def test_documents_are_kept_with_it(services: Services) -> None:
    from lmstudio_lite.app import temporary
    from lmstudio_lite.domain.conversations import Attachment, NewAttachment
    from lmstudio_lite.domain.generation import Role

    conversation_id = temporary.begin(services)
    twin = services.at(conversation_id)
    attached = NewAttachment(Attachment("a.txt", "hash", "en", str(Path("a.txt"))), "zeppelin")
    question = twin.conversations.add_message(
        conversation_id, None, Role.USER, "What is it?", attachments=[attached]
    )
    temporary.keep(services, conversation_id)
    kept = services.conversations.thread(conversation_id)
    assert kept == [question]
    assert services.conversations.attached_text("hash") == "zeppelin"
