"""Requests for text and the events that answer them.

Every submitted request is answered by any number of ``PromptProgress`` and ``TextDelta`` events and
then by exactly one terminal event: ``Finished`` or ``Failed``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from pathlib import Path

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
    interrupted reply, or to force its first words. It is not repeated in the events. ``template_options``
    are variables of the model's own template, such as ``enable_thinking``.
    """

    messages: tuple[Message, ...]
    reply_start: str = ""
    overflow: Overflow = Overflow.FAIL
    template_options: dict[str, str | int | float | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sampling:
    """llama.cpp's sampler chain, in its order and with its units (see ``llama.h``).

    ``temperature`` 0 is greedy; ``seed`` None draws a fresh one. A value that leaves everything as it is
    (penalty 1 or 0, ``top_k`` 0, ``top_p`` 1, ``typical_p`` 1, multiplier or probability 0) leaves its
    link out. ``repeat_last_n`` is how far back the three penalties look, ``dry_last_n`` how far DRY does
    (-1: the whole context). ``mirostat`` 1 or 2 takes the place of every cut but the penalties.
    ``logit_bias`` adds to the logits of token ids; -100 or less forbids one. ``grammar`` is GBNF whose root
    rule is ``root``; ``json_schema`` a JSON schema as text ("{}": any object; bounds of numbers are
    not kept); at most one of them.
    """

    temperature: float = 0.7
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    typical_p: float = 1.0
    repeat_penalty: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    repeat_last_n: int = 64
    dry_multiplier: float = 0.0
    dry_base: float = 1.75
    dry_allowed_length: int = 2
    dry_last_n: int = -1
    dry_breakers: tuple[str, ...] = ("\n", ":", '"', "*")
    xtc_probability: float = 0.0
    xtc_threshold: float = 0.1
    mirostat: int = 0
    mirostat_tau: float = 5.0
    mirostat_eta: float = 0.1
    seed: int | None = None
    logit_bias: tuple[tuple[int, float], ...] = ()
    grammar: str = ""
    json_schema: str = ""


@dataclass(frozen=True, slots=True)
class AdapterUse:
    """A GGUF LoRA adapter at a strength; 1.0 is as trained, 0.0 as if it were not there."""

    path: Path
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """One text to generate. A ``str`` prompt is used as it is, without a chat template: no words of it are
    read as control tokens.

    ``num_alternatives`` asks for token probabilities: the chosen token's and this many others'.
    ``copies_prompt`` hints that the text will repeat much of its prompt, which lets the engine propose
    runs of it and verify them in one batch; the text is the same with and without. ``conversation_id``
    names the chat whose evaluated tokens are worth keeping on disk, "" for none.

    ``retry_of`` is the request that this one asks again after its end, with much the same prompt; "" for
    none. Who sets ``may_be_retried`` says at once, when this request has finished, what follows: a request
    with ``retry_of``, or ``EngineClient.settle``. Until then the evaluated prompt is kept.

    With ``continuations`` nothing is generated: ``Finished.logprobs`` says of each how probably the prompt
    goes on with it rather than with one of the others. They are taken as they are, a leading space included.

    ``given_text`` is a reply that is known: nothing is sampled, its tokens are read instead, and the events
    tell of each how probable it was. It ends with ``LENGTH``.
    """

    request_id: str
    prompt: ChatPrompt | str
    max_tokens: int | None = None
    sampling: Sampling = field(default_factory=Sampling)
    stop: tuple[str, ...] = ()
    priority: Priority = Priority.INTERACTIVE
    adapters: tuple[AdapterUse, ...] = ()
    num_alternatives: int | None = None
    copies_prompt: bool = False
    conversation_id: str = ""
    retry_of: str = ""
    may_be_retried: bool = False
    continuations: tuple[str, ...] = ()
    given_text: str = ""


class FinishReason(StrEnum):
    STOP = "stop"
    LENGTH = "length"
    CANCELLED = "cancelled"


TOKENS_TO_TELL_SPEED = 8


@dataclass(frozen=True, slots=True)
class Usage:
    """What a request cost. Cached prompt tokens were already in the KV cache and not evaluated.

    Of ``num_proposed_tokens`` guessed from the prompt, ``num_accepted_tokens`` were right.
    """

    num_prompt_tokens: int
    num_cached_tokens: int
    num_generated_tokens: int
    prompt_s: float
    generation_s: float
    num_proposed_tokens: int = 0
    num_accepted_tokens: int = 0

    @property
    def tokens_per_s(self) -> float:
        """Generated tokens per second, 0.0 when too few were generated to tell.

        The first token ends the reading of the prompt; ``generation_s`` begins with it.
        """
        if self.num_generated_tokens < TOKENS_TO_TELL_SPEED or self.generation_s <= 0:
            return 0.0
        return (self.num_generated_tokens - 1) / self.generation_s


@dataclass(frozen=True, slots=True)
class PromptProgress:
    """``num_done`` of ``num_total`` prompt tokens are in the KV cache, ``num_cached`` of them from before."""

    request_id: str
    num_done: int
    num_total: int
    num_cached: int
    num_dropped_turns: int = 0


@dataclass(frozen=True, slots=True)
class TokenChoice:
    """A sampled token: its text (may end within a character) and natural-log probability (temperature 1).

    ``alternatives`` are the likeliest tokens and theirs, best first. ``raw`` are the token's bytes: of a
    character that several tokens make, ``text`` has only U+FFFD.
    """

    token_id: int
    text: str
    logprob: float
    alternatives: tuple[tuple[str, float], ...] = ()
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class TextDelta:
    """New text, always whole characters; ``num_tokens`` were sampled since the last delta.

    ``is_reasoning`` marks what the model thinks before it answers; it is no part of the reply.
    ``choices`` are the tokens sampled since the last delta, if probabilities were asked for.
    """

    request_id: str
    text: str
    num_tokens: int
    is_reasoning: bool = False
    choices: tuple[TokenChoice, ...] = ()


@dataclass(frozen=True, slots=True)
class Finished:
    """``logprobs`` are natural logs, one for each of the request's continuations; the probabilities sum to 1.

    There are none where none were asked for, or where it was cancelled.
    """

    request_id: str
    reason: FinishReason
    usage: Usage
    num_dropped_turns: int = 0
    logprobs: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """Terminal failure; ``errors.error_from_code(code, details)`` is the exception it stands for."""

    request_id: str
    code: str
    details: dict[str, Detail]


GenerationEvent = PromptProgress | TextDelta | Finished | Failed
