"""A message leaves by its menu as a picture or a file; a long export says how far it is and is stopped."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.chat_files import Wanted
from lmstudio_lite.app.export_steps import ExportSteps
from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.chat_files import ExportProgress
from lmstudio_lite.domain.conversations import MessageState
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.errors import CancelledError
from lmstudio_lite.ui import picturing
from lmstudio_lite.ui.chat import chat_export
from lmstudio_lite.ui.main_window import MainWindow
from tests.ui.chat.test_chat_files import choose_file, shelf_action

REPLY = "**Pain**, gain.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```py\nx = 1\n```\n\nمرحبا 你好"


@pytest.fixture
def talk(window: MainWindow, services: Services, qtbot: QtBot) -> MainWindow:
    question = services.conversations.begin("Rain", "What rhymes with rain?")
    services.conversations.add_message(
        question.conversation_id, question.id, Role.ASSISTANT, REPLY, MessageState.COMPLETE
    )
    window.chat.history_model.load()
    window.chat.open_history_item(question.conversation_id)
    qtbot.waitUntil(lambda: len(window.chat.thread_view.widgets) == 2)
    return window


def choose(window: MainWindow, qtbot: QtBot, words: str, place: int = 1) -> None:
    """Click on a message's "more" and trigger an entry of its menu."""
    tools = window.chat.thread_view.widgets[place].tools
    qtbot.mouseClick(tools.more_button, Qt.MouseButton.LeftButton)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    action = next(action for action in menu.actions() if action.text().startswith(words))
    menu.close()
    action.trigger()


def num_colours(image: QImage) -> int:
    return len({image.pixel(x, y) for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)})


def test_a_message_is_copied_as_a_picture(talk: MainWindow, qtbot: QtBot) -> None:
    QApplication.clipboard().clear()
    choose(talk, qtbot, "Copy as a picture")
    qtbot.waitUntil(lambda: "Copied as a picture" in talk.chat.notice.text)
    image = QApplication.clipboard().image()
    assert image.width() == picturing.WIDTH * picturing.SCALE
    assert num_colours(image) > 2


def test_a_text_too_long_for_a_picture_is_offered_as_several(
    talk: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picturing, "HEIGHT_MAX", 60)
    choose(talk, qtbot, "Copy as a picture")
    qtbot.waitUntil(lambda: "too long" in talk.chat.notice.text)
    qtbot.mouseClick(talk.chat.notice.button, Qt.MouseButton.LeftButton)
    choose_file(talk, tmp_path / "rain.png")
    qtbot.waitUntil(lambda: "Saved as" in talk.chat.notice.text)
    pictures = [QImage(str(path)) for path in sorted(tmp_path.glob("rain-*.png"))]
    assert len(pictures) > 2
    assert all(0 < each.height() <= picturing.SCALE * (60 + 2 * picturing.MARGIN) for each in pictures)
    monkeypatch.setattr(picturing, "NUM_MAX", 2)
    talk.chat.files.exporting.ask_picture("rain", lambda: Wanted((talk.chat.work.conversation_id,)))
    choose_file(talk, tmp_path / "many.png")
    qtbot.waitUntil(lambda: "more than" in talk.chat.notice.text)
    assert list(tmp_path.glob("many*")) == []


@pytest.mark.parametrize("place", [0, 1])
def test_a_message_is_saved_as_it_was_written(
    talk: MainWindow, qtbot: QtBot, tmp_path: Path, place: int
) -> None:
    choose(talk, qtbot, "Export this message", place)
    choose_file(talk, tmp_path / "said.md")
    qtbot.waitUntil(lambda: "Saved" in talk.chat.notice.text)
    assert (tmp_path / "said.md").read_text("utf-8") == (REPLY if place else "What rhymes with rain?")


def test_what_the_search_lists_is_exported(
    talk: MainWindow, services: Services, qtbot: QtBot, tmp_path: Path
) -> None:
    services.conversations.begin("Snow", "What rhymes with snow?")
    talk.chat.history_model.load("rain")
    qtbot.waitUntil(lambda: talk.chat.history_model.rowCount() == 1)
    shelf_action(talk, "Export what is listed")
    choose_file(talk, tmp_path / "found.txt")
    qtbot.waitUntil(lambda: "Saved" in talk.chat.notice.text)
    text = (tmp_path / "found.txt").read_text("utf-8")
    assert ("with rain?" in text, "snow" in text) == (True, False)


def test_a_long_export_says_how_far_it_is_and_stops(
    talk: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()

    def slow(services: Services, wanted: object, form: object, steps: ExportSteps, _drawn: object) -> bytes:
        monkeypatch.setattr("lmstudio_lite.app.export_steps._BETWEEN_S", 0.0)
        steps._told_at_s = 0.0
        steps(1, 4)
        assert goes_on.wait(10)
        steps(2, 4)
        raise AssertionError("it was not stopped")

    monkeypatch.setattr(chat_export, "export_chats", slow)
    choose(talk, qtbot, "Export this message")
    choose_file(talk, tmp_path / "said.md")
    qtbot.waitUntil(lambda: "Exporting: 25 %" in talk.chat.notice.text)
    qtbot.mouseClick(talk.chat.notice.button, Qt.MouseButton.LeftButton)
    goes_on.set()
    qtbot.waitUntil(lambda: "nothing was written" in talk.chat.notice.text)
    qtbot.waitUntil(lambda: talk.chat.files.exporting._job is None)
    assert not (tmp_path / "said.md").exists()


def test_the_open_conversation_is_copied_as_a_picture_by_the_palette(talk: MainWindow, qtbot: QtBot) -> None:
    commands = {
        words: run for words, run, _ in talk.chat.files.commands(lambda: talk.chat.work.conversation_id)
    }
    QApplication.clipboard().clear()
    commands["Copy this conversation as a picture"]()
    qtbot.waitUntil(lambda: "Copied as a picture" in talk.chat.notice.text)
    assert QApplication.clipboard().image().height() > 500
    talk.chat.start_new()
    commands["Copy this conversation as a picture"]()
    assert "No conversation is open" in talk.chat.notice.text


def test_steps_are_told_after_a_while_and_count_their_stages() -> None:
    told: list[object] = []
    context = JobContext(Cancellation(), lambda event: told.append(getattr(event, "value", None)))
    steps = ExportSteps(context, num_stages=2)
    steps(0, 10)
    assert told == []
    steps._told_at_s = 0.0
    steps.next_stage()
    steps(5, 10)
    assert told == [ExportProgress(15, 20)]
    context.cancellation.cancel()
    with pytest.raises(CancelledError):
        steps(6, 10)


def test_a_long_reply_is_copied_at_once_and_formatted_a_moment_later(
    talk: MainWindow, services: Services, qtbot: QtBot
) -> None:
    long = "**many** words " * 2_000
    thread = services.conversations.thread(talk.chat.work.conversation_id)
    services.conversations.update_message(thread[1].id, text=long, state=MessageState.COMPLETE)
    talk.chat.work._reload()
    qtbot.waitUntil(lambda: talk.chat.thread_view.widgets[1].text == long)
    clipboard = QApplication.clipboard()
    qtbot.mouseClick(talk.chat.thread_view.widgets[1].tools.copy_button, Qt.MouseButton.LeftButton)
    assert clipboard.text() == long
    qtbot.waitUntil(lambda: "<strong>many</strong>" in clipboard.mimeData().html())
    assert clipboard.text() == long
