"""The bare model as the other side: its chat template, "Summarize:", the text cut to its context."""

from __future__ import annotations

import queue

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
from lmstudio_lite.errors import PromptTooLongError, error_from_code

SAMPLING = Sampling(temperature=0.2, top_p=0.9, seed=1)
"""The temperature of a summary's first attempt."""
MAX_TOKENS = {"en": 260, "de": 380, "zh": 380, "ar": 600}
"""About 165 words of each language in the tokens of a small model."""
TIMEOUT_S = 1800.0


def summarize_bare(client: EngineClient, text: str, language: str, context_size: int) -> str:
    """Ask once and return what comes; raises the error that the engine fails with."""
    max_tokens = MAX_TOKENS[language]
    prompt = _fitting(client, text, context_size - max_tokens - 16)
    events: queue.SimpleQueue[GenerationEvent] = queue.SimpleQueue()
    request = GenerationRequest("bare", prompt, max_tokens, SAMPLING, priority=Priority.BULK)
    client.submit(request, events.put)
    written = ""
    while True:
        match events.get(timeout=TIMEOUT_S):
            case TextDelta(text=piece):
                written += piece
            case Finished():
                return written
            case Failed(code=code, details=details):
                raise error_from_code(code, details)


def _fitting(client: EngineClient, text: str, num_tokens_max: int) -> ChatPrompt:
    """Return the prompt with as much of the text's beginning as fits."""
    while True:
        prompt = ChatPrompt((Message(Role.USER, f"Summarize:\n\n{text}"),))
        num_tokens = _count(client, prompt)
        if num_tokens <= num_tokens_max:
            return prompt
        text = text[: int(len(text) * min(0.98, num_tokens_max / num_tokens))]


def _count(client: EngineClient, prompt: ChatPrompt) -> int:
    """Count a prompt's tokens, also of one that the context does not hold."""
    try:
        return client.count_prompt_tokens(prompt)
    except PromptTooLongError as error:
        return int(error.details["num_prompt_tokens"])
