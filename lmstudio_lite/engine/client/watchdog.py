"""Telling a worker that hangs from one that is slow. Pure policy: times and activity are handed in.

A slow machine may spend minutes on one step or on reading weights from a disk, without a word. But then
it computes or reads. A hang is silence without either, or silence beyond all measure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

LIMIT_FACTOR = 10
"""So many times the allowed silence ends even a worker that computes: it loops."""
_CPU_SHARE_MIN = 0.02
_READ_BYTES_PER_S_MIN = 64 * 1024


@dataclass(frozen=True, slots=True)
class Activity:
    """What a process has done since it started: CPU seconds of all threads, bytes read from disk."""

    cpu_s: float
    read_bytes: int


@dataclass(slots=True)
class Watchdog:
    """``stall_s`` is the silence allowed to a worker that does nothing. Times are monotonic, in seconds."""

    stall_s: float
    _beat_at: float = 0.0
    _mark: tuple[float, Activity] | None = None

    def beat(self, now: float) -> None:
        """Note a sign of life, or that nothing is expected."""
        self._beat_at = now
        self._mark = None

    def is_hung(self, now: float, measure: Callable[[], Activity | None]) -> bool:
        """Whether the worker hangs; ``measure`` is asked only after half the silence (None: unknown)."""
        silence_s = now - self._beat_at
        half_s = self.stall_s / 2
        if silence_s < half_s:
            return False
        if self._mark is None:
            found = measure()
            self._mark = (now, found) if found is not None else None
            return False
        if now - self._mark[0] < half_s:
            return False
        if silence_s >= self.stall_s * LIMIT_FACTOR:
            return True
        found, (marked_at, before) = measure(), self._mark
        if found is None:
            return False
        elapsed_s = now - marked_at
        computes = found.cpu_s - before.cpu_s >= _CPU_SHARE_MIN * elapsed_s
        reads = found.read_bytes - before.read_bytes >= _READ_BYTES_PER_S_MIN * elapsed_s
        self._mark = (now, found)
        return not computes and not reads
