"""Passages that a reply was made with: shown below it, and at their place in the document."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from lmstudio_lite.ui.chat.passages_view import PassagesView
from lmstudio_lite.ui.chat.source_dialog import SourceDialog
from lmstudio_lite.ui.main_window import MainWindow
from tests.tasks.summarize.test_summarizer import story
from tests.ui.chat.driver import Driver

STORY = story(200)


def ask_about_a_long_story(qtbot: QtBot, driver: Driver, tmp_path: Path) -> PassagesView:
    path = tmp_path / "story.txt"
    path.write_text(STORY, "utf-8")
    driver.engine.set_ready(Path("small.gguf"))
    driver.chat.attach_paths([path])
    qtbot.waitUntil(lambda: bool(driver.chat.attachments.ready), timeout=20_000)
    driver.send("What did the mayor of station 61 ask in his letter on day 61?")
    driver.answer("For a bridge.")
    shown = driver.widgets[-1].passages
    assert shown is not None
    return shown


def test_passages_fold_out_and_lead_to_their_place(
    qtbot: QtBot, driver: Driver, window: MainWindow, tmp_path: Path
) -> None:
    shown = ask_about_a_long_story(qtbot, driver, tmp_path)
    assert f"{len(shown.passages)} passages" in shown.button.text()
    driver.click(shown.button)
    qtbot.waitUntil(lambda: bool(shown.rows[0].words.full_text))
    words = [STORY[passage.start : passage.end] for passage in shown.passages]
    place = next(n for n, text in enumerate(words) if "mayor of station 61" in text)
    assert " ".join(words[place].split())[:100] in shown.rows[place].words.full_text
    driver.click(shown.rows[place].button)
    dialog = opened(qtbot, window)
    assert dialog.place == place
    marked = dialog.view.extraSelections()
    assert "mayor of station 61" in marked[place].cursor.selectedText()
    driver.click(dialog.next_button if dialog.next_button.isEnabled() else dialog.previous_button)
    assert dialog.place != place
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.findChildren(SourceDialog))


def test_passages_are_there_when_the_chat_is_opened_again(
    qtbot: QtBot, driver: Driver, window: MainWindow, tmp_path: Path
) -> None:
    passages = ask_about_a_long_story(qtbot, driver, tmp_path).passages
    (tmp_path / "story.txt").unlink()
    conversation_id = driver.chat.work.conversation_id
    driver.chat.start_new()
    driver.chat.open_history_item(conversation_id)
    qtbot.waitUntil(lambda: len(driver.widgets) == 2)
    again = driver.widgets[-1].passages
    assert again is not None
    assert again.passages == passages
    driver.click(again.button)
    driver.click(again.rows[0].button)
    assert "mile 100" in opened(qtbot, window).view.toPlainText()


def opened(qtbot: QtBot, window: MainWindow) -> SourceDialog:
    qtbot.waitUntil(lambda: bool(window.findChildren(SourceDialog)))
    dialog: SourceDialog = window.findChildren(SourceDialog)[-1]
    qtbot.waitUntil(lambda: dialog.view.is_complete)
    return dialog


def test_the_whole_document_is_read_when_its_price_is_known(
    qtbot: QtBot, driver: Driver, tmp_path: Path
) -> None:
    shown = ask_about_a_long_story(qtbot, driver, tmp_path)
    driver.click(shown.all_button)
    qtbot.waitUntil(lambda: "parts" in shown.all_button.text())
    before = len(driver.engine.requests)
    assert before == 1, "nothing is read before the price is seen"
    num_parts = int(shown.all_button.text().split()[1])
    driver.click(shown.all_button)
    qtbot.waitUntil(lambda: len(driver.engine.requests) == before + num_parts)
    reading = driver.widgets[-1].reading
    qtbot.waitUntil(lambda: not reading.isHidden())
    driver.chat.stop()
    note = driver.widgets[-1].note
    qtbot.waitUntil(lambda: note.retry_button.isVisible())
    driver.click(note.retry_button)
    qtbot.waitUntil(lambda: len(driver.engine.requests) == before + 2 * num_parts)
    driver.chat.stop()
