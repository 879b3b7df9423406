"""The bare model as the other side: its chat template and "Translate to X:", one sentence a request."""

from __future__ import annotations

import queue
from collections.abc import Sequence

from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import (
    ChatPrompt,
    Failed,
    Finished,
    GenerationEvent,
    GenerationRequest,
    Message,
    Priority,
    Role,
    Sampling,
    TextDelta,
)
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.errors import error_from_code

_TIMEOUT_S = 1800.0
_MOST_TOKENS = 400


def translate_bare(client: EngineClient, sentences: Sequence[str], language: str) -> list[str]:
    """Ask for every sentence, greedily, and return what comes as it comes.

    Raises:
        AppError: a request failed.
    """
    name = LANGUAGES[language].english_name
    requests = [
        GenerationRequest(
            f"bare {number}",
            ChatPrompt((Message(Role.USER, f"Translate to {name}: {sentence}"),)),
            _MOST_TOKENS,
            Sampling(temperature=0.0),
            priority=Priority.BULK,
        )
        for number, sentence in enumerate(sentences)
    ]
    texts = {request.request_id: "" for request in requests}
    events: queue.SimpleQueue[GenerationEvent] = queue.SimpleQueue()
    client.submit_group(requests, events.put)
    num_open = len(requests)
    while num_open:
        match events.get(timeout=_TIMEOUT_S):
            case TextDelta(request_id=request_id, text=text):
                texts[request_id] += text
            case Finished():
                num_open -= 1
            case Failed(code=code, details=details):
                raise error_from_code(code, details)
    return [text.strip() for text in texts.values()]
