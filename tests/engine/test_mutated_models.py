"""Damaged model files through the real worker: each fails or loads, and the client outlives them all.

``LMSTUDIO_LITE_NUM_DAMAGED`` is how many; 500 take about five seconds, for most are refused at once.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.generation import Failed, Finished, GenerationEvent, GenerationRequest, Sampling
from lmstudio_lite.domain.models import ModelPhase
from lmstudio_lite.engine.client.client import WorkerClient
from lmstudio_lite.errors import AppError
from tests.support.gguf_models import header_size_of, make_model, write_model
from tests.support.gguf_mutations import mutations

NUM_FILES = int(os.environ.get("LMSTUDIO_LITE_NUM_DAMAGED", "500"))
LONGEST_S = 60.0
MEMORY_MAX_BYTES = 2 << 30
OPTIONS = LoadOptions(context_size=512, num_sequences_max=2)


@pytest.fixture
def client() -> Iterator[WorkerClient]:
    made = WorkerClient()
    yield made
    made.close()


def try_model(client: WorkerClient, path: Path) -> str:
    """Load a model and ask it for three tokens; return how it ended: a code, or "" if all went well."""
    client.load_model(path, OPTIONS)
    try:
        client.wait_until_ready(LONGEST_S)
    except AppError as error:
        return error.code
    ended = threading.Event()
    ends: list[Finished | Failed] = []

    def on_event(event: GenerationEvent) -> None:
        if isinstance(event, Finished | Failed):
            ends.append(event)
            ended.set()

    client.submit(GenerationRequest("a", "the other one", 3, Sampling(temperature=0)), on_event)
    assert ended.wait(LONGEST_S)
    (end,) = ends
    return end.code if isinstance(end, Failed) else ""


@pytest.mark.may_log("(the engine.s process died|chat template can.t be used|WARNING lmstudio_lite.engine)")
@pytest.mark.timeout(3600)
def test_the_client_survives_every_damaged_file(client: WorkerClient, tmp_path: Path) -> None:
    content = make_model("llama")
    sound = write_model(tmp_path / "sound.gguf", "llama")
    outcomes: dict[str, int] = {}
    for what, damaged in mutations(content, header_size=header_size_of(content), count=NUM_FILES):
        path = tmp_path / f"{what.partition(':')[0]}.gguf"
        path.write_bytes(damaged)
        began = time.monotonic()
        code = try_model(client, path)
        outcomes[code] = outcomes.get(code, 0) + 1
        assert time.monotonic() - began < LONGEST_S, what
        pid = client.worker_pid
        if pid is not None and psutil.pid_exists(pid):
            assert psutil.Process(pid).memory_info().rss < MEMORY_MAX_BYTES, what
        path.unlink()
    print(f"\n{NUM_FILES} damaged models: {outcomes}")  # noqa: T201
    assert outcomes.keys() <= {
        "",
        "model_load",
        "model_file",
        "engine_crash_loop",
        "decode",
        "prompt_too_long",
    }
    assert try_model(client, sound) == ""
    assert client.state.phase is ModelPhase.READY
