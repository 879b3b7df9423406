"""The worker is killed again and again, by each signal, while three requests stream.

Ten times in a normal run; ``LMSTUDIO_LITE_KILLS=100`` makes it a hundred.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lmstudio_lite.domain.generation import Failed, Finished, Priority, PromptProgress, TextDelta
from lmstudio_lite.domain.models import Rung
from lmstudio_lite.engine.client.client import WorkerClient
from tests.engine.client.test_client import OPTIONS, Reply

NUM_KILLS = int(os.environ.get("LMSTUDIO_LITE_KILLS", "10"))
NAMES = ("SIGSEGV", "SIGABRT", "SIGILL", "SIGKILL", "SIGTERM")
NUM_TOKENS = 40
CALL_S_MAX = 0.5

pytestmark = [
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signals here"),
    pytest.mark.timeout(120 + 20 * NUM_KILLS),
]


@pytest.fixture(scope="module")
def undisturbed(starter_path: Path) -> str:
    client = WorkerClient()
    try:
        client.load_model(starter_path, OPTIONS)
        reply = Reply(client, "undisturbed", max_tokens=NUM_TOKENS)
        assert isinstance(reply.wait(), Finished)
        return reply.text
    finally:
        client.close()


@pytest.fixture
def client(undisturbed: str) -> Iterator[WorkerClient]:
    made = WorkerClient()
    yield made
    made.close()


@pytest.mark.may_log("the engine's process died")
def test_bulk_work_in_its_own_memory_survives_too(client: WorkerClient, starter_path: Path) -> None:
    client.load_model(starter_path, OPTIONS)
    client.wait_until_ready(60)
    replies = [
        Reply(client, str(number), max_tokens=NUM_TOKENS, priority=Priority.BULK) for number in range(6)
    ]
    replies[0].wait_for_text()
    pid = client.worker_pid
    assert pid is not None
    before = [reply.text for reply in replies]
    os.kill(pid, signal.SIGKILL)
    for reply, text in zip(replies, before, strict=True):
        end = reply.wait()
        assert isinstance(end, Finished), end
        assert reply.text.startswith(text)
        assert end.usage.num_generated_tokens == pytest.approx(NUM_TOKENS, abs=1)


@pytest.mark.may_log("the engine's process died")
@pytest.mark.parametrize("number", range(NUM_KILLS))
def test_no_event_is_lost_or_doubled(
    client: WorkerClient, starter_path: Path, undisturbed: str, number: int
) -> None:
    chance = random.Random(number)
    name = NAMES[number % len(NAMES)]
    client.load_model(starter_path, OPTIONS)
    if chance.random() < 0.7:
        client.wait_until_ready(60)
    slowest_s = 0.0
    replies = []
    for request_id in ("a", "b", "c"):
        began = time.monotonic()
        replies.append(Reply(client, request_id, max_tokens=NUM_TOKENS))
        slowest_s = max(slowest_s, time.monotonic() - began)
    time.sleep(chance.uniform(0.0, 2.0))
    pid = client.worker_pid
    assert pid is not None
    before = [reply.text for reply in replies]
    is_over = all(len(text) == len(undisturbed) for text in before)
    os.kill(pid, getattr(signal, name))
    began = time.monotonic()
    client.cancel("unknown")
    assert client.state is not None
    slowest_s = max(slowest_s, time.monotonic() - began)
    for reply, text in zip(replies, before, strict=True):
        end = reply.wait()
        assert isinstance(end, Finished), end
        assert reply.text.startswith(text)
        said = [event for event in reply.events if isinstance(event, TextDelta)]
        assert sum(event.num_tokens for event in said) == end.usage.num_generated_tokens
        assert end.usage.num_generated_tokens == pytest.approx(NUM_TOKENS, abs=1)
        kinds = {type(event) for event in reply.events[:-1]}
        assert kinds <= {TextDelta, PromptProgress}
        assert not isinstance(reply.events[-1], Failed)
        # Greedy, from the same words on: it goes on with the same words, but for a token that a
        # crash cut in two and the numerics of another batch.
        assert reply.text[:24] == undisturbed[:24]
    assert slowest_s < CALL_S_MAX
    if not is_over and client.worker_pid != pid:
        assert client.state.restart_reason == name
        assert client.state.rung is (Rung.LESS_MEMORY if name == "SIGKILL" else Rung.NO_EXTRA_BUFFERS)
