"""Runs without training: what the service makes of events, and what it remembers of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lmstudio_lite.app.train import Finetuning, failure_of
from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.domain.training import Phase
from lmstudio_lite.finetune.data.collecting import collect
from lmstudio_lite.finetune.data.detection import detect_source
from lmstudio_lite.finetune.data.sources import ReadOptions
from lmstudio_lite.finetune.data.splitting import SplitOptions
from lmstudio_lite.finetune.lesson import AttentionSeen, GuessSeen, TokenizerLearned
from lmstudio_lite.finetune.protocol import (
    Event,
    Export,
    ExportBegan,
    ExportKind,
    FinetuneSettings,
    Pause,
    Paused,
    Plan,
    Precision,
    RunFailed,
    RunFinished,
    StopAndKeep,
)
from lmstudio_lite.finetune.run_folder import RunFolder
from tests.support.scripted_training import ScriptedTraining, step_done


@pytest.fixture
def trainings() -> list[ScriptedTraining]:
    return []


@pytest.fixture
def finetuning(tmp_path: Path, trainings: list[ScriptedTraining]) -> Finetuning:
    def start(
        folder: RunFolder, on_event: Callable[[Event], None], export: Export | None
    ) -> ScriptedTraining:
        trainings.append(ScriptedTraining(folder, on_event, export))
        return trainings[-1]

    return Finetuning(tmp_path / "runs", start)


def prepared(finetuning: Finetuning, tmp_path: Path, name: str = "My run") -> RunFolder:
    data = tmp_path / "a.csv"
    data.write_text("question,answer\n" + "".join(f"q{n},a{n}\n" for n in range(20)))
    reader = DocumentReader()
    source = detect_source(data, reader)
    collection = collect([source], tmp_path / "cache", options=ReadOptions(), reader=reader)
    folder, counts = finetuning.prepare(
        FinetuneSettings(base="/m.gguf", name=name), collection, SplitOptions()
    )
    assert (counts.num_train, counts.num_validation) == (18, 2)
    return folder


def test_a_run_is_followed_told_and_remembered(
    finetuning: Finetuning, trainings: list[ScriptedTraining], tmp_path: Path
) -> None:
    heard: list[int] = []
    finetuning.subscribe(lambda: heard.append(1))
    folder = prepared(finetuning, tmp_path)
    assert folder.path.name.endswith("my-run")
    finetuning.start(folder)
    (training,) = trainings
    training.say(step_done(1, 3.0), step_done(2, 2.5))
    finetuning.pause()
    training.say(Paused(2))
    record = finetuning.record
    assert record is not None
    assert record.phase is Phase.PAUSED
    assert record.fraction == pytest.approx(0.2)
    finetuning.start(folder)
    assert len(trainings) == 1
    finetuning.stop_and_keep()
    training.say(RunFinished(()))
    assert training.commands == [Pause(), StopAndKeep()]
    assert not finetuning.is_active
    assert len(heard) == 5
    (remembered,) = finetuning.history()
    assert remembered is record
    finetuning.close()
    assert training.is_closed


def test_a_run_that_is_taken_up_forgets_what_came_after_its_checkpoint(
    finetuning: Finetuning, trainings: list[ScriptedTraining], tmp_path: Path
) -> None:
    folder = prepared(finetuning, tmp_path)
    finetuning.start(folder)
    trainings[0].say(
        step_done(1, 3.0), step_done(2, 2.5), step_done(3, 2.0), RunFailed("training_memory", {})
    )
    record = finetuning.record
    assert record is not None
    assert record.phase is Phase.FAILED
    error = failure_of(record)
    assert error is not None
    assert error.code == "training_memory"
    finetuning.start(folder)
    trainings[1].say(Plan(10, 1, 100, 10, "cpu", Precision.F32, False, 512), step_done(2, 2.4))
    record = finetuning.record
    assert record is not None
    assert [done.loss for done in record.steps] == [3.0, 2.4]
    assert failure_of(record) is None
    assert trainings[0].is_closed


def test_runs_of_before_are_read_from_their_folders(
    finetuning: Finetuning, trainings: list[ScriptedTraining], tmp_path: Path
) -> None:
    first, second = prepared(finetuning, tmp_path), prepared(finetuning, tmp_path)
    assert first.path != second.path
    finetuning.start(first)
    trainings[0].say(step_done(1, 3.0))
    later = Finetuning(tmp_path / "runs", lambda folder, on_event, export: trainings[0])
    (second.path / "settings.json").write_text("{")
    (record,) = later.history()
    assert record.phase is Phase.INTERRUPTED
    assert record.steps[0].loss == 3.0


def test_a_further_file_belongs_to_the_run_that_is_done(
    finetuning: Finetuning, trainings: list[ScriptedTraining], tmp_path: Path
) -> None:
    folder = prepared(finetuning, tmp_path)
    finetuning.start(folder)
    trainings[0].say(step_done(10, 1.0), RunFinished(()))
    wanted = Export(ExportKind.MERGED, "Q8_0")
    finetuning.export(folder, wanted)
    record = finetuning.record
    assert record is not None
    assert trainings[1].export == record.exporting == wanted
    assert record.is_active
    trainings[1].say(ExportBegan(wanted), RunFailed("disk_full", {}))
    assert record.phase is Phase.DONE
    assert failure_of(record) is not None
    finetuning.export(folder, wanted)
    record = finetuning.record
    assert record is not None
    assert record.failure is None
    trainings[2].say(ExportBegan(wanted))
    # Killed here, the run is still done.
    assert finetuning.read(folder).phase is Phase.DONE
    trainings[2].say(RunFinished(is_cancelled=True))
    assert record.phase is Phase.DONE
    assert record.exporting is None


def test_what_a_model_from_nothing_shows_is_remembered_by_its_steps(
    finetuning: Finetuning, trainings: list[ScriptedTraining], tmp_path: Path
) -> None:
    folder = prepared(finetuning, tmp_path)
    finetuning.start(folder)
    shown = [GuessSeen(step, 10, ("a", "b"), (0.5,), (("c", 0.25),)) for step in (0, 10, 20)]
    maps = [AttentionSeen(step, ("a", "b"), 1, 1, bytes((255, 0, 51, 204))) for step in (0, 10, 20)]
    tokenizer = TokenizerLearned(10, ("a", "b"), (("a", "b"),), (), 1, 1.5)
    trainings[0].say(tokenizer, *shown, *maps)
    plan = Plan(40, 10, 1000, 1000, "cpu", Precision.F32, gradient_checkpointing=False, micro_tokens=64)
    trainings[0].say(plan)
    lesson = finetuning.read(folder).lesson
    assert lesson.tokenizer == tokenizer
    assert [guess.step for guess in lesson.guesses] == [0, 10]
    assert lesson.attentions == maps[:2]
    assert maps[0].weight(0, 0, 1, 1) == 0.8
