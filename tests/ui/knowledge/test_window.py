"""The window of the folders, and answers from them in a chat."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.catalog import UseCase
from lmstudio_lite.domain.generation import ChatPrompt
from lmstudio_lite.ui.chat.source_dialog import SourceDialog
from lmstudio_lite.ui.knowledge.window import KnowledgeWindow
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.models.offers import OffersPage
from lmstudio_lite.ui.models.page import Page
from tests.support.embedding_models import write_embedding_model
from tests.ui.chat.driver import Driver
from tests.ui.gestures import drag_enter, drop, mime_of
from tests.ui.scripted_engine import ScriptedEngine


@pytest.fixture
def driver(qtbot: QtBot, window: MainWindow, engine: ScriptedEngine, services: Services) -> Driver:
    engine.set_ready(Path("small.gguf"))
    return Driver(qtbot, window.chat, engine, services)


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "harbour.txt").write_text("The harbour master of Lindow is called Ottilie Brandt.")
    (folder / "broken.docx").write_bytes(b"PK\x03\x04")
    return folder


@pytest.fixture
def folders(qtbot: QtBot, window: MainWindow) -> KnowledgeWindow:
    window.knowledge.show_window()
    opened = window.knowledge.window
    assert opened is not None
    qtbot.waitUntil(opened.isVisible)
    return opened


def rows(folders: KnowledgeWindow) -> list[str]:
    model = folders.model
    found = []
    for row in range(model.rowCount()):
        top = model.index(row, 0)
        found.append(str(model.data(top)))
        found += [str(model.data(model.index(below, 0, top))) for below in range(model.rowCount(top))]
    return found


def drop_folder(qtbot: QtBot, folders: KnowledgeWindow, papers: Path) -> None:
    native = folders.windowHandle()
    assert native is not None
    place = folders.rect().center()
    assert drag_enter(native, mime_of(papers), place)
    assert drop(native, mime_of(papers), place)
    qtbot.waitUntil(lambda: any("1 of 2 files read" in row for row in rows(folders)), timeout=20_000)


def test_a_dropped_folder_is_read_and_its_troubles_are_named(
    qtbot: QtBot, driver: Driver, folders: KnowledgeWindow, papers: Path
) -> None:
    assert not folders.remove_button.isEnabled()
    drop_folder(qtbot, folders, papers)
    assert rows(folders)[0] == f"{papers}: 1 of 2 files read, 1 could not be read"
    assert "broken.docx" in rows(folders)[1]
    driver.click(folders.remove_button)
    qtbot.waitUntil(lambda: not rows(folders))
    driver.click(folders.notice.button)
    qtbot.waitUntil(lambda: any("1 of 2 files read" in row for row in rows(folders)), timeout=20_000)


def test_reading_is_paused_and_goes_on(
    qtbot: QtBot, driver: Driver, window: MainWindow, folders: KnowledgeWindow, papers: Path
) -> None:
    updater = window.knowledge.updater
    folders.add([papers])
    qtbot.waitUntil(folders.pause_button.isEnabled)
    driver.click(folders.pause_button)
    assert folders.state.full_text == "Reading is paused."
    (papers / "second.txt").write_text("The mill is closed.")
    qtbot.waitUntil(lambda: not updater.is_running)
    driver.click(folders.update_button)
    assert not updater.is_running
    driver.click(folders.pause_button)
    qtbot.waitUntil(lambda: any("2 of 3 files read" in row for row in rows(folders)), timeout=20_000)


def test_a_chat_answers_from_the_folders_and_shows_where(
    qtbot: QtBot, driver: Driver, window: MainWindow, folders: KnowledgeWindow, papers: Path
) -> None:
    box = driver.chat.composer.knowledge_box
    assert box.isHidden()
    drop_folder(qtbot, folders, papers)
    qtbot.waitUntil(lambda: not box.isHidden())
    driver.click(box)
    driver.send("Who is the harbour master of Lindow?")
    driver.answer("Ottilie Brandt.")
    prompt = driver.engine.requests[-1].prompt
    assert isinstance(prompt, ChatPrompt)
    assert "called Ottilie Brandt" in prompt.messages[-1].text
    shown = driver.widgets[-1].passages
    assert shown is not None
    assert driver.widgets[0].passages is None
    driver.click(shown.button)
    qtbot.waitUntil(lambda: "Ottilie Brandt" in shown.rows[0].words.full_text)
    driver.click(shown.rows[0].button)
    qtbot.waitUntil(lambda: bool(window.findChildren(SourceDialog)))
    dialog = window.findChildren(SourceDialog)[-1]
    assert "harbour master" in dialog.view.toPlainText()
    dialog.close()
    conversation_id = driver.chat.work.conversation_id
    driver.chat.start_new()
    driver.click(box)
    driver.chat.open_history_item(conversation_id)
    qtbot.waitUntil(lambda: box.checkState() is Qt.CheckState.Checked)


def test_without_a_model_that_compares_meanings_the_way_to_one_is_shown(
    folders: KnowledgeWindow, window: MainWindow, services: Services, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: "Words alone are compared" in folders.meaning_words.text())
    assert folders.get_button.isVisible()
    assert folders.get_button.text() == "Get one (from 146 MB)"
    qtbot.mouseClick(folders.get_button, Qt.MouseButton.LeftButton)
    opened = window.models.window
    assert opened is not None
    page = opened.pages[Page.OFFERS]
    assert isinstance(page, OffersPage)
    qtbot.waitUntil(lambda: any("Nomic" in row.text for row in page.view.rows))
    assert all(UseCase.EMBED in row.item.model.quality for row in page.view.rows)
    assert not any("words a second" in row.text for row in page.view.rows)
    assert services.settings.value.offers.use == "chat", "looking is not choosing what one does"


def test_the_model_that_compares_meanings_is_named_and_can_be_left_out(
    window: MainWindow, services: Services, qtbot: QtBot
) -> None:
    write_embedding_model(services.paths.models / "meaning.gguf")
    window.knowledge.show_window()
    folders = window.knowledge.window
    assert folders is not None
    said = "Words and meanings are compared, with Tiny meaning."
    qtbot.waitUntil(lambda: folders.meaning_words.text() == said)
    assert not folders.get_button.isVisible()
    assert folders.meaning_box.isChecked()
    qtbot.mouseClick(
        folders.meaning_box, Qt.MouseButton.LeftButton, pos=QPoint(8, folders.meaning_box.height() // 2)
    )
    qtbot.waitUntil(lambda: folders.meaning_words.text() == "Words alone are compared, as you chose.")
    assert not services.settings.value.documents.compares_meanings
    assert not services.meanings.can_compare()
