"""Conversations put in order by their menus: pinned, tagged, copied, archived, deleted and brought back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QInputDialog, QMenu, QMessageBox
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.conversations import Shelf
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.tab_set import SUMMARIZE


@pytest.fixture
def filled(window: MainWindow, services: Services, qtbot: QtBot) -> MainWindow:
    """A window whose list shows three conversations."""
    for title in ("Alpha", "Beta", "Gamma"):
        services.conversations.begin(title, f"Words of {title}")
    window.chat.history_model.load()
    qtbot.waitUntil(lambda: titles(window) == ["Gamma", "Beta", "Alpha"])
    return window


def titles(window: MainWindow) -> list[str]:
    model = window.chat.history_model
    return [str(model.index(row).data()) for row in range(model.rowCount())]


def choose(window: MainWindow, row: int, words: str) -> None:
    """Open a row's menu and choose what begins so."""
    view = window.history.view
    place = view.visualRect(window.chat.history_model.index(row)).center()
    view.customContextMenuRequested.emit(QPoint(place))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    next(action for action in menu.actions() if action.text().startswith(words)).trigger()
    menu.close()


def show(window: MainWindow, shelf: Shelf, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.chat.history_model.loaded):
        window.history.shelves.choose(shelf)


def test_pinning_and_unpinning(filled: MainWindow, qtbot: QtBot) -> None:
    choose(filled, 2, "Pin")
    qtbot.waitUntil(lambda: titles(filled) == ["Alpha", "Gamma", "Beta"])
    assert filled.chat.history_model.index(0).data(Qt.ItemDataRole.DisplayRole) == "Alpha"
    choose(filled, 0, "Unpin")
    qtbot.waitUntil(lambda: titles(filled) == ["Gamma", "Beta", "Alpha"])


def test_the_archive_and_back_again(filled: MainWindow, qtbot: QtBot) -> None:
    choose(filled, 1, "Archive")
    qtbot.waitUntil(lambda: titles(filled) == ["Gamma", "Alpha"])
    qtbot.mouseClick(filled.history.undo_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: titles(filled) == ["Gamma", "Beta", "Alpha"])
    choose(filled, 1, "Archive")
    qtbot.waitUntil(lambda: titles(filled) == ["Gamma", "Alpha"])
    show(filled, Shelf.ARCHIVE, qtbot)
    assert titles(filled) == ["Beta"]
    choose(filled, 0, "Back to the list")
    qtbot.waitUntil(lambda: titles(filled) == [])
    show(filled, Shelf.LIST, qtbot)
    assert titles(filled) == ["Gamma", "Beta", "Alpha"]


def test_a_copy(filled: MainWindow, services: Services, qtbot: QtBot) -> None:
    choose(filled, 1, "Duplicate")
    qtbot.waitUntil(lambda: titles(filled) == ["Beta (copy)", "Gamma", "Beta", "Alpha"])
    copy = services.conversations.list()[0]
    assert [message.text for message in services.conversations.thread(copy.id)] == ["Words of Beta"]


def test_tags_are_typed_and_searched_for(filled: MainWindow, services: Services, qtbot: QtBot) -> None:
    choose(filled, 0, "Tags")
    dialog = filled.history.findChild(QInputDialog)
    assert dialog is not None
    dialog.setTextValue("trip #2026")
    dialog.accept()
    qtbot.waitUntil(lambda: services.conversations.list()[0].tags == ("2026", "trip"))
    filled.history.search.setFocus()
    qtbot.keyClicks(filled.history.search, "#tri")
    qtbot.waitUntil(lambda: titles(filled) == ["Gamma"])


def answer(window: MainWindow, words: str, qtbot: QtBot) -> None:
    """Press a button of the question that is open."""

    def buttons() -> list[QAbstractButton]:
        found = [each.buttons() for each in window.findChildren(QMessageBox) if each.isVisible()]
        return [button for each in found for button in each if button.text() == words]

    qtbot.waitUntil(lambda: bool(buttons()))
    buttons()[0].click()


def test_the_bin(filled: MainWindow, services: Services, qtbot: QtBot) -> None:
    for _ in range(2):
        choose(filled, 0, "Delete")
    qtbot.waitUntil(lambda: titles(filled) == ["Alpha"])
    show(filled, Shelf.BIN, qtbot)
    assert sorted(titles(filled)) == ["Beta", "Gamma"]
    row = titles(filled).index("Beta")
    choose(filled, row, "Put back")
    qtbot.waitUntil(lambda: titles(filled) == ["Gamma"])
    filled.history.shelves.menu.aboutToShow.emit()
    empty = next(each for each in filled.history.shelves.menu.actions() if each.text().startswith("Empty"))
    empty.trigger()
    answer(filled, "Keep them", qtbot)
    assert titles(filled) == ["Gamma"]
    empty.trigger()
    answer(filled, "Empty the bin", qtbot)
    qtbot.waitUntil(lambda: titles(filled) == [])
    assert services.conversations.list(shelf=Shelf.BIN) == []
    show(filled, Shelf.LIST, qtbot)
    assert titles(filled) == ["Beta", "Alpha"]


def test_del_does_nothing_in_the_bin(filled: MainWindow, services: Services, qtbot: QtBot) -> None:
    choose(filled, 0, "Delete")
    qtbot.waitUntil(lambda: len(titles(filled)) == 2)
    show(filled, Shelf.BIN, qtbot)
    view = filled.history.view
    view.setFocus()
    view.setCurrentIndex(filled.chat.history_model.index(0))
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    assert titles(filled) == ["Gamma"]
    assert len(services.conversations.list(shelf=Shelf.BIN)) == 1


def test_summaries_have_no_shelves(window: MainWindow) -> None:
    assert window.history.shelves.isVisible()
    window.top_bar.tabs.setCurrentIndex(SUMMARIZE)
    assert not window.history.shelves.isVisible()
