"""One training as it really is: the starter model, a few steps, the adapter in the chat."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.app.train import Phase
from lmstudio_lite.finetune.protocol import Export, ExportKind
from lmstudio_lite.paths import portable_paths
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.finetune.data_step import DataStep
from lmstudio_lite.ui.finetune.model_step import ModelStep
from lmstudio_lite.ui.finetune.result_step import ResultStep
from lmstudio_lite.ui.finetune.train_step import TrainStep
from lmstudio_lite.ui.finetune.window import Step
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.theme import Theme
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


def test_from_examples_to_an_answer(
    real_services: Services,
    qapp: QApplication,
    theme: Theme,
    qtbot: QtBot,
    tmp_path: Path,
    starter_model: Path,
) -> None:
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
    window.draft.set_settings(
        max_steps=14, batch_size=4, learning_rate=2e-3, rank=8, exports=(Export(ExportKind.ADAPTER, "F16"),)
    )
    qtbot.mouseClick(window.rail.buttons[Step.TRAIN], LEFT)
    train = cast("TrainStep", window.pages[Step.TRAIN])
    qtbot.mouseClick(train.start_button, LEFT)
    qtbot.waitUntil(lambda: window.runs.record is not None and not window.runs.is_active, timeout=600_000)
    record = window.runs.record
    assert record is not None
    assert record.phase is Phase.DONE, record.failure
    assert record.gate is not None
    assert record.gate.data_after < record.gate.data_before
    qtbot.mouseClick(window.rail.buttons[Step.RESULT], LEFT)
    result = cast("ResultStep", window.pages[Step.RESULT])
    assert result.verdict.isVisible()
    qtbot.keyClicks(result.trial.question_edit, "Tell me about the harbour.")
    qtbot.mouseClick(result.trial.ask_button, LEFT)
    qtbot.waitUntil(lambda: "Squawk" in result.trial.tuned_answer.text(), timeout=120_000)
    assert "Squawk" not in result.trial.base_answer.text()
    window.close()
    bridge.close()
