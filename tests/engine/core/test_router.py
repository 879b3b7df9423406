"""Bulk work in a context of its own: who goes there, what is promised there, when it is opened and closed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.generation import (
    ChatPrompt,
    Failed,
    Finished,
    FinishReason,
    GenerationEvent,
    GenerationRequest,
    Message,
    Priority,
    PromptProgress,
    Role,
    Sampling,
    TextDelta,
)
from lmstudio_lite.domain.models import Rung, Tuning
from lmstudio_lite.engine.backend import Model
from lmstudio_lite.engine.core import router
from lmstudio_lite.engine.core.router import EngineRouter
from lmstudio_lite.engine.core.scheduler import STREAMS_PASSED_OVER_MAX
from lmstudio_lite.engine.llama.model import load_llama
from lmstudio_lite.engine.llama.sizing import ModelShape, plan_streams
from lmstudio_lite.engine.templates.chat_format import ChatFormat
from lmstudio_lite.errors import NoModelError
from tests.engine.scripted_model import ScriptedModel
from tests.support.gguf_models import write_model

SYSTEM = "You answer shortly and never say more than is asked. " * 6


class Run:
    def __init__(self, model: Model) -> None:
        self.events: list[GenerationEvent] = []
        tokenizer = model.tokenizer
        chat_format = ChatFormat(
            tokenizer.chat_template,
            special_texts=tokenizer.special_texts,
            guarded_texts=tokenizer.guarded_texts,
        )
        self.engine = EngineRouter(model, chat_format, self.events.append)

    def submit(
        self,
        request_id: str,
        text: str,
        *,
        max_tokens: int | None = 8,
        is_bulk: bool = True,
        system: str = "",
        retry_of: str = "",
    ) -> None:
        self.submit_group(
            {request_id: text},
            max_tokens=max_tokens,
            is_bulk=is_bulk,
            system=system,
            retry_of=retry_of,
        )

    def submit_group(
        self,
        texts: Mapping[str, str],
        *,
        max_tokens: int | None = 8,
        is_bulk: bool = True,
        system: str = "",
        retry_of: str = "",
        may_be_retried: bool = False,
    ) -> None:
        before = [Message(Role.SYSTEM, system)] if system else []
        requests = [
            GenerationRequest(
                request_id,
                ChatPrompt((*before, Message(Role.USER, text))),
                max_tokens,
                Sampling(temperature=0),
                priority=Priority.BULK if is_bulk else Priority.INTERACTIVE,
                retry_of=retry_of,
                may_be_retried=may_be_retried,
            )
            for request_id, text in texts.items()
        ]
        self.engine.submit_group(requests)

    def finish(self) -> None:
        for _ in range(5_000):
            if not self.engine.has_work:
                return
            self.engine.step()
        pytest.fail("the engine does not come to an end")

    def text(self, request_id: str) -> str:
        return "".join(
            event.text
            for event in self.events
            if isinstance(event, TextDelta) and event.request_id == request_id
        )

    def ends(self) -> Counter[str]:
        return Counter(event.request_id for event in self.events if isinstance(event, Finished | Failed))


def numbered(count: int, text: str) -> dict[str, str]:
    return {str(number): text.format(number) for number in range(count)}


def scripted(**sizes: int) -> ScriptedModel:
    return ScriptedModel(context_size=256, num_streams=8, reply="a b c d", **sizes)


def test_a_group_of_bulk_requests_gets_a_context_of_its_own_and_a_chat_does_not() -> None:
    model = scripted()
    run = Run(model)
    run.submit_group(numbered(10, "text {0} of ten"))
    run.submit("chat", "hello there", is_bulk=False)
    run.finish()
    (streams,) = model.opened
    assert run.ends() == Counter([*map(str, range(10)), "chat"])
    assert {run.text(str(number)) for number in range(10)} == {run.text("chat")}
    assert max(streams.num_rows) > 1
    assert model.context.num_rows[1:] == [1, 1, 1, 1]


def test_few_requests_and_those_without_an_end_stay_with_the_chats() -> None:
    model = scripted()
    run = Run(model)
    run.submit("one", "a single text")
    run.finish()
    for number in range(4, 8):
        run.submit(str(number), "a text that comes alone")
    run.finish()
    run.submit_group(numbered(4, "a text of any length"), max_tokens=None)
    run.finish()
    assert not model.opened
    assert run.ends() == Counter(["one", *map(str, range(8))])


def test_what_is_too_long_for_the_streams_is_served_beside_it() -> None:
    model = scripted()
    run = Run(model)
    run.submit_group(numbered(4, "short"))
    run.engine.step()
    run.submit("long", "word " * 100)
    run.finish()
    assert model.opened[0].context_size < 100
    assert run.ends() == Counter(["0", "1", "2", "3", "long"])


def test_an_idle_context_that_is_too_small_makes_place_for_a_larger_one() -> None:
    model = scripted()
    run = Run(model)
    for text in ("short", "word " * 100):
        run.submit_group({f"{len(text)} {number}": text for number in range(4)})
        run.finish()
    first, second = model.opened
    assert first.is_closed
    assert not second.is_closed
    assert second.context_size > 100


def test_a_group_without_streams_leaves_the_next_one_its_own() -> None:
    model = scripted()
    model.num_streams = 0
    run = Run(model)
    run.submit_group({f"first {number}": "short" for number in range(4)})
    run.finish()
    assert not run.engine.has_streams
    model.num_streams = 8
    run.submit_group({f"second {number}": "short" for number in range(4)})
    run.finish()
    assert run.engine.has_streams
    assert len(run.ends()) == 8


def test_streams_are_closed_when_there_was_no_work_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    model = scripted()
    run = Run(model)
    run.submit_group(numbered(4, "short"))
    run.finish()
    run.engine.close_idle_streams()
    assert run.engine.has_streams
    monkeypatch.setattr(router, "IDLE_S", 0.0)
    run.engine.close_idle_streams()
    assert not run.engine.has_streams
    assert model.opened[0].is_closed


def test_a_chat_is_read_before_the_streams_go_on_but_not_for_ever() -> None:
    model = scripted(batch_size=1)
    run = Run(model)
    run.submit_group(numbered(4, "some text to read"))
    run.engine.step()
    before = len(model.opened[0].num_rows)
    run.submit("chat", "word " * 12, is_bulk=False)
    for _ in range(STREAMS_PASSED_OVER_MAX):
        run.engine.step()
    assert len(model.opened[0].num_rows) == before, "each step so far read a word of the chat"
    run.engine.step()
    assert len(model.opened[0].num_rows) == before + 1
    run.finish()
    assert run.ends()["chat"] == 1


PART = "part {0} " + "of a text with as many words " * 6


def test_a_retry_reads_nothing_again_and_is_not_queued_behind_the_rest() -> None:
    model = ScriptedModel(context_size=256, num_streams=2, reply="a b c d")
    run = Run(model)
    run.submit_group(numbered(10, PART), may_be_retried=True)
    while not run.engine.is_unsettled:
        run.engine.step()
    first, other = run.ends()
    run.engine.settle(other)
    assert run.engine.is_unsettled
    run.submit("again", PART.format(first) + "not copied", retry_of=first)
    assert not run.engine.is_unsettled
    run.finish()
    cached = [e.num_cached for e in run.events if isinstance(e, PromptProgress) and e.request_id == "again"]
    assert cached[0] >= 42
    order = [event.request_id for event in run.events if isinstance(event, Finished)]
    assert order.index("again") < order.index("9")


def test_nobody_is_waited_for_who_has_settled_or_whose_cells_nobody_wants() -> None:
    run = Run(ScriptedModel(context_size=256, num_streams=2, reply="a b c d"))
    run.submit_group(numbered(10, PART), may_be_retried=True)
    settled: set[str] = set()
    while run.engine.has_work:
        run.engine.step()
        if run.engine.num_waiting == 0:
            assert not run.engine.is_unsettled
        if run.engine.is_unsettled:
            for request_id in set(run.ends()) - settled:
                run.engine.settle(request_id)
                settled.add(request_id)
            assert not run.engine.is_unsettled
    assert settled


def test_each_bulk_prompt_is_tokenized_once() -> None:
    model = scripted()
    run = Run(model)
    run.submit_group({**numbered(10, PART), "long": "word " * 100})
    run.finish()
    read = Counter(model.tokenizer.tokenized)
    for number in range(10):
        assert sum(count for text, count in read.items() if PART.format(number).strip() in text) == 1
    assert run.ends()["long"] == 1


def test_what_is_cancelled_before_it_has_a_place_opens_nothing() -> None:
    model = scripted()
    run = Run(model)
    run.submit_group(numbered(10, "text {0} of ten"))
    assert run.engine.num_waiting == 10
    for number in range(9):
        run.engine.cancel(str(number))
    assert run.engine.num_waiting == 1
    run.finish()
    assert not model.opened
    ends = {event.request_id: event.reason for event in run.events if isinstance(event, Finished)}
    assert ends.pop("9") is FinishReason.STOP
    assert ends == dict.fromkeys(map(str, range(9)), FinishReason.CANCELLED)
    assert not any("text 0" in text for text in model.tokenizer.tokenized)


def test_what_has_no_place_yet_fails_with_the_model() -> None:
    run = Run(scripted())
    run.submit_group(numbered(10, "text {0} of ten"))
    run.engine.fail_all(NoModelError())
    assert not run.engine.has_work
    assert {event.code for event in run.events if isinstance(event, Failed)} == {"no_model"}
    assert run.ends() == Counter(map(str, range(10)))


def test_what_runs_in_streams_are_neighbours() -> None:
    """llama.cpp decodes sequences with cells of their own together only where their ids have no gap."""
    model = ScriptedModel(context_size=256, num_streams=3, reply="a b c d")
    run = Run(model)
    for max_tokens in range(1, 5):
        run.submit_group({f"{max_tokens} {at}": f"part {at}" for at in range(4)}, max_tokens=max_tokens)
    run.finish()
    (streams,) = model.opened
    assert set(streams.cells) == {0, 1, 2}


def test_streams_are_planned_where_they_are_a_gain_and_fit() -> None:
    shape = ModelShape(500 << 20, 25, 14, 2, 64, 64, 896, 151_936, 32_768)
    tuning = Tuning(flash_attention=True, num_threads=2, num_threads_batch=2, micro_batch_size=512)
    wide = plan_streams(shape, tuning, LoadOptions(), num_cells=700, free_bytes=8 << 30)
    assert wide is not None
    assert (wide.context_size, wide.num_sequences, wide.num_sequence_ids) == (768, 16, 18)
    tight = plan_streams(shape, tuning, LoadOptions(), num_cells=700, free_bytes=900 << 20)
    assert tight is not None
    assert tight.num_sequences < 16
    assert plan_streams(shape, tuning, LoadOptions(), num_cells=700, free_bytes=100 << 20) is None
    cautious = LoadOptions(rung=Rung.LESS_MEMORY)
    assert plan_streams(shape, tuning, cautious, num_cells=700, free_bytes=8 << 30) is None


@pytest.mark.parametrize("architecture", ["llama", "qwen2", "moe"])
def test_in_streams_each_text_is_what_it_is_alone(tmp_path: Path, architecture: str) -> None:
    """With an instruction that all share, which is read once and copied."""
    path = write_model(tmp_path / "tiny.gguf", architecture)
    model = load_llama(path, LoadOptions(context_size=2048, flash_attention=False), lambda _: True)
    texts = [f"Question {number}: " + "and then the other one " * (number % 7) for number in range(24)]
    alone = Run(model)
    for number, text in enumerate(texts):
        alone.submit(str(number), text, max_tokens=24, system=SYSTEM)
        alone.finish()
    assert not alone.engine.has_streams
    together = Run(model)
    together.submit_group(dict(zip(map(str, range(24)), texts, strict=True)), max_tokens=24, system=SYSTEM)
    together.finish()
    assert together.engine.has_streams
    cached = {
        event.request_id: event.num_cached for event in together.events if isinstance(event, PromptProgress)
    }
    assert sum(count > 0 for count in cached.values()) >= len(texts) - 1
    assert [together.text(str(number)) for number in range(24)] == [
        alone.text(str(number)) for number in range(24)
    ]
    together.engine.close_streams()
    model.close()


def test_random_work_in_both_memories_ends_each_request_once(tmp_path: Path) -> None:
    model = load_llama(
        write_model(tmp_path / "tiny.gguf", "llama"), LoadOptions(context_size=1024), lambda _: True
    )
    run = Run(model)
    draw = random.Random(3)
    num_submitted = 0
    for _ in range(1_500):
        operation = draw.random()
        if operation < 0.04:
            texts = {}
            for _ in range(draw.choice([1, 2, 7])):
                texts[str(num_submitted)] = " ".join(draw.choices(SYSTEM.split(), k=draw.choice([1, 20, 90])))
                num_submitted += 1
            run.submit_group(
                texts,
                max_tokens=draw.choice([1, 8, 24, 150]),
                is_bulk=draw.random() < 0.8,
                retry_of=draw.choice(["", str(draw.randrange(num_submitted))]),
                may_be_retried=draw.random() < 0.5,
            )
        elif operation < 0.1:
            run.engine.cancel(str(draw.randrange(num_submitted + 1)))
        elif operation < 0.12:
            run.engine.interrupt(str(draw.randrange(num_submitted + 1)))
            run.engine.settle(str(draw.randrange(num_submitted + 1)))
        elif operation < 0.13 and not run.engine.has_work:
            run.engine.close_streams()
        else:
            run.engine.step()
    for _ in range(20_000):
        if not run.engine.has_work:
            break
        run.engine.step()
    assert run.ends() == Counter(str(number) for number in range(num_submitted))
    assert run.engine.num_running == run.engine.num_waiting == 0
    assert {event.reason for event in run.events if isinstance(event, Finished)} <= set(FinishReason)
    run.engine.close_streams()
    model.close()
