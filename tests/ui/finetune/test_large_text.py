"""At twice the size of text no step cuts its words, nor hides some beyond its edge."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QScrollArea
from pytestqt.qtbot import QtBot

from lmstudio_lite.ui.finetune.data_step import DataStep
from lmstudio_lite.ui.finetune.settings_step import SettingsStep
from lmstudio_lite.ui.finetune.window import FinetuneWindow, Step
from lmstudio_lite.ui.theme import Theme
from tests.finetune.data.reading import chat_line
from tests.ui.walking import cut_texts

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    theme = Theme(qapp)
    theme.apply("light", text_scale=2.0)
    yield theme
    theme.apply("light")


def wide_contents(window: FinetuneWindow) -> list[str]:
    """Return the visible areas that show only a part of their width."""
    return [
        area.accessibleName() or type(area.parent()).__name__
        for area in window.findChildren(QScrollArea)
        if area.isVisible() and area.horizontalScrollBar().maximum() > 0
    ]


def test_the_steps_show_their_words_whole(window: FinetuneWindow, tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "answers.jsonl"
    lines = [chat_line(f"Question {n}", f"Answer number {n}") for n in range(20)]
    path.write_text("\n".join([*lines, "{broken"]), "utf-8")
    qtbot.mouseClick(window.rail.buttons[Step.DATA], LEFT)
    data = cast("DataStep", window.pages[Step.DATA])
    data.add_paths([path])
    draft = window.draft.data
    qtbot.waitUntil(lambda: draft.collection is not None and not draft.is_working, timeout=20_000)
    for step in (Step.MODEL, Step.DATA, Step.SETTINGS, Step.TRAIN):
        qtbot.mouseClick(window.rail.buttons[step], LEFT)
        for tab in range(data.tabs.count() if step is Step.DATA else 1):
            if step is Step.DATA:
                data.tabs.setCurrentIndex(tab)
            qtbot.waitUntil(lambda: not cut_texts(window), timeout=5_000)
        if step is Step.SETTINGS:
            assert wide_contents(window) == []


def test_the_hint_of_the_prompts_is_whole(window: FinetuneWindow, qtbot: QtBot) -> None:
    window.resize(window.minimumSize())
    window.draft.begin_from_nothing()
    qtbot.mouseClick(window.rail.buttons[Step.SETTINGS], LEFT)
    prompts = cast("SettingsStep", window.pages[Step.SETTINGS]).prompts_edit
    (area,) = (area for area in window.findChildren(QScrollArea) if area.isAncestorOf(prompts))
    area.ensureWidgetVisible(prompts)
    assert not prompts.visibleRegion().isEmpty()
    qtbot.waitUntil(lambda: not cut_texts(prompts), timeout=5_000)
