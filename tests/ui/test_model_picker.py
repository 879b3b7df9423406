"""The popup of the models: what it lists, every time it is opened, at every size of text."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.errors import ModelLoadError
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.theme import Theme
from tests.library.gguf_files import make_gguf
from tests.ui.gestures import click
from tests.ui.scripted_engine import ScriptedEngine


@pytest.fixture
def two_models(services: Services) -> list[Path]:
    services.paths.models.mkdir(parents=True, exist_ok=True)
    paths = [services.paths.models / name for name in ("Small-1B-it.gguf", "Other-2B-it.gguf")]
    for path in paths:
        path.write_bytes(make_gguf())
    return paths


def is_in_sight(widget: QWidget, popup: QWidget) -> bool:
    """Tell whether all of ``widget`` is drawn: nothing around it cuts anything off."""
    place = QRect(widget.mapTo(popup, QPoint(0, 0)), widget.size())
    is_whole = widget.visibleRegion().boundingRect() == widget.rect()
    return widget.isVisible() and is_whole and popup.rect().contains(place)


def assert_lists_three(window: MainWindow, opener: QWidget, qtbot: QtBot) -> None:
    picker = window.picker
    with qtbot.waitSignal(window.control.choices_listed):
        click(opener)
    assert len(picker.rows) == 3
    qtbot.waitUntil(lambda: all(is_in_sight(row, picker) for row in picker.rows))


def test_it_lists_the_models_each_time_it_is_opened(
    window: MainWindow, engine: ScriptedEngine, two_models: list[Path], qtbot: QtBot
) -> None:
    for _ in range(3):
        assert_lists_three(window, window.top_bar.pill, qtbot)
        window.picker.hide()
    engine.set_failed(ModelLoadError, path="/models/x.gguf", reason="unknown architecture")
    notice = window.model_notice.notice
    qtbot.waitUntil(notice.isVisible)
    for _ in range(2):
        assert_lists_three(window, notice.button, qtbot)
        window.picker.hide()


def test_a_model_is_chosen_on_the_second_opening(
    window: MainWindow, engine: ScriptedEngine, two_models: list[Path], qtbot: QtBot
) -> None:
    assert_lists_three(window, window.top_bar.pill, qtbot)
    window.picker.hide()
    assert_lists_three(window, window.top_bar.pill, qtbot)
    click(window.picker.rows[1])
    qtbot.waitUntil(lambda: [path for path, _ in engine.loads] == [two_models[1]])
    assert not window.picker.isVisible()


@pytest.mark.parametrize("text_scale", [1.0, 2.0])
def test_its_buttons_show_all_their_words(
    window: MainWindow, theme: Theme, two_models: list[Path], text_scale: float, qtbot: QtBot
) -> None:
    theme.apply("light", text_scale=text_scale)
    try:
        assert_lists_three(window, window.top_bar.pill, qtbot)
        for button in window.picker.findChildren(QPushButton):
            words = button.fontMetrics().horizontalAdvance(button.text())
            assert words <= button.width(), button.text()
            assert is_in_sight(button, window.picker), button.text()
        window.picker.hide()
    finally:
        theme.apply("light")
