"""The Fine-tune window over real services and data; the training is scripted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.app.train import Finetuning
from lmstudio_lite.finetune.protocol import Event, Export
from lmstudio_lite.finetune.run_folder import RunFolder
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.finetune.window import FinetuneWindow
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.theme import Theme
from tests.support.scripted_training import ScriptedTraining


@pytest.fixture
def trainings() -> list[ScriptedTraining]:
    """All trainings that were started, in order."""
    return []


@pytest.fixture(autouse=True)
def components_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lmstudio_lite.app.training_tools.PACKAGES", ())


@pytest.fixture
def main_window(
    services: Services, bridge: Bridge, theme: Theme, qtbot: QtBot, trainings: list[ScriptedTraining]
) -> MainWindow:
    def start(
        folder: RunFolder, on_event: Callable[[Event], None], export: Export | None
    ) -> ScriptedTraining:
        trainings.append(ScriptedTraining(folder, on_event, export))
        return trainings[-1]

    services.finetuning = Finetuning(services.paths.finetunes, start)
    window = MainWindow(services, bridge, theme)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    return window


@pytest.fixture
def window(main_window: MainWindow, starter_model: Path, qtbot: QtBot) -> FinetuneWindow:
    """The window with the starter model chosen."""
    main_window.show_finetune()
    opened = main_window.finetuning.window
    assert opened is not None
    qtbot.waitExposed(opened)
    return opened
