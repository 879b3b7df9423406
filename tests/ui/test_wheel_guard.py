"""The wheel over every control that holds a value, on every screen."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDial,
    QDoubleSpinBox,
    QScrollArea,
    QSlider,
    QSpinBox,
    QTabBar,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from lmstudio_lite.ui.finetune.settings_step import SettingsStep
from lmstudio_lite.ui.finetune.window import Step
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.models.library_page import LibraryPage
from lmstudio_lite.ui.models.page import Page
from lmstudio_lite.ui.tab_set import CHAT, SUMMARIZE, TRANSLATE
from tests.ui.gestures import click, click_window, press, turn_wheel

CONTROLS = (QAbstractSpinBox, QComboBox, QSlider, QDial, QTabBar)


def value_of(control: QWidget) -> object:
    if isinstance(control, QSlider | QDial | QSpinBox | QDoubleSpinBox):
        return control.value()
    assert isinstance(control, QComboBox | QTabBar), type(control)
    return control.currentIndex()


def controls_of(screen: QWidget) -> list[QWidget]:
    return [
        control
        for control in screen.findChildren(QWidget)
        if isinstance(control, CONTROLS) and control.isVisibleTo(screen)
    ]


def bring_into_view(control: QWidget) -> None:
    around = control.parentWidget()
    while around is not None:
        if isinstance(around, QScrollArea):
            around.ensureWidgetVisible(control)
        around = around.parentWidget()


def check(screen: QWidget, qtbot: QtBot) -> int:
    """Turn the wheel both ways over each control; return how many there are."""
    screen.activateWindow()
    qtbot.waitUntil(screen.isActiveWindow)
    controls = controls_of(screen)
    for control in controls:
        bring_into_view(control)
        before, focus = value_of(control), QApplication.focusWidget()
        for steps in (-1, 1, 1, -1, -1):
            turn_wheel(control, steps)
            assert value_of(control) == before, f"{control} {control.accessibleName()}"
            bring_into_view(control)
        assert QApplication.focusWidget() is focus, f"{control} {control.accessibleName()}"
    return len(controls)


def test_the_wheel_changes_nothing_on_any_screen(
    window: MainWindow, qtbot: QtBot, starter_model: Path
) -> None:
    for tab in (SUMMARIZE, TRANSLATE, CHAT):
        window.top_bar.tabs.setCurrentIndex(tab)
        check(window, qtbot)
    window.show_settings()
    assert window.settings_dialog is not None
    assert check(window.settings_dialog, qtbot) > 0
    window.settings_dialog.reject()
    window.models.show_model(starter_model)
    models = window.models.window
    assert models is not None
    library = models.pages[Page.LIBRARY]
    assert isinstance(library, LibraryPage)
    qtbot.waitUntil(lambda: library.details.isVisible() and library.details.settings.isEnabled())
    assert check(models, qtbot) > 0
    models.close()
    window.show_finetune()
    finetune = window.finetuning.window
    assert finetune is not None
    for step in Step:
        finetune.show_step(step)
        page = finetune.pages[step]
        if isinstance(page, SettingsStep):
            click(page.advanced_button)
        if step in (Step.SETTINGS, Step.TRAIN):
            assert check(page, qtbot) > 0


def a_page(qtbot: QtBot) -> tuple[QScrollArea, list[QWidget]]:
    """A page that scrolls, with a control of each kind that holds a value."""
    area, page = QScrollArea(), QWidget()
    column = QVBoxLayout(page)
    number, decimal, slider, box = (
        QSpinBox(),
        QDoubleSpinBox(),
        QSlider(Qt.Orientation.Horizontal),
        QComboBox(),
    )
    box.addItems(["one", "two", "three"])
    box.setCurrentIndex(1)
    for bounded in (number, slider):
        bounded.setRange(0, 100)
        bounded.setValue(50)
    decimal.setValue(50.0)
    controls: list[QWidget] = [number, decimal, slider, box]
    for control in controls:
        column.addWidget(control)
    column.addStretch(1)
    page.setMinimumHeight(2000)
    area.setWidget(page)
    area.setWidgetResizable(True)
    area.resize(300, 200)
    qtbot.addWidget(area)
    area.show()
    area.activateWindow()
    qtbot.waitUntil(area.isActiveWindow)
    return area, controls


def leave(control: QWidget) -> None:
    QApplication.sendEvent(control, QEvent(QEvent.Type.Leave))


def enter(control: QWidget) -> None:
    place = QPointF(control.rect().center())
    QApplication.sendEvent(control, QEnterEvent(place, place, control.mapToGlobal(place)))


def test_the_page_beneath_scrolls_instead(window: MainWindow, qtbot: QtBot) -> None:
    area, controls = a_page(qtbot)
    for control in controls:
        area.verticalScrollBar().setValue(0)
        before = value_of(control)
        turn_wheel(control)
        assert value_of(control) == before
        assert area.verticalScrollBar().value() > 0


def test_a_clicked_control_takes_the_wheel_until_the_pointer_leaves(window: MainWindow, qtbot: QtBot) -> None:
    area, (number, decimal, slider, _) = a_page(qtbot)
    for control in (number, decimal, slider):
        enter(control)
        inner = control.childAt(control.rect().center()) or control
        click_window(inner)
        before = value_of(control)
        turn_wheel(inner)
        changed = value_of(control)
        assert changed != before
        assert area.verticalScrollBar().value() == 0
        leave(control)
        enter(control)
        turn_wheel(inner)
        assert value_of(control) == changed
        area.verticalScrollBar().setValue(0)


def test_the_focus_that_tab_gives_is_no_click(window: MainWindow, qtbot: QtBot) -> None:
    _area, (number, decimal, _slider, _) = a_page(qtbot)
    number.setFocus(Qt.FocusReason.OtherFocusReason)
    press(number, Qt.Key.Key_Tab)
    qtbot.waitUntil(decimal.hasFocus)
    turn_wheel(decimal)
    assert value_of(decimal) == 50.0


def test_tabs_are_not_switched_even_after_a_click(window: MainWindow, qtbot: QtBot) -> None:
    tabs = window.top_bar.tabs
    click_window(tabs, tabs.tabRect(SUMMARIZE).center())
    assert tabs.currentIndex() == SUMMARIZE
    turn_wheel(tabs)
    turn_wheel(tabs, 1)
    assert tabs.currentIndex() == SUMMARIZE
