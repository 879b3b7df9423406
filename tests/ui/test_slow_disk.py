"""Nothing that is clicked waits for the disk: here it takes as long as the test wants."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from lmstudio_lite import paths
from lmstudio_lite.app.session import Services
from lmstudio_lite.ui.main_window import MainWindow
from tests.ui.gestures import click, press


class StuckDisk:
    """Saving the settings waits until ``free``; it must never be waited for in the GUI thread."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.is_reached = threading.Event()
        self.was_in_gui_thread = False
        self._really_replace = paths.replace_file

    def replace_file(self, path: Path, content: bytes) -> None:
        if threading.current_thread() is threading.main_thread():
            self.was_in_gui_thread = True
            return
        self.is_reached.set()
        assert self.free.wait(30)
        self._really_replace(path, content)


@pytest.fixture
def disk(services: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[StuckDisk]:
    disk = StuckDisk()
    monkeypatch.setattr(paths, "replace_file", disk.replace_file)
    yield disk
    disk.free.set()


def theme_of(services: Services) -> str:
    return services.settings.value.appearance.theme


def test_saving_the_settings_waits_in_the_background(
    window: MainWindow, services: Services, disk: StuckDisk, qtbot: QtBot
) -> None:
    window.show_settings()
    dialog = window.settings_dialog
    assert dialog is not None
    dialog.prompt_edit.setPlainText("Be brief.")
    click(dialog.buttons.button(QDialogButtonBox.StandardButton.Save))
    qtbot.waitUntil(disk.is_reached.is_set)
    assert dialog.isVisible()
    assert not disk.was_in_gui_thread
    press(window, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    window.toggle_history()
    disk.free.set()
    qtbot.waitUntil(lambda: services.settings.value.chat.system_prompt == "Be brief.")
    qtbot.waitUntil(lambda: window.settings_dialog is dialog and not disk.was_in_gui_thread)


def test_choices_hold_at_once_and_are_saved_behind_the_window(
    window: MainWindow, services: Services, disk: StuckDisk, qtbot: QtBot
) -> None:
    window.appearance.choose_theme("dark")
    window.place.save()
    assert theme_of(services) == "dark"
    qtbot.waitUntil(disk.is_reached.is_set)
    window.appearance.choose_theme("light")
    assert theme_of(services) == "light"
    assert not disk.was_in_gui_thread
    disk.free.set()


def test_settings_are_saved_in_the_background(
    window: MainWindow, services: Services, disk: StuckDisk, qtbot: QtBot
) -> None:
    window.show_settings()
    dialog = window.settings_dialog
    assert dialog is not None
    dialog.unload_box.setCurrentIndex(dialog.unload_box.findData(5))
    click(dialog.buttons.button(QDialogButtonBox.StandardButton.Save))
    qtbot.waitUntil(disk.is_reached.is_set)
    assert not disk.was_in_gui_thread
    disk.free.set()
    qtbot.waitUntil(lambda: services.settings.value.engine.unload_after_minutes == 5)
