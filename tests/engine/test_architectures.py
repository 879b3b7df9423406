"""The engine's promises on every kind of memory: whole, sliding window, recurrent, hybrid; and experts.

The models are tiny and random (``tests.support.gguf_models``): their likeliest token wins by margins far
above what batching changes in the sums, so texts are compared letter by letter. Flash attention is off:
on CPUs it adds up halves in one kind of batch and singles in another (0.05 in a logit of these models).
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.generation import Finished, FinishReason, Message, Priority, Role
from lmstudio_lite.engine.llama.context import LlamaContext
from lmstudio_lite.engine.llama.model import load_llama
from tests.engine.test_contract import Run
from tests.support.gguf_models import ARCHITECTURES, RECURRENT, write_model

NUM_TOKENS = 24
QUESTIONS = [f"Question {number}: " + "and then the other one " * (number % 5) for number in range(8)]


@pytest.fixture(scope="module", params=ARCHITECTURES)
def tiny(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaContext]:
    path = write_model(tmp_path_factory.mktemp("tiny") / f"{request.param}.gguf", request.param)
    assert path.stat().st_size < 2 << 20
    options = LoadOptions(context_size=1024, num_sequences_max=4, flash_attention=False)
    model = load_llama(path, options, lambda _: True)
    yield model.context
    model.close()


def alone(context: LlamaContext, text: str, *, history: list[Message] | None = None) -> str:
    run = Run(context)
    run.submit("alone", text, max_tokens=NUM_TOKENS, history=history or [])
    run.finish()
    assert run.text("alone")
    return run.text("alone")


def cells_of(context: LlamaContext) -> int:
    """Positions that any sequence still holds."""
    ids = range(context.num_sequence_ids)
    return sum(context.remove(sequence_id, 1 << 30) for sequence_id in ids)


def test_it_is_what_it_should_be(tiny: LlamaContext) -> None:
    name = tiny.model.info.name.removeprefix("Tiny ")
    assert tiny.model.can_cut is (name not in (*RECURRENT, "gemma3"))
    assert tiny.model.tokenizer.tokenize("the<|im_end|>", add_special=False, parse_special=True) == [257, 264]


def test_interleaved_requests_say_what_each_says_alone(tiny: LlamaContext) -> None:
    expected = [alone(tiny, question) for question in QUESTIONS]
    run = Run(tiny)
    for number, question in enumerate(QUESTIONS):
        priority = Priority.BULK if number % 2 else Priority.INTERACTIVE
        run.submit(str(number), question, max_tokens=NUM_TOKENS, priority=priority)
        run.engine.step()
    run.finish()
    assert [run.text(str(number)) for number in range(len(QUESTIONS))] == expected


def test_requests_that_share_a_beginning_with_a_running_one(tiny: LlamaContext) -> None:
    """A sequence that is further along than the common beginning must not lend what lies behind it."""
    system = [Message(Role.SYSTEM, "You answer shortly. " * 6)]
    expected = [alone(tiny, question, history=system) for question in QUESTIONS[:4]]
    run = Run(tiny)
    for number, question in enumerate(QUESTIONS[:4]):
        run.submit(str(number), question, max_tokens=NUM_TOKENS, history=system)
        for _ in range(5):
            run.engine.step()
    run.finish()
    assert [run.text(str(number)) for number in range(4)] == expected


def test_the_next_turn_and_another_branch_say_what_a_fresh_run_says(tiny: LlamaContext) -> None:
    first = "Tell me of the sea. " * 4
    reply = alone(tiny, first)
    turns = [Message(Role.USER, first), Message(Role.ASSISTANT, reply)]
    branch = [Message(Role.USER, first), Message(Role.ASSISTANT, reply[:9])]
    expected = [alone(tiny, "And then?", history=history) for history in (turns, branch)]
    run = Run(tiny)
    run.submit("first", first, max_tokens=NUM_TOKENS)
    run.finish()
    for request_id, history in (("turn", turns), ("branch", branch)):
        run.submit(request_id, "And then?", max_tokens=NUM_TOKENS, history=history)
        run.finish()
    assert [run.text("turn"), run.text("branch")] == expected
    assert run.text("first") == reply


def test_cancelling_in_the_middle_of_a_prompt_leaves_nothing(tiny: LlamaContext) -> None:
    run = Run(tiny)
    run.submit("long", "word " * 150, max_tokens=NUM_TOKENS)
    run.engine.step()
    assert not run.text("long")
    run.engine.cancel("long")
    end = run.end("long")
    assert isinstance(end, Finished)
    assert end.reason is FinishReason.CANCELLED
    assert not run.engine.has_work
    expected = alone(tiny, QUESTIONS[3])
    assert cells_of(tiny) <= 200
    after = Run(tiny)
    assert cells_of(tiny) == 0
    after.submit("after", QUESTIONS[3], max_tokens=NUM_TOKENS)
    after.finish()
    assert after.text("after") == expected


def test_random_work_ends_every_request_once_with_the_text_it_has_alone(tiny: LlamaContext) -> None:
    expected = {question: alone(tiny, question) for question in QUESTIONS}
    draw = random.Random(5)
    run = Run(tiny)
    asked: dict[str, str] = {}
    cancelled: set[str] = set()
    for number in range(24):
        question = draw.choice(QUESTIONS)
        asked[str(number)] = question
        priority = draw.choice([Priority.BULK, Priority.INTERACTIVE])
        run.submit(str(number), question, max_tokens=NUM_TOKENS, priority=priority)
        for _ in range(draw.randrange(8)):
            run.engine.step()
        if draw.random() < 0.3:
            victim = str(draw.randrange(number + 1))
            run.engine.cancel(victim)
            cancelled.add(victim)
    run.finish()
    for request_id, question in asked.items():
        run.end(request_id)
        if request_id in cancelled:
            assert expected[question].startswith(run.text(request_id))
        else:
            assert run.text(request_id) == expected[question]
