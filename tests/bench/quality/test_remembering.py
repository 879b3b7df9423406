"""What a model said once is said again, without the model."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from pathlib import Path

import pytest

from lmstudio_lite.bench.quality.remembering import RememberingClient
from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.generation import (
    ChatPrompt,
    Finished,
    FinishReason,
    GenerationEvent,
    GenerationRequest,
    Message,
    Role,
    Sampling,
    TextDelta,
)
from lmstudio_lite.engine.client.client import WorkerClient

ENOUGH = 8
"""Characters of an answer that a reader stops."""


@pytest.fixture
def client(starter_model: Path) -> Iterator[RememberingClient]:
    client = RememberingClient(WorkerClient())
    client.load_model(starter_model, LoadOptions(context_size=512, num_sequences_max=2))
    client.wait_until_ready(60)
    yield client
    client.close()


def answer(client: RememberingClient, request_id: str, *, stops: bool) -> tuple[str, FinishReason]:
    """Ask always the same; return the text and why it ended."""
    events: queue.SimpleQueue[GenerationEvent] = queue.SimpleQueue()
    prompt = ChatPrompt((Message(Role.USER, "Count from one to twenty in words."),))
    client.submit(GenerationRequest(request_id, prompt, 40, Sampling(temperature=0.2, seed=1)), events.put)
    text = ""
    while True:
        match events.get(timeout=60):
            case TextDelta(text=piece):
                text += piece
                if stops and len(text) >= ENOUGH:
                    client.cancel(request_id)
            case Finished(reason=reason):
                return text, reason


def test_an_answer_comes_from_memory_whole_or_cut(client: RememberingClient) -> None:
    cut, _ = answer(client, "1", stops=True)
    assert answer(client, "2", stops=True) == (cut, FinishReason.CANCELLED)
    assert len(client.asked) == 1
    whole, reason = answer(client, "3", stops=False)
    assert whole.startswith(cut)
    assert reason is not FinishReason.CANCELLED
    assert len(client.asked) == 2
    assert answer(client, "4", stops=False) == (whole, reason)
    again, _ = answer(client, "5", stops=True)
    assert whole.startswith(again)
    assert len(client.asked) == 2
