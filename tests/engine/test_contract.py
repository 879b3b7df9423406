"""One suite for both backends: what the engine promises whoever submits."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from lmstudio_lite.domain.generation import (
    ChatPrompt,
    Failed,
    Finished,
    FinishReason,
    GenerationEvent,
    GenerationRequest,
    Message,
    Overflow,
    Priority,
    PromptProgress,
    Role,
    Sampling,
    TextDelta,
)
from lmstudio_lite.engine.backend import Context
from lmstudio_lite.engine.core.engine import Engine
from lmstudio_lite.engine.templates.chat_format import ChatFormat
from tests.engine.scripted_model import ScriptedContext

GREEDY = Sampling(temperature=0)


class Run:
    """An engine over ``context`` and everything it has said."""

    def __init__(self, context: Context) -> None:
        self.events: list[GenerationEvent] = []
        for sequence_id in range(context.num_sequence_ids):
            context.remove(sequence_id, 0)
        tokenizer = context.model.tokenizer
        chat_format = ChatFormat(
            tokenizer.chat_template,
            special_texts=tokenizer.special_texts,
            guarded_texts=tokenizer.guarded_texts,
        )
        self.engine = Engine(context, chat_format, self.events.append)

    def submit(
        self,
        request_id: str,
        text: str = "Tell me about the sea.",
        *,
        max_tokens: int | None = 8,
        stop: Sequence[str] = (),
        priority: Priority = Priority.INTERACTIVE,
        history: Sequence[Message] = (),
        overflow: Overflow = Overflow.FAIL,
    ) -> None:
        prompt = ChatPrompt((*history, Message(Role.USER, text)), overflow=overflow)
        self.engine.submit(GenerationRequest(request_id, prompt, max_tokens, GREEDY, tuple(stop), priority))

    def finish(self) -> None:
        for _ in range(5_000):
            if not self.engine.has_work:
                return
            self.engine.step()
        pytest.fail("the engine does not come to an end")

    def of(self, request_id: str) -> list[GenerationEvent]:
        return [event for event in self.events if event.request_id == request_id]

    def text(self, request_id: str) -> str:
        return "".join(event.text for event in self.of(request_id) if isinstance(event, TextDelta))

    def end(self, request_id: str) -> Finished | Failed:
        terminal = [event for event in self.of(request_id) if isinstance(event, Finished | Failed)]
        assert len(terminal) == 1, terminal
        assert self.of(request_id)[-1] is terminal[0]
        return terminal[0]


def test_a_request_is_answered_with_progress_text_and_one_end(context: Context) -> None:
    run = Run(context)
    run.submit("a")
    run.finish()
    end = run.end("a")
    assert isinstance(end, Finished)
    assert run.text("a")
    assert 0 < end.usage.num_generated_tokens <= 8
    progress = [event for event in run.of("a") if isinstance(event, PromptProgress)]
    assert progress[-1].num_done == progress[-1].num_total == end.usage.num_prompt_tokens


def test_max_tokens_ends_with_length(context: Context) -> None:
    run = Run(context)
    run.submit("a", max_tokens=3)
    run.finish()
    end = run.end("a")
    assert isinstance(end, Finished)
    assert end.reason is FinishReason.LENGTH
    assert end.usage.num_generated_tokens == 3


def test_many_requests_are_batched_and_each_ends_once(context: Context) -> None:
    run = Run(context)
    for number in range(9):
        priority = Priority.BULK if number % 2 else Priority.INTERACTIVE
        run.submit(str(number), f"Say the number {number}.", priority=priority)
    run.finish()
    for number in range(9):
        assert isinstance(run.end(str(number)), Finished)


def test_a_text_is_the_same_alone_and_among_others(context: Context) -> None:
    alone = Run(context)
    alone.submit("a", "Why is the sky blue?")
    alone.finish()
    among = Run(context)
    for number in range(3):
        among.submit(str(number), f"Count from {number}.", priority=Priority.BULK)
    among.submit("a", "Why is the sky blue?")
    among.finish()
    assert among.text("a")
    if isinstance(context, ScriptedContext):
        assert among.text("a") == alone.text("a")  # llama.cpp rounds by batch: see test_interleaved


def test_cancelling_waiting_and_running_requests_frees_them(context: Context) -> None:
    run = Run(context)
    for number in range(8):
        run.submit(str(number), max_tokens=64)
    run.engine.step()
    for number in range(8):
        run.engine.cancel(str(number))
    assert not run.engine.has_work
    for number in range(8):
        end = run.end(str(number))
        assert isinstance(end, Finished)
        assert end.reason is FinishReason.CANCELLED
    run.submit("after")
    run.finish()
    assert isinstance(run.end("after"), Finished)


def test_cancelling_twice_or_the_unknown_is_ignored(context: Context) -> None:
    run = Run(context)
    run.submit("a")
    run.engine.cancel("a")
    run.engine.cancel("a")
    run.engine.cancel("never seen")
    assert isinstance(run.end("a"), Finished)


def test_the_next_turn_evaluates_only_what_is_new(context: Context) -> None:
    run = Run(context)
    question = "Tell me something about " + "very " * 60 + "old ships."
    run.submit("first", question)
    run.finish()
    history = [Message(Role.USER, question), Message(Role.ASSISTANT, run.text("first"))]
    run.submit("second", "And then?", history=history)
    run.finish()
    end = run.end("second")
    assert isinstance(end, Finished)
    assert end.usage.num_cached_tokens > 60
    assert end.usage.num_prompt_tokens - end.usage.num_cached_tokens < 60


def test_requests_together_share_their_prefix(context: Context) -> None:
    run = Run(context)
    system = Message(Role.SYSTEM, "You answer questions. " + "Be brief. " * 40)
    for number in range(3):
        run.submit(str(number), f"Question {number}", history=[system], priority=Priority.BULK)
    run.finish()
    cached = sorted(end.usage.num_cached_tokens for end in map(run.end, "012") if isinstance(end, Finished))
    assert cached[0] == 0
    assert cached[1] > 70


def test_a_prompt_longer_than_the_context_fails_with_numbers(context: Context) -> None:
    run = Run(context)
    run.submit("a", "word " * 5_000)
    run.finish()
    end = run.end("a")
    assert isinstance(end, Failed)
    assert end.code == "prompt_too_long"
    assert end.details["context_size"] == context.context_size
    assert int(end.details["num_prompt_tokens"]) >= 5_000


def test_a_long_chat_drops_its_oldest_turns_and_says_how_many(context: Context) -> None:
    run = Run(context)
    history = [Message(Role.SYSTEM, "Keep to the point.")]
    for _ in range(10):
        history += [Message(Role.USER, "word " * 300), Message(Role.ASSISTANT, "fine")]
    run.submit("a", "And now?", history=history, overflow=Overflow.DROP_OLDEST_TURNS)
    run.finish()
    end = run.end("a")
    assert isinstance(end, Finished)
    assert 0 < end.num_dropped_turns < 10
    assert end.usage.num_prompt_tokens < context.context_size


def test_a_reply_goes_on_from_its_beginning(context: Context) -> None:
    run = Run(context)
    prompt = ChatPrompt((Message(Role.USER, "Name the capital of France."),), reply_start="The capital of")
    run.engine.submit(GenerationRequest("a", prompt, 6, GREEDY))
    run.finish()
    assert not run.text("a").startswith("The capital")
    assert isinstance(run.end("a"), Finished)


def test_empty_prompts_are_refused(context: Context) -> None:
    run = Run(context)
    run.engine.submit(GenerationRequest("none", ChatPrompt(()), 4))
    end = run.end("none")
    assert isinstance(end, Failed)
    assert end.code == "bad_request"


def test_unloading_fails_what_is_open(context: Context) -> None:
    from lmstudio_lite.errors import NoModelError

    run = Run(context)
    run.submit("a", max_tokens=64)
    run.engine.step()
    run.engine.fail_all(NoModelError())
    end = run.end("a")
    assert isinstance(end, Failed)
    assert end.code == "no_model"
    assert not run.engine.has_work
