from __future__ import annotations

import pytest

from lmstudio_lite.domain.generation import ChatPrompt, Finished, GenerationRequest, Message, Role, Sampling
from lmstudio_lite.engine.backend import Context
from lmstudio_lite.engine.core.speculation import Speculator, StepCosts
from tests.engine.scripted_model import scripted_context
from tests.engine.test_contract import Run

SENTENCE = "The old harbour of Port Ellen was rebuilt in 1871 by forty masons from the northern quarries."


def copy_request(request_id: str, *, copies_prompt: bool, max_tokens: int = 60) -> GenerationRequest:
    prompt = ChatPrompt(
        (Message(Role.USER, f"Repeat this text word by word, three times:\n\n{SENTENCE}"),),
        reply_start=f"{SENTENCE}\n\nThe old harbour",
    )
    return GenerationRequest(
        request_id, prompt, max_tokens, Sampling(temperature=0), copies_prompt=copies_prompt
    )


def generate(context: Context, *requests: GenerationRequest) -> tuple[list[str], list[Finished]]:
    run = Run(context)
    for request in requests:
        run.engine.submit(request)
    run.finish()
    ends = [run.end(request.request_id) for request in requests]
    assert all(isinstance(end, Finished) for end in ends)
    return [run.text(request.request_id) for request in requests], [
        e for e in ends if isinstance(e, Finished)
    ]


def test_greedy_text_is_the_same_with_and_without_speculation(llama: Context) -> None:
    (plain,), (plain_end,) = generate(llama, copy_request("a", copies_prompt=False))
    (fast,), (fast_end,) = generate(llama, copy_request("a", copies_prompt=True))
    assert fast == plain
    assert fast_end.usage.num_generated_tokens == plain_end.usage.num_generated_tokens
    assert fast_end.usage.num_accepted_tokens > 10
    assert plain_end.usage.num_proposed_tokens == 0


def test_a_text_with_a_seed_is_never_guessed_for_it_must_come_out_the_same(llama: Context) -> None:
    prompt = ChatPrompt((Message(Role.USER, f"Say it in your own words: {SENTENCE}"),))
    sampling = Sampling(temperature=0.8, seed=11)
    request = GenerationRequest("a", prompt, 40, sampling, copies_prompt=True)
    (first,), (end,) = generate(llama, request)
    (second,), _ = generate(llama, request)
    assert first == second
    assert end.usage.num_proposed_tokens == 0


def test_a_text_without_a_seed_may_be_guessed(llama: Context) -> None:
    request = copy_request("a", copies_prompt=True)
    sampling = Sampling(temperature=0.3)
    _, (end,) = generate(llama, GenerationRequest("a", request.prompt, 40, sampling, copies_prompt=True))
    assert end.usage.num_accepted_tokens > 0


def test_a_conversation_goes_on_after_speculation(llama: Context) -> None:
    run = Run(llama)
    run.engine.submit(copy_request("a", copies_prompt=True))
    run.finish()
    history = (*copy_request("a", copies_prompt=True).prompt.messages,)  # type: ignore[union-attr]
    reply = f"{SENTENCE}\n\nThe old harbour{run.text('a')}"
    prompt = ChatPrompt((*history, Message(Role.ASSISTANT, reply), Message(Role.USER, "Thanks! And now?")))
    run.engine.submit(GenerationRequest("b", prompt, 12, Sampling(temperature=0)))
    run.finish()
    (fresh,), _ = generate(llama, GenerationRequest("b", prompt, 12, Sampling(temperature=0)))
    assert run.text("b") == fresh


@pytest.mark.parametrize("stop", [("1871",), ("masons", "quarries")])
def test_a_stop_string_within_the_proposals_ends_the_text(llama: Context, stop: tuple[str, ...]) -> None:
    run = Run(llama)
    request = copy_request("a", copies_prompt=True)
    run.engine.submit(GenerationRequest("a", request.prompt, 60, request.sampling, stop, copies_prompt=True))
    run.finish()
    assert not any(text in run.text("a") for text in stop)
    assert run.text("a").strip().startswith("of Port Ellen")


def test_wrong_guesses_change_nothing_and_stop() -> None:
    reply = " ".join(f"w{number % 7} x{number}" for number in range(120))
    context = scripted_context(context_size=512, reply=reply, batch_size=64)
    run = Run(context)
    prompt = ChatPrompt((Message(Role.USER, " ".join(f"w{n % 7} y{n}" for n in range(60))),))
    run.engine.submit(GenerationRequest("a", prompt, 300, Sampling(temperature=0), copies_prompt=True))
    run.finish()
    assert run.text("a").split() == reply.split()


def test_nothing_is_proposed_where_it_does_not_pay() -> None:
    costs = StepCosts()
    for rows in (1, 2, 4, 8, 16, 32, 64):
        costs.learn(rows, 0.01 * rows)
    speculator = Speculator()
    speculator.learn(8, 0)
    tokens = [1, 2, 3, 4, 5, 1, 2, 3]
    assert speculator.propose(tokens, num_rows=1, num_max=15, costs=costs) == []


def test_what_followed_before_is_proposed() -> None:
    speculator = Speculator()
    tokens = [9, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3]
    proposed = speculator.propose(tokens, num_rows=1, num_max=15, costs=StepCosts())
    assert proposed == [4, 5, 6, 7, 8, 1, 2, 3][: len(proposed)]
    assert proposed
    assert speculator.propose([*tokens, 77], num_rows=1, num_max=15, costs=StepCosts()) == []
