"""A model born in the window, for real: watched from inside, written again, and going on with a text."""

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
from lmstudio_lite.domain.training import Phase
from lmstudio_lite.finetune.protocol import ExportKind, Method, ScratchSettings
from lmstudio_lite.finetune.sizes import SIZES, Size
from lmstudio_lite.paths import portable_paths, resources
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.finetune.data_step import DataStep
from lmstudio_lite.ui.finetune.model_step import ModelStep
from lmstudio_lite.ui.finetune.result_step import ResultStep
from lmstudio_lite.ui.finetune.settings_step import SettingsStep
from lmstudio_lite.ui.finetune.train_step import TrainStep
from lmstudio_lite.ui.finetune.window import FinetuneWindow, Step
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.theme import Theme

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
def components_are_there() -> None:
    """Override: here they are."""


def go(window: FinetuneWindow, step: Step, qtbot: QtBot) -> object:
    qtbot.mouseClick(window.rail.buttons[step], LEFT)
    return window.pages[step]


@pytest.mark.soak
def test_a_model_is_born_and_goes_on_with_a_text(
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
    draft = window.draft
    model = cast("ModelStep", window.pages[Step.MODEL])
    qtbot.waitUntil(lambda: bool(model.rows), timeout=10_000)
    qtbot.mouseClick(model.rows[0], LEFT)
    assert draft.base is not None
    qtbot.mouseClick(model.nothing_row, LEFT)
    assert draft.is_from_nothing
    assert draft.base is None
    assert window.rail.buttons[Step.MODEL].state == "From nothing"
    assert window.next_button.isEnabled()
    text = tmp_path / "book.txt"
    text.write_text((resources() / "finetune" / "general.txt").read_text("utf-8"), "utf-8")
    cast("DataStep", go(window, Step.DATA, qtbot)).add_paths([text])
    qtbot.waitUntil(lambda: draft.can_train, timeout=30_000)
    settings = cast("SettingsStep", go(window, Step.SETTINGS, qtbot))
    qtbot.mouseClick(settings.size_cards[Size.TINY], LEFT)
    assert draft.settings.scratch == SIZES[Size.TINY]
    assert window.rail.buttons[Step.SETTINGS].state == "Tiny"
    assert "weights" in settings.size_cards[Size.TINY].accessibleName()
    assert not settings.adapter_box.isVisible()
    qtbot.mouseClick(settings.advanced_button, LEFT)
    qtbot.waitUntil(settings.advanced.isVisible)
    assert not settings.advanced.rank_box.isVisible()
    settings.advanced.steps_box.setValue(30)
    draft.set_settings(scratch=ScratchSettings(400, 64, 2, 2, 1, 128), batch_size=2, max_length=64)
    train = cast("TrainStep", go(window, Step.TRAIN, qtbot))
    qtbot.mouseClick(train.start_button, LEFT)
    lesson = train.lesson
    qtbot.waitUntil(lambda: bool(lesson.tokenizer.pieces.pieces), timeout=120_000)
    assert lesson.isVisible()
    assert "different ones" in lesson.data.counts.text()
    qtbot.keyClicks(lesson.tokenizer.sentence_edit, "the other thing")
    qtbot.waitUntil(lambda: "".join(lesson.tokenizer.pieces.pieces) == "the other thing", timeout=20_000)
    assert "▸" in lesson.tokenizer.way.text()
    qtbot.waitUntil(lambda: not window.runs.is_active, timeout=600_000)
    record = window.runs.record
    assert record is not None
    assert record.phase is Phase.DONE, record.failure
    qtbot.waitUntil(lambda: len(lesson.text.lines) == 4, timeout=10_000)
    assert lesson.attention.map.strongest()[0].endswith("100%")
    lesson.attention.head_box.setCurrentIndex(1)
    assert lesson.attention.map.head == 1
    assert "ln 400 = 5.99" in lesson.loss.blind.text()
    newest = lesson.loss.guess.lines()
    lesson.slider.setValue(0)
    assert lesson.loss.guess.lines() != newest
    result = cast("ResultStep", go(window, Step.RESULT, qtbot))
    assert "born" in result.verdict.text
    assert len(result.file_rows) == 1
    # A further file, without training.
    number = result.another.choice.findText("Whole model, F16")
    result.another.choice.setCurrentIndex(number)
    qtbot.mouseClick(result.another.write_button, LEFT)
    qtbot.waitUntil(result.another.cancel_button.isVisible, timeout=20_000)
    qtbot.waitUntil(lambda: len(result.file_rows) == 2 and not window.runs.is_active, timeout=120_000)
    record = window.runs.record
    assert record is not None
    assert record.phase is Phase.DONE, record.failure
    assert [export.file_type for export in record.exports] == ["Q8_0", "F16"]
    assert record.exports[1].kl < 0.01
    assert all(export.kind is ExportKind.MERGED for export in record.exports)
    qtbot.keyClicks(result.trial.question_edit, "The water ")
    qtbot.mouseClick(result.trial.ask_button, LEFT)
    qtbot.waitUntil(lambda: len(result.trial.tuned_answer.text()) > 20, timeout=120_000)
    assert result.trial.tuned_answer.text().startswith("The water")
    assert not result.trial.base_answer.isVisible()
    qtbot.waitUntil(lambda: result.trial._job is None, timeout=120_000)
    # One click chats with it.
    qtbot.mouseClick(result.file_rows[0].chat_button, LEFT)
    born = Path(record.exports[0].path)
    qtbot.waitUntil(lambda: real_services.settings.value.model.path == str(born), timeout=60_000)
    real_services.engine.wait_until_ready()
    assert real_services.engine.state.path == born
    main_window.chat.composer.editor.setPlainText("The water")
    qtbot.keyClick(main_window.chat.composer.editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: main_window.chat.is_working, timeout=20_000)
    qtbot.waitUntil(lambda: not main_window.chat.is_working, timeout=120_000)
    # What was seen is remembered with the run.
    read = real_services.finetuning.read(record.folder)
    assert read.settings.method is Method.SCRATCH
    assert read.lesson == record.lesson
    assert len(read.lesson.guesses) == 4
    # And the way back to a model of the library loses nothing.
    go(window, Step.MODEL, qtbot)
    first = next(row for row in model.rows if row.isEnabled() and row.choice.entry.path == starter_model)
    qtbot.mouseClick(first, LEFT)
    assert draft.settings.method is Method.LORA
    qtbot.mouseClick(model.nothing_row, LEFT)
    assert draft.settings.scratch.vocabulary_size == 400
    window.close()
    bridge.close()
