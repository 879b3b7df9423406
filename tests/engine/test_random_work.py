"""Ten thousand random operations on llama.cpp itself: nothing leaks, nothing hangs, each ends once."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.generation import (
    ChatPrompt,
    Failed,
    Finished,
    GenerationRequest,
    Message,
    Priority,
    Role,
    Sampling,
)
from lmstudio_lite.engine.llama.model import load_llama
from tests.engine.test_contract import Run
from tests.support.gguf_models import write_model

NUM_OPERATIONS = 10_000
WORDS = ("the", "old", "ship", "in", "harbour", "and", "another", "one", "on", "other", "side", "of", "river")


def random_request(draw: random.Random, request_id: str) -> GenerationRequest:
    start = draw.choice(["Tell me about ", "List everything in ", ""])
    text = start + " ".join(draw.choices(WORDS, k=draw.choice([1, 5, 30, 120])))
    sampling = Sampling(
        temperature=draw.choice([0.0, 0.8]),
        seed=draw.choice([None, 3]),
        repeat_penalty=draw.choice([1.0, 1.2]),
        grammar=draw.choice(["", "", "", "root ::= [a-z ]+"]),
    )
    return GenerationRequest(
        request_id,
        ChatPrompt((Message(Role.USER, text),)),
        draw.choice([1, 8, 24]),
        sampling,
        stop=draw.choice([(), ("th",)]),
        priority=draw.choice(list(Priority)),
        copies_prompt=draw.random() < 0.3,
        num_alternatives=draw.choice([None, None, 2]),
        conversation_id=draw.choice(["", "one", "two"]),
    )


def test_ten_thousand_random_operations(tmp_path: Path) -> None:
    options = LoadOptions(context_size=768, num_sequences_max=4)
    model = load_llama(write_model(tmp_path / "llama.gguf", "llama"), options, lambda _: True)
    context = model.context
    run = Run(context)
    draw = random.Random(11)
    num_submitted = 0
    for _ in range(NUM_OPERATIONS):
        operation = draw.random()
        if operation < 0.1:
            run.engine.submit(random_request(draw, str(num_submitted)))
            num_submitted += 1
        elif operation < 0.2:
            run.engine.cancel(str(draw.randrange(num_submitted + 1)))
        elif operation < 0.22:
            run.engine.interrupt(str(draw.randrange(num_submitted + 1)))
        else:
            run.engine.step()
    num_open = run.engine.num_running + run.engine.num_waiting
    for _ in range(800 * num_open):
        if not run.engine.has_work:
            break
        run.engine.step()
    ends = Counter(event.request_id for event in run.events if isinstance(event, Finished | Failed))
    assert ends == Counter(str(number) for number in range(num_submitted))
    failed = [event for event in run.events if isinstance(event, Failed)]
    assert {event.code for event in failed} <= {"prompt_too_long"}
    assert run.engine.num_running == run.engine.num_waiting == 0
    held = [context.remove(sequence_id, 1 << 30) for sequence_id in range(context.num_sequence_ids)]
    assert sum(count > 0 for count in held) <= context.num_sequence_ids
    assert run.engine.num_cells_used <= context.context_size
    run.submit("after", "Are you still there?")
    run.finish()
    assert isinstance(run.end("after"), Finished)
    model.close()
