"""Carries what happens on other threads to the GUI thread, at most once a frame.

Jobs and the engine speak on their own threads and never wait for the window: their events are put in a
queue, and one wake-up a frame (16 ms) drains it here. Callbacks therefore run on the GUI thread, in the
order of the events of one job. A callback that belongs to a widget that is gone is left out.

What Qt made must end on the GUI thread: an object whose last reference a job's thread lets go of would be
destroyed there, while its timer or an event for it waits here. So a job's thread knows the inbox, not the
bridge, and the bridge keeps the job's work and callbacks until that thread holds nothing of them.

Nothing fails silently: an error nobody asked to hear of goes out as ``unheard_error``, and a bug of ours
(anything but an ``AppError``) as ``bug_found`` besides, which ``app`` shows as a dialog.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, TypeVar

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


class _Inbox:
    """What other threads have said since the GUI thread last looked. Thread-safe; no Qt object."""

    def __init__(self, wake: Callable[[], None]) -> None:
        """Call ``wake`` on the thread that first says something, until ``close``."""
        self._lock = threading.Lock()
        self._wake: Callable[[], None] | None = wake
        self._events: deque[tuple[_Callbacks, JobEvent]] = deque()
        self._engine_state: EngineState | None = None
        self._followed: list[_Followed] = []
        self._is_wake_due = False

    @property
    def is_closed(self) -> bool:
        return self._wake is None

    def hear_job(self, callbacks: _Callbacks, event: JobEvent) -> None:
        with self._lock:
            if self._wake is not None:
                self._events.append((callbacks, event))
                self._call()

    def hear_engine(self, state: EngineState) -> None:
        with self._lock:
            if self._wake is not None:
                self._engine_state = state
                self._call()

    def hear_followed(self, followed: _Followed, value: object) -> None:
        with self._lock:
            if self._wake is not None:
                followed.values = [value]
                self._call()

    def follow(self, followed: _Followed) -> None:
        with self._lock:
            self._followed.append(followed)

    def forget(self, followed: _Followed) -> None:
        with self._lock:
            if followed in self._followed:
                self._followed.remove(followed)

    def take(self) -> _News:
        """Return what has come; the next thing that is said wakes again."""
        with self._lock:
            self._is_wake_due = False
            events, self._events = self._events, deque()
            state, self._engine_state = self._engine_state, None
            values = [(each, each.values.pop()) for each in self._followed if each.values]
        return _News(events, state, values)

    def close(self) -> list[_Followed]:
        """Take nothing any more, wake nobody, and return what was followed."""
        with self._lock:
            self._wake = None
            self._events.clear()
            followed, self._followed = self._followed, []
        return followed

    def _call(self) -> None:
        """Wake once for all that arrives before the next look. Called with the lock held."""
        if not self._is_wake_due and self._wake is not None:
            self._is_wake_due = True
            self._wake()


class _News(NamedTuple):
    events: deque[tuple[_Callbacks, JobEvent]]
    engine_state: EngineState | None
    values: list[tuple[_Followed, object]]


class Bridge(QObject):
    """Starts jobs for widgets and calls them back on the GUI thread. Lives on the GUI thread."""

    engine_state_changed = Signal(object)  # EngineState, the newest of a frame
    unheard_error = Signal(object)  # Exception of a job without on_failed
    bug_found = Signal(object)  # Exception that is no AppError
    _woken = Signal()

    def __init__(self, jobs: Jobs, engine: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._inbox = _Inbox(self._woken.emit)
        self._kept: list[tuple[Job, object]] = []
        self._drained_at_s = 0.0
        self._frame = QTimer(self)
        self._frame.setSingleShot(True)
        self._frame.setTimerType(Qt.TimerType.PreciseTimer)
        self._frame.timeout.connect(self._on_frame_timeout)
        self._woken.connect(self._on_woken, Qt.ConnectionType.QueuedConnection)
        self._unsubscribe = engine.subscribe(self._inbox.hear_engine)

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
        job = self._jobs.start(work, lane=lane, on_event=partial(self._inbox.hear_job, callbacks))
        self._kept = [kept for kept in self._kept if kept[0].is_running]
        self._kept.append((job, (work, callbacks)))
        return job

    def follow(
        self, subscribe: Callable[[Callable[[T], None]], Callable[[], None]], on_value: Callable[[T], None]
    ) -> None:
        """Call ``on_value`` with the newest value of a source of any thread, until its widget is gone.

        ``subscribe`` takes a listener and returns the way out. Values that come faster than a frame are left
        out but for the last.
        """
        followed = _Followed(on_value)
        followed.unsubscribe = subscribe(partial(self._inbox.hear_followed, followed))
        self._inbox.follow(followed)

    def close(self) -> None:
        """Deliver nothing any more; what arrives later is dropped. Idempotent."""
        if self._inbox.is_closed:
            return
        followed = self._inbox.close()
        self._frame.stop()
        self._unsubscribe()
        for each in followed:
            each.unsubscribe()

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
        events, state, news = self._inbox.take()
        self._drained_at_s = time.monotonic()
        if state is not None:
            self.engine_state_changed.emit(state)
        for followed, value in news:
            self._deliver_news(followed, value)
        for callbacks, event in events:
            if self._inbox.is_closed:
                return
            try:
                self._deliver(callbacks, event)
            except Exception as error:
                log.exception("a callback of the window raised")
                self.bug_found.emit(error)
        self._kept = [kept for kept in self._kept if kept[0].is_running]

    def _deliver_news(self, followed: _Followed, value: object) -> None:
        if _is_gone(followed.on_value):
            self._inbox.forget(followed)
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
