"""How probable each token of a given text is to the model in use, which reads it and writes nothing."""

from __future__ import annotations

import queue
from collections.abc import Callable
from typing import assert_never

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.certainty import TokenPlaces, TokenSpan
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import (
    Failed,
    Finished,
    GenerationEvent,
    GenerationRequest,
    PromptProgress,
    TextDelta,
)
from lmstudio_lite.errors import error_from_code


def read_tokens(
    engine: EngineClient,
    request: GenerationRequest,
    report: Callable[[int, int], None],
    cancellation: Cancellation,
) -> list[TokenSpan]:
    """Have ``request.given_text`` read; waits. What does not fit into the context is left out at the end.

    ``report`` is told how many characters of how many are read.

    Raises:
        EngineError: the engine failed.
        CancelledError: cancelled.
    """
    events: queue.SimpleQueue[GenerationEvent] = queue.SimpleQueue()
    places, spans = TokenPlaces(), list[TokenSpan]()
    engine.submit(request, events.put)
    forget = cancellation.on_cancel(lambda: engine.cancel(request.request_id))
    num_read = 0
    try:
        while True:
            event = events.get()
            match event:
                case PromptProgress():
                    report(0, len(request.given_text))
                case TextDelta():
                    spans += places.take(event.text, event.choices)
                    num_read += len(event.text)
                    report(num_read, len(request.given_text))
                case Finished():
                    cancellation.raise_if_cancelled()
                    return spans
                case Failed():
                    raise error_from_code(event.code, event.details)
                case _:
                    assert_never(event)
    finally:
        forget()
