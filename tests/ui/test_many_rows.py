"""Several conversations at once: chosen by clicks and keys, moved, pinned, archived, deleted, undone."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.conversations import Shelf
from lmstudio_lite.errors import DiskFullError
from lmstudio_lite.ui.folder_chooser import FolderChooser
from lmstudio_lite.ui.main_window import MainWindow
from tests.ui.test_folders import Drag, drag, place_of, rows, view_of, wait_for

__all__ = ["drag"]

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier
ALL = ["Work", "  Taxes", "Delta", "Gamma", "Beta", "Alpha"]


@pytest.fixture
def filled(window: MainWindow, services: Services, qtbot: QtBot) -> MainWindow:
    """A window whose list shows a folder with another in it, and four conversations in none."""
    work = services.folders.create("Work")
    services.folders.create("Taxes", work.id)
    for title in ("Alpha", "Beta", "Gamma", "Delta"):
        services.conversations.begin(title, f"Words of {title}")
    window.chat.history_model.load()
    wait_for(window, ALL, qtbot)
    window.activateWindow()
    return window


def click(window: MainWindow, title: str, modifier: Qt.KeyboardModifier = NONE) -> None:
    viewport = window.history.view.viewport()
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, modifier, place_of(window, title))


def press(window: MainWindow, key: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
    QTest.keyClick(window.history.view, key, modifier)


def chosen(window: MainWindow) -> list[str]:
    return [item.title for item in window.history.view.chosen_items()]


def choose(window: MainWindow, titles: Iterable[str]) -> None:
    for number, title in enumerate(titles):
        click(window, title, CTRL if number else NONE)


def menu_of(window: MainWindow, title: str) -> dict[str, QMenu]:
    """Open the menu of a row with the right button; return its words, and close it."""
    view = window.history.view
    QTest.mouseClick(view.viewport(), Qt.MouseButton.RightButton, NONE, place_of(window, title))
    view.customContextMenuRequested.emit(place_of(window, title))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return {action.text(): menu for action in menu.actions()}


def run(window: MainWindow, title: str, words: str) -> None:
    menu = menu_of(window, title)[words]
    next(action for action in menu.actions() if action.text() == words).trigger()
    menu.close()


def undo(window: MainWindow) -> None:
    QTest.mouseClick(window.history.undo_button, Qt.MouseButton.LeftButton)


def test_rows_are_chosen_by_clicks_and_keys_and_none_of_it_opens_one(
    filled: MainWindow, qtbot: QtBot
) -> None:
    opened: list[str] = []
    click(filled, "Gamma")
    filled.history.item_chosen.connect(opened.append)
    click(filled, "Alpha", CTRL)
    assert chosen(filled) == ["Gamma", "Alpha"]
    click(filled, "Gamma", CTRL)
    assert chosen(filled) == ["Alpha"]
    filled.history.item_chosen.disconnect(opened.append)
    click(filled, "Gamma")
    filled.history.item_chosen.connect(opened.append)
    click(filled, "Delta", SHIFT)
    assert chosen(filled) == ["Delta", "Gamma"]
    click(filled, "Beta", SHIFT)
    assert chosen(filled) == ["Gamma", "Beta"]
    press(filled, Qt.Key.Key_A, CTRL)
    assert chosen(filled) == ["Delta", "Gamma", "Beta", "Alpha"]  # folders are left out
    press(filled, Qt.Key.Key_Escape)
    assert len(chosen(filled)) == 1
    assert opened == []
    press(filled, Qt.Key.Key_A, CTRL)
    click(filled, "Delta")
    assert chosen(filled) == ["Delta"]  # a click on one of several takes the others back
    press(filled, Qt.Key.Key_Down, SHIFT)
    press(filled, Qt.Key.Key_Down, SHIFT)
    assert chosen(filled) == ["Delta", "Gamma", "Beta"]
    press(filled, Qt.Key.Key_Up, SHIFT)
    assert chosen(filled) == ["Delta", "Gamma"]
    with qtbot.waitSignal(filled.chat.history_model.loaded):
        filled.chat.history_model.load()
    assert chosen(filled) == ["Delta", "Gamma"]


def test_the_menu_says_how_many(filled: MainWindow) -> None:
    choose(filled, ["Alpha", "Beta", "Delta"])
    words = menu_of(filled, "Beta")
    assert "Delete 3 conversations" in words
    assert all("3" in each for each in words)
    next(iter(words.values())).close()
    words = menu_of(filled, "Gamma")  # none of those: the menu is its own
    assert "Delete" in words
    assert chosen(filled) == ["Gamma"]
    next(iter(words.values())).close()


def test_deleted_together_and_undone_at_once(filled: MainWindow, services: Services, qtbot: QtBot) -> None:
    before = services.conversations.list()
    choose(filled, ["Alpha", "Gamma", "Delta"])
    press(filled, Qt.Key.Key_Delete)
    wait_for(filled, ["Work", "  Taxes", "Beta"], qtbot)
    qtbot.waitUntil(lambda: len(services.conversations.list()) == 1)
    undo(filled)
    wait_for(filled, ALL, qtbot)
    assert services.conversations.list() == before
    filled.history.undo()
    wait_for(filled, ALL, qtbot)


def test_pinned_and_archived_together(filled: MainWindow, services: Services, qtbot: QtBot) -> None:
    choose(filled, ["Alpha", "Beta"])
    run(filled, "Alpha", "Pin 2 conversations")
    wait_for(filled, ["Beta", "Alpha", "Work", "  Taxes", "Delta", "Gamma"], qtbot)
    assert chosen(filled) == ["Beta", "Alpha"]
    run(filled, "Alpha", "Unpin 2 conversations")
    wait_for(filled, ALL, qtbot)
    undo(filled)
    wait_for(filled, ["Beta", "Alpha", "Work", "  Taxes", "Delta", "Gamma"], qtbot)
    filled.history.undo()
    wait_for(filled, ALL, qtbot)
    run(filled, "Beta", "Archive 2 conversations")
    wait_for(filled, ["Work", "  Taxes", "Delta", "Gamma"], qtbot)
    with qtbot.waitSignal(filled.chat.history_model.loaded):
        filled.history.shelves.choose(Shelf.ARCHIVE)
    click(filled, "Beta")
    press(filled, Qt.Key.Key_A, CTRL)
    run(filled, "Beta", "2 conversations back to the list")
    wait_for(filled, [], qtbot)
    with qtbot.waitSignal(filled.chat.history_model.loaded):
        filled.history.shelves.choose(Shelf.LIST)
    wait_for(filled, ALL, qtbot)


def test_moved_by_keys_and_by_dragging(filled: MainWindow, drag: Drag, qtbot: QtBot) -> None:
    choose(filled, ["Alpha", "Beta"])
    press(filled, Qt.Key.Key_O, CTRL | SHIFT)
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), FolderChooser))
    chooser = QApplication.activePopupWidget()
    assert isinstance(chooser, FolderChooser)
    assert "2" in chooser.field.accessibleName()
    QTest.keyClicks(chooser.field, "tax")
    QTest.keyClick(chooser.field, Qt.Key.Key_Return)
    moved = ["Work", "  Taxes", "    Beta", "    Alpha", "Delta", "Gamma"]
    wait_for(filled, moved, qtbot)
    choose(filled, ["Alpha", "Gamma"])
    drag("Gamma", place_of(filled, "Work"))
    wait_for(filled, ["Work", "  Taxes", "    Beta", "  Gamma", "  Alpha", "Delta"], qtbot)
    undo(filled)
    wait_for(filled, moved, qtbot)
    filled.history.undo()
    wait_for(filled, ALL, qtbot)


def test_a_row_that_is_not_chosen_is_dragged_alone(filled: MainWindow, drag: Drag, qtbot: QtBot) -> None:
    choose(filled, ["Alpha", "Beta"])
    drag("Delta", place_of(filled, "Taxes"))
    wait_for(filled, ["Work", "  Taxes", "    Delta", "Gamma", "Beta", "Alpha"], qtbot)


def test_a_full_disk_in_the_middle_leaves_the_rest_and_undoes_the_first(
    filled: MainWindow, services: Services, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete = services.conversations.delete
    failed: list[object] = []
    filled.chat.history_model.failed.connect(failed.append)
    gone: list[str] = []

    def fill(conversation_id: str) -> None:
        if gone:
            raise DiskFullError(path="library.sqlite3")
        gone.append(conversation_id)
        delete(conversation_id)

    monkeypatch.setattr(services.conversations, "delete", fill)
    press(filled, Qt.Key.Key_A, CTRL)
    press(filled, Qt.Key.Key_Delete)
    wait_for(filled, ["Work", "  Taxes", "Gamma", "Beta", "Alpha"], qtbot)
    assert len(failed) == 1
    undo(filled)
    wait_for(filled, ALL, qtbot)


def test_the_bin_gives_several_back(filled: MainWindow, qtbot: QtBot) -> None:
    view, model = view_of(filled)
    press(filled, Qt.Key.Key_A, CTRL)
    press(filled, Qt.Key.Key_Delete)
    wait_for(filled, ["Work", "  Taxes"], qtbot)
    with qtbot.waitSignal(model.loaded):
        filled.history.shelves.choose(Shelf.BIN)
    assert sorted(rows(filled)) == ["Alpha", "Beta", "Delta", "Gamma"]
    press(filled, Qt.Key.Key_A, CTRL)
    press(filled, Qt.Key.Key_Delete)  # nothing is deleted for good by a key
    assert len(rows(filled)) == 4
    view.clearSelection()
    click(filled, "Alpha")
    click(filled, "Beta", CTRL)
    run(filled, "Beta", "Put 2 conversations back")
    qtbot.waitUntil(lambda: sorted(rows(filled)) == ["Delta", "Gamma"])
