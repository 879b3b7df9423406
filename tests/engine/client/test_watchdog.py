from __future__ import annotations

from collections.abc import Callable

from lmstudio_lite.engine.client.watchdog import LIMIT_FACTOR, Activity, Watchdog


def first_alarm(measure: Callable[[float], Activity | None], until: float = 10_000) -> float | None:
    """Ask once a second from the last sign of life on; return when it is called a hang."""
    watchdog = Watchdog(60.0)
    watchdog.beat(0.0)
    for second in range(int(until)):
        if watchdog.is_hung(float(second), lambda now=second: measure(float(now))):  # type: ignore[misc]
            return float(second)
    return None


def test_a_process_that_stands_still_hangs() -> None:
    assert first_alarm(lambda now: Activity(5.0, 1000)) == 60.0


def test_one_that_computes_or_reads_is_slow_only() -> None:
    assert first_alarm(lambda now: Activity(now, 0), 500) is None
    assert first_alarm(lambda now: Activity(0.0, int(now * 5e6)), 500) is None


def test_one_that_computes_without_end_hangs() -> None:
    assert first_alarm(lambda now: Activity(2 * now, 0)) == 60.0 * LIMIT_FACTOR


def test_one_that_stops_computing_hangs_a_while_later() -> None:
    alarm = first_alarm(lambda now: Activity(min(now, 200.0), 0))
    assert alarm is not None
    assert 200 < alarm <= 260


def test_signs_of_life_and_ignorance_are_no_hang() -> None:
    watchdog = Watchdog(10.0)
    for second in range(100):
        watchdog.beat(float(second))
        assert not watchdog.is_hung(second + 4.0, lambda: Activity(0.0, 0))
    assert first_alarm(lambda now: None, 500) is None
