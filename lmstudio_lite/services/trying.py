"""The same question to a model with and without its adapter, side by side."""

from __future__ import annotations

import queue
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.generation import (
    AdapterUse,
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
from lmstudio_lite.engine.interface import EngineClient
from lmstudio_lite.errors import error_from_code

_TOKENS_MAX = 200
_SEED = 1


@dataclass(frozen=True, slots=True)
class Answers:
    """What the base says, and what it says with the adapter, so far."""

    base: str = ""
    tuned: str = ""


def answer_side_by_side(
    engine: EngineClient,
    question: str,
    adapter: Path,
    strength: float,
    report: Callable[[Answers], None],
    cancellation: Cancellation,
) -> Answers:
    """Ask both at once, the likeliest words each time; waits. The adapter's base must be the model in use.

    Raises:
        EngineError: one of them fails.
        CancelledError: cancelled.
    """
    texts = {"base": "", "tuned": ""}
    events: queue.SimpleQueue[tuple[str, GenerationEvent]] = queue.SimpleQueue()
    requests: dict[str, str] = {}
    prompt = ChatPrompt((Message(Role.USER, question),))
    for name, adapters in (("base", ()), ("tuned", (AdapterUse(adapter, strength),))):
        request = GenerationRequest(
            uuid.uuid4().hex,
            prompt,
            _TOKENS_MAX,
            Sampling(temperature=0.0, seed=_SEED),
            adapters=adapters,
        )
        requests[name] = request.request_id
        engine.submit(request, lambda event, name=name: events.put((name, event)))  # type: ignore[misc]

    def cancel() -> None:
        for request_id in requests.values():
            engine.cancel(request_id)

    forget = cancellation.on_cancel(cancel)
    failure: Failed | None = None
    try:
        running = set(requests)
        while running:
            name, event = events.get()
            match event:
                case TextDelta(text=text, is_reasoning=False):
                    texts[name] += text
                    report(Answers(**texts))
                case Finished():
                    running.discard(name)
                case Failed():
                    running.discard(name)
                    failure = event
                    cancel()
    finally:
        forget()
    cancellation.raise_if_cancelled()
    if failure is not None:
        raise error_from_code(failure.code, failure.details)
    return Answers(**texts)
