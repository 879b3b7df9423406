"""Background work for the window and the terminal: one place where threads are started and ended.

A job runs a plain function on a thread of its own, or, in a named lane, after the lane's earlier
jobs. Whoever starts it hears of it through ``on_event``, which runs on the job's thread: any number
of ``JobProgressed``, then exactly one ``JobDone``, ``JobFailed`` or ``JobCancelled``. No Qt here; the
window's bridge carries the events to its own thread.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.errors import CancelledError

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class JobProgressed:
    """``value`` is what the work passed to ``JobContext.report``."""

    value: object


@dataclass(frozen=True, slots=True)
class JobDone:
    """``result`` is what the work returned."""

    result: object


@dataclass(frozen=True, slots=True)
class JobFailed:
    """The work raised; an ``AppError`` is the environment's fault, anything else is a bug of ours."""

    error: Exception


@dataclass(frozen=True, slots=True)
class JobCancelled:
    """The work ended early because it was cancelled, or never began."""


JobEvent = JobProgressed | JobDone | JobFailed | JobCancelled
JobListener = Callable[[JobEvent], None]


class JobContext:
    """What the work sees of its job. Valid on the job's thread while the work runs."""

    def __init__(self, cancellation: Cancellation, on_event: JobListener) -> None:
        self.cancellation = cancellation
        self._on_event = on_event

    def report(self, value: object) -> None:
        """Tell the listener how far the work is."""
        self._on_event(JobProgressed(value))


class Job:
    """A handle on work that runs or waits. Thread-safe."""

    def __init__(self, work: Callable[[JobContext], object], on_event: JobListener) -> None:
        self._work = work
        self._on_event = on_event
        self._cancellation = Cancellation()
        self._ended = threading.Event()

    @property
    def is_running(self) -> bool:
        """True until the last event has been delivered and the job's thread holds nothing of the work."""
        return not self._ended.is_set()

    def cancel(self) -> None:
        """Ask the work to stop. Returns at once; the job still ends with exactly one event."""
        self._cancellation.cancel()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the last event's delivery; False if ``timeout_s`` passed first."""
        return self._ended.wait(timeout_s)

    def _run(self) -> None:
        try:
            self._on_event(self._outcome())
        except Exception:
            log.exception("a job's listener raised on its last event")
        # The thread lets go of what it was given before it says so: whoever keeps that may then be the last
        # to let go of it, on a thread that it may end on.
        self._work, self._on_event = _nothing, _ignore
        self._ended.set()

    def _outcome(self) -> JobDone | JobFailed | JobCancelled:
        try:
            self._cancellation.raise_if_cancelled()
            return JobDone(self._work(JobContext(self._cancellation, self._on_event)))
        except CancelledError:
            return JobCancelled()
        except Exception as error:
            return JobFailed(error)


class Jobs:
    """Starts jobs and, at the end, cancels and joins them. Thread-safe.

    A thread lives as long as there is work for it, so an idle program has none. Threads are daemons:
    work that ignores its cancellation delays the program's end by ``close``'s limit and no longer.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[Job]] = {}
        self._running: dict[threading.Thread, Job] = {}
        self._is_closed = False

    def start(
        self, work: Callable[[JobContext], T], *, lane: str = "", on_event: JobListener | None = None
    ) -> Job:
        """Run ``work`` on its own thread, or after the earlier jobs of a named ``lane``.

        After ``close`` nothing runs any more: the job is cancelled at once, on the caller's thread.
        """
        job = Job(work, on_event or _ignore)
        with self._lock:
            is_closed = self._is_closed
            if not is_closed:
                self._admit(job, lane)
        if is_closed:
            job.cancel()
            job._run()
        return job

    def close(self, timeout_s: float = 10.0) -> None:
        """Cancel everything and wait up to ``timeout_s`` for the threads to end. Idempotent."""
        with self._lock:
            self._is_closed = True
            jobs = [*self._running.values(), *(job for waiting in self._waiting.values() for job in waiting)]
            threads = list(self._running)
        for job in jobs:
            job.cancel()
        deadline = time.monotonic() + timeout_s
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, deadline - time.monotonic()))
        num_stuck = sum(thread.is_alive() for thread in threads)
        if num_stuck:
            log.warning("%d jobs did not end within %.0f s", num_stuck, timeout_s)

    def _admit(self, job: Job, lane: str) -> None:
        if lane and lane in self._waiting:
            self._waiting[lane].append(job)
            return
        if lane:
            self._waiting[lane] = deque()
        thread = threading.Thread(target=self._run, args=(job, lane), name=f"job {lane}".strip(), daemon=True)
        self._running[thread] = job
        thread.start()

    def _run(self, job: Job, lane: str) -> None:
        following: Job | None = job
        while following is not None:
            following._run()
            following = self._next(lane)

    def _next(self, lane: str) -> Job | None:
        with self._lock:
            waiting = self._waiting.get(lane)
            if waiting:
                job = waiting.popleft()
                self._running[threading.current_thread()] = job
                return job
            self._waiting.pop(lane, None)
            del self._running[threading.current_thread()]
            return None


def _nothing(context: JobContext) -> None:
    """Stand in for work that is done."""


def _ignore(event: JobEvent) -> None:
    """Stand in for a listener that nobody gave."""
