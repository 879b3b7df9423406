"""Messages to a prompt, the way the model was trained to see them.

The GGUF's own Jinja template is rendered in Jinja's immutable sandbox (a model file is untrusted
input). Base models have no template: they get a plain transcript, which they continue best.
Text of users and documents can't forge a turn: what the tokenizer would read as a control token is
broken up before it enters the template.
"""

from __future__ import annotations

import datetime
import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from lmstudio_lite.domain.generation import ChatPrompt, Message, Overflow, Role
from lmstudio_lite.errors import PromptTooLongError, TemplateError

TEMPLATE_SIZE_MAX = 256 * 1024
TRANSCRIPT_STOP = ("\nUser:", "\n\nUser", "\nSystem:")
_TRANSCRIPT_NAMES = {Role.USER: "User", Role.ASSISTANT: "Assistant"}


class ChatFormat:
    """Renders prompts for one model. ``stop`` must be added to a request's own stop strings."""

    def __init__(
        self,
        template: str | None,
        *,
        special_texts: tuple[str, str],
        control_texts: Callable[[], frozenset[str]],
    ) -> None:
        """Compile the template.

        Raises:
            TemplateError: it is not valid Jinja, or absurdly long.
        """
        self._bos, self._eos = special_texts
        self._control_texts = control_texts
        self._control_pattern: re.Pattern[str] | None = None
        self._template = _compile(template) if template else None

    @property
    def stop(self) -> tuple[str, ...]:
        return () if self._template else TRANSCRIPT_STOP

    @property
    def adds_special(self) -> bool:
        """Whether the tokenizer must add its own beginning; a template that writes it forbids that."""
        return self._template is None

    def render(self, messages: Sequence[Message], reply_start: str = "") -> str:
        """Return the prompt up to where the reply begins (with ``reply_start`` already said).

        Raises:
            TemplateError: the template refuses these messages in every form we know.
        """
        safe = [Message(message.role, self._defuse(message.text)) for message in messages]
        if self._template is None:
            return _transcript(safe) + reply_start
        try:
            return self._render(safe) + reply_start
        except TemplateError:
            merged = _merge_system(safe)
            if merged == safe:
                raise
            return self._render(merged) + reply_start

    def _render(self, messages: Sequence[Message]) -> str:
        assert self._template is not None
        rows = [{"role": str(message.role), "content": message.text} for message in messages]
        try:
            rendered: str = self._template.render(
                messages=rows, bos_token=self._bos, eos_token=self._eos, add_generation_prompt=True
            )
        except Exception as error:
            raise TemplateError(reason=f"{type(error).__name__}: {error}"[:300]) from error
        return rendered

    def _defuse(self, text: str) -> str:
        """Put a space into whatever would be read as a control token."""
        if "<" not in text and "[" not in text:
            return text
        if self._control_pattern is None:
            longest_first = sorted((t for t in self._control_texts() if len(t) > 1), key=len, reverse=True)
            self._control_pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
        return self._control_pattern.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)


def fit_prompt(
    prompt: ChatPrompt,
    *,
    encode: Callable[[Sequence[Message], str], list[int]],
    limit: int,
    context_size: int,
) -> tuple[list[int], int]:
    """Tokenize a chat prompt to at most ``limit`` tokens; return the ids and how many turns were dropped.

    With ``DROP_OLDEST_TURNS`` whole turns (a user's message and what answers it) leave from the front, in
    steps of half the limit: until the next step is due the beginning stays the same from turn to turn, so
    that the KV cache still serves. System messages and the last turn stay.

    Raises:
        PromptTooLongError: it can't be made to fit.
        TemplateError: see ``ChatFormat.render``.
    """
    token_ids = encode(prompt.messages, prompt.reply_start)
    num_tokens = len(token_ids)
    if num_tokens <= limit:
        return token_ids, 0
    last_turn = len(_turn_starts(prompt.messages)) - 1
    num_dropped = 0
    if prompt.overflow is Overflow.DROP_OLDEST_TURNS:
        step = max(1, limit // 2)
        at_least = step
        while len(token_ids) > limit and num_dropped < last_turn:

            def drops_enough(count: int, at_least: int = at_least) -> bool:
                shorter = encode(_without_turns(prompt.messages, count), prompt.reply_start)
                return num_tokens - len(shorter) >= at_least

            num_dropped += 1 + bisect_left(range(num_dropped + 1, last_turn), True, key=drops_enough)
            token_ids = encode(_without_turns(prompt.messages, num_dropped), prompt.reply_start)
            at_least += step
    if len(token_ids) > limit:
        raise PromptTooLongError(num_prompt_tokens=len(token_ids), context_size=context_size)
    return token_ids, num_dropped


def _turn_starts(messages: Sequence[Message]) -> list[int]:
    return [at for at, message in enumerate(messages) if message.role is Role.USER]


def _without_turns(messages: Sequence[Message], count: int) -> Sequence[Message]:
    """Leave the first ``count`` turns out; system messages among them stay."""
    starts = _turn_starts(messages)
    first, end = starts[0], starts[count]
    kept = [message for message in messages[first:end] if message.role is Role.SYSTEM]
    return [*messages[:first], *kept, *messages[end:]]


def _compile(template: str) -> Any:
    from jinja2 import TemplateError as JinjaError
    from jinja2.ext import LoopControlExtension
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    if len(template) > TEMPLATE_SIZE_MAX:
        raise TemplateError(reason=f"{len(template)} characters long")
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[LoopControlExtension], autoescape=False
    )
    environment.globals["raise_exception"] = _raise_exception
    environment.globals["strftime_now"] = lambda form: datetime.datetime.now().strftime(form)
    try:
        return environment.from_string(template)
    except (JinjaError, RecursionError) as error:
        raise TemplateError(reason=f"{type(error).__name__}: {error}"[:300]) from error


def _raise_exception(message: str) -> NoReturn:
    raise ValueError(message)


def _merge_system(messages: Sequence[Message]) -> list[Message]:
    """Move system text into the first user's message, for templates that know no system role."""
    system = "\n\n".join(message.text for message in messages if message.role is Role.SYSTEM)
    rest = [message for message in messages if message.role is not Role.SYSTEM]
    if not system or not rest or rest[0].role is not Role.USER:
        return list(messages)
    return [Message(Role.USER, f"{system}\n\n{rest[0].text}"), *rest[1:]]


def _transcript(messages: Sequence[Message]) -> str:
    parts = [
        message.text if message.role is Role.SYSTEM else f"{_TRANSCRIPT_NAMES[message.role]}: {message.text}"
        for message in messages
    ]
    return "\n\n".join([*parts, "Assistant:"])
