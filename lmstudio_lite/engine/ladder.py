"""How far to step back after the engine's process died. Pure policy.

The first death is followed by a plain restart, the next by a restart without llama.cpp's extra buffer
types (they hold the kernels that crash on some CPUs, see the design's traps), and a death there ends
it: a clear stop instead of endless restarts. Deaths long apart are told apart from a crash loop.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lmstudio_lite.domain.models import Rung

LOOP_WINDOW_S = 120.0


@dataclass(slots=True)
class Ladder:
    """One model's way down. Times are of a monotonic clock, in seconds."""

    rung: Rung = Rung.NORMAL
    _deaths: list[float] = field(default_factory=list)

    @property
    def num_crashes(self) -> int:
        """Deaths within the window that makes a loop."""
        return len(self._deaths)

    def next_rung(self, now: float) -> Rung | None:
        """Note a death; return the rung to restart on, None to give up."""
        self._deaths = [at for at in self._deaths if now - at < LOOP_WINDOW_S]
        self._deaths.append(now)
        if len(self._deaths) == 1:
            return self.rung
        if self.rung is Rung.NORMAL:
            self.rung = Rung.NO_EXTRA_BUFFERS
            return self.rung
        return self.rung if len(self._deaths) == 2 else None
