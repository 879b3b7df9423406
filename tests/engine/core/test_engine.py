"""The engine's policy on the scripted context: room, preemption, failures, random work."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from lmstudio_lite.domain.generation import Failed, Finished, FinishReason, Priority
from lmstudio_lite.engine.backend import DecodeStatus
from tests.engine.scripted_model import scripted_context
from tests.engine.test_contract import Run

LONG = " ".join(f"w{number}" for number in range(200))


def test_an_interactive_request_preempts_bulk_which_still_ends() -> None:
    context = scripted_context(context_size=200, num_sequences_max=3, reply=LONG)
    run = Run(context)
    run.submit("bulk", "b " * 40, max_tokens=120, priority=Priority.BULK)
    for _ in range(5):
        run.engine.step()
    run.submit("chat", "c " * 60, max_tokens=40)
    run.finish()
    chat, bulk = run.end("chat"), run.end("bulk")
    assert isinstance(chat, Finished)
    assert isinstance(bulk, Finished)
    assert run.events.index(chat) < run.events.index(bulk)
    assert bulk.usage.num_generated_tokens == 120
    assert run.text("bulk").split() == LONG.split()[:120]


def test_a_full_context_ends_the_text_with_length() -> None:
    context = scripted_context(context_size=64, num_sequences_max=1, reply=LONG)
    run = Run(context)
    run.submit("a", "x " * 20, max_tokens=None)
    run.finish()
    end = run.end("a")
    assert isinstance(end, Finished)
    assert end.reason is FinishReason.LENGTH
    assert end.usage.num_prompt_tokens + end.usage.num_generated_tokens == 64


def test_a_failed_decode_fails_its_requests_and_the_engine_lives() -> None:
    context = scripted_context()
    context.script = [DecodeStatus.FAILED]
    run = Run(context)
    run.submit("a")
    run.finish()
    end = run.end("a")
    assert isinstance(end, Failed)
    assert end.code == "decode"
    run.submit("b")
    run.finish()
    assert isinstance(run.end("b"), Finished)


def test_an_aborted_decode_is_repeated() -> None:
    context = scripted_context()
    context.script = [DecodeStatus.ABORTED, DecodeStatus.OK, DecodeStatus.ABORTED]
    run = Run(context)
    run.submit("a")
    run.finish()
    assert run.text("a").split() == ["one", "two"]


def test_a_stop_string_ends_the_text_before_it() -> None:
    context = scripted_context(reply="alpha beta gamma delta")
    run = Run(context)
    run.submit("a", stop=["gamma"])
    run.finish()
    end = run.end("a")
    assert isinstance(end, Finished)
    assert end.reason is FinishReason.STOP
    assert run.text("a").split() == ["alpha", "beta"]


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("submit"), st.integers(1, 90), st.integers(1, 40), st.booleans()),
        st.tuples(st.just("cancel"), st.integers(0, 30), st.just(0), st.just(False)),
        st.tuples(st.just("step"), st.integers(1, 6), st.just(0), st.just(False)),
        st.tuples(st.just("trouble"), st.integers(0, 2), st.just(0), st.just(False)),
    ),
    max_size=40,
)
TROUBLE = [DecodeStatus.ABORTED, DecodeStatus.NO_ROOM, DecodeStatus.FAILED]


_TOO_LARGE_TOGETHER = [
    ("submit", 1, 1, False),
    ("submit", 5, 2, False),
    ("submit", 59, 17, True),
    ("submit", 67, 18, True),
]


@given(ACTIONS)
@example(_TOO_LARGE_TOGETHER)
@settings(max_examples=150, deadline=None)
def test_random_work_ends_every_request_once_and_leaks_nothing(
    actions: list[tuple[str, int, int, bool]],
) -> None:
    context = scripted_context(context_size=160, num_sequences_max=3, batch_size=32, reply=LONG)
    run = Run(context)
    submitted: list[str] = []
    for kind, number, count, is_bulk in actions:
        match kind:
            case "submit":
                request_id = str(len(submitted))
                submitted.append(request_id)
                priority = Priority.BULK if is_bulk else Priority.INTERACTIVE
                run.submit(request_id, f"p{number % 3} " * number, max_tokens=count, priority=priority)
            case "cancel":
                run.engine.cancel(str(number))
            case "step":
                for _ in range(number):
                    run.engine.step()
            case _:
                context.script = [TROUBLE[number]]
    run.finish()
    for request_id in submitted:
        run.end(request_id)
    assert all(sampler.is_closed for sampler in context.samplers)
    assert run.engine.num_running == run.engine.num_waiting == 0
    assert all(rows <= 32 for rows in context.num_rows)


def test_ended_work_leaves_little_behind_for_every_cell_slows_the_others() -> None:
    context = scripted_context(context_size=4000, num_sequences_max=4, reply="one two")
    run = Run(context)
    for number in range(12):
        run.submit(str(number), f"c{number} " * 50, priority=Priority.BULK)
    run.finish()
    assert run.engine.num_cells_used <= 2 * 60
