"""Conversations in folders: dragged, moved by keys, named, closed, removed and brought back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QDrag, QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.ui.folder_chooser import FolderChooser
from lmstudio_lite.ui.history_model import NUM_FIRST, HistoryModel, HistoryRole
from lmstudio_lite.ui.history_view import HistoryView
from lmstudio_lite.ui.main_window import MainWindow

Drag = Callable[[str, QPoint], None]


@pytest.fixture
def filled(window: MainWindow, services: Services, qtbot: QtBot) -> MainWindow:
    """A window whose list shows a folder with another in it, and three conversations in none."""
    work = services.folders.create("Work")
    services.folders.create("Taxes", work.id)
    for title in ("Alpha", "Beta", "Gamma"):
        services.conversations.begin(title, f"Words of {title}")
    window.chat.history_model.load()
    wait_for(window, ["Work", "  Taxes", "Gamma", "Beta", "Alpha"], qtbot)
    return window


def rows(window: MainWindow) -> list[str]:
    """Return the titles, two blanks before each for a folder that it lies in."""
    model = window.chat.history_model
    found = [model.index(row) for row in range(model.rowCount())]
    return ["  " * index.data(HistoryRole.DEPTH) + str(index.data()) for index in found]


def wait_for(window: MainWindow, wanted: list[str], qtbot: QtBot) -> None:
    def check() -> None:
        assert rows(window) == wanted

    qtbot.waitUntil(check)


def view_of(window: MainWindow) -> tuple[HistoryView, HistoryModel]:
    return window.history.view, window.chat.history_model


def place_of(window: MainWindow, title: str) -> QPoint:
    """Return the middle of a row, in the coordinates of its list's viewport."""
    view, model = view_of(window)
    index = model.index([row.strip() for row in rows(window)].index(title))
    delegate = view.itemDelegate()
    return delegate.row_rect(view.visualRect(index), index).center()  # type: ignore[attr-defined,no-any-return]


@pytest.fixture
def drag(filled: MainWindow, monkeypatch: pytest.MonkeyPatch) -> Drag:
    """Drag a row to a place of the list's viewport with the pointer.

    The offscreen platform has no drags: what it would send to the window while one hangs is sent here.
    """
    viewport = filled.history.view.viewport()
    place = QPoint()

    def hang(drag: QDrag, actions: Qt.DropAction) -> Qt.DropAction:
        window = filled.windowHandle()
        assert window is not None
        for kind in (QDragEnterEvent, QDragMoveEvent, QDropEvent):
            at = viewport.mapTo(filled, place)
            event = kind(
                QPointF(at) if kind is QDropEvent else at,  # type: ignore[arg-type]
                actions,
                drag.mimeData(),
                Qt.MouseButton.LeftButton,
                Qt.KeyboardModifier.NoModifier,
            )
            event.ignore()
            QApplication.sendEvent(window, event)
            if kind is QDragMoveEvent and not event.isAccepted():
                QApplication.sendEvent(window, QDragLeaveEvent())
                return Qt.DropAction.IgnoreAction
        return actions

    monkeypatch.setattr(QDrag, "exec", hang)

    def drag_row(title: str, target: QPoint) -> None:
        nonlocal place
        place = target
        start = viewport.mapTo(filled, place_of(filled, title))
        window, far = filled.windowHandle(), QPoint(0, QApplication.startDragDistance() + 2)
        left = Qt.MouseButton.LeftButton
        QTest.mousePress(window, left, Qt.KeyboardModifier.NoModifier, start)
        QTest.mouseMove(window, start + far)
        QTest.mouseMove(window, start + far + far)
        QTest.mouseRelease(window, left, Qt.KeyboardModifier.NoModifier, start + far + far)

    return drag_row


def below_all(window: MainWindow) -> QPoint:
    view, model = view_of(window)
    return view.visualRect(model.index(model.rowCount() - 1)).bottomLeft() + QPoint(40, 30)


def test_rows_are_dragged_into_folders_and_out_of_them(filled: MainWindow, drag: Drag, qtbot: QtBot) -> None:
    opened: list[str] = []
    filled.history.item_chosen.connect(opened.append)
    drag("Beta", place_of(filled, "Taxes"))
    wait_for(filled, ["Work", "  Taxes", "    Beta", "Gamma", "Alpha"], qtbot)
    drag("Gamma", place_of(filled, "Beta"))
    wait_for(filled, ["Work", "  Taxes", "    Gamma", "    Beta", "Alpha"], qtbot)
    drag("Taxes", below_all(filled))
    wait_for(filled, ["Taxes", "  Gamma", "  Beta", "Work", "Alpha"], qtbot)
    drag("Beta", place_of(filled, "Alpha"))
    wait_for(filled, ["Taxes", "  Gamma", "Work", "Beta", "Alpha"], qtbot)
    assert opened == []
    for wanted in (
        ["Taxes", "  Gamma", "  Beta", "Work", "Alpha"],
        ["Work", "  Taxes", "    Gamma", "    Beta", "Alpha"],
        ["Work", "  Taxes", "    Beta", "Gamma", "Alpha"],
        ["Work", "  Taxes", "Gamma", "Beta", "Alpha"],
    ):
        filled.history.undo()
        wait_for(filled, wanted, qtbot)


def test_a_folder_is_not_dropped_into_itself(filled: MainWindow, drag: Drag, qtbot: QtBot) -> None:
    drag("Work", place_of(filled, "Taxes"))
    drag("Beta", place_of(filled, "Work"))
    wait_for(filled, ["Work", "  Taxes", "  Beta", "Gamma", "Alpha"], qtbot)


def test_a_closed_folder_opens_while_a_row_is_held_over_it(
    filled: MainWindow, services: Services, qtbot: QtBot
) -> None:
    view, model = view_of(filled)
    work = model.item_at(model.index(0)).id
    model.set_collapsed(work, is_collapsed=True)
    wait_for(filled, ["Work", "Gamma", "Beta", "Alpha"], qtbot)
    view.drag._show(0, is_out=False)
    wait_for(filled, ["Work", "  Taxes", "Gamma", "Beta", "Alpha"], qtbot)
    assert not services.folders.list()[0].is_collapsed


def press(
    view: HistoryView, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    QTest.keyClick(view, key, modifier)


def test_keys_move_a_row_and_make_a_folder_for_it(filled: MainWindow, qtbot: QtBot) -> None:
    view, model = view_of(filled)

    def choose(title: str, typed: str) -> None:
        view.setFocus()
        view.setCurrentIndex(model.index([row.strip() for row in rows(filled)].index(title)))
        press(view, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), FolderChooser))
        chooser = QApplication.activePopupWidget()
        assert isinstance(chooser, FolderChooser)
        QTest.keyClicks(chooser.field, typed)
        QTest.keyClick(chooser.field, Qt.Key.Key_Return)

    choose("Alpha", "tax")
    wait_for(filled, ["Work", "  Taxes", "    Alpha", "Gamma", "Beta"], qtbot)
    choose("Beta", "Recipes")
    wait_for(filled, ["Recipes", "  Beta", "Work", "  Taxes", "    Alpha", "Gamma"], qtbot)
    filled.history.undo()
    wait_for(filled, ["Work", "  Taxes", "    Alpha", "Gamma", "Beta"], qtbot)
    choose("Alpha", "")  # the first that is offered: in no folder
    wait_for(filled, ["Work", "  Taxes", "Gamma", "Beta", "Alpha"], qtbot)


def test_folders_are_closed_by_keys_and_clicks_and_stay_so(
    filled: MainWindow, services: Services, qtbot: QtBot
) -> None:
    view, model = view_of(filled)
    view.setFocus()
    view.setCurrentIndex(model.index(0))
    press(view, Qt.Key.Key_Left)
    assert rows(filled) == ["Work", "Gamma", "Beta", "Alpha"]
    qtbot.waitUntil(lambda: services.folders.list()[0].is_collapsed)
    assert "closed" not in str(model.index(0).data(Qt.ItemDataRole.AccessibleTextRole))  # it is empty itself
    press(view, Qt.Key.Key_Right)
    wait_for(filled, ["Work", "  Taxes", "Gamma", "Beta", "Alpha"], qtbot)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place_of(filled, "Work"))
    wait_for(filled, ["Work", "Gamma", "Beta", "Alpha"], qtbot)
    with qtbot.waitSignal(filled.chat.history_model.loaded):
        filled.chat.history_model.load()
    assert rows(filled) == ["Work", "Gamma", "Beta", "Alpha"]


def choose_in_menu(window: MainWindow, title: str, words: str) -> None:
    view, _ = view_of(window)
    view.customContextMenuRequested.emit(place_of(window, title))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    next(action for action in menu.actions() if action.text().startswith(words)).trigger()
    menu.close()


def test_a_new_folder_is_named_at_once(filled: MainWindow, services: Services, qtbot: QtBot) -> None:
    view, _ = view_of(filled)
    choose_in_menu(filled, "Work", "New folder in it")
    qtbot.waitUntil(lambda: view.state() is HistoryView.State.EditingState)
    editor = view.viewport().findChild(QLineEdit)
    assert editor is not None
    editor.selectAll()
    QTest.keyClicks(editor, "Beta tests")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    wait_for(filled, ["Work", "  Beta tests", "  Taxes", "Gamma", "Beta", "Alpha"], qtbot)
    assert [each.full_name for each in services.folders.list()][1] == "Work/Beta tests"


def test_a_removed_folder_loses_nothing_and_comes_back(filled: MainWindow, drag: Drag, qtbot: QtBot) -> None:
    drag("Beta", place_of(filled, "Taxes"))
    wait_for(filled, ["Work", "  Taxes", "    Beta", "Gamma", "Alpha"], qtbot)
    view, model = view_of(filled)
    view.setFocus()
    view.setCurrentIndex(model.index(1))
    press(view, Qt.Key.Key_Delete)
    wait_for(filled, ["Work", "  Beta", "Gamma", "Alpha"], qtbot)
    qtbot.mouseClick(filled.history.undo_button, Qt.MouseButton.LeftButton)
    wait_for(filled, ["Work", "  Taxes", "    Beta", "Gamma", "Alpha"], qtbot)


def test_a_held_key_deletes_one_row(filled: MainWindow, services: Services, qtbot: QtBot) -> None:
    view, model = view_of(filled)
    view.setFocus()
    view.setCurrentIndex(model.index(2))
    press(view, Qt.Key.Key_Delete)
    for _ in range(3):
        event = QKeyEvent(
            QEvent.Type.KeyPress, Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier, "", autorep=True
        )
        QApplication.sendEvent(view, event)
    wait_for(filled, ["Work", "  Taxes", "Beta", "Alpha"], qtbot)
    press(view, Qt.Key.Key_Backspace)
    qtbot.waitUntil(lambda: len(services.conversations.list()) == 2)


def test_a_search_within_a_folder(filled: MainWindow, drag: Drag, qtbot: QtBot) -> None:
    drag("Beta", place_of(filled, "Taxes"))
    wait_for(filled, ["Work", "  Taxes", "    Beta", "Gamma", "Alpha"], qtbot)
    choose_in_menu(filled, "Work", "Search in it")
    assert filled.history.search.text() == "in:Work "
    wait_for(filled, ["Beta"], qtbot)
    with qtbot.waitSignal(filled.chat.history_model.loaded):
        QTest.keyClicks(filled.history.search, "words")
    assert rows(filled) == ["Beta"]


def test_a_folder_of_fifteen_hundred(
    filled: MainWindow, drag: Drag, services: Services, qtbot: QtBot
) -> None:
    work = services.folders.list()[0]
    made = [services.conversations.create(f"Talk {number}").id for number in range(1_500)]
    services.folders.put(made, work.id)
    model = filled.chat.history_model
    with qtbot.waitSignal(model.loaded, timeout=10_000):
        model.load()
    assert model.rowCount() == 1_505
    view, _ = view_of(filled)
    view.setCurrentIndex(model.index(model.rowCount() - 5))
    view.scrollToBottom()
    drag("Alpha", place_of(filled, "Talk 0"))
    qtbot.waitUntil(lambda: services.folders.list()[0].num_conversations == 1_501)


def test_the_palette_goes_to_a_folder(filled: MainWindow, services: Services, qtbot: QtBot) -> None:
    view, model = view_of(filled)
    model.set_collapsed(model.item_at(model.index(0)).id, is_collapsed=True)
    filled.history.search.setText("beta")
    filled.history._on_search_due()
    wait_for(filled, ["Beta"], qtbot)
    filled.palette_opener.show()
    palette = filled.palette_opener.palette
    assert palette is not None
    QTest.keyClicks(palette.field, "taxes")
    qtbot.waitUntil(lambda: palette.list.count() > 0 and palette.list.item(0).text() == "Work/Taxes")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    wait_for(filled, ["Work", "  Taxes", "Gamma", "Beta", "Alpha"], qtbot)
    qtbot.waitUntil(lambda: view.currentIndex().data() == "Taxes")


def test_the_palette_makes_a_folder(filled: MainWindow, qtbot: QtBot) -> None:
    filled.palette_opener.show()
    palette = filled.palette_opener.palette
    assert palette is not None
    QTest.keyClicks(palette.field, "new folder")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    wait_for(filled, ["New folder", "Work", "  Taxes", "Gamma", "Beta", "Alpha"], qtbot)


def test_the_list_goes_on_where_it_ends(window: MainWindow, services: Services, qtbot: QtBot) -> None:
    for number in range(NUM_FIRST + 40):
        services.conversations.create(f"Talk {number}")
    view, model = view_of(window)
    model.load()
    qtbot.waitUntil(lambda: model.rowCount() == NUM_FIRST)
    view.setCurrentIndex(model.index(7))
    for _ in range(30):
        QTest.keyClick(view, Qt.Key.Key_PageDown)
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
    qtbot.waitUntil(lambda: model.rowCount() == NUM_FIRST + 40)
    assert view.verticalScrollBar().value() > 0  # it does not jump to its beginning
    assert model.index(NUM_FIRST + 39).data() == "Talk 0"
    assert not model.canFetchMore()
