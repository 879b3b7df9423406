"""A training reads its examples as a stream: many of them take no more memory than few.

8 MB in a normal run; ``LMSTUDIO_LITE_LONG=1`` makes it 120 MB.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lmstudio_lite.domain.training import TrainingExample
from lmstudio_lite.finetune.data.canonical import write_examples
from lmstudio_lite.finetune.protocol import DataRead, FinetuneSettings, RunFinished, StepDone
from tests.finetune.runs import NUMBERS, Run, chat, make_run
from tests.support.gguf_models import write_model

NUM_BYTES = 120_000_000 if os.environ.get("LMSTUDIO_LITE_LONG") == "1" else 8_000_000
ANSWER = "The sea was calm and the ship went on through the night. " * 20
GROWN_BYTES_MAX = 60_000_000

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]


def many() -> Iterator[TrainingExample]:
    for number in range(NUM_BYTES // (len(ANSWER) + 40)):
        yield chat(f"What follows {number}?", f"{number}: {ANSWER}")


def test_many_examples_take_no_more_memory_than_few(tmp_path: Path) -> None:
    base = write_model(tmp_path / "tiny.gguf", "llama")
    settings = FinetuneSettings(base=str(base), rank=2, max_steps=2, batch_size=2, max_length=64, exports=())
    peaks = {}
    for name in ("few", "many"):
        folder = make_run(tmp_path / name, settings, NUMBERS, NUMBERS[:2])
        if name == "many":
            write_examples(folder.train_file, many())
        run = Run(folder)
        end = run.wait(600)
        assert isinstance(end, RunFinished), end
        peaks[name] = run.of(StepDone)[-1].memory_bytes
        read = run.of(DataRead)[0]
        print(name, folder.train_file.stat().st_size, read.num_examples, peaks[name])  # noqa: T201
    assert peaks["many"] - peaks["few"] < GROWN_BYTES_MAX
