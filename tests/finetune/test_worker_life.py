"""A run that is killed, stopped, paused or left alone goes on as if nothing had happened.

Killed three times in a normal run; ``LMSTUDIO_LITE_KILLS=20`` makes it twenty.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from lmstudio_lite.finetune.protocol import (
    Cancel,
    CheckpointWritten,
    EndReason,
    Event,
    Export,
    Exported,
    ExportKind,
    FinetuneSettings,
    Gate,
    Pause,
    Paused,
    Plan,
    Resume,
    Resumed,
    RunFailed,
    RunFinished,
    Stage,
    StageBegan,
    StepDone,
    StopAndKeep,
    TrainingEnded,
    decode_event,
)
from lmstudio_lite.finetune.run_folder import RunFolder
from lmstudio_lite.finetune.worker import EXIT_FAILED
from lmstudio_lite.workers.spawn import TRAINING_WORKER
from lmstudio_lite.workers.worker import Worker
from tests.finetune.runs import NUMBERS, Run, make_run
from tests.support.gguf_models import write_model

NUM_KILLS = int(os.environ.get("LMSTUDIO_LITE_KILLS", "3"))
NUM_STEPS = 30

pytestmark = pytest.mark.timeout(180 + 30 * NUM_KILLS)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("base") / "tiny.gguf", "llama")


def settings(base: Path, **changes: object) -> FinetuneSettings:
    values: dict[str, object] = {
        "base": str(base),
        "rank": 4,
        "dropout": 0.1,
        "learning_rate": 5e-3,
        "max_steps": NUM_STEPS,
        "batch_size": 4,
        "checkpoint_s": 0.0,
        "evaluate_every": 10,
        "exports": (Export(ExportKind.ADAPTER, "F32"),),
    }
    return FinetuneSettings(**{**values, **changes})  # type: ignore[arg-type]


def curve(folder: RunFolder) -> list[float]:
    return [step.loss for step in folder.steps()]


@pytest.fixture(scope="module")
def undisturbed(base: Path, tmp_path_factory: pytest.TempPathFactory) -> list[float]:
    folder = make_run(tmp_path_factory.mktemp("runs") / "whole", settings(base), NUMBERS, NUMBERS[:4])
    end = Run(folder).wait()
    assert isinstance(end, RunFinished), end
    losses = curve(folder)
    assert len(losses) == NUM_STEPS
    assert losses[-1] < 0.7 * losses[0]
    return losses


@pytest.mark.soak
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_a_killed_run_comes_to_the_same_curve(base: Path, undisturbed: list[float], tmp_path: Path) -> None:
    chance = random.Random(8)
    folder = make_run(tmp_path / "run", settings(base), NUMBERS, NUMBERS[:4])
    for number in range(NUM_KILLS):
        # From the loading to the exports: a run says about 80 lines.
        kill_at = chance.randint(1, 80 // max(1, number // 4))

        def kill(event: Event, run: list[Run], kill_at: int = kill_at) -> None:
            if len(run[0].events) == kill_at:
                time.sleep(chance.uniform(0.0, 0.02))
                os.kill(run[0].client.pid, signal.SIGKILL)

        holder: list[Run] = []
        started = Run(folder, lambda event, holder=holder, kill=kill: kill(event, holder) if holder else None)  # type: ignore[misc]
        holder.append(started)
        end = started.wait()
        assert isinstance(end, RunFinished) or end == RunFailed("training_worker", {"reason": "SIGKILL"})
    run = Run(folder)
    end = run.wait()
    assert isinstance(end, RunFinished), end
    assert curve(folder) == pytest.approx(undisturbed, rel=1e-3, abs=1e-4)
    assert [Path(export.path).is_file() for export in end.exports] == [True]
    assert not list(folder.exports.glob(".unverified*"))


def test_a_pause_waits_and_a_stop_keeps_what_was_learned(base: Path, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", settings(base, max_steps=100_000), NUMBERS)
    run = Run(folder)
    run.wait_for(StepDone)
    run.client.send(Pause())
    run.wait_for(Paused)
    run.client.send(Resume())
    run.wait_for(Resumed)
    run.wait_for(StepDone, after=Resumed)
    run.client.send(StopAndKeep())
    end = run.wait()
    assert isinstance(end, RunFinished)
    assert not end.is_cancelled
    assert run.of(TrainingEnded)[0].reason is EndReason.STOPPED
    assert Path(end.exports[0].path).is_file()
    steps = [event for event in run.events if isinstance(event, StepDone | Paused | Resumed)]
    paused = next(at for at, event in enumerate(steps) if isinstance(event, Paused))
    assert steps[paused + 1] == Resumed(steps[paused].step)
    assert steps[paused + 2].step == steps[paused].step + 1


@pytest.mark.parametrize("kind", ["finished", "failed"])
def test_the_process_ends_in_order_while_it_may_still_be_told_something(
    base: Path, tmp_path: Path, kind: str
) -> None:
    # Its reading thread waits for commands all the while: its input stays open.
    folder = make_run(tmp_path / "run", settings(base, max_steps=1), NUMBERS)
    if kind == "failed":
        folder.train_file.write_bytes(b"")
    with Worker(TRAINING_WORKER, str(folder.path), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        events = [decode_event(line) for line in process.stdout]
        complaints = process.stderr.read()
        exit_code = process.wait()
    assert isinstance(events[-1], RunFinished if kind == "finished" else RunFailed)
    assert complaints == b""
    assert exit_code == (0 if kind == "finished" else EXIT_FAILED)


@pytest.mark.parametrize("way", [pytest.param("cancel", marks=pytest.mark.soak), "close"])
def test_a_run_that_is_left_can_be_taken_up_again(base: Path, tmp_path: Path, way: str) -> None:
    folder = make_run(tmp_path / "run", settings(base, max_steps=100_000, checkpoint_s=600.0), NUMBERS)
    run = Run(folder)
    run.wait_for(StepDone)
    if way == "cancel":
        run.client.send(Cancel())
    run.client.close()
    end = run.wait()
    assert end == RunFinished(is_cancelled=True, is_left=way == "close")
    last = run.of(StepDone)[-1].step
    assert run.of(CheckpointWritten)[-1].step == last
    folder.save_settings(settings(base, max_steps=last + 3))
    again = Run(folder)
    assert isinstance(again.wait(), RunFinished)
    assert again.of(Plan)[0].first_step == last
    assert [step.step for step in folder.steps()] == list(range(1, last + 4))


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_what_a_killed_export_had_measured_and_written_stands(base: Path, tmp_path: Path) -> None:
    exports = (Export(ExportKind.ADAPTER, "F32"), Export(ExportKind.ADAPTER, "F16"))
    folder = make_run(tmp_path / "run", settings(base, max_steps=3, exports=exports), NUMBERS, NUMBERS[:4])
    holder: list[Run] = []

    def kill(event: Event) -> None:
        if isinstance(event, Exported):
            os.kill(holder[0].client.pid, signal.SIGKILL)

    holder.append(Run(folder, kill))
    holder[0].wait()
    first = holder[0].of(Exported)[0]
    written = Path(first.path).stat().st_mtime_ns
    again = Run(folder)
    end = again.wait()
    assert isinstance(end, RunFinished), end
    assert [export.file_type for export in end.exports] == ["F32", "F16"]
    assert end.exports[0] == first
    assert Path(first.path).stat().st_mtime_ns == written
    assert again.of(Gate) == holder[0].of(Gate)
    assert not [stage for stage in again.of(StageBegan) if stage.stage is Stage.MEASURING_RESULT]
