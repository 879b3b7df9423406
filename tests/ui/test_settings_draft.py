"""A system prompt that is being typed is on the disk at once, and is there again after a kill."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from lmstudio_lite.paths import Paths
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.drafts import Drafts
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.settings_dialog import PROMPT_DRAFT, SettingsDialog
from lmstudio_lite.ui.theme import Theme
from tests.ui.gestures import click
from tests.ui.next_start import next_start
from tests.ui.scripted_engine import ScriptedEngine


@pytest.fixture
def on_disk(paths: Paths) -> Iterator[Drafts]:
    database = Database.open(paths.database)
    yield Drafts(database)
    database.close()


def typed_in(window: MainWindow, drafts: Drafts, text: str, qtbot: QtBot) -> SettingsDialog:
    window.show_settings()
    dialog = window.settings_dialog
    assert dialog is not None
    dialog.prompt_edit.insertPlainText(text)

    def is_kept() -> bool:
        found = drafts.get(PROMPT_DRAFT)
        return found is not None and found.text == text

    qtbot.waitUntil(is_kept, timeout=1000)
    return dialog


def test_a_prompt_that_was_typed_comes_back_unsaved(
    window: MainWindow, on_disk: Drafts, paths: Paths, theme: Theme, qtbot: QtBot
) -> None:
    typed_in(window, on_disk, "Answer in rhymes.", qtbot)
    with next_start(paths, ScriptedEngine()) as (services, bridge):
        again = MainWindow(services, bridge, theme)
        qtbot.addWidget(again)
        again.show_settings()
        dialog = again.settings_dialog
        assert dialog is not None
        qtbot.waitUntil(lambda: dialog.prompt_edit.toPlainText() == "Answer in rhymes.")
        assert "not saved yet" in dialog.notice.text
        assert services.settings.value.chat.system_prompt == ""
        with qtbot.waitSignal(dialog.accepted):
            click(dialog.buttons.button(QDialogButtonBox.StandardButton.Save))
        assert services.settings.value.chat.system_prompt == "Answer in rhymes."
        qtbot.waitUntil(lambda: on_disk.get(PROMPT_DRAFT) is None)


def test_a_prompt_that_is_given_up_is_forgotten(window: MainWindow, on_disk: Drafts, qtbot: QtBot) -> None:
    dialog = typed_in(window, on_disk, "Be rude.", qtbot)
    click(dialog.buttons.button(QDialogButtonBox.StandardButton.Cancel))
    qtbot.waitUntil(lambda: on_disk.get(PROMPT_DRAFT) is None)
