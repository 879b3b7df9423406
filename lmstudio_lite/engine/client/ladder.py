"""How far to step back after the engine's process died. Pure policy.

Every death leads one rung down, past rungs that would change nothing for this model on this machine.
What a rung takes away is what has been seen to kill: llama.cpp's extra buffer types hold the kernels
that crash on some CPUs (see the design's traps), flash attention and GPUs bring code of their own.

A process killed from outside (SIGKILL) most likely met the out-of-memory killer. What helps then is to
need less, not another kernel, and fewer layers on a GPU would need more: it goes to ``LESS_MEMORY``, and
from there, or from further down, to the smallest context.

A death while the engine measured for itself, with nobody's request open, costs no rung: what was
measured is to blame, and it is not measured again (``tuning_store``).

At the bottom, deaths in quick succession end it: a clear stop instead of endless restarts. Deaths far
apart do not.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from lmstudio_lite.domain.models import Rung

LOOP_WINDOW_S = 120.0
DEATHS_MAX = 12
MEASURING_DEATHS_MAX = 2
KILLED = "SIGKILL"
HUNG = "hang"
_WAY_DOWN = (
    Rung.NORMAL,
    Rung.NO_EXTRA_BUFFERS,
    Rung.NO_FLASH_ATTENTION,
    Rung.FEWER_GPU_LAYERS,
    Rung.CPU_ONLY,
    Rung.SMALLER_CONTEXT,
)
_UNTIL_KNOWN = frozenset({Rung.NO_EXTRA_BUFFERS, Rung.LESS_MEMORY, Rung.CPU_ONLY, Rung.SMALLER_CONTEXT})
"""Rungs worth trying for a model that never got ready."""


@dataclass(slots=True)
class Ladder:
    """One model's way down. Times are of a monotonic clock, in seconds."""

    rung: Rung = Rung.NORMAL
    _deaths: list[float] = field(default_factory=list)
    _num_measuring_deaths: int = 0

    @property
    def num_crashes(self) -> int:
        """Deaths within the window that makes a loop."""
        return len(self._deaths)

    def next_rung(
        self,
        now: float,
        reason: str = "",
        *,
        useful: Collection[Rung] | None = None,
        is_measuring: bool = False,
    ) -> Rung | None:
        """Note a death; return the rung to restart on, None to give up.

        ``reason`` is the link's; ``useful`` are the rungs that would change anything, None if the model
        was never ready to tell; ``is_measuring``: it died in the engine's own time.
        """
        self._deaths = [at for at in self._deaths if now - at < LOOP_WINDOW_S]
        self._deaths.append(now)
        if is_measuring and self._num_measuring_deaths < MEASURING_DEATHS_MAX:
            self._num_measuring_deaths += 1
            return self.rung
        if len(self._deaths) > DEATHS_MAX:
            return None
        lower = self._after_want() if reason == KILLED else self._lower(useful)
        if lower is None:
            return self.rung if len(self._deaths) == 1 else None
        self.rung = lower
        return lower

    def _after_want(self) -> Rung | None:
        if self.rung in (Rung.NORMAL, Rung.NO_EXTRA_BUFFERS):
            return Rung.LESS_MEMORY
        return None if self.rung is Rung.SMALLER_CONTEXT else Rung.SMALLER_CONTEXT

    def _lower(self, useful: Collection[Rung] | None) -> Rung | None:
        allowed = _UNTIL_KNOWN if useful is None else useful
        at = Rung.NO_EXTRA_BUFFERS if self.rung is Rung.LESS_MEMORY else self.rung
        below = _WAY_DOWN[_WAY_DOWN.index(at) + 1 :]
        return next((rung for rung in below if rung in allowed), None)


def is_lasting(rung: Rung) -> bool:
    """Whether a rung that helped is worth remembering; a shortage of memory passes."""
    return rung not in (Rung.NORMAL, Rung.LESS_MEMORY)
