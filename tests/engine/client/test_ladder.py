from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.models import Rung
from lmstudio_lite.engine.client.ladder import DEATHS_MAX, LOOP_WINDOW_S, Ladder, is_lasting

ALL = tuple(Rung)
CPU = (Rung.NO_EXTRA_BUFFERS, Rung.LESS_MEMORY, Rung.SMALLER_CONTEXT)


def way_down(ladder: Ladder, reason: str, useful: tuple[Rung, ...] | None) -> list[Rung]:
    rungs = []
    now = 0.0
    while (rung := ladder.next_rung(now, reason, useful=useful)) is not None:
        rungs.append(rung)
        now += 1.0
    return rungs


@pytest.mark.parametrize("reason", ["SIGSEGV", "SIGABRT", "SIGILL", "hang", "exit code 3"])
def test_every_death_leads_one_rung_down_and_then_to_a_stop(reason: str) -> None:
    assert way_down(Ladder(), reason, ALL) == [
        Rung.NO_EXTRA_BUFFERS,
        Rung.NO_FLASH_ATTENTION,
        Rung.FEWER_GPU_LAYERS,
        Rung.CPU_ONLY,
        Rung.SMALLER_CONTEXT,
    ]


def test_rungs_that_change_nothing_are_skipped() -> None:
    ladder = Ladder()
    assert way_down(ladder, "SIGSEGV", CPU) == [Rung.NO_EXTRA_BUFFERS, Rung.SMALLER_CONTEXT]
    assert ladder.num_crashes == 3


def test_a_model_that_never_got_ready_has_a_short_way() -> None:
    assert len(way_down(Ladder(), "SIGABRT", None)) == 3


def test_a_process_killed_for_want_of_memory_needs_less_and_keeps_its_gpu() -> None:
    assert way_down(Ladder(), "SIGKILL", ALL) == [Rung.LESS_MEMORY, Rung.SMALLER_CONTEXT]
    assert way_down(Ladder(Rung.CPU_ONLY), "SIGKILL", ALL) == [Rung.SMALLER_CONTEXT]


def test_a_crash_after_a_shortage_goes_on_where_crashes_go() -> None:
    ladder = Ladder(Rung.LESS_MEMORY)
    assert ladder.next_rung(0.0, "SIGSEGV", useful=ALL) is Rung.NO_FLASH_ATTENTION


def test_deaths_far_apart_at_the_bottom_are_no_loop() -> None:
    ladder = Ladder(Rung.SMALLER_CONTEXT)
    for number in range(10):
        assert ladder.next_rung(number * LOOP_WINDOW_S * 2, "SIGSEGV") is Rung.SMALLER_CONTEXT


def test_dying_while_measuring_costs_no_rung_twice() -> None:
    ladder = Ladder()
    steps = [ladder.next_rung(float(now), "SIGSEGV", useful=CPU, is_measuring=True) for now in range(3)]
    assert steps == [Rung.NORMAL, Rung.NORMAL, Rung.NO_EXTRA_BUFFERS]


def test_what_passes_is_not_remembered() -> None:
    assert not is_lasting(Rung.NORMAL)
    assert not is_lasting(Rung.LESS_MEMORY)
    assert is_lasting(Rung.CPU_ONLY)


@given(
    start=st.sampled_from(list(Rung)),
    deaths=st.lists(
        st.tuples(
            st.floats(0, LOOP_WINDOW_S / 20),
            st.sampled_from(["SIGKILL", "SIGSEGV", "hang"]),
            st.none() | st.sets(st.sampled_from(list(Rung))),
            st.booleans(),
        ),
        min_size=DEATHS_MAX + 1,
        max_size=DEATHS_MAX + 4,
    ),
)
def test_a_crash_loop_always_ends(
    start: Rung, deaths: list[tuple[float, str, set[Rung] | None, bool]]
) -> None:
    ladder, now, steps = Ladder(start), 0.0, []
    for pause, reason, useful, is_measuring in deaths:
        now += pause
        steps.append(ladder.next_rung(now, reason, useful=useful, is_measuring=is_measuring))
    assert None in steps
