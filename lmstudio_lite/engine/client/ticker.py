"""A thread that calls a function at equal times until it is stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Ticker:
    """Not started until ``start``; both may be called from any thread, and again."""

    def __init__(self, name: str, every_s: float, on_tick: Callable[[], None]) -> None:
        self._every_s, self._on_tick = every_s, on_tick
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        if self._thread.ident is None and not self._ends.is_set():
            self._thread.start()

    def stop(self) -> None:
        """Wait for the end of the thread, unless this is it."""
        self._ends.set()
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        while not self._ends.wait(self._every_s):
            self._on_tick()
