"""Ctrl+K: what can be done or opened is found by typing, and done by Enter."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.palette.commands import Command, find_commands
from lmstudio_lite.ui.palette.delegate import HINT
from lmstudio_lite.ui.palette.popup import CommandPalette
from lmstudio_lite.ui.tab_set import TRANSLATE


@pytest.fixture
def palette(window: MainWindow, services: Services, qtbot: QtBot) -> CommandPalette:
    services.conversations.begin("Trip to Ålesund", "Which ferry crosses the fjord?")
    services.conversations.begin("Bread", "How long does dough rest?")
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window.chat.composer.editor, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    opened = window.palette_opener.palette
    assert opened is not None
    qtbot.waitUntil(lambda: any("Bread" in line for line in lines(opened)))
    return opened


def lines(palette: CommandPalette) -> list[str]:
    items = [palette.list.item(row) for row in range(palette.list.count())]
    return [f"{item.text()}    {item.data(HINT)}" for item in items]


def test_words_choose_among_commands_and_those_that_begin_so_come_first() -> None:
    commands = [
        Command(words, "", lambda: None) for words in ("Add model", "Über Modelle", "Models…", "Quit")
    ]
    assert [each.words for each in find_commands(commands, "mod")] == ["Models…", "Add model", "Über Modelle"]
    assert [each.words for each in find_commands(commands, "uber MOD")] == ["Über Modelle"]
    assert find_commands(commands, "") == commands
    assert find_commands(commands, "zebra") == []


def test_a_tab_a_menu_and_its_submenus_are_offered(
    palette: CommandPalette, window: MainWindow, qtbot: QtBot
) -> None:
    assert any(line.startswith("Theme: Dark") for line in lines(palette))
    qtbot.keyClicks(palette.field, "transl")
    assert lines(palette)[0].startswith("Translate")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert window.tabs.currentIndex() == TRANSLATE


def test_a_conversation_is_opened_by_words_that_stand_in_it(
    palette: CommandPalette, window: MainWindow, services: Services, qtbot: QtBot
) -> None:
    qtbot.keyClicks(palette.field, "ferry fjord")
    qtbot.waitUntil(lambda: [line.split("    ")[0] for line in lines(palette)] == ["Trip to Ålesund"])
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    trip = next(each for each in services.conversations.list() if each.title.startswith("Trip"))
    assert window.chat.work.conversation_id == trip.id


def test_the_arrows_move_and_esc_closes(palette: CommandPalette, qtbot: QtBot) -> None:
    palette.list.setCurrentRow(0)
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.list.currentRow() == 1
    qtbot.keyClick(palette.field, Qt.Key.Key_Up)
    qtbot.keyClick(palette.field, Qt.Key.Key_Up)
    assert palette.list.currentRow() == 0
    qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()


def test_models_are_offered_too(palette: CommandPalette, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: any("Use this model" in line for line in lines(palette)))
