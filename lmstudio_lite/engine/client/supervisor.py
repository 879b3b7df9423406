"""What a worker needs besides work: an end when it hangs or idles, and credit when a rung helped.

Pure policy: times are of a monotonic clock, in seconds, and handed in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.engine.client.watchdog import Activity, Watchdog

HELPS_AFTER_S = 30.0
"""A rung has helped when the model has served something and lived for so long on it."""


class Verdict(Enum):
    FINE = "fine"
    HANGS = "hangs"
    HELPS = "helps"
    MAY_SLEEP = "may_sleep"


@dataclass(slots=True)
class Supervisor:
    """Follows one worker at a time."""

    watchdog: Watchdog = field(default_factory=lambda: Watchdog(LoadOptions().hang_s))
    has_served: bool = False
    _has_helped: bool = False
    _ready_at: float = 0.0
    _idle_since: float = 0.0

    def begin(self, now: float, options: LoadOptions) -> None:
        """A worker begins to load a model."""
        self.watchdog.stall_s = options.hang_s
        self.watchdog.beat(now)
        self.has_served = self._has_helped = False

    def ready(self, now: float) -> None:
        """The model is ready."""
        self._ready_at = self._idle_since = now

    def judge(
        self,
        now: float,
        options: LoadOptions,
        *,
        is_busy: bool,
        is_ready: bool,
        measure: Callable[[], Activity | None],
    ) -> Verdict:
        """Say what to do about the worker now; each rung helps once."""
        if is_busy:
            self._idle_since = now
            return Verdict.HANGS if self.watchdog.is_hung(now, measure) else Verdict.FINE
        self.watchdog.beat(now)
        if not is_ready:
            return Verdict.FINE
        if self.has_served and not self._has_helped and now - self._ready_at >= HELPS_AFTER_S:
            self._has_helped = True
            return Verdict.HELPS
        may_sleep = 0 < options.unload_after_s <= now - self._idle_since
        return Verdict.MAY_SLEEP if may_sleep else Verdict.FINE
