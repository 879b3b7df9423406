"""One suite for both backends: how probably a prompt goes on with each of some given texts."""

from __future__ import annotations

import math
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from lmstudio_lite.domain.generation import (
    ChatPrompt,
    Failed,
    Finished,
    FinishReason,
    GenerationRequest,
    Message,
    Priority,
    Role,
    TextDelta,
)
from lmstudio_lite.engine.backend import Context
from lmstudio_lite.engine.llama.logits import LogitsReader
from tests.engine.scripted_model import ScriptedContext, ScriptedModel
from tests.engine.test_contract import Run

PLACES = (" at sea", " at home", " in the mountains", " in the mountain range", " in")
QUESTION = "They spent the whole summer"


def ask(
    run: Run,
    request_id: str,
    continuations: tuple[str, ...],
    prompt: ChatPrompt | str = QUESTION,
    priority: Priority = Priority.BULK,
) -> None:
    request = GenerationRequest(request_id, prompt, priority=priority, continuations=continuations)
    run.engine.submit(request)


def logprobs(run: Run, request_id: str) -> tuple[float, ...]:
    end = run.end(request_id)
    assert isinstance(end, Finished), end
    assert end.reason is FinishReason.STOP
    assert end.usage.num_generated_tokens == 0
    return end.logprobs


def asked(
    context: Context, continuations: tuple[str, ...], prompt: ChatPrompt | str = QUESTION
) -> list[float]:
    run = Run(context)
    ask(run, "a", continuations, prompt)
    run.finish()
    assert not [event for event in run.of("a") if isinstance(event, TextDelta)]
    return list(logprobs(run, "a"))


def test_the_probabilities_sum_to_one(context: Context) -> None:
    found = asked(context, PLACES)
    assert len(found) == len(PLACES)
    assert math.fsum(map(math.exp, found)) == pytest.approx(1, abs=1e-9)


def test_the_order_of_the_continuations_makes_no_difference(context: Context) -> None:
    known = dict(zip(PLACES, asked(context, PLACES), strict=True))
    for order in list(permutations(PLACES))[::40]:
        assert dict(zip(order, asked(context, order), strict=True)) == pytest.approx(known, abs=0.05)


def test_many_in_one_batch_get_what_each_gets_alone(context: Context) -> None:
    texts = [f"{name} spent the whole summer" for name in ("Anna", "The two old sailors", "My uncle Fred")]
    alone = [asked(context, PLACES, text) for text in texts]
    run = Run(context)
    for number, text in enumerate(texts):
        ask(run, str(number), PLACES, text)
    ask(run, "chat", PLACES, ChatPrompt((Message(Role.USER, "Where?"),), reply_start="We went"))
    run.submit("talk", "Say something about the sea.", max_tokens=6)
    run.finish()
    for number, expected in enumerate(alone):
        found = list(map(math.exp, logprobs(run, str(number))))
        assert found == pytest.approx(list(map(math.exp, expected)), abs=0.03)  # rows are rounded differently
    assert len(logprobs(run, "chat")) == len(PLACES)
    assert run.text("talk")


def test_what_texts_have_in_common_is_read_once() -> None:
    context = ScriptedContext(
        ScriptedModel(), context_size=256, num_sequences_max=2, batch_size=64, num_scored_max=8
    )
    run = Run(context)
    for number in range(8):
        ask(run, str(number), PLACES, f"my lamp is not what I wanted {number}")
    run.finish()
    assert sum(context.num_rows) < 8 * len(["my", "lamp", "is", "not", "what", "I", "wanted", "1"])
    assert len(logprobs(run, "0")) == len(PLACES)


def test_texts_that_begin_alike_get_what_each_gets_alone(context: Context) -> None:
    begun = ("The old lighthouse keeper", "The old lighthouse", "The old sailor's wife", "My uncle Fred")
    texts = [f"{name} {verb} the whole summer" for name in begun for verb in ("spent", "lost", "spent")]
    alone = {text: asked(context, PLACES, text) for text in set(texts)}
    run = Run(context)
    for number, text in enumerate(texts):
        ask(run, str(number), PLACES, text)
    run.finish()
    for number, text in enumerate(texts):
        found = list(map(math.exp, logprobs(run, str(number))))
        assert found == pytest.approx(
            list(map(math.exp, alone[text])), abs=0.03
        )  # rows are rounded differently


def test_one_continuation_is_certain(context: Context) -> None:
    assert asked(context, (" at sea",)) == [0.0]


def test_a_cancelled_one_ends_without_probabilities(context: Context) -> None:
    run = Run(context)
    ask(run, "a", PLACES)
    run.engine.cancel("a")
    run.finish()
    end = run.end("a")
    assert isinstance(end, Finished)
    assert (end.reason, end.logprobs) == (FinishReason.CANCELLED, ())


@pytest.mark.parametrize("continuations", [(" one", ""), (" one", " one")])
def test_what_tells_nothing_apart_is_refused(context: Context, continuations: tuple[str, ...]) -> None:
    run = Run(context)
    ask(run, "a", continuations)
    run.finish()
    end = run.end("a")
    assert isinstance(end, Failed)
    assert end.code == "bad_request"


def test_a_prompt_that_leaves_no_room_for_them_fails(context: Context) -> None:
    run = Run(context)
    ask(run, "a", PLACES, "word " * (context.context_size - 1))
    run.finish()
    end = run.end("a")
    assert isinstance(end, Failed)
    assert end.code == "prompt_too_long"


def test_a_full_context_ends_each_once() -> None:
    """Branches that find no room are preempted and taken up again."""
    context = ScriptedContext(ScriptedModel(), context_size=24, num_sequences_max=4, batch_size=64)
    run = Run(context)
    for number in range(6):
        ask(run, str(number), (" a b c", " a b d", " x"), " ".join(f"w{number}{at}" for at in range(8)))
    run.finish()
    for number in range(6):
        assert len(logprobs(run, str(number))) == 3


def test_they_are_the_models_own_probabilities(llama: Context, starter_path: Path) -> None:
    """Against the distributions of a plain reader, shared out along the tree by hand."""
    prompt = "The capital of France is"
    names = (" Paris", " Paris in the north", " London")
    found = asked(llama, names, prompt)
    with LogitsReader(starter_path) as reader:
        tokenizer = llama.model.tokenizer

        def ids(text: str) -> list[int]:
            return tokenizer.tokenize(text, add_special=False, parse_special=False)

        begin = [tokenizer.begin_token] if tokenizer.begin_token is not None else []

        def probability(before: str, token: int) -> float:
            row = reader.logits(begin + ids(before))[-1].astype(np.float64)
            return float(np.exp(row[token] - row.max()) / np.exp(row - row.max()).sum())

        paris, london, inside = ids(" Paris")[0], ids(" London")[0], ids(" in")[0]
        is_paris = probability(prompt, paris) / (probability(prompt, paris) + probability(prompt, london))
        goes_on = probability(prompt + " Paris", inside)
    expected = [is_paris * (1 - goes_on), is_paris * goes_on, 1 - is_paris]
    assert [math.exp(value) for value in found] == pytest.approx(expected, abs=0.03)
