"""What the window says of the model in use while another one fails, and after the engine came back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.engine import LoadOptions, Running
from lmstudio_lite.domain.models import EngineState, ModelPhase, TakenMemory, Tuning
from lmstudio_lite.errors import ModelLoadError
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.model_pill import ModelPill
from tests.library.gguf_files import make_gguf
from tests.ui.scripted_engine import ScriptedEngine


def dot_colour(pill: ModelPill) -> str:
    """Return the colour that the pill's dot is drawn in."""
    image = pill.grab().toImage()
    ratio = image.devicePixelRatio()
    return QColor(image.pixelColor(round(16 * ratio), image.height() // 2)).name().upper()


def load_starter(window: MainWindow, qtbot: QtBot) -> None:
    window.control.load()
    qtbot.waitUntil(lambda: window.control.state.phase is ModelPhase.READY and not window.control.is_checking)


def test_a_file_that_cant_be_added_leaves_the_model_in_use_as_it_is(
    window: MainWindow, services: Services, qtbot: QtBot, tmp_path: Path
) -> None:
    load_starter(window, qtbot)
    words = window.top_bar.pill.words
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(make_gguf()[:-1000])
    window.control.add(cut)
    notice = window.model_notice.notice
    qtbot.waitUntil(notice.isVisible)
    assert "is cut off after" in notice.text
    assert window.top_bar.pill.words == words
    assert dot_colour(window.top_bar.pill) == window.top_bar._theme.tokens.accent
    assert services.settings.value.model.files == ()


def test_a_model_that_does_not_load_gives_way_to_the_one_before(
    window: MainWindow, engine: ScriptedEngine, services: Services, qtbot: QtBot, tmp_path: Path
) -> None:
    load_starter(window, qtbot)
    starter = window.control.path
    odd = tmp_path / "odd-1B.gguf"
    odd.write_bytes(make_gguf())

    def refuse(path: Path, options: LoadOptions, running: Running = Running.CANCEL) -> None:
        if path == odd:
            engine.set_state(EngineState(ModelPhase.LOADING, path))
            engine.set_failed(ModelLoadError, path=str(path), reason="unknown_architecture")
        else:
            engine.set_ready(path)

    engine.load_model = refuse  # type: ignore[method-assign]
    window.control.add(odd)
    notice = window.model_notice.notice
    qtbot.waitUntil(lambda: window.control.error is not None)
    qtbot.waitUntil(lambda: engine.state.phase is ModelPhase.READY and engine.state.path == starter)
    qtbot.waitUntil(lambda: window.control.path == starter and window.control.state.path == starter)
    assert notice.isVisible()
    assert "odd-1B.gguf" in notice.text
    assert dot_colour(window.top_bar.pill) == window.top_bar._theme.tokens.accent
    qtbot.waitUntil(lambda: services.settings.value.model.path == "")


def test_only_the_added_file_is_listed(
    window: MainWindow, services: Services, qtbot: QtBot, tmp_path: Path
) -> None:
    for name in ("added-1B.gguf", "beside-2B.gguf"):
        (tmp_path / name).write_bytes(make_gguf())
    window.control.add(tmp_path / "added-1B.gguf")
    qtbot.waitUntil(lambda: window.control.path == tmp_path / "added-1B.gguf")
    with qtbot.waitSignal(window.control.choices_listed) as listed:
        window.control.list_choices()
    assert [choice.entry.path.name for choice in listed.args[0][1:]] == ["added-1B.gguf"]


def test_a_context_that_shrank_is_said(window: MainWindow, engine: ScriptedEngine, qtbot: QtBot) -> None:
    load_starter(window, qtbot)
    ready = engine.state
    assert ready.model is not None
    larger = replace(ready, model=replace(ready.model, context_size=16_384))
    engine.set_state(larger)
    qtbot.waitUntil(lambda: window.control.state == larger)
    notice = window.model_notice.notice
    for between in (ModelPhase.RESTARTING, ModelPhase.LOADING):
        engine.set_state(larger)
        qtbot.waitUntil(lambda: window.control.state == larger)
        engine.set_state(replace(larger, phase=between, restart_reason="SIGKILL"))
        qtbot.waitUntil(lambda phase=between: window.control.state.phase is phase)  # type: ignore[misc]
        engine.set_state(ready)
        qtbot.waitUntil(notice.isVisible)
        qtbot.waitUntil(lambda: "room for 8,192 tokens now; it had 16,384" in notice.text)
        notice.clear()


def test_a_smaller_context_that_was_asked_for_is_not_said(
    window: MainWindow, engine: ScriptedEngine, services: Services, qtbot: QtBot
) -> None:
    load_starter(window, qtbot)
    ready = engine.state
    assert ready.model is not None
    services.settings.update("model", context_size=4_096)
    smaller = replace(ready, model=replace(ready.model, context_size=4_096))
    engine.set_state(replace(ready, phase=ModelPhase.LOADING))
    qtbot.waitUntil(lambda: window.control.state.phase is ModelPhase.LOADING)
    engine.set_state(smaller)
    qtbot.waitUntil(lambda: window.control.state == smaller)
    assert not window.model_notice.notice.isVisible()


def test_the_model_in_use_is_described_by_its_file(window: MainWindow, qtbot: QtBot) -> None:
    load_starter(window, qtbot)
    assert window.top_bar.pill.toolTip().startswith("SmolLM2 135M Instruct · 135M · Q4_1\n")


def test_a_model_that_is_too_large_is_loaded_anyway_when_that_is_wanted(
    window: MainWindow,
    engine: ScriptedEngine,
    services: Services,
    qtbot: QtBot,
    starter_model: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lmstudio_lite.app.session.available_memory_bytes", lambda: 50_000_000)
    window.control.choose(starter_model)
    notice = window.model_notice.notice
    qtbot.waitUntil(notice.isVisible, timeout=20_000)
    assert "50 MB are free" in notice.text
    assert "it may be very slow" in notice.text
    assert engine.loads == []
    qtbot.mouseClick(notice.second_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(engine.loads) == 1, timeout=20_000)
    assert engine.loads[0][0] == starter_model
    qtbot.waitUntil(lambda: services.settings.value.model.path == str(starter_model))


def test_less_context_than_was_wanted_is_said_once(
    window: MainWindow, engine: ScriptedEngine, qtbot: QtBot, starter_model: Path
) -> None:
    engine.set_ready(starter_model)
    assert engine.state.model is not None
    model = replace(engine.state.model, context_size=2048, context_size_asked=8192)
    engine.set_state(replace(engine.state, model=model))
    notice = window.model_notice.notice
    qtbot.waitUntil(notice.isVisible)
    assert "room for 2,048 tokens; 8,192 were wanted" in notice.text
    notice.clear()
    engine.set_state(replace(engine.state, num_cells_used=99))
    qtbot.waitUntil(lambda: window.control.state.num_cells_used == 99)
    assert not notice.isVisible()


def test_what_was_promised_and_taken_stands_in_how_it_runs(
    window: MainWindow, engine: ScriptedEngine, services: Services, qtbot: QtBot, starter_model: Path
) -> None:
    engine.set_ready(starter_model)
    assert engine.state.model is not None
    tuning = Tuning(flash_attention=True, num_threads=2, num_threads_batch=2, micro_batch_size=512)
    taken = TakenMemory(96_000_000, 90_000_000, 100_000_000)
    model = replace(engine.state.model, tuning=tuning, taken=taken, num_sequence_ids=24)
    engine.set_state(replace(engine.state, model=model))
    services.fit_records.on_state(engine.state)
    qtbot.waitUntil(lambda: services.fit_records.load_of(model) is not None, timeout=20_000)
    qtbot.waitUntil(lambda: window.control.state.model == model)
    window.show_model_details()
    dialog = window.models.window
    assert dialog is not None

    def lines() -> list[str]:
        return [label.text() for label in dialog.findChildren(QLabel) if "promised" in label.text()]

    qtbot.waitUntil(lambda: bool(lines()), timeout=20_000)
    assert "took 286 MB" in lines()[0]
    dialog.close()
