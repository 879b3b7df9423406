"""The Fine-tune window in a language that nobody speaks: every text is in brackets, or was forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lmstudio_lite.ui.finetune.data_step import DataStep
from lmstudio_lite.ui.finetune.model_step import ModelStep
from lmstudio_lite.ui.finetune.window import FinetuneWindow, Step
from tests.finetune.data.reading import chat_line
from tests.ui.shown_texts import forgotten


@pytest.mark.usefixtures("pseudo_language")
def test_every_step(window: FinetuneWindow, tmp_path: Path, qtbot: QtBot) -> None:
    examples = tmp_path / "answers.jsonl"
    lines = [chat_line(f"Question {number}", f"Answer {number}") for number in range(60)]
    examples.write_text("\n".join([*lines, "{broken", lines[7], lines[8] + ","]), "utf-8")
    model = cast("ModelStep", window.pages[Step.MODEL])
    qtbot.waitUntil(lambda: bool(model.rows))
    qtbot.mouseClick(model.rows[0], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(window.rail.buttons[Step.DATA], Qt.MouseButton.LeftButton)
    cast("DataStep", window.pages[Step.DATA]).add_paths([examples])
    data = window.draft.data
    qtbot.waitUntil(lambda: data.collection is not None and not data.is_working, timeout=20_000)
    for step in Step:
        qtbot.mouseClick(window.rail.buttons[step], Qt.MouseButton.LeftButton)
    assert not forgotten(window, "answers.jsonl")
