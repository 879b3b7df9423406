"""A walk through the screens by real clicks, twice each way: nothing is cut, nothing goes wrong."""

from __future__ import annotations

import logging

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDialog, QMenu
from pytestqt.qtbot import QtBot

from lmstudio_lite.errors import ModelLoadError
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.models.library_page import LibraryPage
from lmstudio_lite.ui.models.page import Page
from tests.ui.gestures import click, press, type_text
from tests.ui.scripted_engine import ScriptedEngine
from tests.ui.walker import Walker

CTRL = Qt.KeyboardModifier.ControlModifier


class WindowWalker(Walker):
    """Knows the screens that are there without any work."""

    def conversation(self) -> None:
        view = self.window.history.view
        self.qtbot.waitUntil(lambda: view.model().rowCount() == 1)
        click(view.viewport(), view.visualRect(view.model().index(0, 0)).center())
        self.qtbot.waitUntil(lambda: len(self.window.chat.thread_view.widgets) == 2)
        self.look("conversation")
        widget = self.window.chat.thread_view.widgets[0]
        click(widget.tools.edit_button)
        self.look("editing a question")
        click(self.window.chat.composer.cancel_edit_button)
        click(self.window.history.new_button)
        self.qtbot.waitUntil(self.window.chat.empty_state.isVisible)
        self.look("empty chat")

    def picker(self) -> None:
        with self.qtbot.waitSignal(self.window.control.choices_listed):
            click(self.window.top_bar.pill)
        assert self.window.picker.isVisible()
        self.look("picker", self.window.picker)
        self.window.picker.hide()

    def details(self) -> None:
        with self.qtbot.waitSignal(self.window.control.choices_listed):
            click(self.window.top_bar.pill)
        click(self.window.picker.details_button)
        models = self.window.models.window
        assert models is not None
        page = models.pages[Page.LIBRARY]
        assert isinstance(page, LibraryPage)
        panel = page.details.settings.fit_panel
        self.qtbot.waitUntil(lambda: page.is_complete and page.details.isVisible())
        self.qtbot.waitUntil(lambda: panel.fit is not None)
        self.look("how it runs", models)
        press(models, Qt.Key.Key_Escape)

    def menu_entry(self, words: str) -> None:
        """Choose a menu's entry and leave its dialog by Esc."""
        menu = self.window.top_bar.menu_button.menu()
        assert isinstance(menu, QMenu)

        def choose() -> None:
            assert menu.isVisible()
            action = next(action for action in menu.actions() if action.text() == words)
            click(menu, menu.actionGeometry(action).center())

        QTimer.singleShot(0, menu, choose)
        click(self.window.top_bar.menu_button)
        (dialog,) = [each for each in self.window.findChildren(QDialog) if each.isVisible()]
        self.look(words, dialog)
        self.boxes(dialog, words)
        press(dialog, Qt.Key.Key_Escape)
        assert not dialog.isVisible()

    def search(self) -> None:
        press(self.window, Qt.Key.Key_L, CTRL)
        type_text(self.window.history.search, "no such thing")
        self.qtbot.waitUntil(lambda: not self.window.history.view.isVisible())
        self.look("nothing found")
        press(self.window.history.search, Qt.Key.Key_Escape)
        self.qtbot.waitUntil(self.window.history.view.isVisible)

    def failure(self, engine: ScriptedEngine) -> None:
        ready = engine.state
        engine.set_failed(ModelLoadError, path="/models/x.gguf", reason="unknown_architecture")
        self.qtbot.waitUntil(self.window.model_notice.notice.isVisible)
        self.look("a model that does not load")
        engine.set_state(ready)
        self.qtbot.waitUntil(lambda: not self.window.model_notice.isVisible())


@pytest.fixture
def walker(walking_window: MainWindow, qtbot: QtBot) -> WindowWalker:
    return WindowWalker(walking_window, qtbot)


def test_twice_through_the_window(
    walker: WindowWalker, bridge: Bridge, engine: ScriptedEngine, caplog: pytest.LogCaptureFixture
) -> None:
    bugs: list[Exception] = []
    bridge.bug_found.connect(bugs.append)
    for _ in range(2):
        walker.look("empty chat")
        walker.conversation()
        walker.search()
        walker.menu(walker.window.top_bar.menu_button, "main menu")
        walker.picker()
        walker.details()
        for words in ("Settings…", "Keyboard shortcuts", "About LM Studio Lite"):
            walker.menu_entry(words)
        walker.failure(engine)
        for number, place in ((1, "summarize"), (2, "translate"), (0, "chat")):
            walker.tab(number)
            walker.look(place)
            walker.boxes(walker.window, place)
    assert walker.cuts == [], "\n".join(walker.cuts)
    assert bugs == []
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
