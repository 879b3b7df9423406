"""What is typed is on the disk within a second, and is there again after the program was killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.paths import Paths
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.drafts import Drafts
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.chat.tab import ChatTab
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.theme import Theme
from tests.support.faulty_disk import FULL, FaultyDisk
from tests.ui.chat.driver import Driver
from tests.ui.scripted_engine import ScriptedEngine

NextStart = Callable[[], ChatTab]


@pytest.fixture
def next_start(paths: Paths, theme: Theme, qtbot: QtBot, bridge: Bridge) -> Iterator[NextStart]:
    """Makes another window over the same data folder, as it stands on the disk now."""
    opened: list[tuple[Services, Bridge, Database]] = []

    def start() -> ChatTab:
        database = Database.open(paths.database)
        services = Services(paths, SettingsStore(paths.settings_file), ScriptedEngine(), database)
        another = Bridge(services.jobs, services.engine)
        window = MainWindow(services, another, theme)
        qtbot.addWidget(window)
        window.show()
        opened.append((services, another, database))
        qtbot.waitUntil(lambda: window.chat.drafting.are_read)
        return window.chat

    yield start
    for services, another, database in opened:
        another.close()
        services.jobs.close()
        services.unsaved.close()
        database.close()


@pytest.fixture
def on_disk(paths: Paths) -> Iterator[Drafts]:
    database = Database.open(paths.database)
    yield Drafts(database)
    database.close()


def wait_for(driver: Driver, drafts: Drafts, place: str, text: str) -> None:
    def is_there() -> bool:
        found = drafts.get(place)
        return (found.text if found else "") == text

    driver.qtbot.waitUntil(is_there)


def test_a_draft_survives_a_kill(driver: Driver, on_disk: Drafts, next_start: NextStart) -> None:
    text = "A thought that took ten minutes. " * 31
    driver.chat.composer.set_text(text)
    driver.type("!")
    wait_for(driver, on_disk, "chat:", f"{text}!")
    chat = next_start()
    assert chat.composer.text == f"{text}!"
    assert chat.composer.editor.textCursor().atEnd()


def test_the_conversation_that_was_typed_in_comes_back(
    driver: Driver, services: Services, on_disk: Drafts, next_start: NextStart
) -> None:
    other, here = services.conversations.create("other"), services.conversations.create("here")
    driver.chat.open_history_item(other.id)
    driver.type("for the other")
    wait_for(driver, on_disk, f"chat:{other.id}", "for the other")
    driver.chat.open_history_item(here.id)
    driver.type("for this one")
    wait_for(driver, on_disk, f"chat:{here.id}", "for this one")
    chat = next_start()
    driver.qtbot.waitUntil(lambda: chat.composer.text == "for this one")
    assert chat.work.conversation_id == here.id
    chat.open_history_item(other.id)
    assert chat.composer.text == "for the other"
    chat.start_new()
    assert chat.composer.text == ""


def test_attached_documents_come_back_with_the_draft(
    driver: Driver, on_disk: Drafts, next_start: NextStart
) -> None:
    document = Document(Path("letter.txt"), "letter", "text/plain", "Dear reader", (), (), "en", "ab12")
    driver.chat.attachments.add(document)
    driver.type("What does it say?")
    wait_for(driver, on_disk, "chat:", "What does it say?")
    found = on_disk.get("chat:")
    assert found is not None
    assert [each.attachment.title for each in found.attachments] == ["letter.txt"]
    chat = next_start()
    assert chat.attachments.titles == ("letter.txt",)
    assert chat.attachments.ready[0].text == "Dear reader"


def test_what_was_sent_is_no_draft_any_more(driver: Driver, on_disk: Drafts, next_start: NextStart) -> None:
    driver.type("Hello")
    wait_for(driver, on_disk, "chat:", "Hello")
    driver.qtbot.keyClick(driver.chat.composer.editor, Qt.Key.Key_Return)
    driver.engine.wait_for_request(1)
    driver.qtbot.waitUntil(lambda: driver.chat.composer.text == "")
    driver.type("typed on")
    place = f"chat:{driver.chat.work.conversation_id}"
    wait_for(driver, on_disk, place, "typed on")
    wait_for(driver, on_disk, "chat:", "")
    driver.answer("Hi")
    assert [draft.place for draft in on_disk.list()] == [place]


def test_a_reply_that_is_being_edited_survives_a_kill(
    driver: Driver, on_disk: Drafts, next_start: NextStart
) -> None:
    driver.send("q")
    driver.answer("a")
    reply = driver.widgets[-1]
    driver.click(reply.tools.edit_button)
    assert reply.editor is not None
    driver.qtbot.keyClicks(reply.editor.text_edit, "nd more")
    typed = reply.editor.text
    wait_for(driver, on_disk, f"edit:{reply.message.id}", typed)
    chat = next_start()
    driver.qtbot.waitUntil(lambda: len(chat.thread_view.widgets) == 2)
    again = chat.thread_view.widgets[-1]
    assert "not saved" in again.note.words.text()
    driver.click(again.tools.edit_button)
    assert again.editor is not None
    assert again.editor.text == typed


def test_a_question_that_is_being_edited_survives_a_kill(
    driver: Driver, on_disk: Drafts, next_start: NextStart
) -> None:
    driver.send("helo")
    driver.answer("?")
    question = driver.widgets[0]
    driver.click(question.tools.edit_button)
    driver.chat.composer.set_text("hello the")
    driver.type("re")
    wait_for(driver, on_disk, f"edit:{question.message.id}", "hello there")
    chat = next_start()
    driver.qtbot.waitUntil(lambda: len(chat.thread_view.widgets) == 2)
    again = chat.thread_view.widgets[0]
    assert "not saved" in again.note.words.text()
    driver.click(again.tools.edit_button)
    assert chat.composer.text == "hello there"


def test_a_kept_edit_is_no_draft_any_more(driver: Driver, on_disk: Drafts) -> None:
    driver.send("q")
    driver.answer("a")
    reply = driver.widgets[-1]
    driver.click(reply.tools.edit_button)
    assert reply.editor is not None
    driver.qtbot.keyClicks(reply.editor.text_edit, "nd more")
    place, typed = f"edit:{reply.message.id}", reply.editor.text
    wait_for(driver, on_disk, place, typed)
    driver.click(reply.editor.save_button)
    driver.qtbot.waitUntil(lambda: driver.texts[-1] == typed)
    wait_for(driver, on_disk, place, "")


def test_closing_keeps_what_was_typed_last(driver: Driver, window: MainWindow, on_disk: Drafts) -> None:
    driver.type("the last word")
    window.close()
    found = on_disk.get("chat:")
    assert found is not None
    assert found.text == "the last word"


def test_a_draft_that_can_not_be_written_is_said_and_asked_for(
    driver: Driver, window: MainWindow, services: Services, on_disk: Drafts
) -> None:
    disk = FaultyDisk(services.database)
    disk.fault = FULL
    driver.type("precious")
    driver.qtbot.waitUntil(window.chat.unsaved_notice.notice.isVisible)
    window.close()
    assert window.isVisible()
    disk.fault = None
    services.unsaved.retry()
    driver.qtbot.waitUntil(window.isHidden)
    found = on_disk.get("chat:")
    assert found is not None
    assert found.text == "precious"


def test_a_draft_of_what_is_gone_harms_nothing(services: Services, next_start: NextStart) -> None:
    services.drafts.keep("elsewhere:x", "typed")
    services.drafts.keep("edit:nowhere", "typed", "nowhere")
    chat = next_start()
    assert (chat.work.conversation_id, chat.composer.text) == ("", "")
    assert not chat.notice.isVisible()
