"""When to try again, and how long to wait for it."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.errors import (
    AnswerStatusError,
    AppError,
    ConnectionFailedError,
    FetchAnswerError,
    NameUnresolvedError,
    ProxyRefusedError,
)

_PASSING_STATUSES = frozenset((408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524))
_TICK_S = 0.25


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Waits double from ``first_wait_s`` to ``last_wait_s``.

    ``num_tries_first`` is how often is tried what has not worked yet, ``num_tries`` what has; where only the
    network is gone, that has no end once something has come.
    """

    first_wait_s: float = 1.0
    last_wait_s: float = 60.0
    num_tries_first: int = 4
    num_tries: int = 20


class Backoff:
    """Counts failures since something came. For one thread."""

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self._num_failures = 0
        self._has_worked = False

    def progressed(self) -> None:
        """Something came: the next failure is a first one again."""
        self._num_failures = 0
        self._has_worked = True

    def wait_s(self, error: AppError) -> float:
        """Return how long to wait after ``error``. Raises it where trying again makes no sense (any more)."""
        if not is_passing(error):
            raise error
        self._num_failures += 1
        policy = self._policy
        is_endless = self._has_worked and _is_offline(error)
        limit = policy.num_tries if self._has_worked else policy.num_tries_first
        if isinstance(error, FetchAnswerError):
            limit = policy.num_tries_first
        if self._num_failures >= limit and not is_endless:
            raise error
        wait_s = min(policy.last_wait_s, policy.first_wait_s * 2.0 ** (self._num_failures - 1))
        if self._has_worked and self._num_failures == 1:
            wait_s = min(wait_s, policy.first_wait_s / 4)  # A connection that just worked and broke.
        asked_s = error.details.get("retry_after_s", 0.0)
        wait_s *= random.uniform(0.8, 1.2)
        return max(wait_s, asked_s) if isinstance(asked_s, int | float) else wait_s


def is_passing(error: AppError) -> bool:
    """Tell whether the same request may work later."""
    if isinstance(error, AnswerStatusError):
        return error.details.get("status") in _PASSING_STATUSES
    if isinstance(error, FetchAnswerError):
        return error.details.get("reason") in ("length", "broken")
    return isinstance(error, ConnectionFailedError | NameUnresolvedError | ProxyRefusedError)


def _is_offline(error: AppError) -> bool:
    if isinstance(error, ConnectionFailedError):
        return error.details.get("reason") in ("unreachable", "timeout", "refused")
    return isinstance(error, NameUnresolvedError)


def wait(seconds: float, cancellation: Cancellation, on_tick: Callable[[float], None]) -> None:
    """Wait, calling ``on_tick`` with the seconds that are left, by the wall's clock if the computer sleeps.

    Raises:
        CancelledError: it was cancelled.
    """
    woken = threading.Event()
    withdraw = cancellation.on_cancel(woken.set)
    try:
        ends_s, ends_wall_s = time.monotonic() + seconds, time.time() + seconds
        while (left_s := min(ends_s - time.monotonic(), ends_wall_s - time.time())) > 0:
            on_tick(left_s)
            woken.wait(min(left_s, _TICK_S))
            cancellation.raise_if_cancelled()
    finally:
        withdraw()
    cancellation.raise_if_cancelled()


class SleepWatch:
    """Tells that the computer slept: the wall's clock went on, the monotonic one (on most systems) did not.

    Where both go on in sleep, the gap between two looks tells the same.
    """

    _GAP_S = 10.0

    def __init__(self) -> None:
        self._looked = time.monotonic(), time.time()

    def slept(self) -> bool:
        """Look at the clocks; call it a few times a second."""
        before_s, before_wall_s = self._looked
        self._looked = time.monotonic(), time.time()
        passed_s, passed_wall_s = self._looked[0] - before_s, self._looked[1] - before_wall_s
        return passed_wall_s - passed_s > self._GAP_S or passed_s > self._GAP_S
