from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.generation import ChatPrompt, Message, Overflow, Role
from lmstudio_lite.engine.core.prompt_fit import fit_prompt
from lmstudio_lite.errors import PromptTooLongError

SYSTEM = Message(Role.SYSTEM, "s " * 5)


def encode(messages: object, reply_start: str) -> list[int]:
    """One token a word; a token tells its word, so that prefixes can be compared."""
    text = " ".join(message.text for message in messages) + " " + reply_start  # type: ignore[attr-defined]
    return [hash(word) for word in text.split()]


def conversation(sizes: list[int]) -> tuple[Message, ...]:
    turns = [
        message
        for number, size in enumerate(sizes)
        for message in (
            Message(Role.USER, f"q{number} " * size),
            Message(Role.ASSISTANT, f"a{number} " * size),
        )
    ]
    return (SYSTEM, *turns, Message(Role.USER, "last question"))


def fit(messages: tuple[Message, ...], limit: int) -> tuple[list[int], int]:
    prompt = ChatPrompt(messages, overflow=Overflow.DROP_OLDEST_TURNS)
    return fit_prompt(prompt, encode=encode, limit=limit, context_size=limit + 10)


@given(st.lists(st.integers(1, 12), max_size=40), st.integers(40, 90))
def test_what_fits_begins_with_the_system_prompt_and_ends_with_the_question(
    sizes: list[int], limit: int
) -> None:
    token_ids, num_dropped = fit(conversation(sizes), limit)
    assert len(token_ids) <= limit
    kept = (SYSTEM, *conversation(sizes)[1 + 2 * num_dropped :])
    assert token_ids == encode(kept, "")


def test_turns_leave_in_steps_so_that_most_prompts_begin_like_the_one_before() -> None:
    sizes = [5] * 60
    before: list[int] = []
    num_changes = 0
    for num_turns in range(1, 60):
        token_ids, num_dropped = fit(conversation(sizes[:num_turns]), 200)
        start = token_ids[:20]
        num_changes += bool(before) and start != before and num_dropped > 0
        before = start
    assert 3 <= num_changes <= 8


def test_one_turn_that_is_too_long_is_refused_with_numbers() -> None:
    with pytest.raises(PromptTooLongError) as caught:
        fit((SYSTEM, Message(Role.USER, "word " * 300)), 100)
    assert caught.value.details == {"num_prompt_tokens": 305, "context_size": 110}


def test_nothing_leaves_unasked() -> None:
    with pytest.raises(PromptTooLongError):
        fit_prompt(ChatPrompt(conversation([30] * 4)), encode=encode, limit=100, context_size=110)
