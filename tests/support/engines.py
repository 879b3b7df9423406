"""An ``EngineClient`` that answers by a function: policy of the tasks without a model.

Answers stream on the engine's own thread in steps of a few characters, with the same events as the real
engine's; requests run one after another, interactive ones first.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
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
from lmstudio_lite.domain.models import EngineState, LoadedModel, ModelPhase
from lmstudio_lite.errors import AppError

Answer = Callable[[GenerationRequest], str]
_STEP = 6


class AnsweringEngine:
    """Answers each request with ``answer(request)``; an ``AppError`` it raises fails the request.

    A token is a word; ``step`` characters come at a time. What comes before ``</think>`` is reasoning.
    ``requests``, ``groups`` (ids that came together), ``settled`` and ``cancelled`` record what was asked.
    While ``gate`` is cleared, no answer moves on; ``pause_after`` that many steps of an answer it clears
    itself, once. ``logprob`` is that of every token, for who asks for it.
    """

    def __init__(self, answer: Answer, *, context_size: int = 4096, step: int = _STEP) -> None:
        self._answer = answer
        self._step = step
        self._queue: queue.PriorityQueue[tuple[int, int, GenerationRequest | None]] = queue.PriorityQueue()
        self._listeners: dict[str, Callable[[GenerationEvent], None]] = {}
        self.requests: list[GenerationRequest] = []
        self.groups: list[list[str]] = []
        self.settled: list[str] = []
        self.cancelled: set[str] = set()
        self.pause_after: int | None = None
        self.logprob: float | None = None
        self.gate = threading.Event()
        self.gate.set()
        path = Path("scripted.gguf")
        self.model = LoadedModel(
            path, "scripted", "none", context_size, 8, 512, "none", has_chat_template=True, memory_bytes=0
        )
        self._path = path
        self._thread = threading.Thread(target=self._serve, name="answering engine")
        self._thread.start()

    @property
    def state(self) -> EngineState:
        return EngineState(ModelPhase.READY, self._path, model=self.model)

    def subscribe(self, listener: Callable[[EngineState], None]) -> Callable[[], None]:
        return lambda: None

    def load_model(self, path: Path, options: LoadOptions, running: Running = Running.CANCEL) -> None:
        raise NotImplementedError

    def unload_model(self) -> None:
        raise NotImplementedError

    def submit(self, request: GenerationRequest, on_event: Callable[[GenerationEvent], None]) -> None:
        self.requests.append(request)
        self._listeners[request.request_id] = on_event
        self._queue.put((request.priority, len(self.requests), request))

    def submit_group(
        self, requests: Sequence[GenerationRequest], on_event: Callable[[GenerationEvent], None]
    ) -> None:
        self.groups.append([request.request_id for request in requests])
        for request in requests:
            self.submit(request, on_event)

    def settle(self, request_id: str) -> None:
        self.settled.append(request_id)

    def cancel(self, request_id: str) -> None:
        self.cancelled.add(request_id)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def count_prompt_tokens(self, prompt: ChatPrompt) -> int:
        return sum(len(message.text.split()) for message in prompt.messages)

    def embed(self, texts: Sequence[str]) -> Embeddings:
        raise NotImplementedError

    def wait_until_ready(self, timeout_s: float | None = None) -> None:
        return

    def close(self) -> None:
        self.gate.set()
        self.cancelled.update(self._listeners)
        self._queue.put((99, 0, None))
        self._thread.join()

    def _serve(self) -> None:
        while (request := self._queue.get()[2]) is not None:
            self._listeners[request.request_id](self._run(request, self._listeners[request.request_id]))

    def _run(self, request: GenerationRequest, emit: Callable[[GenerationEvent], None]) -> Finished | Failed:
        request_id, num_tokens = request.request_id, 0
        emit(PromptProgress(request_id, 10, 10, 0))
        try:
            answer = self._answer(request)
        except AppError as error:
            return Failed(request_id, error.code, error.details)
        thought, mark, rest = answer.partition("</think>")
        if mark:
            emit(TextDelta(request_id, thought, 1, is_reasoning=True))
            answer = rest
        reason = FinishReason.STOP
        for start in range(0, len(answer), self._step):
            if num_tokens == self.pause_after:
                self.pause_after = None
                self.gate.clear()
            while not self.gate.wait(0.005) and request_id not in self.cancelled:
                pass
            if request_id in self.cancelled:
                reason = FinishReason.CANCELLED
                break
            if request.max_tokens is not None and num_tokens >= request.max_tokens:
                reason = FinishReason.LENGTH
                break
            num_tokens += 1
            text = answer[start : start + self._step]
            is_asked = request.num_alternatives is not None and self.logprob is not None
            choices = (TokenChoice(0, text, self.logprob or 0.0),) if is_asked else ()
            emit(TextDelta(request_id, text, 1, choices=choices))
        return Finished(request_id, reason, Usage(10, 0, num_tokens, 0.1, 0.1))


def question_of(request: GenerationRequest) -> str:
    """Return the last message of a request's prompt."""
    assert isinstance(request.prompt, ChatPrompt)
    return request.prompt.messages[-1].text
