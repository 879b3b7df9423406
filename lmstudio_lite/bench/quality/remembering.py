"""An engine that generates nothing twice: what it once answered it says again to the same request.

With a rule off most of a summary's requests are those of before. So a document with each of the rules off
takes a few times as long as once, and no text differs from another by rounding alone.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lmstudio_lite.bench.recording import RecordingClient
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import (
    Finished,
    FinishReason,
    GenerationEvent,
    GenerationRequest,
    TextDelta,
)

_OnEvent = Callable[[GenerationEvent], None]
_STEP_S = 0.0005
"""Between the pieces of an answer, so that its reader can have enough of it in the middle."""
_CANCEL_S = 1.0
"""How long a reader that had enough before may take to say so again; else the rest is generated."""


@dataclass(frozen=True, slots=True)
class _Answer:
    deltas: tuple[TextDelta, ...]
    end: Finished


class RememberingClient(RecordingClient):
    """Wraps a client of the engine. Thread-safe; for requests with a seed."""

    def __init__(self, client: EngineClient) -> None:
        super().__init__(client)
        self._answers: dict[str, _Answer] = {}
        self._cancelled: dict[str, threading.Event] = defaultdict(threading.Event)

    def submit_group(self, requests: Sequence[GenerationRequest], on_event: _OnEvent) -> None:
        known = [request for request in requests if _question(request) in self._answers]
        unknown = [request for request in requests if _question(request) not in self._answers]
        if unknown:
            self._generate(unknown, on_event)
        if known:
            threading.Thread(target=self._say, args=(known, on_event), daemon=True).start()

    def cancel(self, request_id: str) -> None:
        self._cancelled[request_id].set()
        super().cancel(request_id)

    def _generate(self, requests: Sequence[GenerationRequest], on_event: _OnEvent, num_said: int = 0) -> None:
        """Let the engine answer; of the text ``num_said`` characters are told already."""
        questions = {request.request_id: _question(request) for request in requests}
        deltas: dict[str, list[TextDelta]] = defaultdict(list)
        left = num_said

        def note(event: GenerationEvent) -> None:
            nonlocal left
            if isinstance(event, TextDelta):
                deltas[event.request_id].append(event)
                event, left = replace(event, text=event.text[left:]), max(0, left - len(event.text))
            elif isinstance(event, Finished):
                answer = _Answer(tuple(deltas[event.request_id]), event)
                self._answers[questions[event.request_id]] = answer
            on_event(event)

        super().submit_group(requests, note)

    def _say(self, requests: Sequence[GenerationRequest], on_event: _OnEvent) -> None:
        for request in requests:
            answer = self._answers[_question(request)]
            cancelled = self._cancelled[request.request_id]
            had_enough = answer.end.reason is FinishReason.CANCELLED
            for delta in answer.deltas:
                on_event(replace(delta, request_id=request.request_id))
                if cancelled.wait(_STEP_S) and not had_enough:
                    break
            if had_enough and not cancelled.wait(_CANCEL_S):
                said = sum(len(delta.text) for delta in answer.deltas)
                self._generate((request,), on_event, said)
                continue
            reason = FinishReason.CANCELLED if cancelled.is_set() else answer.end.reason
            on_event(replace(answer.end, request_id=request.request_id, reason=reason))


def _question(request: GenerationRequest) -> str:
    """Return what decides the answer."""
    return repr(replace(request, request_id="", retry_of="", may_be_retried=False))
