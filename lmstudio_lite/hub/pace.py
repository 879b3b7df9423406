"""How fast bytes come: the limit that the user set, the rate that is shown, and how many connections help."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

_BURST_S = 0.25
_SLICE_S = 0.2
_RATE_WINDOW_S = 5.0
_SETTLE_S = 1.0
_MEASURE_S = 3.0
_WORTH_IT = 1.15
_REST_S = 120.0


class Throttle:
    """A limit in bytes per second that all connections share; 0 is none. Thread-safe."""

    def __init__(self, limit_bytes_per_s: int = 0) -> None:
        self._lock = threading.Lock()
        self._limit = limit_bytes_per_s
        self._free_at_s = 0.0

    @property
    def limit_bytes_per_s(self) -> int:
        return self._limit

    def set_limit(self, limit_bytes_per_s: int) -> None:
        """Change the limit, for what is running too."""
        with self._lock:
            self._limit = max(0, limit_bytes_per_s)
            self._free_at_s = 0.0

    def take(self, num_bytes: int, is_stopped: Callable[[], bool]) -> None:
        """Wait until that many bytes may have come; returns early once ``is_stopped``."""
        if not self._limit:
            return
        with self._lock:
            if not self._limit:
                return
            now = time.monotonic()
            begins_s = max(self._free_at_s, now - _BURST_S)
            self._free_at_s = begins_s + num_bytes / self._limit
        while (left_s := self._free_at_s_of(begins_s, num_bytes) - time.monotonic()) > 0 and not is_stopped():
            time.sleep(min(left_s, _SLICE_S))

    def _free_at_s_of(self, begins_s: float, num_bytes: int) -> float:
        limit = self._limit
        return begins_s + num_bytes / limit if limit else 0.0


class RateMeter:
    """Bytes per second over the last seconds. For one thread."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque()

    def add(self, now_s: float, num_bytes: int) -> None:
        """Take how many bytes have come in all."""
        self._samples.append((now_s, num_bytes))
        while len(self._samples) > 2 and now_s - self._samples[1][0] > _RATE_WINDOW_S:
            self._samples.popleft()

    def forget(self) -> None:
        """Begin anew: after a wait or a sleep."""
        self._samples.clear()

    @property
    def bytes_per_s(self) -> float:
        if len(self._samples) < 2:
            return 0.0
        (first_s, first), (last_s, last) = self._samples[0], self._samples[-1]
        return (last - first) / (last_s - first_s) if last_s > first_s else 0.0


class Growth:
    """Finds how many connections are worth it: one more is kept if all together became faster. Pure."""

    def __init__(self, most: int, *, measure_s: float = _MEASURE_S, settle_s: float = _SETTLE_S) -> None:
        """Try up to ``most``; a measurement takes ``measure_s`` after ``settle_s``."""
        self._most = most
        self._measure_s, self._settle_s = measure_s, settle_s
        self.wanted = 1
        self._kept_rate = 0.0
        self._kept = 0
        self._since: tuple[float, int] | None = None
        self._settled_at_s: float | None = None
        self._rests_until_s = 0.0

    def cap(self, most: int) -> None:
        """Never try more than ``most`` again: the server refuses them."""
        self._most = max(1, most)
        self.wanted = min(self.wanted, self._most)
        self._since = self._settled_at_s = None

    def pause(self) -> None:
        """Forget a measurement that something else disturbed."""
        self._since = self._settled_at_s = None

    def observe(self, now_s: float, num_bytes: int) -> int:
        """Take how many bytes have come in all, and return how many connections there should be."""
        if self._settled_at_s is None:
            self._settled_at_s = now_s + self._settle_s
        if now_s < max(self._settled_at_s, self._rests_until_s):
            return self.wanted
        if self._since is None:
            self._since = now_s, num_bytes
            return self.wanted
        began_s, began = self._since
        if now_s - began_s < self._measure_s:
            return self.wanted
        self._judge(now_s, (num_bytes - began) / (now_s - began_s))
        self._since = self._settled_at_s = None
        return self.wanted

    def _judge(self, now_s: float, rate: float) -> None:
        is_first = self._kept in (0, self.wanted)
        if is_first or rate >= self._kept_rate * _WORTH_IT:
            self._kept, self._kept_rate = self.wanted, rate
            self._try_more()
        else:
            self.wanted = self._kept
            self._rests_until_s = now_s + _REST_S

    def _try_more(self) -> None:
        if self.wanted < self._most:
            self.wanted += 1
