"""A walk through the screens that work brings: a translation, and what went wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lmstudio_lite.errors import DecodeError
from lmstudio_lite.paths import Paths
from lmstudio_lite.services import Services
from lmstudio_lite.ui.bugs import BugReporter
from lmstudio_lite.ui.main_window import MainWindow
from tests.ui.gestures import click, press
from tests.ui.translate.conftest import ScriptedTranslator
from tests.ui.walker import Walker

GERMAN = "Der Hund sieht die Katze. Das Wetter ist heute sehr warm. Wir gehen in den Park."
STORY = "A fox ran over a field. It met a dog. They talked about the weather.\n\n"


@pytest.fixture
def walker(walking_window: MainWindow, qtbot: QtBot) -> Walker:
    return Walker(walking_window, qtbot)


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_a_translation(
    walker: Walker, services: Services, monkeypatch: pytest.MonkeyPatch, paths: Paths
) -> None:
    translator = ScriptedTranslator()
    monkeypatch.setattr("lmstudio_lite.ui.translate.work.translate", translator)
    walker.tab(2)
    tab = walker.window.tabs.translate
    click(tab.view.live_check)
    tab.view.source_pane.editor.insertPlainText(GERMAN)
    click(tab.view.translate_button)
    translator.let_translate(1)
    walker.qtbot.waitUntil(lambda: tab.view.progress_bar.value() == 1)
    walker.look("a translation on its way")
    click(tab.view.stop_button)
    walker.qtbot.waitUntil(lambda: not tab.is_working)
    walker.look("a translation that was stopped")
    walker.boxes(tab, "a translation")
    translator.let_translate()
    click(tab.view.translate_button)
    walker.qtbot.waitUntil(lambda: not tab.is_working and tab.view.copy_button.isVisible())
    walker.look("a translation")
    translator.error = DecodeError(status=-3)
    tab.view.source_pane.editor.insertPlainText("Mehr. ")
    click(tab.view.translate_button)
    walker.qtbot.waitUntil(tab.view.notice.isVisible)
    walker.look("a translation that failed")
    walker.check()


def test_the_dialog_of_a_bug(walker: Walker) -> None:
    reporter = BugReporter()
    reporter.window = walker.window
    for _ in range(2):
        reporter.show_bug(ValueError("something nobody expected"))
        dialog = reporter.dialog
        assert dialog is not None
        walker.look("a bug", dialog)
        details = next(button for button in dialog.buttons() if "Show Details" in button.text())
        click(details)
        walker.look("a bug, with details", dialog)
        press(dialog, Qt.Key.Key_Escape)
        walker.qtbot.waitUntil(lambda: reporter.dialog is None)
    reporter.close()
    walker.check()
