"""Requests for text and the events that answer them.

Every submitted request is answered by any number of ``PromptProgress`` and ``TextDelta`` events and
then by exactly one terminal event: ``Finished`` or ``Failed``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from lmstudio_lite.errors import Detail


class Role(StrEnum):
    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    text: str


class Priority(IntEnum):
    """Interactive requests are admitted and served before bulk ones."""

    INTERACTIVE = 0
    BULK = 1


class Overflow(StrEnum):
    """What to do when a chat prompt does not fit into the context."""

    FAIL = "fail"
    DROP_OLDEST_TURNS = "drop_oldest_turns"


@dataclass(frozen=True, slots=True)
class ChatPrompt:
    """Messages for the model's chat template; the reply begins with ``reply_start``.

    ``reply_start`` is text the assistant has "already said": the way to continue a stopped or
    interrupted reply, or to force its first words. It is not repeated in the events.
    """

    messages: tuple[Message, ...]
    reply_start: str = ""
    overflow: Overflow = Overflow.FAIL


@dataclass(frozen=True, slots=True)
class Sampling:
    """llama.cpp's sampler chain. ``temperature`` 0 is greedy; ``seed`` None draws a fresh one."""

    temperature: float = 0.7
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    repeat_penalty: float = 1.0
    repeat_last_n: int = 64
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """One text to generate. A ``str`` prompt is used as it is, without a chat template."""

    request_id: str
    prompt: ChatPrompt | str
    max_tokens: int | None = None
    sampling: Sampling = field(default_factory=Sampling)
    stop: tuple[str, ...] = ()
    priority: Priority = Priority.INTERACTIVE


class FinishReason(StrEnum):
    STOP = "stop"
    LENGTH = "length"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Usage:
    """What a request cost. Cached prompt tokens were already in the KV cache and not evaluated."""

    num_prompt_tokens: int
    num_cached_tokens: int
    num_generated_tokens: int
    prompt_s: float
    generation_s: float

    @property
    def tokens_per_s(self) -> float:
        """Generated tokens per second, 0.0 when nothing was generated."""
        return self.num_generated_tokens / self.generation_s if self.generation_s > 0 else 0.0


@dataclass(frozen=True, slots=True)
class PromptProgress:
    """``num_done`` of ``num_total`` prompt tokens are in the KV cache, ``num_cached`` of them from before."""

    request_id: str
    num_done: int
    num_total: int
    num_cached: int
    num_dropped_turns: int = 0


@dataclass(frozen=True, slots=True)
class TextDelta:
    """New text, always whole characters; ``num_tokens`` were sampled since the last delta."""

    request_id: str
    text: str
    num_tokens: int


@dataclass(frozen=True, slots=True)
class Finished:
    request_id: str
    reason: FinishReason
    usage: Usage
    num_dropped_turns: int = 0


@dataclass(frozen=True, slots=True)
class Failed:
    """Terminal failure; ``errors.error_from_code(code, details)`` is the exception it stands for."""

    request_id: str
    code: str
    details: dict[str, Detail]


GenerationEvent = PromptProgress | TextDelta | Finished | Failed
