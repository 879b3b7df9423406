"""A chat prompt made to fit into the context: whole turns leave from the front, in steps."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

from lmstudio_lite.domain.generation import ChatPrompt, Message, Overflow, Role
from lmstudio_lite.errors import PromptTooLongError


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
