"""The whole set of samplers, grammars and probabilities, on the starter model."""

from __future__ import annotations

import json
import math

import pytest

from lmstudio_lite.domain.generation import (
    ChatPrompt,
    Failed,
    Finished,
    FinishReason,
    GenerationRequest,
    Message,
    Role,
    Sampling,
    TextDelta,
)
from lmstudio_lite.engine.backend import Context
from tests.engine.test_contract import Run

PROMPT = ChatPrompt((Message(Role.USER, "Tell me about a ship at sea."),))
GREEDY = Sampling(temperature=0)


def text_of(llama: Context, sampling: Sampling, max_tokens: int = 24, prompt: ChatPrompt = PROMPT) -> str:
    run = Run(llama)
    run.engine.submit(GenerationRequest("a", prompt, max_tokens, sampling))
    run.finish()
    end = run.end("a")
    assert isinstance(end, Finished), end
    return run.text("a")


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(seed=7),
        Sampling(temperature=1.3, top_k=0, top_p=1.0, min_p=0.0, typical_p=0.9, seed=7),
        Sampling(temperature=1.0, xtc_probability=0.5, xtc_threshold=0.1, seed=7),
        Sampling(temperature=1.0, mirostat=1, seed=7),
        Sampling(temperature=1.0, mirostat=2, mirostat_tau=4.0, seed=7),
        Sampling(presence_penalty=0.5, frequency_penalty=0.5, repeat_penalty=1.1, repeat_last_n=-1, seed=7),
        Sampling(dry_multiplier=0.8, seed=7),
    ],
)
def test_the_same_seed_gives_the_same_text(llama: Context, sampling: Sampling) -> None:
    assert text_of(llama, sampling) == text_of(llama, sampling)


def test_other_seeds_give_other_texts(llama: Context) -> None:
    texts = {text_of(llama, Sampling(temperature=1.2, top_k=0, seed=seed)) for seed in range(4)}
    assert len(texts) > 1


def test_a_forbidden_token_is_never_chosen(llama: Context) -> None:
    first = text_of(llama, GREEDY, max_tokens=1)
    (token_id,) = llama.model.tokenizer.tokenize(first, add_special=False, parse_special=False)
    assert text_of(llama, Sampling(temperature=0, logit_bias=((token_id, -100.0),)), max_tokens=1) != first


def test_a_favoured_token_is_chosen(llama: Context) -> None:
    (token_id,) = llama.model.tokenizer.tokenize(" cheese", add_special=False, parse_special=False)
    favoured = Sampling(temperature=0, logit_bias=((token_id, 90.0),))
    assert text_of(llama, favoured, max_tokens=3) == " cheese" * 3


def test_dry_ends_a_repetition_that_greedy_sampling_falls_into(llama: Context) -> None:
    prompt = ChatPrompt(
        (Message(Role.USER, "Repeat: tick tock."),), reply_start="tick tock tick tock tick tock"
    )
    plain = text_of(llama, GREEDY, 24, prompt)
    dry = text_of(llama, Sampling(temperature=0, dry_multiplier=5.0), 24, prompt)
    assert dry.count("tick tock") < plain.count("tick tock")


@pytest.mark.parametrize("temperature", [0.0, 1.5])
def test_a_schema_gives_json_that_fits_it(llama: Context, temperature: float) -> None:
    schema = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "maxLength": 12},
            "legs": {"type": "integer"},
        },
        "required": ["name", "legs"],
    }
    sampling = Sampling(temperature=temperature, seed=3, json_schema=json.dumps(schema))
    value = json.loads(text_of(llama, sampling, 120))
    assert set(value) == {"name", "legs"}
    assert isinstance(value["legs"], int)


def test_a_grammar_goes_on_after_the_beginning_of_a_reply(llama: Context) -> None:
    sampling = Sampling(temperature=0, grammar='root ::= "red, " ("green" | "blue") "!"')
    prompt = ChatPrompt(PROMPT.messages, reply_start="red, ")
    assert text_of(llama, sampling, 20, prompt) in ("green!", "blue!")


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(grammar="root ::= ("),
        Sampling(grammar='root ::= "a"', json_schema="{}"),
        Sampling(json_schema="{no json"),
        Sampling(json_schema='{"$ref": "nowhere#/definitions/x"}'),
        Sampling(json_schema='{"anyOf":[' * 3000),
        Sampling(repeat_penalty=0.0),
        Sampling(temperature=math.nan),
        Sampling(mirostat=5),
    ],
)
def test_what_can_not_be_sampled_is_refused_and_the_engine_lives(llama: Context, sampling: Sampling) -> None:
    run = Run(llama)
    run.engine.submit(GenerationRequest("bad", PROMPT, 8, sampling))
    end = run.end("bad")
    assert isinstance(end, Failed)
    assert end.code == "bad_request"
    assert not run.engine.has_work


def test_a_beginning_that_breaks_the_grammar_is_refused(llama: Context) -> None:
    run = Run(llama)
    prompt = ChatPrompt(PROMPT.messages, reply_start="purple")
    run.engine.submit(GenerationRequest("bad", prompt, 8, Sampling(grammar='root ::= "red"')))
    end = run.end("bad")
    assert isinstance(end, Failed)
    assert end.code == "bad_request"


def test_probabilities_come_on_request(llama: Context) -> None:
    run = Run(llama)
    run.engine.submit(GenerationRequest("a", PROMPT, 6, GREEDY, num_alternatives=3))
    run.finish()
    deltas = [event for event in run.of("a") if isinstance(event, TextDelta)]
    choices = [choice for delta in deltas for choice in delta.choices]
    end = run.end("a")
    assert isinstance(end, Finished)
    assert len(choices) >= end.usage.num_generated_tokens
    assert "".join(choice.text for choice in choices).startswith(run.text("a"))
    for choice in choices:
        assert len(choice.alternatives) == 3
        best_text, best = choice.alternatives[0]
        assert (best_text, best) == (choice.text, choice.logprob)
        assert 0 < sum(math.exp(value) for _, value in choice.alternatives) <= 1.0001
        assert [value for _, value in choice.alternatives] == sorted(
            (value for _, value in choice.alternatives), reverse=True
        )


def test_a_given_text_is_read_and_told_as_probable_as_when_it_was_written(llama: Context) -> None:
    written = Run(llama)
    written.engine.submit(GenerationRequest("a", PROMPT, 40, GREEDY, num_alternatives=3))
    written.finish()
    text = written.text("a")
    read = Run(llama)
    read.engine.submit(GenerationRequest("b", PROMPT, given_text=text, num_alternatives=3))
    read.finish()
    end = read.end("b")
    assert isinstance(end, Finished)
    assert end.reason is FinishReason.LENGTH
    assert read.text("b") == text
    before, after = (
        [choice for event in run.of(name) if isinstance(event, TextDelta) for choice in event.choices]
        for run, name in ((written, "a"), (read, "b"))
    )
    before = before[: len(after)]  # written, its end was a choice too
    assert [choice.raw for choice in before] == [choice.raw for choice in after]
    for one, other in zip(before, after, strict=True):
        assert one.logprob == pytest.approx(other.logprob, abs=0.15)  # rows of a batch are rounded otherwise


def test_any_text_can_be_given_also_one_that_ends_the_context(llama: Context) -> None:
    text = "海は広い。 🙂 البحر <|im_end|> deep" * 20
    run = Run(llama)
    run.engine.submit(GenerationRequest("a", PROMPT, given_text=text, num_alternatives=2))
    run.engine.submit(GenerationRequest("b", PROMPT, 8, GREEDY))
    run.finish()
    choices = [choice for event in run.of("a") if isinstance(event, TextDelta) for choice in event.choices]
    assert b"".join(choice.raw for choice in choices).decode() == text
    assert run.text("a") == text
    assert isinstance(run.end("b"), Finished)


def test_probabilities_do_not_come_unasked(llama: Context) -> None:
    run = Run(llama)
    run.submit("a")
    run.finish()
    assert not any(event.choices for event in run.of("a") if isinstance(event, TextDelta))
