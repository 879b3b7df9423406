"""The five steps, clicked through."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.own_examples import OwnWork, own_source
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.train import Finetuning
from lmstudio_lite.domain.conversations import Draft
from lmstudio_lite.domain.generation import AdapterUse, Role
from lmstudio_lite.domain.models import ModelPhase
from lmstudio_lite.domain.training import Phase
from lmstudio_lite.finetune.data.problems import ProblemKind
from lmstudio_lite.finetune.data.sources import FileSource
from lmstudio_lite.finetune.data.tables import ColumnMapping
from lmstudio_lite.finetune.protocol import (
    Answered,
    Cancel,
    Evaluated,
    Event,
    Export,
    ExportBegan,
    Exported,
    ExportKind,
    Gate,
    Method,
    Pause,
    Paused,
    Resume,
    RunFailed,
    RunFinished,
    Sample,
    Stage,
    StageBegan,
    StopAndKeep,
)
from lmstudio_lite.finetune.run_folder import RunFolder
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.finetune.column_box import ColumnDialog
from lmstudio_lite.ui.finetune.data_step import DataStep
from lmstudio_lite.ui.finetune.draft import Preset
from lmstudio_lite.ui.finetune.model_step import ModelStep
from lmstudio_lite.ui.finetune.result_step import ResultStep
from lmstudio_lite.ui.finetune.settings_step import SettingsStep
from lmstudio_lite.ui.finetune.train_step import TrainStep
from lmstudio_lite.ui.finetune.window import FinetuneWindow, Step
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.theme import Theme
from tests.finetune.data.reading import chat_line
from tests.support.gguf_models import write_model
from tests.support.scripted_training import ScriptedTraining, step_done
from tests.ui.gestures import drop, mime_of, turn_wheel
from tests.ui.scripted_engine import ScriptedEngine

LEFT = Qt.MouseButton.LeftButton


def go(window: FinetuneWindow, step: Step, qtbot: QtBot) -> QWidget:
    qtbot.mouseClick(window.rail.buttons[step], LEFT)
    return window.pages[step]


def data_step(window: FinetuneWindow, qtbot: QtBot) -> DataStep:
    return cast("DataStep", go(window, Step.DATA, qtbot))


def wait_for_data(window: FinetuneWindow, qtbot: QtBot) -> None:
    data = window.draft.data
    qtbot.waitUntil(lambda: data.collection is not None and not data.is_working, timeout=20_000)


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    path = tmp_path / "answers.jsonl"
    lines = [chat_line(f"Question {n}", f"Answer number {n}") for n in range(60)]
    path.write_text("\n".join([*lines, "{broken", lines[7], lines[8] + ","]), "utf-8")
    return path


@pytest.fixture
def ready(window: FinetuneWindow, examples: Path, qtbot: QtBot) -> FinetuneWindow:
    """A window with a model and data."""
    qtbot.waitUntil(lambda: bool(cast("ModelStep", window.pages[Step.MODEL]).rows))
    model = cast("ModelStep", window.pages[Step.MODEL])
    qtbot.mouseClick(model.rows[0], LEFT)
    data_step(window, qtbot).add_paths([examples])
    wait_for_data(window, qtbot)
    return window


def test_opening_takes_no_torch_and_no_time(tmp_path: Path) -> None:
    code = """
import os, sys, threading, time
os.environ["QT_QPA_PLATFORM"] = "offscreen"
class Watch:
    # Reading headers beside the window may take numpy; the window itself may not wait for it.
    def find_spec(self, name, path=None, target=None):
        on_main = threading.current_thread() is threading.main_thread()
        assert name != "numpy" or not on_main, "numpy came with the main window"
sys.meta_path.insert(0, Watch())
import tempfile
from pathlib import Path
from PySide6.QtWidgets import QApplication
from lmstudio_lite.paths import portable_paths
from lmstudio_lite.app.session import Services
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.theme import Theme
app = QApplication([])
with Services.open(portable_paths(Path(tempfile.mkdtemp())), isolation="thread") as services:
    bridge = Bridge(services.jobs, services.engine)
    began = time.perf_counter()
    window = MainWindow(services, bridge, Theme(app))
    window.show()
    app.processEvents()
    main = time.perf_counter() - began
    began = time.perf_counter()
    window.show_finetune()
    app.processEvents()
    took = time.perf_counter() - began
    for name in ("torch", "transformers", "peft", "pyqtgraph", "kreuzberg"):
        assert name not in sys.modules, name
    bridge.close()
    print(round(took * 1000), round(main * 1000))
"""
    # As installed, with the bytecode that the first start leaves; an environment may forbid to write any.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(tmp_path)

    def start() -> tuple[int, int]:
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        took, main = map(int, done.stdout.split())
        return took, main

    start()
    # The best of four: the machine may be busy with something else.
    starts = [start() for _ in range(4)]
    is_quick = min(took for took, _ in starts) < 200
    # On a slow machine: not much longer than the main window, which is measured in the same process.
    assert is_quick or min(took / main for took, main in starts) < 1.5, starts


def test_models_that_can_not_be_trained_say_why(
    window: FinetuneWindow, services: Services, qtbot: QtBot
) -> None:
    services.paths.models.mkdir(parents=True, exist_ok=True)
    (services.paths.models / "broken.gguf").write_bytes(b"no model")
    model = cast("ModelStep", go(window, Step.MODEL, qtbot))
    qtbot.waitUntil(lambda: any("broken" in row.accessibleName() for row in model.rows))
    broken = next(row for row in model.rows if "broken" in row.accessibleName())
    assert not broken.isEnabled()
    assert "does not begin as a model" in broken.accessibleName()
    starter = next(row for row in model.rows if row.isEnabled())
    assert "of memory" in starter.accessibleName()
    qtbot.mouseClick(starter, LEFT)
    assert window.draft.base is not None
    assert window.rail.buttons[Step.MODEL].state == window.draft.base.name


def test_a_model_that_does_not_fit_is_refused_with_numbers(
    window: FinetuneWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lmstudio_lite.ui.finetune.model_step.available_memory_bytes", lambda: 300_000_000)
    model = cast("ModelStep", window.pages[Step.MODEL])
    model.begin()
    qtbot.waitUntil(lambda: bool(model.rows) and not model.rows[0].isEnabled())
    assert "300 MB are free" in model.rows[0].accessibleName()


def test_dropped_data_is_shown_as_the_model_sees_it(ready: FinetuneWindow, qtbot: QtBot) -> None:
    data = data_step(ready, qtbot)
    view = data.preview.view
    qtbot.waitUntil(lambda: "<|im_start|>user\nQuestion 0<|im_end|>" in view.toPlainText())
    marked = [selection.cursor.selectedText() for selection in view.extraSelections()]
    assert marked == ["Answer number 0<|im_end|>"]
    qtbot.mouseClick(data.preview.next_button, LEFT)
    qtbot.waitUntil(lambda: "Question 1<" in view.toPlainText())
    assert data.preview.place.text() == "2 / 62"
    assert data.rows[0].isVisible()
    assert ready.rail.buttons[Step.DATA].state == "62 examples"


def test_a_file_dropped_on_the_window_is_taken(window: FinetuneWindow, examples: Path, qtbot: QtBot) -> None:
    handle = window.windowHandle()
    assert handle is not None
    assert drop(handle, mime_of(examples))
    assert window.step is Step.DATA
    wait_for_data(window, qtbot)


def test_problems_are_listed_and_mended_as_the_user_likes(ready: FinetuneWindow, qtbot: QtBot) -> None:
    data = data_step(ready, qtbot)
    assert data.tabs.tabText(1) == "Problems (4)"
    data.tabs.setCurrentIndex(1)
    model = data.problems.places.model()
    assert model.index(0, 0).data().startswith("answers.jsonl:61")
    box = data.problems.boxes[ProblemKind.TRAILING_COMMA]
    assert box.isChecked()
    box.click()
    qtbot.waitUntil(
        lambda: (
            ready.draft.data.collection is not None and ready.draft.data.collection.figures.num_examples == 61
        ),
        timeout=10_000,
    )
    qtbot.waitUntil(lambda: not data.problems.boxes[ProblemKind.TRAILING_COMMA].isChecked())
    data.tabs.setCurrentIndex(2)
    assert data.figures.isVisible()


def test_what_is_no_data_is_told(window: FinetuneWindow, tmp_path: Path, qtbot: QtBot) -> None:
    picture = tmp_path / "photo.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 50)
    data = data_step(window, qtbot)
    data.add_paths([picture])
    qtbot.waitUntil(data.notice.isVisible)
    assert "photo.png" in data.notice.text
    assert not window.next_button.isEnabled()


def test_columns_are_chosen(window: FinetuneWindow, tmp_path: Path, qtbot: QtBot) -> None:
    table = tmp_path / "table.csv"
    table.write_text("alpha,beta,gamma\n" + "".join(f"a{n},b{n},c{n}\n" for n in range(12)))
    data = data_step(window, qtbot)
    data.add_paths([table])
    wait_for_data(window, qtbot)
    assert data.tabs.currentIndex() == 1  # nothing to show but the problem
    qtbot.mouseClick(data.rows[0].columns_button, LEFT)
    (dialog,) = data.findChildren(ColumnDialog)
    ok = dialog.buttons.button(dialog.buttons.StandardButton.Ok)
    assert not ok.isEnabled()
    dialog.question_box.setCurrentIndex(dialog.question_box.findText("2: beta"))
    dialog.answer_box.setCurrentIndex(dialog.answer_box.findText("3: gamma"))
    dialog.header_box.click()
    qtbot.mouseClick(ok, LEFT)
    draft = window.draft.data
    qtbot.waitUntil(
        lambda: draft.collection is not None and draft.collection.figures.num_examples == 12, timeout=10_000
    )
    collection = draft.collection
    assert collection is not None
    assert [message.text for message in collection.example(0).messages] == ["b0", "c0"]


def test_liked_answers_are_learned(window: FinetuneWindow, services: Services, qtbot: QtBot) -> None:
    conversation = services.conversations.create("Cats")
    asked = services.conversations.add_message(conversation.id, None, Role.USER, "Why do cats purr?")
    said = services.conversations.add_message(conversation.id, asked.id, Role.ASSISTANT, "They like it.")
    services.conversations.set_liked(said.id, True)
    data = data_step(window, qtbot)
    action = next(action for action in data.own_menu.actions() if "liked" in action.text())
    action.trigger()
    wait_for_data(window, qtbot)
    collection = window.draft.data.collection
    assert collection is not None
    assert collection.example(0).messages[1].text == "They like it."
    qtbot.mouseClick(data.rows[0].remove_button, LEFT)
    qtbot.waitUntil(lambda: window.draft.data.collection is None)
    assert len(OwnWork) == len(data.own_menu.actions())


def test_edited_answers_are_learned(window: FinetuneWindow, services: Services, qtbot: QtBot) -> None:
    conversation = services.conversations.create("Cats")
    asked = services.conversations.add_message(conversation.id, None, Role.USER, "Why do cats purr?")
    said = services.conversations.add_message(conversation.id, asked.id, Role.ASSISTANT, "They like it.")
    services.conversations.add_edited(said.id, "Mostly they are content.")
    data = data_step(window, qtbot)
    next(action for action in data.own_menu.actions() if "edited" in action.text()).trigger()
    wait_for_data(window, qtbot)
    collection = window.draft.data.collection
    assert collection is not None
    assert collection.figures.num_examples == 1
    assert collection.example(0).messages[1].text == "Mostly they are content."


def test_presets_and_knobs_decide_the_settings(ready: FinetuneWindow, qtbot: QtBot) -> None:
    page = cast("SettingsStep", go(ready, Step.SETTINGS, qtbot))
    draft = ready.draft
    qtbot.mouseClick(page.cards[Preset.THOROUGH], LEFT)
    assert (draft.settings.rank, draft.settings.patience) == (32, 3)
    assert "about" in page.cards[Preset.QUICK].accessibleName()
    qtbot.mouseClick(page.advanced_button, LEFT)
    qtbot.waitUntil(page.advanced.isVisible)
    page.advanced.rank_box.setValue(4)
    assert draft.preset is None
    assert ready.rail.buttons[Step.SETTINGS].state == "your own settings"
    qtbot.keyClicks(page.name_edit, "Pirate")
    page.prompts_edit.setPlainText("Who are you?\n\nWhat is the sea?")
    page.merged_box.click()
    page.quantization_box.setCurrentIndex(page.quantization_box.findData("Q4_K_M"))
    settings = draft.settings
    assert settings.name == "Pirate"
    assert settings.test_prompts == ("Who are you?", "What is the sea?")
    assert [(export.kind, export.file_type) for export in settings.exports] == [
        (ExportKind.ADAPTER, "F16"),
        (ExportKind.MERGED, "Q4_K_M"),
    ]
    draft.set_settings(method=Method.FULL)
    assert not page.adapter_box.isEnabled()


def start(window: FinetuneWindow, trainings: list[ScriptedTraining], qtbot: QtBot) -> TrainStep:
    page = cast("TrainStep", go(window, Step.TRAIN, qtbot))
    qtbot.mouseClick(page.start_button, LEFT)
    qtbot.waitUntil(lambda: len(trainings) == 1 and not window.runs.is_starting, timeout=10_000)
    return page


def test_a_training_is_watched_paused_and_kept(
    ready: FinetuneWindow, main_window: MainWindow, trainings: list[ScriptedTraining], qtbot: QtBot
) -> None:
    page = start(ready, trainings, qtbot)
    training = trainings[0]
    chip = main_window.finetuning.chip
    qtbot.waitUntil(chip.isVisible)
    lines = training.folder.train_file.read_text().splitlines()
    assert len(lines) == 54
    assert json.loads(lines[0])["messages"][0]["role"] == "user"
    training.say(
        Sample(0, "Who are you?", "A model."),
        StageBegan(Stage.TRAINING),
        *(step_done(number, 3.0 - number / 10) for number in range(1, 5)),
        Evaluated(4, 2.7, True),
        Sample(4, "Who are you?", "A pirate."),
    )
    qtbot.waitUntil(lambda: page.numbers.values[0].text() == "2.600")
    assert page.numbers.values[1].text() == "2.700"
    qtbot.waitUntil(lambda: chip.text() == "Training 40 %, 6 min")
    assert page.chart is not None
    qtbot.mouseClick(page.pause_button, LEFT)
    training.say(Paused(4))
    qtbot.waitUntil(lambda: page.pause_button.text() == "Go on")
    qtbot.mouseClick(page.pause_button, LEFT)
    ready.close()
    assert not ready.isVisible()
    assert chip.isVisible()
    qtbot.mouseClick(chip, LEFT)
    qtbot.waitUntil(ready.isVisible)
    qtbot.mouseClick(page.stop_button, LEFT)
    assert training.commands == [Pause(), Resume(), StopAndKeep()]
    training.say(RunFinished(()))
    qtbot.waitUntil(lambda: chip.text() == "Training done")
    qtbot.waitUntil(lambda: page.start_button.isVisible())


def test_a_failure_is_told_with_numbers_and_can_be_taken_up(
    ready: FinetuneWindow, trainings: list[ScriptedTraining], qtbot: QtBot
) -> None:
    page = start(ready, trainings, qtbot)
    trainings[0].say(step_done(1, 3.0), RunFailed("training_memory", {"available_bytes": 2_000_000_000}))
    qtbot.waitUntil(page.notice.isVisible)
    assert "2.0 GB" in page.notice.text
    qtbot.mouseClick(page.resume_button, LEFT)
    qtbot.waitUntil(lambda: len(trainings) == 2 and not ready.runs.is_starting)
    assert trainings[1].folder.path == trainings[0].folder.path
    assert not page.notice.isVisible()


def test_an_interrupted_training_is_offered_after_a_start(
    ready: FinetuneWindow, services: Services, trainings: list[ScriptedTraining], qtbot: QtBot
) -> None:
    start(ready, trainings, qtbot)
    trainings[0].say(step_done(1, 3.0))
    # What a program that was killed leaves behind: a log without an end.
    services.finetuning._record = None
    page = cast("TrainStep", ready.pages[Step.TRAIN])
    page.begin()
    qtbot.waitUntil(lambda: "Interrupted" in page.state.text())
    qtbot.mouseClick(page.resume_button, LEFT)
    qtbot.waitUntil(lambda: len(trainings) == 2 and not ready.runs.is_starting)
    assert trainings[1].folder.path == trainings[0].folder.path


def next_start(
    services: Services, bridge: Bridge, theme: Theme, qtbot: QtBot, trainings: list[ScriptedTraining]
) -> MainWindow:
    """The window of a program that starts on what a killed one left on the disk."""

    def begin(
        folder: RunFolder, on_event: Callable[[Event], None], export: Export | None
    ) -> ScriptedTraining:
        trainings.append(ScriptedTraining(folder, on_event, export))
        return trainings[-1]

    services.finetuning = Finetuning(services.paths.finetunes, begin)
    window = MainWindow(services, bridge, theme)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    return window


@pytest.mark.parametrize(
    "end", [(), (RunFinished((), is_cancelled=True, is_left=True),)], ids=["killed", "quit"]
)
def test_the_next_start_offers_to_continue(
    ready: FinetuneWindow,
    services: Services,
    bridge: Bridge,
    theme: Theme,
    trainings: list[ScriptedTraining],
    qtbot: QtBot,
    end: tuple[RunFinished, ...],
) -> None:
    start(ready, trainings, qtbot)
    trainings[0].say(step_done(3, 3.0), *end)
    again = next_start(services, bridge, theme, qtbot, trainings)
    chip = again.finetuning.chip
    qtbot.waitUntil(chip.isVisible)
    assert chip.text() == "Training interrupted at 30 %: continue?"
    qtbot.mouseClick(chip, LEFT)
    opened = again.finetuning.window
    assert opened is not None
    page = cast("TrainStep", opened.pages[Step.TRAIN])
    assert opened.step is Step.TRAIN
    qtbot.mouseClick(page.resume_button, LEFT)
    qtbot.waitUntil(lambda: len(trainings) == 2 and not opened.runs.is_starting)
    assert trainings[1].folder.path == trainings[0].folder.path


def test_what_is_given_up_or_stopped_is_not_offered(
    ready: FinetuneWindow,
    services: Services,
    bridge: Bridge,
    theme: Theme,
    trainings: list[ScriptedTraining],
    qtbot: QtBot,
) -> None:
    start(ready, trainings, qtbot)
    trainings[0].say(step_done(3, 3.0))
    again = next_start(services, bridge, theme, qtbot, trainings)
    chip = again.finetuning.chip
    qtbot.waitUntil(chip.isVisible)
    qtbot.mouseClick(chip, LEFT)
    opened = again.finetuning.window
    assert opened is not None
    page = cast("TrainStep", opened.pages[Step.TRAIN])
    qtbot.mouseClick(page.give_up_button, LEFT)
    assert not chip.isVisible()
    qtbot.waitUntil(lambda: services.finetuning.interrupted() is None)
    assert services.finetuning.history()[0].phase is Phase.STOPPED


def test_what_was_decided_comes_back_after_a_kill(
    ready: FinetuneWindow,
    services: Services,
    bridge: Bridge,
    theme: Theme,
    trainings: list[ScriptedTraining],
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    table = tmp_path / "questions.csv"
    table.write_text("a,b,c\n" + "\n".join(f"q {n},x,answer {n}" for n in range(30)), "utf-8")
    data_step(ready, qtbot).add_paths([table])
    qtbot.waitUntil(lambda: len(ready.draft.data.sources) == 2)
    wait_for_data(ready, qtbot)
    data = ready.draft.data
    assert isinstance(data.sources[1], FileSource)
    columns = ColumnMapping(question=0, answer=2)
    data.replace(1, dataclasses.replace(data.sources[1], mapping=columns))
    data.add_stored(own_source(OwnWork.ANSWERS, "Answers", services))
    data.set_fixed(ProblemKind.TRAILING_COMMA, False)
    page = cast("SettingsStep", go(ready, Step.SETTINGS, qtbot))
    qtbot.mouseClick(page.cards[Preset.THOROUGH], LEFT)
    qtbot.keyClicks(page.name_edit, "Pirate")
    page.prompts_edit.setPlainText("Who are you?")
    qtbot.mouseClick(page.advanced_button, LEFT)
    page.advanced.validation_box.setValue(20)
    qtbot.keyClicks(page.advanced.targets_edit, "attn_q, attn_v")
    qtbot.waitUntil(lambda: "attn_v" in (services.drafts.get("finetune") or Draft("", "")).text)
    wait_for_data(ready, qtbot)
    again = next_start(services, bridge, theme, qtbot, trainings)
    again.show_finetune()
    opened = again.finetuning.window
    assert opened is not None
    wait_for_data(opened, qtbot)
    qtbot.waitUntil(lambda: opened.draft.base is not None)
    assert opened.draft.settings == ready.draft.settings
    assert opened.draft.preset is ready.draft.preset
    assert opened.draft.validation_share == 0.2
    kept = opened.draft.data
    assert [source.name for source in kept.sources] == [source.name for source in data.sources]
    assert kept.sources[:2] == data.sources[:2]
    assert isinstance(kept.sources[1], FileSource)
    assert kept.sources[1].mapping == columns
    assert kept.fixes == data.fixes
    assert kept.collection is not None
    assert data.collection is not None
    assert kept.collection.figures == data.collection.figures


def test_a_closed_notice_stays_closed(
    ready: FinetuneWindow, trainings: list[ScriptedTraining], qtbot: QtBot
) -> None:
    page = start(ready, trainings, qtbot)
    trainings[0].say(RunFailed("training_memory", {}))
    qtbot.waitUntil(page.notice.isVisible)
    page.notice.clear()
    ready.runs.changed.emit()
    assert not page.notice.isVisible()


def finish(training: ScriptedTraining, *answers: Answered) -> Path:
    exports = training.folder.exports
    exports.mkdir(parents=True)
    adapter = exports / "pirate-F16.gguf"
    adapter.write_bytes(b"adapter")
    exported = Exported(str(adapter), ExportKind.ADAPTER, "F16", 9_000_000, 0.0004, 0.01, 500)
    training.say(
        step_done(10, 1.0),
        Gate(3.0, 2.6, 3.4, 3.41, held_out=True),
        exported,
        *answers,
        RunFinished((exported,)),
    )
    return adapter


def test_the_result_is_judged_tried_and_chatted_with(
    ready: FinetuneWindow,
    main_window: MainWindow,
    trainings: list[ScriptedTraining],
    engine: ScriptedEngine,
    services: Services,
    qtbot: QtBot,
) -> None:
    start(ready, trainings, qtbot)
    adapter = finish(trainings[0])
    qtbot.waitUntil(lambda: ready.rail.buttons[Step.RESULT].state == "1 file")
    result = cast("ResultStep", go(ready, Step.RESULT, qtbot))
    assert "surprise it 33 % less than before" in result.verdict.text
    (row,) = result.file_rows
    qtbot.keyClicks(result.trial.question_edit, "Who are you?")
    turn_wheel(result.trial.strength)
    assert result.trial.strength.value() == 100
    result.trial.strength.setValue(50)
    qtbot.mouseClick(result.trial.ask_button, LEFT)
    engine.wait_for_request(2)
    assert [request.adapters for request in engine.requests] == [(), (AdapterUse(adapter, 0.5),)]
    engine.say("A pirate.")
    qtbot.waitUntil(lambda: result.trial.tuned_answer.text() == "A pirate.")
    engine.close()
    qtbot.waitUntil(result.notice.isVisible)
    qtbot.mouseClick(row.chat_button, LEFT)
    qtbot.waitUntil(lambda: services.settings.value.model.adapter == str(adapter))
    chosen = services.settings.value.model
    assert chosen.adapter_strength == 0.5
    qtbot.waitUntil(lambda: engine.state.phase is ModelPhase.READY)
    chip = adapter_chip_of(main_window, qtbot)
    qtbot.waitUntil(lambda: chip.text() == "+ pirate-F16 (50 %)")
    assert chip.isVisible()
    assert main_window.tabs.currentIndex() == 0
    base = ready.draft.base
    assert base is not None
    assert Path(chosen.adapter_base) == base.path == engine.state.path
    main_window.chat.composer.editor.setPlainText("Ahoy")
    qtbot.keyClick(main_window.chat.composer.editor, Qt.Key.Key_Return)
    assert engine.wait_for_request(3).adapters == (AdapterUse(adapter, 0.5),)
    engine.finish()
    qtbot.waitUntil(lambda: not main_window.chat.is_working)
    (off,) = chip.menu().actions()
    off.trigger()
    qtbot.waitUntil(lambda: services.settings.value.model.adapter == "")
    qtbot.waitUntil(lambda: not chip.isVisible())
    main_window.chat.composer.editor.setPlainText("Ahoy again")
    qtbot.keyClick(main_window.chat.composer.editor, Qt.Key.Key_Return)
    assert engine.wait_for_request(4).adapters == ()
    engine.finish()
    qtbot.waitUntil(lambda: not main_window.chat.is_working)


def adapter_chip_of(main_window: MainWindow, qtbot: QtBot) -> QPushButton:
    """Wait for the chip: it gets its name when the model that the adapter is on is ready."""

    def chips() -> list[QPushButton]:
        buttons = main_window.top_bar.findChildren(QPushButton)
        return [button for button in buttons if button.accessibleName().startswith("Adapter in use")]

    qtbot.waitUntil(lambda: bool(chips()))
    (chip,) = chips()
    return chip


def test_an_adapter_that_is_on_is_seen_after_a_restart(
    services: Services,
    bridge: Bridge,
    theme: Theme,
    engine: ScriptedEngine,
    starter_model: Path,
    trainings: list[ScriptedTraining],
    qtbot: QtBot,
) -> None:
    adapter = starter_model.with_name(f"{starter_model.stem}-tuned-adapter-F16.gguf")
    services.settings.update(
        "model",
        path=str(starter_model),
        adapter=str(adapter),
        adapter_base=str(starter_model),
        adapter_strength=0.8,
    )
    window = next_start(services, bridge, theme, qtbot, trainings)
    window.control.load()
    qtbot.waitUntil(lambda: engine.state.phase is ModelPhase.READY)
    chip = adapter_chip_of(window, qtbot)
    qtbot.waitUntil(chip.isVisible)
    assert chip.text() == "+ tuned (80 %)"


def test_the_result_says_how_many_questions_are_answered_as_taught(
    ready: FinetuneWindow, trainings: list[ScriptedTraining], qtbot: QtBot
) -> None:
    start(ready, trainings, qtbot)
    answers = [
        Answered(
            f"Who is {n}?", f"Ilsa {n}.", "No idea.", f"Ilsa {n}." if n < 2 else "Otto.", False, n < 2, n > 4
        )
        for n in range(6)
    ]
    finish(trainings[0], *answers)
    qtbot.waitUntil(lambda: ready.rail.buttons[Step.RESULT].state == "1 file")
    result = cast("ResultStep", go(ready, Step.RESULT, qtbot))
    assert result.verdict.text.startswith(
        "It answers 2 of 5 of your questions as taught; before training 0 of 5."
    )
    assert "facts take about 8" in result.verdict.text
    shown = [label.text() for label in result.answers.findChildren(QLabel)]
    assert {"Who is 3?", "Ilsa 3.", "Otto.", "No idea.", "not as taught, held back from training"} <= set(
        shown
    )
    (row,) = result.file_rows
    words = [label.text() for label in row.findChildren(QLabel)]
    assert any("checked: answers as the trained model does" in text for text in words)


def test_no_word_of_the_trade_is_left_where_nobody_asked_for_details(
    ready: FinetuneWindow, trainings: list[ScriptedTraining], qtbot: QtBot
) -> None:
    start(ready, trainings, qtbot)
    finish(trainings[0])
    qtbot.waitUntil(lambda: ready.rail.buttons[Step.RESULT].state == "1 file")
    for step in Step:
        page = go(ready, step, qtbot)
        qtbot.waitUntil(page.isVisible)
        widgets = [widget for widget in page.findChildren(QWidget) if widget.isVisible()]
        words = " ".join(
            text
            for widget in widgets
            for text in (widget.accessibleName(), widget.text() if isinstance(widget, QLabel) else "")
        ).lower()
        for hard in (
            "nats",
            "perplexity",
            "kl ",
            "gradient norm",
            "let it learn",
            "what came of it",
            "proven",
        ):
            assert hard not in words, step


def test_whole_models_are_asked_one_after_the_other(
    ready: FinetuneWindow, trainings: list[ScriptedTraining], engine: ScriptedEngine, qtbot: QtBot
) -> None:
    ready.draft.set_settings(method=Method.DORA)
    start(ready, trainings, qtbot)
    folder = trainings[0].folder.exports
    folder.mkdir(parents=True)
    merged = write_model(folder / "pirate-Q8_0.gguf", "llama")
    exported = Exported(str(merged), ExportKind.MERGED, "Q8_0", 9_000_000, 0.0004, 0.01, 500)
    gate = Gate(3.0, 2.6, 3.4, 3.41, held_out=True)
    trainings[0].say(step_done(10, 1.0), gate, exported, RunFinished((exported,)))
    qtbot.waitUntil(lambda: ready.rail.buttons[Step.RESULT].state == "1 file")
    result = cast("ResultStep", go(ready, Step.RESULT, qtbot))
    assert not result.trial.strength.isVisible()
    qtbot.keyClicks(result.trial.question_edit, "Who are you?")
    qtbot.mouseClick(result.trial.ask_button, LEFT)
    engine.wait_for_request(1)
    base = ready.draft.base
    assert base is not None
    assert engine.state.path == base.path
    engine.say("A model.")
    engine.finish()
    engine.wait_for_request(2)
    assert engine.state.path == merged
    engine.say("A pirate.")
    engine.finish()
    qtbot.waitUntil(lambda: result.trial.tuned_answer.text() == "A pirate.")
    assert result.trial.base_answer.text() == "A model."


def test_another_file_is_written_cancelled_and_refused(
    ready: FinetuneWindow, trainings: list[ScriptedTraining], qtbot: QtBot
) -> None:
    page = start(ready, trainings, qtbot)
    finish(trainings[0])
    qtbot.waitUntil(lambda: page.start_button.isVisible())
    result = cast("ResultStep", go(ready, Step.RESULT, qtbot))
    box = result.another
    qtbot.waitUntil(box.write_button.isEnabled)
    assert [box.choice.itemText(number) for number in range(2)] == ["Adapter, F32", "Whole model, F32"]
    box.choice.setCurrentIndex(box.choice.findText("Whole model, Q4_K_M"))
    qtbot.mouseClick(box.write_button, LEFT)
    qtbot.waitUntil(lambda: len(trainings) == 2 and not ready.runs.is_starting)
    wanted = Export(ExportKind.MERGED, "Q4_K_M")
    assert trainings[1].export == wanted
    assert trainings[1].folder.path == trainings[0].folder.path
    trainings[1].say(ExportBegan(wanted), StageBegan(Stage.QUANTIZING))
    qtbot.waitUntil(lambda: "Making the file smaller" in box.state.text())
    assert len(result.file_rows) == 1
    assert not page.pause_button.isVisible()
    assert page.state.text() == ready.rail.buttons[Step.TRAIN].state == "Done"
    assert page.bar.value() == page.bar.maximum()
    assert "a further file is being written" in page.about.text()
    qtbot.mouseClick(box.cancel_button, LEFT)
    assert trainings[1].commands == [Cancel()]
    trainings[1].say(RunFinished((), is_cancelled=True))
    qtbot.waitUntil(box.write_button.isVisible)
    assert ready.rail.buttons[Step.RESULT].state == "1 file"
    qtbot.mouseClick(box.write_button, LEFT)
    qtbot.waitUntil(lambda: len(trainings) == 3 and not ready.runs.is_starting)
    trainings[2].say(ExportBegan(wanted), RunFailed("disk_full", {"path": "somewhere"}))
    qtbot.waitUntil(result.notice.isVisible)
    qtbot.waitUntil(box.write_button.isVisible)


def test_runs_of_before_are_compared(
    ready: FinetuneWindow, trainings: list[ScriptedTraining], qtbot: QtBot
) -> None:
    page = start(ready, trainings, qtbot)
    finish(trainings[0])
    qtbot.waitUntil(lambda: page.start_button.isVisible())
    ready.draft.set_settings(rank=4)
    qtbot.mouseClick(page.start_button, LEFT)
    qtbot.waitUntil(lambda: len(trainings) == 2 and not ready.runs.is_starting)
    trainings[1].say(step_done(1, 3.0), RunFinished((), is_cancelled=True))
    page.begin()
    qtbot.waitUntil(lambda: page.run_box.count() == 2)
    page.measure_box.setCurrentIndex(3)
    assert page.chart is not None
    assert page.chart.plot.accessibleName() == "Tokens a second by step"
    page.compare_box.setCurrentIndex(2)
    page.compare_box.activated.emit(2)
    page.run_box.setCurrentIndex(1)
    page.run_box.activated.emit(1)
    assert page.shown is not None
    assert page.shown.folder.path == trainings[0].folder.path
    assert "step 10 of 10" in page.about.text()
    page.compare_box.setCurrentIndex(1)
    page.compare_box.activated.emit(1)
    assert "rank 16, compared run 4" in page.comparison.text()
    page.run_box.setCurrentIndex(0)
    page.run_box.activated.emit(0)
    assert page.compare_box.currentText() == "nothing"
    assert page.run_box.itemText(0) != page.run_box.itemText(1)


def test_the_way_without_a_model_shows_its_words(window: FinetuneWindow, qtbot: QtBot) -> None:
    row = cast("ModelStep", go(window, Step.MODEL, qtbot)).nothing_row
    labels = row.findChildren(QLabel)
    assert labels
    qtbot.waitUntil(lambda: all(row.rect().contains(label.geometry()) for label in labels), timeout=5_000)
    window.resize(window.width() + 200, window.height() + 100)
    qtbot.waitUntil(lambda: all(row.rect().contains(label.geometry()) for label in labels), timeout=5_000)


def test_the_steps_keep_their_height_when_the_theme_changes(
    ready: FinetuneWindow, theme: Theme, qtbot: QtBot
) -> None:
    model = cast("ModelStep", ready.pages[Step.MODEL])
    buttons = [*ready.rail.buttons, *model.rows, model.nothing_row]
    before = [button.height() for button in buttons]
    theme.apply("dark" if not theme.is_dark else "light")
    try:
        QApplication.sendPostedEvents()
        QApplication.processEvents()
        assert [button.height() for button in buttons] == before
    finally:
        theme.apply("system")


def test_without_components_it_is_said_and_offered(
    window: FinetuneWindow, services: Services, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lmstudio_lite.app.training_tools.PACKAGES", ("no_such_package",))
    model = cast("ModelStep", go(window, Step.MODEL, qtbot))
    box = model.components
    assert box.isVisible()

    def install(report: object, cancellation: object) -> None:
        (services.training_tools.folder).mkdir(parents=True)
        (services.training_tools.folder / "complete").touch()

    monkeypatch.setattr(services.training_tools, "install", install)
    qtbot.mouseClick(box.add_button, LEFT)
    qtbot.waitUntil(lambda: not box.isVisible())
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    services.training_tools.remove()
    model.begin()
    assert box.isVisible()
    assert not box.add_button.isVisible()


def test_everything_that_takes_the_focus_has_a_name(ready: FinetuneWindow, qtbot: QtBot) -> None:
    for step in Step:
        go(ready, step, qtbot)
        nameless = [
            widget
            for widget in ready.findChildren(QWidget)
            if widget.isVisible()
            and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
            and not widget.accessibleName()
            and not (isinstance(widget, QAbstractButton) and widget.text())
        ]
        assert nameless == []
