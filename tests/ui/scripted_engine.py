"""An ``EngineClient`` that says what the test tells it to, when it tells it to: policy without a model."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from lmstudio_lite.domain.embedding import Embeddings
from lmstudio_lite.domain.engine import LoadOptions, Running
from lmstudio_lite.domain.generation import (
    ChatPrompt,
    Failed,
    Finished,
    FinishReason,
    GenerationEvent,
    GenerationRequest,
    PromptProgress,
    TextDelta,
    TokenChoice,
    Usage,
)
from lmstudio_lite.domain.models import EngineState, Failure, LoadedModel, ModelPhase
from lmstudio_lite.errors import AppError, Detail

Listener = Callable[[GenerationEvent], None]


class ScriptedEngine:
    """Requests wait in ``requests`` until the test answers the newest with ``say`` and ``finish``."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: list[Callable[[EngineState], None]] = []
        self._open: dict[str, Listener] = {}
        self._arrived = threading.Condition(self._lock)
        self.requests: list[GenerationRequest] = []
        self.loads: list[tuple[Path, LoadOptions]] = []
        self.runnings: list[Running] = []
        self.state = EngineState()

    def subscribe(self, listener: Callable[[EngineState], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def load_model(self, path: Path, options: LoadOptions, running: Running = Running.CANCEL) -> None:
        self.loads.append((path, options))
        self.runnings.append(running)
        self.set_state(EngineState(ModelPhase.LOADING, path, loading_fraction=0.4))
        self.set_ready(path)

    def unload_model(self) -> None:
        self.set_state(EngineState())

    def submit(self, request: GenerationRequest, on_event: Listener) -> None:
        with self._lock:
            self.requests.append(request)
            self._open[request.request_id] = on_event
            self._arrived.notify_all()

    def submit_group(self, requests: Sequence[GenerationRequest], on_event: Listener) -> None:
        for request in requests:
            self.submit(request, on_event)

    def settle(self, request_id: str) -> None:
        """Nothing of an ended request is kept."""

    def cancel(self, request_id: str) -> None:
        self._end(request_id, Finished(request_id, FinishReason.CANCELLED, usage()))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [max(1, len(text) // 4) for text in texts]

    def count_prompt_tokens(self, prompt: ChatPrompt) -> int:
        """One token for each character, as a count that is easy to follow."""
        return sum(len(message.text) for message in prompt.messages)

    def embed(self, texts: Sequence[str]) -> Embeddings:
        raise NotImplementedError

    def wait_until_ready(self, timeout_s: float | None = None) -> None:
        """Ready at once."""

    def close(self) -> None:
        for request_id in list(self._open):
            self._end(request_id, Failed(request_id, "engine_unavailable", {}))

    def wait_for_request(self, number: int, timeout_s: float = 5.0) -> GenerationRequest:
        """Wait until ``number`` requests have come in all; returns the last of them."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.requests) >= number, timeout_s)
            return self.requests[number - 1]

    def read(self, num_done: int, num_total: int) -> None:
        request_id = self.requests[-1].request_id
        self._open[request_id](PromptProgress(request_id, num_done, num_total, 0))

    def say(self, text: str) -> None:
        request_id = self.requests[-1].request_id
        self._open[request_id](TextDelta(request_id, text, 1))

    def say_surely(self, text: str, probability: float, *others: tuple[str, float]) -> None:
        """Say a token with its probability, and what else there was with theirs."""
        request_id = self.requests[-1].request_id
        alternatives = tuple((other, math.log(value)) for other, value in others)
        choice = TokenChoice(1, text, math.log(probability), alternatives, text.encode())
        self._open[request_id](TextDelta(request_id, text, 1, choices=(choice,)))

    def think(self, text: str) -> None:
        request_id = self.requests[-1].request_id
        self._open[request_id](TextDelta(request_id, text, 1, is_reasoning=True))

    def finish(self, reason: FinishReason = FinishReason.STOP) -> None:
        request_id = self.requests[-1].request_id
        self._end(request_id, Finished(request_id, reason, usage()))

    def fail(self, kind: type[AppError], **details: Detail) -> None:
        request_id = self.requests[-1].request_id
        self._end(request_id, Failed(request_id, kind.code, details))

    def set_ready(self, path: Path) -> None:
        model = LoadedModel(path, "SmolLM2 135M", "llama", 8192, 8, 512, "CPU", True, 308_000_000)
        self.set_state(EngineState(ModelPhase.READY, path, model=model, num_cells_used=1204, tokens_per_s=38))

    def set_failed(self, kind: type[AppError], **details: Detail) -> None:
        self.set_state(replace(self.state, phase=ModelPhase.FAILED, failure=Failure(kind.code, details)))

    def set_state(self, state: EngineState) -> None:
        self.state = state
        for listener in list(self._listeners):
            listener(state)

    def listener_of(self, request_id: str) -> Listener:
        """Return who hears of a request that is open."""
        return self._open[request_id]

    def end(self, request_id: str, event: Finished | Failed) -> None:
        """End one of several requests."""
        self._end(request_id, event)

    def _end(self, request_id: str, event: Finished | Failed) -> None:
        listener = self._open.pop(request_id, None)
        if listener is not None:
            listener(event)


def usage() -> Usage:
    """Return what a request may have cost."""
    return Usage(100, 20, 50, 0.5, 1.3)
