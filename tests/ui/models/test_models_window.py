"""The Models window: how it is opened, what it remembers, and that closing it stops nothing."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.models.library_page import LibraryPage
from lmstudio_lite.ui.models.page import Page
from lmstudio_lite.ui.models.window import ModelsWindow


def opened(window: MainWindow, qtbot: QtBot) -> ModelsWindow:
    models = window.models.window
    assert models is not None
    qtbot.waitExposed(models)
    return models


def test_the_keys_open_it_and_escape_closes_it(window: MainWindow, qtbot: QtBot) -> None:
    window.activateWindow()
    qtbot.keyClick(
        window, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    models = opened(window, qtbot)
    assert models.page is Page.LIBRARY
    assert models.focusWidget() is models.rail.buttons[Page.LIBRARY]
    qtbot.keyClick(models, Qt.Key.Key_Escape)
    assert not models.isVisible()


def test_the_keys_follow_a_click_on_another_page(window: MainWindow, qtbot: QtBot) -> None:
    window.models.show_window()
    models = opened(window, qtbot)
    models.activateWindow()
    for page in (Page.CONNECTIONS, Page.OFFERS):
        qtbot.mouseClick(models.rail.buttons[page], Qt.MouseButton.LeftButton)
        assert models.page is page
        assert models.focusWidget() is models.rail.buttons[page]


def test_the_picker_leads_to_it(window: MainWindow, qtbot: QtBot) -> None:
    window.show_picker()
    qtbot.mouseClick(window.picker.all_button, Qt.MouseButton.LeftButton)
    assert opened(window, qtbot).isVisible()
    assert not window.picker.isVisible()


def test_it_remembers_its_size_and_page(window: MainWindow, services: Services, qtbot: QtBot) -> None:
    window.models.show_window()
    models = opened(window, qtbot)
    models.resize(1010, 700)
    models.close()
    remembered = services.settings.value.window
    assert (remembered.models_width, remembered.models_height) == (1010, 700)
    assert remembered.models_page == "library"


def test_it_closes_with_the_main_window(window: MainWindow, qtbot: QtBot) -> None:
    window.models.show_window()
    models = opened(window, qtbot)
    window.close()
    assert not models.isVisible()


def test_the_starter_stands_in_the_library(window: MainWindow, qtbot: QtBot) -> None:
    window.models.show_window()
    page = opened(window, qtbot).pages[Page.LIBRARY]
    assert isinstance(page, LibraryPage)
    qtbot.waitUntil(lambda: page.cards.rowCount() == 1)
    assert page.cards.cards[0].entry.is_starter
