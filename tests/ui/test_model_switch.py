"""The question before a model that works is changed, and what a sleeping one says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lmstudio_lite.domain.engine import Running
from lmstudio_lite.domain.models import ModelPhase, Tuning
from lmstudio_lite.ui.main_window import MainWindow
from tests.ui.scripted_engine import ScriptedEngine

TUNING = Tuning(flash_attention=False, num_threads=2, num_threads_batch=2, micro_batch_size=256)


def make_ready(window: MainWindow, engine: ScriptedEngine, qtbot: QtBot, path: Path) -> None:
    engine.set_ready(path)
    assert engine.state.model is not None
    model = replace(engine.state.model, tuning=TUNING, is_tuned=True)
    engine.set_state(replace(engine.state, model=model))
    qtbot.waitUntil(lambda: window.control.state.model == model)


def test_changing_the_model_while_it_works_asks_first(
    window: MainWindow, engine: ScriptedEngine, qtbot: QtBot, tmp_path: Path
) -> None:
    make_ready(window, engine, qtbot, tmp_path / "m.gguf")
    engine.set_state(replace(engine.state, num_active=1))
    qtbot.waitUntil(lambda: window.control.is_busy)
    for choice, running in (("finish_button", Running.FINISH), ("stop_button", Running.CANCEL)):
        engine.runnings.clear()
        engine.set_state(replace(engine.state, phase=ModelPhase.READY, num_active=1))
        qtbot.waitUntil(lambda: window.control.is_busy)
        window.show_picker()
        qtbot.waitUntil(lambda: len(window.picker.rows) == 1)
        qtbot.mouseClick(window.picker.rows[0], Qt.MouseButton.LeftButton)
        question = window.picker.question
        assert question is not None
        assert engine.runnings == []
        qtbot.mouseClick(getattr(question, choice), Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: len(engine.runnings) == 1 and not window.control.is_checking)
        assert engine.runnings == [running]


def test_a_sleeping_model_says_so(
    window: MainWindow, engine: ScriptedEngine, qtbot: QtBot, tmp_path: Path
) -> None:
    make_ready(window, engine, qtbot, tmp_path / "m.gguf")
    engine.set_state(replace(engine.state, phase=ModelPhase.SLEEPING))
    qtbot.waitUntil(lambda: "asleep" in window.top_bar.pill.words)
    assert "sleeps" in window.status.work.text()
