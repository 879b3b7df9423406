"""Conversations leave by their menu and come in from other programs' exports."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.chat_files import ChatForm, Wanted, export_chats
from lmstudio_lite.app.folders import folder_at
from lmstudio_lite.app.session import Services
from lmstudio_lite.ui.main_window import MainWindow
from tests.formats.chats import exports


@pytest.fixture
def filled(window: MainWindow, services: Services, qtbot: QtBot) -> MainWindow:
    services.conversations.begin("Rain", "What rhymes with rain?")
    window.chat.history_model.load()
    qtbot.waitUntil(lambda: window.chat.history_model.rowCount() == 1)
    return window


def choose_file(window: MainWindow, path: Path) -> None:
    """Answer the file dialog that is open."""
    dialog = next(each for each in window.chat.findChildren(QFileDialog) if each.isVisible())
    if dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave:
        dialog.fileSelected.emit(str(path))
    else:
        dialog.filesSelected.emit([str(path)])
    dialog.close()


def shelf_action(window: MainWindow, words: str) -> None:
    window.history.shelves.menu.aboutToShow.emit()
    actions = window.history.shelves.menu.actions()
    next(action for action in actions if action.text().startswith(words)).trigger()


@pytest.mark.parametrize(("suffix", "start"), [(".md", b"# Rain"), (".docx", b"PK"), (".pdf", b"%PDF")])
def test_a_conversation_is_exported_from_its_menu(
    filled: MainWindow, qtbot: QtBot, tmp_path: Path, suffix: str, start: bytes
) -> None:
    view = filled.history.view
    view.customContextMenuRequested.emit(QPoint(view.visualRect(filled.chat.history_model.index(0)).center()))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    next(action for action in menu.actions() if action.text() == "Export…").trigger()
    menu.close()
    path = tmp_path / f"rain{suffix}"
    choose_file(filled, path)
    qtbot.waitUntil(lambda: "Saved" in filled.chat.notice.text)
    assert path.read_bytes().startswith(start)


def test_all_of_them_go_out_and_others_come_in(filled: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    shelf_action(filled, "Export all")
    choose_file(filled, tmp_path / "all.json")
    qtbot.waitUntil(lambda: "Saved" in filled.chat.notice.text)
    shelf_action(filled, "Bring")
    choose_file(filled, exports.write(tmp_path / "conversations.json", exports.chatgpt()))
    qtbot.waitUntil(lambda: filled.chat.history_model.rowCount() == 2)
    assert "1 conversation came in, with 4 messages" in filled.chat.notice.text
    assert "without its pictures" in filled.chat.notice.text
    filled.chat.files.bring_in([tmp_path / "all.json"])
    qtbot.waitUntil(lambda: "here already" in filled.chat.notice.text)
    assert filled.chat.history_model.rowCount() == 2


def test_a_chat_file_is_opened_and_other_files_go_their_way(
    filled: MainWindow, services: Services, qtbot: QtBot, tmp_path: Path
) -> None:
    [talk] = services.conversations.list()
    chat = tmp_path / "rain.lmschat"
    chat.write_bytes(export_chats(services, Wanted((talk.id,)), ChatForm.CHAT))
    services.conversations.delete(talk.id)
    services.conversations.purge_deleted()
    other = tmp_path / "data.json"
    other.write_text('{"a": [1]}')
    taken: list[Path] = []
    filled.chat.files.open_or([chat, other], taken.extend)
    qtbot.waitUntil(lambda: filled.chat.work.conversation_id != "")
    assert taken == [other]
    qtbot.waitUntil(
        lambda: [each.text for each in filled.chat.thread_view.messages] == ["What rhymes with rain?"]
    )
    opened = filled.chat.work.conversation_id
    filled.top_bar.tabs.setCurrentIndex(1)
    filled.open_paths([chat])  # once more, as a second start of the program hands it over
    qtbot.waitUntil(lambda: "here already" in filled.chat.notice.text)
    assert (filled.chat.work.conversation_id, filled.top_bar.tabs.currentIndex()) == (opened, 0)
    assert filled.chat.history_model.rowCount() == 1


def test_a_folder_is_exported_with_all_that_lies_in_it(
    filled: MainWindow, services: Services, qtbot: QtBot, tmp_path: Path
) -> None:
    outer = folder_at(services, "Work")
    inner = folder_at(services, "Work/Taxes")
    [talk] = services.conversations.list()
    services.folders.put([talk.id], inner.id)
    services.conversations.begin("Snow", "What rhymes with snow?")
    filled.chat.history_model.load()
    qtbot.waitUntil(lambda: filled.chat.history_model.row_of(outer.id) >= 0)
    view = filled.history.view
    index = filled.chat.history_model.index(filled.chat.history_model.row_of(outer.id))
    view.customContextMenuRequested.emit(QPoint(view.visualRect(index).center()))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    next(action for action in menu.actions() if action.text() == "Export…").trigger()
    menu.close()
    choose_file(filled, tmp_path / "work.md")
    qtbot.waitUntil(lambda: "Saved" in filled.chat.notice.text)
    text = (tmp_path / "work.md").read_text("utf-8")
    assert ("with rain?" in text, "snow" in text) == (True, False)


def test_a_conversation_is_copied_as_a_picture_from_its_menu(filled: MainWindow, qtbot: QtBot) -> None:
    QApplication.clipboard().clear()
    view = filled.history.view
    view.customContextMenuRequested.emit(QPoint(view.visualRect(filled.chat.history_model.index(0)).center()))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    next(action for action in menu.actions() if action.text() == "Copy as a picture").trigger()
    menu.close()
    qtbot.waitUntil(lambda: "Copied as a picture" in filled.chat.notice.text)
    assert QApplication.clipboard().image().height() > 100
