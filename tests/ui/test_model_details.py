"""How the model runs: what is shown, decided and reset; and the question before a model is changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.engine import Running
from lmstudio_lite.domain.models import ModelPhase, Rung, Tuning
from lmstudio_lite.ui.main_window import MainWindow
from tests.ui.scripted_engine import ScriptedEngine

TUNING = Tuning(flash_attention=False, num_threads=2, num_threads_batch=2, micro_batch_size=256)


def make_ready(window: MainWindow, engine: ScriptedEngine, qtbot: QtBot, path: Path) -> None:
    engine.set_ready(path)
    assert engine.state.model is not None
    model = replace(engine.state.model, tuning=TUNING, is_tuned=True)
    engine.set_state(replace(engine.state, model=model))
    qtbot.waitUntil(lambda: window.control.state.model == model)


def test_what_it_runs_with_is_shown_and_a_rung_is_reset(
    window: MainWindow, engine: ScriptedEngine, services: Services, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "m.gguf"
    make_ready(window, engine, qtbot, path)
    engine.set_state(replace(engine.state, rung=Rung.NO_EXTRA_BUFFERS, rung_helps=True))
    services.load_profiles.on_state(engine.state)
    qtbot.waitUntil(lambda: window.control.state.rung is Rung.NO_EXTRA_BUFFERS)
    window.show_picker()
    qtbot.mouseClick(window.picker.details_button, Qt.MouseButton.LeftButton)
    dialog = window.model_details
    assert dialog is not None
    assert dialog.threads_box.text() == "Automatic"
    assert "flash attention off, 2 threads" in dialog.tuning_label.text()
    assert "measured on this computer" in dialog.tuning_label.text()
    assert "without the fastest kernels" in dialog.rung_label.text()
    assert services.load_profiles.rung_of(path) is Rung.NO_EXTRA_BUFFERS
    qtbot.mouseClick(dialog.normal_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(engine.loads) == 1)
    assert engine.loads[0][1].rung is Rung.NORMAL
    assert services.load_profiles.rung_of(path) is Rung.NORMAL
    qtbot.waitUntil(lambda: not dialog.normal_button.isVisible())
    qtbot.mouseClick(dialog.measure_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(engine.loads) == 2)
    dialog.reject()


def test_what_is_decided_by_hand_is_saved_and_used(
    window: MainWindow, engine: ScriptedEngine, services: Services, qtbot: QtBot, starter_model: Path
) -> None:
    make_ready(window, engine, qtbot, starter_model)
    window.show_model_details()
    dialog = window.model_details
    assert dialog is not None
    dialog.flash_box.setCurrentIndex(dialog.flash_box.findData("on"))
    dialog.cache_box.setCurrentIndex(dialog.cache_box.findData("q8_0"))
    dialog.threads_box.setValue(3)
    dialog.unload_box.setCurrentIndex(dialog.unload_box.findData(5))
    dialog.buttons.accepted.emit()
    qtbot.waitUntil(lambda: len(engine.loads) == 1)
    options = engine.loads[0][1]
    assert options.flash_attention is True
    assert options.num_threads == 3
    assert options.unload_after_s == 300
    assert services.settings.value.engine.kv_type == "q8_0"


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
