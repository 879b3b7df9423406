"""How much of llama.cpp's own decode speed arrives in the window.

The same greedy tokens, three ways in turn and in one process tree: a bare ``llama_decode`` loop in the
worker's place, and our whole path (worker process, client, bridge). Printed as a ratio of medians; the
bound is generous enough for a noisy machine, the measured figure is what counts.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from lmstudio_lite.app.jobs import JobContext, Jobs
from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.generation import (
    ChatPrompt,
    Failed,
    Finished,
    GenerationEvent,
    GenerationRequest,
    Message,
    Role,
    Sampling,
    TextDelta,
)
from lmstudio_lite.engine.client.client import WorkerClient
from lmstudio_lite.library.models import ModelLibrary
from lmstudio_lite.ui.bridge import Bridge

NUM_TOKENS = 160
NUM_ROUNDS = 3
CONTEXT_SIZE = 2048
TEXT = "Write a very long story about the sea, the wind and an old ship."

BARE_LOOP = """
import sys, time
import llama_cpp as C
import psutil
C.llama_log_set(cb := C.llama_log_callback(lambda *a: None), None)
model = C.llama_model_load_from_file(sys.argv[1].encode(), C.llama_model_default_params())
params = C.llama_context_default_params()
params.n_ctx, params.n_batch, params.n_ubatch = int(sys.argv[2]), 512, 512
params.n_seq_max, params.kv_unified, params.no_perf = 12, True, True
params.n_threads = params.n_threads_batch = psutil.cpu_count(logical=False)
context = C.llama_init_from_model(model, params)
vocab = C.llama_model_get_vocab(model)
text = sys.argv[4].encode()
ids = (C.llama_token * 256)()
count = C.llama_tokenize(vocab, text, len(text), ids, 256, True, True)
sampler = C.llama_sampler_init_greedy()
for line in sys.stdin:
    C.llama_memory_clear(C.llama_get_memory(context), True)
    C.llama_decode(context, C.llama_batch_get_one(ids, count))
    token = (C.llama_token * 1)(C.llama_sampler_sample(sampler, context, -1))
    began = time.perf_counter()
    for _ in range(int(sys.argv[3])):
        C.llama_decode(context, C.llama_batch_get_one(token, 1))
        token[0] = C.llama_sampler_sample(sampler, context, -1)
    print(int(sys.argv[3]) / (time.perf_counter() - began), flush=True)
"""


class BareLoop:
    """A ``llama_decode`` loop in a process of its own, run once per ``tokens_per_s``.

    Its threads wait as llama.cpp's do by default, not as our worker's.
    """

    def __init__(self, model: Path) -> None:
        arguments = [str(model), str(CONTEXT_SIZE), str(NUM_TOKENS), TEXT]
        self._process = subprocess.Popen(
            [sys.executable, "-c", BARE_LOOP, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={name: value for name, value in os.environ.items() if name != "GOMP_SPINCOUNT"},
        )

    def tokens_per_s(self) -> float:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("go\n")
        process.stdin.flush()
        return float(process.stdout.readline())

    def close(self) -> None:
        self._process.communicate()


def whole_path(client: WorkerClient, bridge: Bridge, app: QApplication, request_id: str) -> float:
    """Generate through worker, client and bridge with the event loop running; tokens/s as they arrive."""
    arrivals: list[tuple[float, int]] = []

    def work(context: JobContext) -> None:
        ended = threading.Event()

        def on_event(event: GenerationEvent) -> None:
            context.report(event)
            if isinstance(event, Finished | Failed):
                ended.set()

        prompt = ChatPrompt((Message(Role.USER, TEXT),))
        client.submit(
            GenerationRequest(request_id, prompt, NUM_TOKENS + 1, Sampling(temperature=0)), on_event
        )
        assert ended.wait(120)

    ends: list[Finished | Failed] = []

    def on_progress(event: object) -> None:
        if isinstance(event, TextDelta):
            arrivals.append((time.perf_counter(), event.num_tokens))
        if isinstance(event, Finished | Failed):
            ends.append(event)

    bridge.run(work, on_progress=on_progress)
    deadline = time.monotonic() + 120
    while not ends and time.monotonic() < deadline:
        app.processEvents()
        time.sleep(0.004)
    assert isinstance(ends[0], Finished)
    elapsed_s = arrivals[-1][0] - arrivals[0][0]
    return sum(count for _, count in arrivals[1:]) / elapsed_s


@pytest.mark.benchmark
def test_the_whole_path_keeps_up_with_a_bare_decode_loop(
    qapp: QApplication, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = ModelLibrary(tmp_path, lambda: []).starter_path()
    assert model is not None
    bare, client, jobs = BareLoop(model), WorkerClient(), Jobs()
    bridge = Bridge(jobs, client)
    ratios, ours, raw = [], [], []
    try:
        client.load_model(model, LoadOptions(context_size=CONTEXT_SIZE, num_sequences_max=4))
        client.wait_until_ready(120)
        for number in range(NUM_ROUNDS + 1):
            raw.append(bare.tokens_per_s())
            ours.append(whole_path(client, bridge, qapp, str(number)))
            ratios.append(ours[-1] / raw[-1])
    finally:
        bare.close()
        client.close()
        jobs.close()
    ratio = statistics.median(ratios[1:])
    with capsys.disabled():
        print(  # noqa: T201
            f"\ndecode, whole path against a bare loop: {statistics.median(ours[1:]):.1f} / "
            f"{statistics.median(raw[1:]):.1f} tokens/s, median ratio {ratio:.3f} (bound 0.97)"
        )
    assert ratio > 0.5, "far from the bare loop: something on the path got slow"
