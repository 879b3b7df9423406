"""The list at the left by mouse and keyboard: renaming, deleting, bringing back, and typing after a click."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.ui.main_window import MainWindow
from tests.ui.gestures import click

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def listed(services: Services, window: MainWindow, qtbot: QtBot) -> MainWindow:
    """The active window with three conversations in its list, the newest first: C, B, A."""
    for title in ("A", "B", "C"):
        conversation = services.conversations.create(title)
        services.conversations.add_message(conversation.id, None, Role.USER, f"about {title}")
    window.chat.history_model.load()
    qtbot.waitUntil(lambda: rows(window) == ["C", "B", "A"])
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


def rows(window: MainWindow) -> list[str]:
    model = window.history.view.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def click_row(window: MainWindow, row: int) -> None:
    view = window.history.view
    click(view.viewport(), view.visualRect(view.model().index(row, 0)).center())


def press(qtbot: QtBot, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key where the focus is, as a person does."""
    widget = QApplication.focusWidget()
    assert widget is not None
    qtbot.keyClick(widget, key, modifier)


def type_text(qtbot: QtBot, text: str) -> None:
    widget = QApplication.focusWidget()
    assert widget is not None
    qtbot.keyClicks(widget, text)


def test_f2_renames_the_clicked_conversation_in_place(listed: MainWindow, qtbot: QtBot) -> None:
    click_row(listed, 1)
    for name in ("Baking", "Bread"):
        press(qtbot, Qt.Key.Key_F2)
        assert isinstance(QApplication.focusWidget(), QLineEdit)
        type_text(qtbot, name)
        press(qtbot, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda name=name: rows(listed) == ["C", name, "A"])  # type: ignore[misc]
        qtbot.waitUntil(listed.history.view.hasFocus)
    assert listed.chat.composer.text == ""
    assert not listed.chat.is_working


def test_esc_leaves_the_name_as_it_was(listed: MainWindow, qtbot: QtBot) -> None:
    click_row(listed, 0)
    press(qtbot, Qt.Key.Key_F2)
    type_text(qtbot, "other")
    press(qtbot, Qt.Key.Key_Escape)
    assert rows(listed) == ["C", "B", "A"]


def test_a_name_that_is_being_typed_outlasts_the_same_list(listed: MainWindow, qtbot: QtBot) -> None:
    click_row(listed, 1)
    press(qtbot, Qt.Key.Key_F2)
    type_text(qtbot, "Baking")
    with qtbot.waitSignal(listed.chat.history_model.loaded):
        listed.chat.history_model.load()
    press(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: rows(listed) == ["C", "Baking", "A"])


def test_a_name_that_is_being_typed_outlasts_a_new_order_of_the_list(
    listed: MainWindow, services: Services, qtbot: QtBot
) -> None:
    click_row(listed, 1)
    press(qtbot, Qt.Key.Key_F2)
    type_text(qtbot, "Half a na")
    services.conversations.create("D")
    listed.chat.history_model.load()
    qtbot.waitUntil(lambda: rows(listed)[0] == "D" and "Half a na" in rows(listed))


def test_del_deletes_and_ctrl_z_brings_back(listed: MainWindow, qtbot: QtBot) -> None:
    click_row(listed, 1)
    press(qtbot, Qt.Key.Key_Delete)
    assert rows(listed) == ["C", "A"]
    assert listed.history.undo_button.isVisible()
    press(qtbot, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: len(rows(listed)) == 1)
    for number in (2, 3):
        press(qtbot, Qt.Key.Key_Z, CTRL)
        qtbot.waitUntil(lambda number=number: len(rows(listed)) == number)  # type: ignore[misc]
    assert rows(listed) == ["C", "B", "A"]
    assert not listed.history.undo_button.isVisible()


def test_the_last_one_is_brought_back_too(listed: MainWindow, qtbot: QtBot) -> None:
    click_row(listed, 0)
    for _ in range(3):
        press(qtbot, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: rows(listed) == [])
    press(qtbot, Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: len(rows(listed)) == 1)


def test_ctrl_z_in_the_composer_is_the_composers(listed: MainWindow, qtbot: QtBot) -> None:
    click_row(listed, 1)
    press(qtbot, Qt.Key.Key_Delete)
    editor = listed.chat.composer.editor
    click(editor.viewport())
    type_text(qtbot, "words")
    press(qtbot, Qt.Key.Key_Z, CTRL)
    assert listed.chat.composer.text == ""
    assert rows(listed) == ["C", "A"]


def test_what_is_typed_after_a_click_goes_into_the_composer(listed: MainWindow, qtbot: QtBot) -> None:
    click_row(listed, 2)
    for letter in "Hello you":
        press(qtbot, Qt.Key(ord(letter.upper())))
    assert listed.chat.composer.text.lower() == "hello you"
    assert listed.chat.composer.editor.hasFocus()


def test_enter_in_the_list_goes_on_to_the_composer(listed: MainWindow, qtbot: QtBot) -> None:
    click_row(listed, 0)
    press(qtbot, Qt.Key.Key_Down)
    press(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: listed.chat.work.conversation_id == listed.chat.history_model.current_id != "")
    assert listed.chat.composer.editor.hasFocus()


def test_the_text_grows_and_shrinks_by_keys(listed: MainWindow, services: Services, qtbot: QtBot) -> None:
    size = QApplication.font().pointSizeF()
    try:
        press(qtbot, Qt.Key.Key_Plus, CTRL)
        press(qtbot, Qt.Key.Key_Equal, CTRL)
        assert services.settings.value.appearance.text_scale == 1.3
        assert QApplication.font().pointSizeF() > 1.25 * size
        press(qtbot, Qt.Key.Key_Minus, CTRL)
        assert services.settings.value.appearance.text_scale == 1.15
        for _ in range(9):
            press(qtbot, Qt.Key.Key_Plus, CTRL)
        assert services.settings.value.appearance.text_scale == 2.0
    finally:
        press(qtbot, Qt.Key.Key_0, CTRL)
    assert services.settings.value.appearance.text_scale == 1.0
    assert QApplication.font().pointSizeF() == size
    menus = [menu.title() for menu in listed.top_bar.menu_button.menu().findChildren(QMenu)]
    assert "Text size" in menus
