"""The engine's thread with the scripted model: what it waits for, and what it does not."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.generation import (
    ChatPrompt,
    Failed,
    Finished,
    FinishReason,
    GenerationRequest,
    Message,
    Priority,
    PromptProgress,
    Role,
)
from lmstudio_lite.domain.models import ModelPhase
from lmstudio_lite.engine import protocol, service
from lmstudio_lite.engine.service import Service
from tests.engine.scripted_model import ScriptedModel

PART = "part {0} " + "of a text with as many words " * 6
TIMEOUT_S = 30.0


class Running:
    """A service with a loaded model, and what it says."""

    def __init__(self, model: ScriptedModel) -> None:
        self.ended: queue.SimpleQueue[Finished | Failed] = queue.SimpleQueue()
        self.num_cached: dict[str, int] = {}
        self._is_ready = threading.Event()
        self.service = Service(lambda path, options, progress: model, self._take)
        self.service.start()
        self.service.post(protocol.LoadModel(Path("scripted.gguf"), LoadOptions()))
        assert self._is_ready.wait(TIMEOUT_S)

    def _take(self, messages: Sequence[protocol.Message]) -> None:
        for message in messages:
            match message:
                case protocol.StateChanged(state) if state.phase is ModelPhase.READY:
                    self._is_ready.set()
                case PromptProgress():
                    self.num_cached.setdefault(message.request_id, message.num_cached)
                case Finished() | Failed():
                    self.ended.put(message)
                case _:
                    pass


@pytest.fixture
def run() -> Iterator[Callable[[ScriptedModel], Running]]:
    started: list[Running] = []

    def start(model: ScriptedModel) -> Running:
        started.append(Running(model))
        return started[-1]

    yield start
    for running in started:
        running.service.post(protocol.Shutdown())
        assert running.service.join(TIMEOUT_S)


def asked(
    request_id: str, text: str, *, retry_of: str = "", may_be_retried: bool = True
) -> GenerationRequest:
    return GenerationRequest(
        request_id,
        ChatPrompt((Message(Role.USER, text),)),
        8,
        priority=Priority.BULK,
        retry_of=retry_of,
        may_be_retried=may_be_retried,
    )


def test_a_retry_finds_its_prompt_though_many_wait_for_the_cells(
    run: Callable[[ScriptedModel], Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "SETTLING_S", TIMEOUT_S)
    running = run(ScriptedModel(num_streams=1, reply="a b c d"))
    running.service.post(protocol.SubmitGroup(tuple(asked(str(n), PART.format(n)) for n in range(12))))
    for _ in range(24):
        ended = running.ended.get(timeout=TIMEOUT_S)
        if not ended.request_id.endswith("again"):
            again = f"{PART.format(ended.request_id)} not copied"
            retry = asked(f"{ended.request_id} again", again, retry_of=ended.request_id, may_be_retried=False)
            running.service.post(protocol.SubmitGroup((retry,)))
    assert min(running.num_cached[f"{n} again"] for n in range(8)) > 40


def test_who_never_says_what_follows_holds_nobody_up(run: Callable[[ScriptedModel], Running]) -> None:
    running = run(ScriptedModel(num_streams=1, reply="a b c d"))
    running.service.post(protocol.SubmitGroup(tuple(asked(str(n), PART.format(n)) for n in range(6))))
    ends = [running.ended.get(timeout=TIMEOUT_S) for _ in range(6)]
    assert {end.request_id for end in ends} == set(map(str, range(6)))
    assert all(isinstance(end, Finished) and end.reason is FinishReason.STOP for end in ends)
