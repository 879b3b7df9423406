"""A whole run, from loading to two verified files, of models that are computed otherwise than a llama."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmstudio_lite.finetune.protocol import (
    Export,
    Exported,
    ExportKind,
    FinetuneSettings,
    RunFinished,
    StepDone,
)
from tests.finetune.runs import NUMBERS, Run, make_run
from tests.finetune.training.test_architectures import write_random

pytestmark = pytest.mark.timeout(240)


@pytest.mark.parametrize("kind", [pytest.param("qwen35", marks=pytest.mark.soak), "mamba"])
def test_a_run_writes_files_that_are_what_was_trained(tmp_path: Path, kind: str) -> None:
    base = tmp_path / "base.gguf"
    write_random(base, kind)
    settings = FinetuneSettings(
        base=str(base),
        rank=4,
        learning_rate=5e-3,
        max_steps=4,
        batch_size=4,
        max_length=128,
        name="numbers",
        exports=(Export(ExportKind.ADAPTER, "F32"), Export(ExportKind.MERGED, "Q8_0")),
    )
    run = Run(make_run(tmp_path / "run", settings, NUMBERS, NUMBERS[:4]))
    end = run.wait()
    assert isinstance(end, RunFinished), end
    losses = [step.loss for step in run.of(StepDone)]
    assert losses[-1] < losses[0]
    adapter, merged = run.of(Exported)
    assert adapter.kl < 1e-3
    assert merged.kl < 0.03
