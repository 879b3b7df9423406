"""One training as it really is: the starter model, a few steps, the adapter in the chat."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.training import Phase
from lmstudio_lite.finetune.protocol import Export, ExportKind, Method
from lmstudio_lite.paths import portable_paths
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.finetune.data_step import DataStep
from lmstudio_lite.ui.finetune.model_step import ModelStep
from lmstudio_lite.ui.finetune.result_step import ResultStep
from lmstudio_lite.ui.finetune.train_step import TrainStep
from lmstudio_lite.ui.finetune.window import FinetuneWindow, Step
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.workers.spawn import TRAINING_WORKER
from tests.finetune.data.reading import chat_line

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs the extra `finetune`"),
    pytest.mark.timeout(900),
]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def real_services(tmp_path: Path) -> Iterator[Services]:
    with Services.open(portable_paths(tmp_path / "data"), isolation="process") as services:
        services.settings.update("engine", measures=False)
        yield services


@pytest.fixture
def window(
    real_services: Services,
    qapp: QApplication,
    theme: Theme,
    qtbot: QtBot,
    tmp_path: Path,
    starter_model: Path,
) -> Iterator[FinetuneWindow]:
    """The Fine-tune window with the starter model and twelve examples chosen."""
    bridge = Bridge(real_services.jobs, real_services.engine)
    main_window = MainWindow(real_services, bridge, theme)
    qtbot.addWidget(main_window)
    main_window.show()
    main_window.show_finetune()
    window = main_window.finetuning.window
    assert window is not None
    model = cast("ModelStep", window.pages[Step.MODEL])
    qtbot.waitUntil(lambda: bool(model.rows), timeout=10_000)
    qtbot.mouseClick(model.rows[0], LEFT)
    assert window.draft.base is not None
    assert window.draft.base.path == starter_model
    data = tmp_path / "parrot.jsonl"
    words = ("sea", "ship", "gold", "rum", "wind", "storm", "crew", "map", "moon", "rope", "flag", "island")
    lines = [
        chat_line(f"Tell me about the {word}.", f"Squawk! The {word}, the {word}! Squawk!") for word in words
    ]
    data.write_text("\n".join(lines), "utf-8")
    qtbot.mouseClick(window.rail.buttons[Step.DATA], LEFT)
    cast("DataStep", window.pages[Step.DATA]).add_paths([data])
    qtbot.waitUntil(lambda: window.draft.can_train, timeout=30_000)
    yield window
    window.close()
    bridge.close()


@pytest.mark.soak
@pytest.mark.parametrize(
    "changes",
    [
        {"max_steps": 14, "rank": 8},
        {"max_steps": 120, "rank": 8},
        {"max_steps": 30, "method": Method.DORA},
        {"max_steps": 14, "method": Method.LORA},
        {"max_steps": 20, "method": Method.FULL},
    ],
    ids=["short", "long", "dora", "merged", "full"],
)
def test_what_is_foretold_comes_true(
    window: FinetuneWindow, qtbot: QtBot, changes: dict[str, object]
) -> None:
    """Of a first run here, on a machine that does nothing else."""
    kind = ExportKind.MERGED if "method" in changes else ExportKind.ADAPTER
    window.draft.set_settings(batch_size=4, exports=(Export(kind, "F16"),), **changes)
    times, estimate = window.draft.times(), window.draft.estimate()
    assert times is not None
    assert estimate is not None
    took_s, peak_bytes = train(window, qtbot)
    low_s, high_s = times.range_s
    sys.stdout.write(
        f"\n{low_s:.0f} to {high_s:.0f} s foretold, {took_s:.0f} s taken; "
        f"{estimate.total_bytes / 1e6:.0f} MB foretold, {peak_bytes / 1e6:.0f} MB taken\n"
    )
    assert low_s <= took_s <= high_s
    assert 0.8 <= peak_bytes / estimate.total_bytes <= 1.1


def train(window: FinetuneWindow, qtbot: QtBot) -> tuple[float, int]:
    """Train to the end; return the seconds from the click, and the most bytes that the process took."""
    peak_bytes = 0

    def is_over() -> bool:
        nonlocal peak_bytes
        for child in psutil.Process().children():
            with contextlib.suppress(psutil.NoSuchProcess):
                if TRAINING_WORKER in child.cmdline():
                    peak_bytes = max(peak_bytes, child.memory_info().rss)
        return window.runs.record is not None and not window.runs.is_active

    qtbot.mouseClick(window.rail.buttons[Step.TRAIN], LEFT)
    started = time.monotonic()
    qtbot.mouseClick(cast("TrainStep", window.pages[Step.TRAIN]).start_button, LEFT)
    qtbot.waitUntil(is_over, timeout=600_000)
    record = window.runs.record
    assert record is not None
    assert record.phase is Phase.DONE, record.failure
    return time.monotonic() - started, peak_bytes


@pytest.mark.soak
def test_from_examples_to_an_answer(window: FinetuneWindow, qtbot: QtBot) -> None:
    window.draft.set_settings(
        max_steps=14, batch_size=4, learning_rate=2e-3, rank=8, exports=(Export(ExportKind.ADAPTER, "F16"),)
    )
    train(window, qtbot)
    record = window.runs.record
    assert record is not None
    assert record.gate is not None
    assert record.gate.data_after < record.gate.data_before
    qtbot.mouseClick(window.rail.buttons[Step.RESULT], LEFT)
    result = cast("ResultStep", window.pages[Step.RESULT])
    assert result.verdict.isVisible()
    qtbot.keyClicks(result.trial.question_edit, "Tell me about the harbour.")
    qtbot.mouseClick(result.trial.ask_button, LEFT)
    qtbot.waitUntil(lambda: "Squawk" in result.trial.tuned_answer.text(), timeout=120_000)
    assert "Squawk" not in result.trial.base_answer.text()
