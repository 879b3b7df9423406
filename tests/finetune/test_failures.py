"""What goes wrong is said with its code and numbers, and nothing learned is lost."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from lmstudio_lite.errors import AppError, DiskFullError, LossDivergedError, TrainingMemoryError
from lmstudio_lite.finetune.protocol import (
    Event,
    Export,
    ExportKind,
    FinetuneSettings,
    MemoryShrunk,
    Method,
    RunFailed,
    RunFinished,
    StepDone,
)
from lmstudio_lite.finetune.run_folder import RunFolder
from lmstudio_lite.finetune.training import job
from lmstudio_lite.finetune.training.checkpoints import load_checkpoint
from lmstudio_lite.finetune.training.evaluate import Measurer
from tests.finetune.runs import Run, chat, make_run
from tests.support.gguf_models import write_model


class Undisturbed:
    """Asks for nothing."""

    def is_stopped(self) -> bool:
        return False

    def is_cancelled(self) -> bool:
        return False

    def is_paused(self) -> bool:
        return False

    def wait(self) -> None:
        return


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return write_model(tmp_path / "tiny.gguf", "llama")


def settings(model: Path, **changes: object) -> FinetuneSettings:
    values: dict[str, object] = {
        "base": str(model),
        "rank": 4,
        "max_steps": 6,
        "batch_size": 4,
        "max_length": 64,
        "exports": (),
        "checkpoint_s": 0.0,
    }
    return FinetuneSettings(**{**values, **changes})  # type: ignore[arg-type]


def run_here(folder: RunFolder) -> list[Event]:
    events: list[Event] = []
    job.run(folder, events.append, Undisturbed())
    return events


def code_of(folder: RunFolder) -> AppError:
    with pytest.raises(AppError) as failed:
        run_here(folder)
    return failed.value


def test_a_loss_that_is_no_number_ends_it_with_the_step_before_kept(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_run(tmp_path / "run", settings(base))
    real, count = Measurer.loss_sum, [0]

    def diverging(self: Measurer, part: Any) -> torch.Tensor:
        count[0] += torch.is_grad_enabled()
        return real(self, part) * (float("nan") if count[0] == 4 else 1.0)

    monkeypatch.setattr(Measurer, "loss_sum", diverging)
    error = code_of(folder)
    assert isinstance(error, LossDivergedError)
    assert error.details["step"] == 4
    kept = torch.load(folder.last_checkpoint, weights_only=True)
    assert kept["step"] == 3
    assert all(bool(torch.isfinite(weight).all()) for weight in kept["weights"].values())


def test_memory_that_runs_out_makes_the_parts_smaller_and_changes_no_result(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = [
        event.loss
        for event in run_here(make_run(tmp_path / "a", settings(base)))
        if isinstance(event, StepDone)
    ]
    real = Measurer.loss_sum

    def greedy(self: Measurer, part: Any) -> torch.Tensor:
        if torch.is_grad_enabled() and part.num_tokens > 130:
            raise RuntimeError(
                "[enforce fail at alloc_cpu.cpp:117] . DefaultCPUAllocator: can't allocate memory"
            )
        return real(self, part)

    monkeypatch.setattr(Measurer, "loss_sum", greedy)
    events = run_here(make_run(tmp_path / "b", settings(base)))
    shrunk = [event for event in events if isinstance(event, MemoryShrunk)]
    assert shrunk
    assert shrunk[-1].micro_tokens <= 130
    losses = [event.loss for event in events if isinstance(event, StepDone)]
    assert losses == pytest.approx(whole, rel=1e-4)


def test_memory_that_is_never_enough_says_so(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Measurer.loss_sum

    def starved(self: Measurer, part: Any) -> torch.Tensor:
        if torch.is_grad_enabled():
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(self, part)

    monkeypatch.setattr(Measurer, "loss_sum", starved)
    error = code_of(make_run(tmp_path / "run", settings(base)))
    assert isinstance(error, TrainingMemoryError)
    assert error.details["step"] == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full disk at hand")
def test_a_full_disk_is_named_and_the_checkpoint_before_stays(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import resource

    folder = make_run(tmp_path / "run", settings(base))
    assert isinstance(run_here(folder)[-1], RunFinished)
    before = folder.last_checkpoint.read_bytes()
    folder.save_settings(settings(base, max_steps=12))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    import signal

    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, limits[1]))
        error = code_of(folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert isinstance(error, DiskFullError)
    assert folder.last_checkpoint.read_bytes() == before


def test_a_broken_line_is_named(base: Path, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", settings(base))
    lines = folder.train_file.read_bytes().splitlines(keepends=True)
    folder.train_file.write_bytes(b"".join([*lines[:30], b'{"messages": [broken\n', *lines[30:]]))
    end = Run(folder).wait()
    assert isinstance(end, RunFailed)
    assert end.code == "dataset_line"
    assert end.details["line"] == 31


def test_data_without_anything_to_learn_is_refused(base: Path, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", settings(base), [chat("a " * 200, "lost")])
    assert code_of(folder).code == "dataset_empty"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"base": "gone.gguf"}, "model_not_found"),
        ({"method": Method.DORA, "exports": (Export(ExportKind.ADAPTER, "F16"),)}, "export_impossible"),
        ({"exports": (Export(ExportKind.ADAPTER, "Q8_0"),)}, "export_impossible"),
    ],
)
def test_what_can_not_be_done_is_refused_before_it_is_begun(
    base: Path, tmp_path: Path, changes: dict[str, object], code: str
) -> None:
    assert code_of(make_run(tmp_path / "run", settings(base, **changes))).code == code


def test_a_worker_without_settings_says_so(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    end = Run(folder).wait()
    assert isinstance(end, RunFailed)
    assert end.code == "settings"


def test_a_checkpoint_of_another_run_is_not_taken_up(base: Path, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", settings(base))
    run_here(folder)
    assert load_checkpoint(folder.last_checkpoint, "another key") is None
    folder.last_checkpoint.write_bytes(b"not a checkpoint")
    assert load_checkpoint(folder.last_checkpoint, "any") is None
    folder.save_settings(settings(base, seed=1))
    events = run_here(folder)
    assert next(event.step for event in events if isinstance(event, StepDone)) == 1


def test_the_rest_of_the_program_does_not_import_torch() -> None:
    import subprocess

    program = (
        "import sys; import lmstudio_lite.cli.finetune, lmstudio_lite.finetune.client, "
        "lmstudio_lite.finetune.architectures, lmstudio_lite.finetune.worker, lmstudio_lite.app.session; "
        "print([name for name in ('torch', 'transformers', 'peft', 'gguf') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
