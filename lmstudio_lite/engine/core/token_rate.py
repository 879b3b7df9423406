"""How fast texts grow now, for the status line."""

from __future__ import annotations

import time

WINDOW_S = 2.0
SPAN_S_MIN = 0.5
_SAMPLES_MIN = 4


class TokenRate:
    """Tokens per second over the last ``WINDOW_S``."""

    def __init__(self) -> None:
        self._samples: list[tuple[float, int]] = []

    def add(self, count: int) -> None:
        """Note tokens that were generated just now."""
        self._samples.append((time.monotonic(), count))

    def per_second(self) -> float:
        """Return the rate, 0.0 when too little happened to tell."""
        now = time.monotonic()
        self._samples = [(at, count) for at, count in self._samples if now - at <= WINDOW_S]
        if len(self._samples) < _SAMPLES_MIN:
            return 0.0
        elapsed = self._samples[-1][0] - self._samples[0][0]
        return sum(count for _, count in self._samples[1:]) / elapsed if elapsed >= SPAN_S_MIN else 0.0
