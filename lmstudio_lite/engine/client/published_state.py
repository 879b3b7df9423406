"""What the engine is doing: the newest snapshot, who listens for others, and who waits for one."""

from __future__ import annotations

import threading
from collections.abc import Callable

from lmstudio_lite.domain.models import EngineState, LoadedModel

Listener = Callable[[EngineState], None]


class PublishedState:
    """``lock`` is the client's; all but ``value`` is called with it held, and listeners are called so."""

    def __init__(self, lock: threading.RLock) -> None:
        self.value = EngineState()
        self.model: LoadedModel | None = None
        """The last model that was ready, also while it is loaded again."""
        self._changed = threading.Condition(lock)
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def unsubscribe(self, listener: Listener) -> None:
        if listener in self._listeners:
            self._listeners.remove(listener)

    def publish(self, state: EngineState) -> None:
        """Take over a snapshot and tell everybody."""
        self.value = state
        self.model = state.model or self.model
        self._changed.notify_all()
        for listener in tuple(self._listeners):
            listener(state)

    def wait_for(self, is_wanted: Callable[[EngineState], bool], timeout_s: float | None) -> EngineState:
        """Wait, without the lock, until a snapshot is wanted or the time is over; returns the newest."""
        self._changed.wait_for(lambda: is_wanted(self.value), timeout_s)
        return self.value
