from __future__ import annotations

from lmstudio_lite.domain.generation import PromptProgress, TextDelta, TokenChoice
from lmstudio_lite.domain.models import EngineState
from lmstudio_lite.engine import protocol
from lmstudio_lite.engine.core.delta_merging import merge_deltas


def test_neighbours_of_one_request_are_joined() -> None:
    progress, state = PromptProgress("b", 1, 2, 0), protocol.StateChanged(EngineState(), 0)
    messages: list[protocol.Message] = [
        TextDelta("a", "one ", 1),
        TextDelta("b", "eins ", 1),
        state,
        TextDelta("a", "two ", 2),
        progress,
        TextDelta("b", "zwei", 1),
        TextDelta("a", "thought", 3, is_reasoning=True),
        TextDelta("a", "three", 1),
    ]
    assert merge_deltas(messages) == [
        TextDelta("a", "one two ", 3),
        TextDelta("b", "eins ", 1),
        state,
        progress,
        TextDelta("b", "zwei", 1),
        TextDelta("a", "thought", 3, is_reasoning=True),
        TextDelta("a", "three", 1),
    ]


def test_the_choices_of_tokens_stay_in_order() -> None:
    first, second = TokenChoice(1, "x", -0.1, ()), TokenChoice(2, "y", -0.2, ())
    merged = merge_deltas(
        [TextDelta("a", "x", 1, choices=(first,)), TextDelta("a", "y", 1, choices=(second,))]
    )
    assert merged == [TextDelta("a", "xy", 2, choices=(first, second))]
