"""The time left: it settles before it is told, and from then on it never grows without a reason."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmstudio_lite.domain.progress import Delay
from lmstudio_lite.tasks.generate.time_left import (
    GENERATED_TOKEN_WEIGHT,
    Ask,
    Countdown,
    OpenPart,
    TimeLeft,
    WorkMeter,
)

_ESTIMATES = st.lists(
    st.tuples(
        st.floats(0.05, 30.0),  # seconds since the one before
        st.floats(0.0, 5_000.0),
        st.sampled_from([None, None, Delay.AGAIN, Delay.SLOWER]),
    ),
    max_size=60,
)


def grows_without_reason(shown: list[TimeLeft]) -> list[tuple[float, float]]:
    """Return each number with the higher one that followed it without a new reason."""
    found, last = [], TimeLeft()
    for each in shown:
        if each.seconds is None:
            continue
        if last.seconds is not None and each.seconds > 1.1 * last.seconds and each.delay is None:
            found.append((last.seconds, each.seconds))
        last = each
    return found


@given(_ESTIMATES)
def test_no_row_of_estimates_makes_it_grow_without_a_reason(
    estimates: list[tuple[float, float, Delay | None]],
) -> None:
    countdown, now, shown = Countdown(), 0.0, []
    for pause, seconds, cause in estimates:
        now += pause
        shown.append(countdown.show(now, seconds, cause))
    assert grows_without_reason(shown) == []


def test_a_number_is_told_once_the_end_has_settled() -> None:
    countdown = Countdown()
    assert [countdown.show(0.5 * at, 300.0 - 60 * at, None).seconds for at in range(3)] == [None] * 3
    told = [countdown.show(2.0 + at, 60.0 - at, None).seconds for at in range(6)]
    assert told[-1] == 55.0


def test_a_number_that_can_t_be_held_is_taken_back() -> None:
    countdown = Countdown()
    for at in range(5):
        countdown.show(at, 20.0 - at, None)
    assert countdown.show(5.0, 300.0, None).seconds == 16.0, "one odd estimate changes nothing"
    assert countdown.show(8.0, 300.0, None) == TimeLeft(), "rather nothing than a wrong number"
    assert countdown.show(9.0, 300.0, Delay.AGAIN) == TimeLeft(300.0, Delay.AGAIN)
    assert countdown.show(250.0, 15.0, None) == TimeLeft(15.0), "the reason goes when it is made up for"


class Simulation:
    """A run with a clock of its own: batches of parts at a changing pace, some asked again, then merges."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._now = 0.0
        self._pace = self._random.uniform(20.0, 400.0)
        self._again = self._random.choice((0.0, 0.1, 0.4, 0.8))
        self._truth = self._random.uniform(0.3, 1.0)
        self.meter = WorkMeter(clock=lambda: self._now)
        self.shown: list[tuple[float, TimeLeft]] = []

    def run(self) -> None:
        """Read, merge, and write the end."""
        num_parts = self._random.randrange(1, 40)
        sizes = [num_parts, max(1, num_parts // 6), 1] if num_parts > 1 else [1]
        asks = [Ask(self._random.randrange(100, 1500), self._random.randrange(40, 400)) for _ in sizes]
        steps = list(zip(sizes, asks, strict=True))
        for at, (size, ask) in enumerate(steps):
            self.meter.later = sum(later_size * later.weight() for later_size, later in steps[at + 1 :])
            self._batch(size, ask)

    @property
    def end(self) -> float:
        return self._now

    def _batch(self, num_parts: int, ask: Ask) -> None:
        waiting = [list(self._attempts(ask)) for _ in range(num_parts)]
        done, num_needed = [0.0] * num_parts, [len(attempts) for attempts in waiting]
        while open_places := [at for at, attempts in enumerate(waiting) if attempts]:
            self._now += 0.5
            share = 0.5 * self._pace * self._random.uniform(0.7, 1.3) / len(open_places)
            self.meter.add(share * len(open_places))
            for at in open_places:
                done[at] += share
                num_generated = waiting[at][0]
                if done[at] >= ask.num_prompt_tokens + GENERATED_TOKEN_WEIGHT * num_generated:
                    waiting[at].pop(0)
                    done[at] = 0.0
                    self.meter.end_attempt(ask, num_generated, goes_on=bool(waiting[at]))
            parts = [
                self._part(ask, done[at], len(waiting[at]) < num_needed[at])
                for at in open_places
                if waiting[at]
            ]
            self.shown.append((self._now, self.meter.time_left(parts)))

    def _part(self, ask: Ask, done: float, is_again: bool) -> OpenPart:
        num_prompt_left = max(0, round(ask.num_prompt_tokens - done))
        num_generated = max(0, round((done - ask.num_prompt_tokens) / GENERATED_TOKEN_WEIGHT))
        return OpenPart(num_prompt_left, num_generated, ask.max_tokens, () if is_again else (ask,))

    def _attempts(self, ask: Ask) -> Iterator[int]:
        yield round(ask.max_tokens * self._truth * self._random.uniform(0.6, 1.0))
        if self._random.random() < self._again:
            yield round(ask.max_tokens * self._truth * self._random.uniform(0.6, 1.0))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_no_simulated_run_makes_it_grow_without_a_reason(seed: int) -> None:
    simulation = Simulation(seed)
    simulation.run()
    assert grows_without_reason([left for _, left in simulation.shown]) == []


def test_what_is_told_of_simulated_runs_is_about_right() -> None:
    errors = []
    num_told = num_all = 0
    for seed in range(40):
        simulation = Simulation(seed)
        simulation.run()
        told = [(now, left.seconds) for now, left in simulation.shown if left.seconds is not None]
        num_told, num_all = num_told + len(told), num_all + len(simulation.shown)
        errors += [
            abs(seconds - (simulation.end - now)) / (simulation.end - now)
            for now, seconds in told
            if simulation.end - now > 5.0
        ]
    errors.sort()
    assert errors[len(errors) // 2] < 0.3
    assert num_told > num_all / 2


def test_an_early_report_tells_nothing() -> None:
    now = 100.0
    meter = WorkMeter(clock=lambda: now)
    ask = Ask(600, 100)
    assert meter.time_left([OpenPart(600, 0, 100)]) == TimeLeft()
    assert meter.time_left([]) == TimeLeft(), "all was known before: nothing is left, nothing was measured"
    assert ask.weight(0.5) == pytest.approx(900.0)
