"""Numbers that the status line shows, against what the engine really does."""

from __future__ import annotations

import queue

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.generation import (
    ChatPrompt,
    Finished,
    GenerationEvent,
    GenerationRequest,
    Message,
    Role,
    Sampling,
    Usage,
)

TURNS = (
    Message(Role.USER, "Name three rivers."),
    Message(Role.ASSISTANT, "The Nile, the Rhine and the Amazon."),
    Message(Role.USER, "Which is the longest of them?"),
)


def test_a_prompt_is_counted_as_it_is_evaluated(shared_services: Services) -> None:
    engine = shared_services.engine
    for count in (1, 3):
        prompt = ChatPrompt(TURNS[:count])
        events: queue.SimpleQueue[GenerationEvent] = queue.SimpleQueue()
        engine.submit(
            GenerationRequest("count", prompt, max_tokens=1, sampling=Sampling(temperature=0)), events.put
        )
        while not isinstance(event := events.get(timeout=60), Finished):
            pass
        assert engine.count_prompt_tokens(prompt) == event.usage.num_prompt_tokens


def test_nothing_is_said_to_run_once_all_has_ended(shared_services: Services) -> None:
    engine = shared_services.engine
    events: queue.SimpleQueue[GenerationEvent] = queue.SimpleQueue()
    for number in range(3):
        prompt = ChatPrompt(TURNS[:1])
        engine.submit(GenerationRequest(f"run {number}", prompt, max_tokens=12), events.put)
    num_ended = 0
    while num_ended < 3:
        num_ended += isinstance(events.get(timeout=60), Finished)
    assert (engine.state.num_active, engine.state.num_waiting) == (0, 0)


def test_a_speed_counts_what_was_generated_and_not_a_few_tokens() -> None:
    assert Usage(4_000, 3_990, 51, 0.1, 2.0).tokens_per_s == 25.0
    assert Usage(4_000, 3_990, 3, 0.1, 0.0001).tokens_per_s == 0.0
    assert Usage(10, 0, 0, 0.1, 0.0).tokens_per_s == 0.0
