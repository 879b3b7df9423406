"""The time that is left of a task, from the work done so far: one way for summaries and translations.

Work is counted in prompt tokens. What is left is the open attempts, the further attempts that parts
usually need (from a prior share, corrected by what this run has needed) and what its task announces for
later, such as merging; the pace is what was measured from the beginning.

``Countdown`` decides what of that is shown. People take a number for a promise: none is shown before the
expected end has settled, and from then on it only falls. Where it would have to grow there must be a
reason, which is shown with it; without one the number is taken back instead.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lmstudio_lite.domain.progress import Delay

GENERATED_TOKEN_WEIGHT = 6.0
"""What a generated token costs, in prompt tokens: measured between 4 and 10 on CPUs."""

_OUTPUT_SHARE, _OUTPUT_WEIGHT = 2 / 3, 3.0
"""How much of its output limit an attempt uses, and for how many attempts that guess stands."""

_LEAST_OUTPUT_SHARE = 0.1
"""How much of what it may still write an answer writes that is longer than usual already."""

_AGAIN_SHARE, _AGAIN_WEIGHT = 0.25, 4.0
"""How many parts need another attempt, and for how many parts that guess stands."""

_SETTLE_S, _SETTLE_SHARE, _SETTLE_RANGE = 2.0, 0.15, 0.2
_LEAST_SHARE = 0.3
"""How much must be done before a number is told while no attempt has ended, for lengths are a guess then."""

_HELD_FACTOR, _HELD_S, _OVERDUE_S = 1.3, 5.0, 2.0
_SLOWER = 0.7
_PACE_WINDOW_S = 20.0


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """``seconds`` None: too early to say. ``delay`` is why it is more than was shown before."""

    seconds: float | None = None
    delay: Delay | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """What one attempt costs: its prompt, and up to ``max_tokens`` of output."""

    num_prompt_tokens: int
    max_tokens: int

    def weight(self, output_share: float = _OUTPUT_SHARE) -> float:
        """Return the cost, in prompt tokens, if so much of the output limit is used."""
        return self.num_prompt_tokens + GENERATED_TOKEN_WEIGHT * self.max_tokens * output_share


@dataclass(frozen=True, slots=True)
class OpenPart:
    """A part that is not done: how far its attempt is, and those that may follow."""

    num_prompt_left: int
    num_generated: int
    max_tokens: int
    further: tuple[Ask, ...] = ()


class Countdown:
    """What is shown of the estimates."""

    def __init__(self) -> None:
        self._began: float | None = None
        self._ends: deque[tuple[float, float]] = deque()
        self._lowest: float | None = None
        self._over_since: float | None = None
        self._before_delay: float | None = None
        self._delay: Delay | None = None

    def show(self, now: float, seconds: float, cause: Delay | None) -> TimeLeft:
        """Return what to show at ``now``, given an estimate and what would excuse a higher number."""
        if self._began is None:
            self._began = now
        if self._lowest is None:
            if not self._is_settled(now, now + seconds):
                return TimeLeft()
            self._lowest = seconds
        elif seconds <= max(self._lowest * _HELD_FACTOR, self._lowest + _HELD_S):
            self._over_since = None
            self._lowest = min(self._lowest, seconds)
        else:
            if self._over_since is None:
                self._over_since = now
            if now - self._over_since >= _OVERDUE_S:
                if cause is None:
                    return TimeLeft()
                self._before_delay = self._before_delay or self._lowest
                self._lowest, self._delay, self._over_since = seconds, cause, None
        if self._before_delay is not None and self._lowest <= self._before_delay:
            self._before_delay = self._delay = None
        return TimeLeft(self._lowest, self._delay)

    def _is_settled(self, now: float, end: float) -> bool:
        began = self._began if self._began is not None else now
        elapsed = now - began
        self._ends.append((now, end))
        window = max(_SETTLE_S, _SETTLE_SHARE * elapsed)
        while len(self._ends) > 1 and self._ends[1][0] <= now - window:
            self._ends.popleft()
        if self._ends[0][0] > now - window:
            return False
        ends = [each for _, each in self._ends]
        return max(ends) - min(ends) <= _SETTLE_RANGE * max(1.0, end - began)


class WorkMeter:
    """Measures a task's work and pace. One for a whole task, however many steps that has."""

    def __init__(self, later: float = 0.0, clock: Callable[[], float] = time.monotonic) -> None:
        """``later`` is what comes after the step under way, in prompt tokens."""
        self.later = later
        self._clock = clock
        self._countdown = Countdown()
        self._done = 0.0
        self._began: float | None = None
        self._marks: deque[tuple[float, float]] = deque()
        self._output_total, self._num_outputs = _OUTPUT_SHARE * _OUTPUT_WEIGHT, _OUTPUT_WEIGHT
        self._again_total, self._num_judged = _AGAIN_SHARE * _AGAIN_WEIGHT, _AGAIN_WEIGHT
        self._num_again = 0
        self._has_ended = False

    def add(self, weight: float) -> None:
        """Count work that was just done."""
        self._done += weight

    def end_attempt(self, ask: Ask, num_generated: int, *, goes_on: bool) -> None:
        """Learn from an attempt that ended; ``goes_on`` if another one follows."""
        if ask.max_tokens:
            self._output_total += min(1.0, num_generated / ask.max_tokens)
            self._num_outputs += 1.0
        self._num_judged += 1.0
        self._has_ended = True
        if goes_on:
            self._again_total += 1.0
            self._num_again += 1

    def read_again(self) -> None:
        """Note that a text is read in another way after all."""
        self._num_again += 1

    def time_left(self, parts: Iterable[OpenPart]) -> TimeLeft:
        """Return what to show while these parts are open."""
        now = self._clock()
        if self._began is None:
            self._began = now
        elapsed = now - self._began
        self._marks.append((now, self._done))
        while self._marks[0][0] < now - _PACE_WINDOW_S and len(self._marks) > 2:
            self._marks.popleft()
        if elapsed <= 0 or self._done <= 0:
            return TimeLeft()  # nothing was done, or all of it was known before
        left = self._left(parts)
        if not self._has_ended and self._done < _LEAST_SHARE * (self._done + left):
            return TimeLeft()
        return self._countdown.show(now, left * elapsed / self._done, self._cause(elapsed))

    def _left(self, parts: Iterable[OpenPart]) -> float:
        output_share = self._output_total / self._num_outputs
        again_share = self._again_total / self._num_judged
        left = self.later * (1.0 + again_share) * output_share / _OUTPUT_SHARE
        num_with_more, more = 0, 0.0
        for part in parts:
            num_expected = output_share * part.max_tokens - part.num_generated
            num_left = max(_LEAST_OUTPUT_SHARE * (part.max_tokens - part.num_generated), num_expected)
            left += part.num_prompt_left + GENERATED_TOKEN_WEIGHT * num_left
            if part.further:
                num_with_more += 1
                more += part.further[0].weight(output_share)
        # Whole parts: of one part a quarter of another attempt would be wrong in either case.
        num_again = int(num_with_more * again_share)
        return left + (num_again * more / num_with_more if num_with_more else 0.0)

    def _cause(self, elapsed: float) -> Delay | None:
        if self._num_again:
            return Delay.AGAIN
        first, last = self._marks[0], self._marks[-1]
        recent_s = last[0] - first[0]
        if (
            recent_s >= _PACE_WINDOW_S / 2
            and (last[1] - first[1]) / recent_s < _SLOWER * self._done / elapsed
        ):
            return Delay.SLOWER
        return None
