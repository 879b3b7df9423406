"""Carries what happens on other threads to the GUI thread, at most once a frame.

Jobs and the engine speak on their own threads and never wait for the window: their events are put in a
queue, and one wake-up a frame (16 ms) drains it here. Callbacks therefore run on the GUI thread, in the
order of the events of one job. A callback that belongs to a widget that is gone is left out.

Nothing fails silently: an error nobody asked to hear of goes out as ``unheard_error``, and a bug of ours
(anything but an ``AppError``) as ``bug_found`` besides, which ``app`` shows as a dialog.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from lmstudio_lite.app.jobs import (
    Job,
    JobCancelled,
    JobContext,
    JobDone,
    JobEvent,
    JobFailed,
    JobProgressed,
    Jobs,
)
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.models import EngineState
from lmstudio_lite.errors import AppError

FRAME_S = 0.016

log = logging.getLogger(__name__)

T = TypeVar("T")
Callback = Callable[[Any], None]


class _Callbacks:
    """Whom to tell about one job."""

    __slots__ = ("on_cancelled", "on_done", "on_failed", "on_progress")

    def __init__(
        self,
        on_done: Callback | None,
        on_failed: Callback | None,
        on_progress: Callback | None,
        on_cancelled: Callable[[], None] | None,
    ) -> None:
        self.on_done = on_done
        self.on_failed = on_failed
        self.on_progress = on_progress
        self.on_cancelled = on_cancelled


class _Followed:
    """A source of values, whom to tell the newest, and the way out."""

    __slots__ = ("on_value", "unsubscribe", "values")

    def __init__(self, on_value: Callback) -> None:
        self.on_value = on_value
        self.unsubscribe: Callable[[], None] = lambda: None
        self.values: list[object] = []  # the newest, until it is delivered


class Bridge(QObject):
    """Starts jobs for widgets and calls them back on the GUI thread. Lives on the GUI thread."""

    engine_state_changed = Signal(object)  # EngineState, the newest of a frame
    unheard_error = Signal(object)  # Exception of a job without on_failed
    bug_found = Signal(object)  # Exception that is no AppError
    _woken = Signal()

    def __init__(self, jobs: Jobs, engine: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._lock = threading.Lock()
        self._events: deque[tuple[_Callbacks, JobEvent]] = deque()
        self._engine_state: EngineState | None = None
        self._followed: list[_Followed] = []
        self._is_wake_due = False
        self._is_closed = False
        self._drained_at_s = 0.0
        self._frame = QTimer(self)
        self._frame.setSingleShot(True)
        self._frame.setTimerType(Qt.TimerType.PreciseTimer)
        self._frame.timeout.connect(self._on_frame_timeout)
        self._woken.connect(self._on_woken, Qt.ConnectionType.QueuedConnection)
        self._unsubscribe = engine.subscribe(self._hear_engine)

    def run(
        self,
        work: Callable[[JobContext], T],
        *,
        on_done: Callable[[T], None] | None = None,
        on_failed: Callable[[Exception], None] | None = None,
        on_progress: Callback | None = None,
        on_cancelled: Callable[[], None] | None = None,
        lane: str = "",
    ) -> Job:
        """Run ``work`` in the background; exactly one of done, failed and cancelled is called, last."""
        callbacks = _Callbacks(on_done, on_failed, on_progress, on_cancelled)
        return self._jobs.start(work, lane=lane, on_event=lambda event: self._hear_job(callbacks, event))

    def follow(
        self, subscribe: Callable[[Callable[[T], None]], Callable[[], None]], on_value: Callable[[T], None]
    ) -> None:
        """Call ``on_value`` with the newest value of a source of any thread, until its widget is gone.

        ``subscribe`` takes a listener and returns the way out. Values that come faster than a frame are left
        out but for the last.
        """
        followed = _Followed(on_value)
        followed.unsubscribe = subscribe(lambda value: self._hear_followed(followed, value))
        with self._lock:
            self._followed.append(followed)

    def close(self) -> None:
        """Deliver nothing any more; what arrives later is dropped. Idempotent."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            self._events.clear()
            followed, self._followed = self._followed, []
        self._frame.stop()
        self._unsubscribe()
        for each in followed:
            each.unsubscribe()

    def _hear_job(self, callbacks: _Callbacks, event: JobEvent) -> None:
        with self._lock:
            if self._is_closed:
                return
            self._events.append((callbacks, event))
            self._wake()

    def _hear_engine(self, state: EngineState) -> None:
        with self._lock:
            if self._is_closed:
                return
            self._engine_state = state
            self._wake()

    def _hear_followed(self, followed: _Followed, value: object) -> None:
        with self._lock:
            if self._is_closed:
                return
            followed.values = [value]
            self._wake()

    def _wake(self) -> None:
        """Post one wake-up for all that arrives before the next drain. Called with the lock held."""
        if not self._is_wake_due:
            self._is_wake_due = True
            self._woken.emit()

    @Slot()
    def _on_woken(self) -> None:
        left_s = self._drained_at_s + FRAME_S - time.monotonic()
        if left_s > 0:
            self._frame.start(max(1, round(left_s * 1000)))
        else:
            self._drain()

    @Slot()
    def _on_frame_timeout(self) -> None:
        self._drain()

    def _drain(self) -> None:
        with self._lock:
            self._is_wake_due = False
            events, self._events = self._events, deque()
            state, self._engine_state = self._engine_state, None
            news = [(each, each.values.pop()) for each in self._followed if each.values]
        self._drained_at_s = time.monotonic()
        if state is not None:
            self.engine_state_changed.emit(state)
        for followed, value in news:
            self._deliver_news(followed, value)
        for callbacks, event in events:
            if self._is_closed:
                return
            try:
                self._deliver(callbacks, event)
            except Exception as error:
                log.exception("a callback of the window raised")
                self.bug_found.emit(error)

    def _deliver_news(self, followed: _Followed, value: object) -> None:
        if _is_gone(followed.on_value):
            with self._lock:
                if followed in self._followed:
                    self._followed.remove(followed)
            followed.unsubscribe()
            return
        try:
            followed.on_value(value)
        except Exception as error:
            log.exception("a callback of the window raised")
            self.bug_found.emit(error)

    def _deliver(self, callbacks: _Callbacks, event: JobEvent) -> None:
        match event:
            case JobProgressed(value):
                _call(callbacks.on_progress, value)
            case JobDone(result):
                _call(callbacks.on_done, result)
            case JobCancelled():
                _call(callbacks.on_cancelled)
            case JobFailed(error):
                if not isinstance(error, AppError):
                    log.error("a job failed on a bug of ours", exc_info=error)
                    self.bug_found.emit(error)
                if callbacks.on_failed is None:
                    self.unheard_error.emit(error)
                _call(callbacks.on_failed, error)


def _call(callback: Callable[..., None] | None, *arguments: object) -> None:
    if callback is not None and not _is_gone(callback):
        callback(*arguments)


def _is_gone(callback: Callable[..., None]) -> bool:
    """Tell whether a callback belongs to a widget that is gone."""
    receiver = getattr(callback, "__self__", None)
    return isinstance(receiver, QObject) and not shiboken6.isValid(receiver)
