"""A request without its terminal event yet: what it has produced, and how it goes on after a crash."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from lmstudio_lite.domain.generation import (
    ChatPrompt,
    Failed,
    Finished,
    FinishReason,
    GenerationEvent,
    GenerationRequest,
    PromptProgress,
    TextDelta,
    Usage,
)
from lmstudio_lite.domain.models import LoadedModel


@dataclass(slots=True)
class OpenRequest:
    """Text and counts are of all workers that served it so far."""

    request: GenerationRequest
    on_event: Callable[[GenerationEvent], None]
    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    num_tokens: int = 0
    num_tokens_before: int = 0
    is_cancelled: bool = False

    @property
    def request_id(self) -> str:
        return self.request.request_id

    @property
    def is_complete(self) -> bool:
        """All tokens that were asked for are there; only the end was not heard of."""
        limit, given = self.request.max_tokens, self.request.given_text
        if given:
            return sum(map(len, self.text)) >= len(given)
        return limit is not None and self.num_tokens >= limit

    def resumed(self, model: LoadedModel | None) -> GenerationRequest:
        """Return the request that goes on where this one was cut off; ``model`` is what it ran on."""
        request, text = self.request, "".join(self.text)
        self.num_tokens_before = self.num_tokens
        left = None if request.max_tokens is None else max(1, request.max_tokens - self.num_tokens)
        if isinstance(request.prompt, ChatPrompt):
            before = request.prompt.reply_start
            raw = model.raw_reply("".join(self.reasoning), text, before) if model else before + text
            request = replace(request, prompt=replace(request.prompt, reply_start=raw))
        else:
            request = replace(request, prompt=request.prompt + text)
        return replace(request, max_tokens=left, given_text=request.given_text[len(text) :])

    def take(self, event: GenerationEvent) -> GenerationEvent:
        """Note what a worker says and return it as the listener should hear it."""
        match event:
            case TextDelta(_, text, num_tokens, is_reasoning):
                (self.reasoning if is_reasoning else self.text).append(text)
                self.num_tokens += num_tokens
            case Finished(usage=usage):
                total = usage.num_generated_tokens + self.num_tokens_before
                return replace(event, usage=replace(usage, num_generated_tokens=total))
            case Failed() if self.is_cancelled:
                return self.ended(FinishReason.CANCELLED)
            case Failed() | PromptProgress():
                pass
        return event

    def ended(self, reason: FinishReason) -> Finished:
        """Return the end of a request that no worker will end."""
        return Finished(self.request_id, reason, Usage(0, 0, self.num_tokens, 0.0, 0.0))
