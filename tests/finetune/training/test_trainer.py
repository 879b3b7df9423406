"""How much work a training may lose: when its checkpoints are written, by a clock of the test's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
import torch

from lmstudio_lite.finetune.protocol import (
    CheckpointWritten,
    Delay,
    Evaluated,
    Event,
    FinetuneSettings,
    Paused,
    Resumed,
    StepDone,
)
from lmstudio_lite.finetune.run_folder import RunFolder
from lmstudio_lite.finetune.training import trainer as trainer_module
from lmstudio_lite.finetune.training.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from lmstudio_lite.finetune.training.lora import TunedModel
from lmstudio_lite.finetune.training.reporting import Control, Reporter
from lmstudio_lite.finetune.training.token_store import Row, TokenStore
from lmstudio_lite.finetune.training.tokenize import Encoded
from lmstudio_lite.finetune.training.trainer import Trainer
from lmstudio_lite.finetune.training.training_data import TrainingData
from tests.finetune.training.models import CPU, TOKEN_IDS, load, row
from tests.support.gguf_models import write_model

Kind = TypeVar("Kind")


class Clock:
    """A time that only the work moves on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now


class SlowExamples(TokenStore):
    """Each example takes a while to learn."""

    def __init__(self, folder: Path, clock: Clock, example_s: float) -> None:
        super().__init__(folder, "train")
        self._clock, self.example_s = clock, example_s
        learned = [number >= 20 for number in range(len(TOKEN_IDS))]
        example = Encoded(TOKEN_IDS, learned)
        self.fill("key", [([example], False) for _ in range(8)], lambda _number: None)

    def row(self, number: int) -> Row:
        self._clock.now += self.example_s
        return super().row(number)


class Undisturbed:
    def is_stopped(self) -> bool:
        return False

    def is_cancelled(self) -> bool:
        return False

    def is_paused(self) -> bool:
        return False

    def wait(self) -> None:
        raise AssertionError("nobody paused")


class PausedFor(Undisturbed):
    """Somebody pauses once ``pauses`` is set, and waits ``num_waits`` times before going on."""

    def __init__(self, num_waits: int) -> None:
        self.pauses = False
        self.num_left = num_waits

    def is_paused(self) -> bool:
        return self.pauses and self.num_left > 0

    def wait(self) -> None:
        self.num_left -= 1


class KilledError(Exception):
    pass


class Bench:
    """A trainer whose clock is the test's, and at which times its work was safe."""

    def __init__(
        self,
        path: Path,
        monkeypatch: pytest.MonkeyPatch,
        *,
        step_s: float,
        checkpoint_s: float = 0.0,
        show_s: float = 0.0,
        control: Control | None = None,
        **changes: object,
    ) -> None:
        self.clock = Clock()
        self.events: list[Event] = []
        self.saved_at: list[float] = [self.clock.now]
        self.unsaved_s: list[float] = []
        """How long the work was that a kill would have cost, whenever something was done."""
        self._show_s = show_s
        monkeypatch.setattr(trainer_module, "time", self.clock)

        def slow_save(target: Path, checkpoint: Checkpoint) -> object:
            self._note()
            self.clock.now += checkpoint_s
            self.saved_at.append(self.clock.now)
            return save_checkpoint(target, checkpoint)

        monkeypatch.setattr(trainer_module, "save_checkpoint", slow_save)
        path.mkdir(exist_ok=True)
        self.folder = RunFolder(path)
        base = load(write_model(path / "base.gguf", "llama"))
        values: dict[str, object] = {"rank": 2, "batch_size": 2, "max_steps": 60, "evaluate_every": 1000}
        torch.manual_seed(0)
        settings = FinetuneSettings(**{**values, **changes})  # type: ignore[arg-type]
        examples = self.examples = SlowExamples(path, self.clock, step_s / settings.batch_size)
        validation = [row(TOKEN_IDS, 20)]
        self.trainer = Trainer(
            TunedModel(base, settings),
            TrainingData(examples, validation),
            CPU,
            self.folder,
            "key",
            Reporter(self._take, control or Undisturbed()),
            self._show,
        )

    on_event: Callable[[Event], None] = staticmethod(lambda event: None)

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [event for event in self.events if isinstance(event, kind)]

    def _take(self, event: Event) -> None:
        self._note()
        self.events.append(event)
        self.on_event(event)

    def _show(self, _step: int) -> None:
        self.clock.now += self._show_s
        self._note()

    def _note(self) -> None:
        self.unsaved_s.append(self.clock.now - self.saved_at[-1])


@pytest.mark.parametrize("step_s", [0.4, 7.0, 29.0])
def test_a_kill_costs_at_most_30_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step_s: float) -> None:
    bench = Bench(tmp_path, monkeypatch, step_s=step_s, checkpoint_s=0.1)
    bench.trainer.run()
    assert max(bench.unsaved_s) <= 30.0
    steps, saves = len(bench.of(StepDone)), len(bench.of(CheckpointWritten))
    assert 0.1 * saves <= 0.05 * step_s * steps + 0.3


def test_measuring_is_begun_with_all_steps_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(tmp_path, monkeypatch, step_s=2.0, checkpoint_s=0.1, show_s=20.0, evaluate_every=8)
    bench.trainer.run()
    # The first measuring shows how long it takes.
    first = next(at for at, event in enumerate(bench.events) if isinstance(event, CheckpointWritten))
    assert max(bench.unsaved_s[first:]) <= 36.0
    assert len(bench.of(Evaluated)) == 8


def test_dear_checkpoints_cost_a_twentieth_of_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tmp_path, monkeypatch, step_s=10.0, checkpoint_s=8.0)
    bench.trainer.run()
    num_saves = len(bench.of(CheckpointWritten))
    assert 8.0 * (num_saves - 2) <= 0.055 * 600.0
    assert 30.0 < max(bench.unsaved_s) <= 170.0


def test_a_run_killed_before_measuring_measures_when_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings: dict[str, Any] = {"max_steps": 12, "evaluate_every": 4, "learning_rate": 5e-3}
    whole = Bench(tmp_path / "whole", monkeypatch, step_s=2.0, show_s=40.0, **settings)
    whole.trainer.run()
    killed = Bench(tmp_path / "killed", monkeypatch, step_s=2.0, show_s=40.0, **settings)

    def kill(event: Event) -> None:
        found = load_checkpoint(killed.folder.last_checkpoint, "key")
        if found is not None and found.step == 8 and found.evaluated_step == 4:
            raise KilledError

    killed.on_event = kill
    with pytest.raises(KilledError):
        killed.trainer.run()
    again = Bench(tmp_path / "killed", monkeypatch, step_s=2.0, **settings)
    assert again.trainer.resume()
    again.trainer.run()
    measured = {event.step: event.validation_loss for event in again.of(Evaluated)}
    expected = {event.step: event.validation_loss for event in whole.of(Evaluated)}
    assert list(measured) == [8, 12]
    assert [measured[8], measured[12]] == pytest.approx([expected[8], expected[12]], rel=1e-4)
    assert np.isfinite(list(measured.values())).all()


def test_the_time_left_is_the_whole_runs_and_grows_only_for_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tmp_path, monkeypatch, step_s=2.0, show_s=5.0, evaluate_every=20)
    bench.trainer.expect(evaluation_s=5.0, after_s=30.0)

    def slow_down(event: Event) -> None:
        if isinstance(event, StepDone) and event.step == 40:
            bench.examples.example_s *= 5

    bench.on_event = slow_down
    bench.trainer.run()
    steps = bench.of(StepDone)
    assert steps[0].seconds_left == pytest.approx(59 * 2.0 + 3 * 5.0 + 30.0, rel=0.02)
    assert steps[-1].seconds_left == pytest.approx(30.0)
    least = steps[0].seconds_left
    for step in steps:
        assert step.seconds_left <= 1.1 * least or step.delay is Delay.SPEED
        least = min(least, step.seconds_left)
    assert all(step.delay is None for step in steps[:40])
    assert any(step.delay is Delay.SPEED for step in steps[40:])


def test_nothing_is_learned_while_it_is_paused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    control = PausedFor(num_waits=50)
    bench = Bench(tmp_path, monkeypatch, step_s=2.0, max_steps=6, control=control)

    def pause_after_three(event: Event) -> None:
        control.pauses = control.pauses or (isinstance(event, StepDone) and event.step == 3)

    bench.on_event = pause_after_three
    bench.trainer.run()
    assert control.num_left == 0
    told = [event for event in bench.events if isinstance(event, StepDone | Paused | Resumed)]
    assert [type(event) for event in told] == [*3 * [StepDone], Paused, Resumed, *3 * [StepDone]]
    assert [event.step for event in told] == [1, 2, 3, 3, 3, 4, 5, 6]
