"""What was trained, tried out: beside its base, or going on with a text."""

from __future__ import annotations

import queue
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.engine import EngineClient
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
from lmstudio_lite.errors import error_from_code

_TOKENS_MAX = 200
_SEED = 1
_WARMTH = 0.8


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
    requests = {"base": _question(question), "tuned": _question(question, AdapterUse(adapter, strength))}
    texts = _ask(engine, requests, lambda texts: report(Answers(**texts)), cancellation)
    return Answers(**texts)


def answer_in_turn(
    engine: EngineClient,
    load: Callable[[Path], None],
    question: str,
    base: Path,
    tuned: Path,
    report: Callable[[Answers], None],
    cancellation: Cancellation,
) -> Answers:
    """Ask two whole models one after the other; the tuned one stays loaded. Waits.

    ``load`` brings a model into ``engine`` and waits until it is ready.

    Raises:
        AppError: one of them can't be loaded, or fails.
        CancelledError: cancelled.
    """
    load(base)
    texts = _ask(
        engine, {"base": _question(question)}, lambda now: report(Answers(now["base"])), cancellation
    )
    first = texts["base"]
    cancellation.raise_if_cancelled()
    load(tuned)
    texts = _ask(
        engine, {"tuned": _question(question)}, lambda now: report(Answers(first, now["tuned"])), cancellation
    )
    return Answers(first, texts["tuned"])


def go_on(engine: EngineClient, text: str, report: Callable[[str], None], cancellation: Cancellation) -> str:
    """Have the model in use go on with ``text`` as it stands, without a template; waits.

    Drawn and not the likeliest words: those of a small model run in circles.

    Raises:
        EngineError: it fails.
        CancelledError: cancelled.
    """
    request = GenerationRequest(uuid.uuid4().hex, text, _TOKENS_MAX, Sampling(temperature=_WARMTH))
    return _ask(engine, {"text": request}, lambda now: report(now["text"]), cancellation)["text"]


def _question(text: str, *adapters: AdapterUse) -> GenerationRequest:
    return GenerationRequest(
        uuid.uuid4().hex,
        ChatPrompt((Message(Role.USER, text),)),
        _TOKENS_MAX,
        Sampling(temperature=0.0, seed=_SEED),
        adapters=adapters,
    )


def _ask(
    engine: EngineClient,
    requests: Mapping[str, GenerationRequest],
    report: Callable[[dict[str, str]], None],
    cancellation: Cancellation,
) -> dict[str, str]:
    """Have all of ``requests`` answered at once; returns the texts by their names."""
    texts = dict.fromkeys(requests, "")
    events: queue.SimpleQueue[tuple[str, GenerationEvent]] = queue.SimpleQueue()
    for name, request in requests.items():
        engine.submit(request, lambda event, name=name: events.put((name, event)))  # type: ignore[misc]

    def cancel() -> None:
        for request in requests.values():
            engine.cancel(request.request_id)

    forget = cancellation.on_cancel(cancel)
    failure: Failed | None = None
    try:
        running = set(requests)
        while running:
            name, event = events.get()
            match event:
                case TextDelta(text=text, is_reasoning=False):
                    texts[name] += text
                    report(dict(texts))
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
    return texts
