"""A run that is over writes more files, without training; and no two processes work in one folder."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from lmstudio_lite.errors import RunInUseError, error_from_code
from lmstudio_lite.finetune.protocol import (
    KL_MAX_FLOAT,
    Export,
    ExportBegan,
    Exported,
    ExportKind,
    FinetuneSettings,
    Method,
    RunFailed,
    RunFinished,
    StepDone,
)
from lmstudio_lite.finetune.run_folder import RunFolder
from lmstudio_lite.words import explain
from tests.finetune.runs import NUMBERS, Run, make_run
from tests.support.gguf_models import write_model

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("base") / "tiny.gguf", "llama")


def settings(base: Path, **changes: object) -> FinetuneSettings:
    values: dict[str, object] = {
        "base": str(base),
        "rank": 4,
        "learning_rate": 5e-3,
        "max_steps": 12,
        "batch_size": 4,
        "name": "numbers",
        "exports": (Export(ExportKind.ADAPTER, "F32"),),
    }
    return FinetuneSettings(**{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def finished(base: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = make_run(tmp_path_factory.mktemp("runs") / "run", settings(base), NUMBERS, NUMBERS[:4])
    assert isinstance(Run(folder).wait(), RunFinished)
    return folder


@pytest.mark.parametrize(
    ("kind", "file_type"),
    [(ExportKind.MERGED, "F16"), (ExportKind.MERGED, "Q8_0"), (ExportKind.ADAPTER, "F16")],
)
def test_another_file_comes_without_training(finished: RunFolder, kind: ExportKind, file_type: str) -> None:
    before = finished.last_checkpoint.read_bytes()
    run = Run(finished, export=Export(kind, file_type))
    end = run.wait()
    assert isinstance(end, RunFinished), end
    assert run.of(ExportBegan) == [ExportBegan(Export(kind, file_type))]
    assert run.of(StepDone) == []
    (exported,) = end.exports
    assert run.of(Exported) == [exported]
    assert Path(exported.path).is_file()
    assert exported.kl <= (0.03 if file_type == "Q8_0" else KL_MAX_FLOAT)
    assert exported.num_tokens > 100
    assert exported.sample
    assert finished.last_checkpoint.read_bytes() == before
    assert not list(finished.exports.glob(".unverified*"))


@pytest.mark.soak
def test_of_all_weights_no_adapter_is_written(base: Path, tmp_path: Path) -> None:
    wanted = settings(
        base, method=Method.FULL, exports=(Export(ExportKind.MERGED, "F32"),), learning_rate=1e-3
    )
    folder = make_run(tmp_path / "run", wanted, NUMBERS)
    assert isinstance(Run(folder).wait(), RunFinished)
    end = Run(folder, export=Export(ExportKind.ADAPTER, "F16")).wait()
    assert end == RunFailed("export_impossible", {"method": "full", "kind": "adapter"})
    end = Run(folder, export=Export(ExportKind.MERGED, "Q8_0")).wait()
    assert isinstance(end, RunFinished), end


def test_without_a_checkpoint_nothing_is_written(base: Path, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", settings(base), NUMBERS)
    end = Run(folder, export=Export(ExportKind.MERGED, "F16")).wait()
    assert end == RunFailed("checkpoint_missing", {"path": str(folder.path)})


def test_an_export_that_is_left_leaves_the_run_as_it_was(finished: RunFolder) -> None:
    names = sorted(path.name for path in finished.exports.iterdir())
    run = Run(finished, export=Export(ExportKind.MERGED, "F32"))
    run.wait_for(ExportBegan)
    run.client.close()
    assert run.wait() == RunFinished(is_cancelled=True, is_left=True)
    assert sorted(path.name for path in finished.exports.iterdir()) == names


def test_a_folder_serves_one_training_at_a_time(base: Path, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", settings(base, max_steps=100_000), NUMBERS)
    first = Run(folder)
    first.wait_for(StepDone)
    size_before = folder.log_file.stat().st_size
    end = Run(folder).wait()
    assert end == RunFailed("run_in_use", {"path": str(folder.path)})
    said = explain(error_from_code(end.code, end.details))
    assert str(folder.path) in said.what
    assert "another folder" in said.remedy
    with pytest.raises(RunInUseError):
        folder.lock()
    assert not any(isinstance(event, RunFailed) for event in folder.events())
    assert folder.log_file.stat().st_size >= size_before
    first.client.close()
    first.wait()


@pytest.mark.soak
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_a_killed_training_leaves_the_folder_free(base: Path, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", settings(base, max_steps=100_000), NUMBERS)
    first = Run(folder)
    first.wait_for(StepDone)
    os.kill(first.client.pid, signal.SIGKILL)
    first.wait()
    folder.lock().release()
    folder.save_settings(settings(base, max_steps=3))
    assert isinstance(Run(folder).wait(), RunFinished)
