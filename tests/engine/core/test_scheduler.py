from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.generation import AdapterUse, GenerationRequest, Priority
from lmstudio_lite.engine.core.scheduler import (
    ADAPTER_TURN_STEPS,
    FIRST_TEXT_MAX,
    LONG_WAIT,
    PASSED_OVER_BY_BULK_MAX,
    PROMPT_CHUNK_FIRST,
    STEP_TARGET_WHILE_TYPING_S,
    STREAMS_PASSED_OVER_MAX,
    AdapterTurns,
    ContextTurns,
    Scheduler,
    prompt_budget,
)
from lmstudio_lite.engine.core.scoring import ContinuationScores
from lmstudio_lite.engine.core.sequence import Sequence
from lmstudio_lite.engine.core.text_stream import TextStream


def sequence(
    arrival: int, pending: int, *, is_bulk: bool, is_generating: bool = False, retry_of: str = ""
) -> Sequence:
    priority = Priority.BULK if is_bulk else Priority.INTERACTIVE
    num_prompt = 1 if is_generating else pending
    made = Sequence(
        request=GenerationRequest(str(arrival), "x", priority=priority, retry_of=retry_of),
        arrival=arrival,
        token_ids=[1] * (num_prompt + is_generating),
        num_prompt_tokens=num_prompt,
        max_tokens=10,
        stream=TextStream(),
        submitted_at=0.0,
    )
    made.num_computed = 1 if is_generating else 0
    return made


SEQUENCES = st.lists(st.tuples(st.integers(1, 600), st.booleans(), st.booleans()), max_size=12)


@given(SEQUENCES, st.integers(1, 512), st.integers(16, 512))
def test_a_plan_keeps_every_limit(
    kinds: list[tuple[int, bool, bool]], prompt_budget: int, batch_size: int
) -> None:
    running = [
        sequence(at, pending, is_bulk=is_bulk, is_generating=is_generating)
        for at, (pending, is_bulk, is_generating) in enumerate(kinds)
    ]
    plan = Scheduler(16, 4096, batch_size).plan(running, prompt_budget=prompt_budget)
    assert sum(share.num_tokens for share in plan) <= batch_size
    assert all(1 <= share.num_tokens <= share.sequence.num_pending for share in plan)
    assert len({share.sequence.arrival for share in plan}) == len(plan)
    served = {share.sequence.arrival for share in plan}
    has_prompt = any(not s.is_generating for s in running)
    is_bulk = all(s.request.priority is Priority.BULK for s in running)
    assert (has_prompt and is_bulk) or all(s.arrival in served for s in running if s.is_generating)
    prompts = sum(share.num_tokens for share in plan if not share.sequence.is_generating)
    assert prompts <= prompt_budget
    assert bool(plan) == bool(running)


def test_bulk_prompts_are_never_starved_by_interactive_ones() -> None:
    running = [sequence(0, 500, is_bulk=False), sequence(1, 500, is_bulk=True)]
    plan = Scheduler(4, 4096, 512).plan(running, prompt_budget=128)
    tokens = {share.sequence.arrival: share.num_tokens for share in plan}
    assert tokens[0] > tokens[1] > 0
    assert tokens[0] + tokens[1] == 128


def test_bulk_prompts_are_read_in_their_order() -> None:
    generating = sequence(0, 1, is_bulk=True, is_generating=True)
    prompts = [sequence(2, 300, is_bulk=True), sequence(1, 300, is_bulk=True)]
    plan = Scheduler(8, 4096, 512).plan([generating, *prompts], prompt_budget=512)
    assert [(share.sequence.arrival, share.num_tokens) for share in plan] == [(1, 300), (2, 212)]
    generating.num_passed_over = PASSED_OVER_BY_BULK_MAX
    plan = Scheduler(8, 4096, 512).plan([generating, *prompts], prompt_budget=512)
    assert [(share.sequence.arrival, share.num_tokens) for share in plan] == [(0, 1), (1, 300), (2, 211)]
    chat = sequence(3, 1, is_bulk=False, is_generating=True)
    plan = Scheduler(8, 4096, 512).plan([generating, *prompts, chat], prompt_budget=100)
    assert [(share.sequence.arrival, share.num_tokens) for share in plan] == [(0, 1), (3, 1), (1, 100)]


def test_the_first_text_of_a_long_job_does_not_wait_for_all_prompts() -> None:
    first = sequence(0, 1, is_bulk=True, is_generating=True)
    first.leads_group = True
    prompts = [sequence(at, LONG_WAIT // 4, is_bulk=True) for at in range(1, 6)]
    scheduler = Scheduler(8, 4096, 512)
    assert [share.sequence.arrival for share in scheduler.plan([first, *prompts], prompt_budget=512)] == [0]
    short = [sequence(at, 100, is_bulk=True) for at in range(1, 6)]
    assert 0 not in [share.sequence.arrival for share in scheduler.plan([first, *short], prompt_budget=512)]
    later = sequence(9, 1, is_bulk=True, is_generating=True)
    assert 9 not in [share.sequence.arrival for share in scheduler.plan([later, *prompts], prompt_budget=512)]
    retry = sequence(9, 1, is_bulk=True, is_generating=True, retry_of="0")
    assert [share.sequence.arrival for share in scheduler.plan([retry, *prompts], prompt_budget=512)] == [9]
    unread = sequence(10, 40, is_bulk=True, retry_of="0")
    assert scheduler.plan([*prompts, unread], prompt_budget=512)[0].sequence is unread
    first.token_ids += [1] * FIRST_TEXT_MAX
    first.num_computed += FIRST_TEXT_MAX
    assert 0 not in [share.sequence.arrival for share in scheduler.plan([first, *prompts], prompt_budget=512)]


def test_interactive_requests_are_admitted_before_bulk_and_in_order() -> None:
    waiting = [sequence(3, 1, is_bulk=True), sequence(2, 1, is_bulk=False), sequence(1, 1, is_bulk=True)]
    order = Scheduler(4, 4096, 512).admission_order(waiting)
    assert [s.arrival for s in order] == [2, 1, 3]


def test_a_retry_is_admitted_before_other_bulk() -> None:
    retry = sequence(2, 9, is_bulk=True, retry_of="0")
    waiting = [sequence(1, 9, is_bulk=True), retry, sequence(3, 9, is_bulk=False)]
    order = Scheduler(4, 4096, 512).admission_order(waiting)
    assert [s.arrival for s in order] == [3, 2, 1]


def test_bulk_leaves_a_place_for_a_chat() -> None:
    scheduler = Scheduler(2, 4096, 512)
    running = [sequence(0, 10, is_bulk=True)]
    assert not scheduler.may_start(sequence(1, 10, is_bulk=True), running)
    assert scheduler.may_start(sequence(2, 10, is_bulk=False), running)


def test_texts_that_are_only_read_have_places_of_their_own() -> None:
    def scored(arrival: int) -> Sequence:
        return replace(sequence(arrival, 4, is_bulk=True), scores=ContinuationScores([[1], [2]]))

    scheduler = Scheduler(2, 4096, 512, num_scored_max=5)
    running = [scored(arrival) for arrival in range(5)]
    assert not scheduler.may_start(scored(5), running)
    assert scheduler.may_start(sequence(6, 4, is_bulk=True), running)
    running = [*running[:4], sequence(6, 4, is_bulk=True)]
    assert scheduler.may_start(scored(7), running)
    assert not scheduler.may_start(sequence(8, 4, is_bulk=True), running)
    assert scheduler.may_start(sequence(9, 4, is_bulk=False), running)
    assert not Scheduler(2, 4096, 512).may_start(scored(7), running[:2])


def test_a_request_that_needs_more_cells_than_are_left_waits() -> None:
    scheduler = Scheduler(8, 100, 512)
    assert not scheduler.may_start(sequence(1, 60, is_bulk=True), [sequence(0, 60, is_bulk=True)])
    assert scheduler.may_start(sequence(1, 60, is_bulk=True), [])


def test_streams_keep_no_place_for_a_chat() -> None:
    scheduler = Scheduler(2, 4096, 512, shares_cells=False)
    running = [sequence(0, 10, is_bulk=True)]
    assert scheduler.may_start(sequence(1, 10, is_bulk=True), running)
    assert not scheduler.may_start(sequence(2, 10, is_bulk=True), [*running, *running])


def test_steps_are_short_while_a_text_is_watched_and_long_where_all_is_bulk() -> None:
    chat = sequence(0, 1, is_bulk=False, is_generating=True)
    read = sequence(1, 500, is_bulk=False)
    bulk = sequence(2, 500, is_bulk=True)
    assert prompt_budget([bulk], tokens_per_s=0.0) == PROMPT_CHUNK_FIRST
    assert prompt_budget([chat, bulk], tokens_per_s=1000.0) == 1000 * STEP_TARGET_WHILE_TYPING_S
    assert prompt_budget([bulk], tokens_per_s=1000.0, is_watched=True) == 1000 * STEP_TARGET_WHILE_TYPING_S
    assert prompt_budget([read, bulk], tokens_per_s=1000.0) == 512
    assert prompt_budget([bulk], tokens_per_s=1000.0) == 4096


def test_kinds_of_adapters_have_their_turns() -> None:
    plain = sequence(0, 5, is_bulk=True)
    tuned = sequence(1, 5, is_bulk=True)
    tuned.request = replace(tuned.request, adapters=(AdapterUse(Path("a.gguf")),))
    turns = AdapterTurns()
    assert turns.choose([]) is None
    chosen = [turns.choose([plain, tuned]) for _ in range(4 * (ADAPTER_TURN_STEPS + 1))]
    assert chosen.count(()) == chosen.count(tuned.request.adapters) == len(chosen) / 2
    assert [turns.choose([tuned]) for _ in range(9)] == [tuned.request.adapters] * 9


def test_streams_and_conversations_have_their_turns() -> None:
    turns = ContextTurns()
    alone = [turns.is_streams_turn(others_have_work=False, is_reading_interactive=False) for _ in range(5)]
    assert all(alone)
    beside = [turns.is_streams_turn(others_have_work=True, is_reading_interactive=False) for _ in range(6)]
    assert beside == [False, True] * 3
    reading = [turns.is_streams_turn(others_have_work=True, is_reading_interactive=True) for _ in range(8)]
    assert reading == ([False] * STREAMS_PASSED_OVER_MAX + [True]) * 2
