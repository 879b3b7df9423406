"""The queue of files to translate: in order, one at a time, going on at the next start where it was.

Nothing is translated before the user orders something, or ``go_on`` finds that a file was under way when the
program last ended. Without a model all wait, until one is loaded. Listeners hear of every change as the whole
list, on the thread that made it, some ten times a second while a file is translated. Methods that change the
list wait for the disk: not for the GUI thread. Only one process has the queue (the window); a terminal uses
``TranslateFile``.
"""

from __future__ import annotations

import builtins
import logging
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from lmstudio_lite.app.jobs import JobContext, JobEvent, JobProgressed
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.translate_file import FileBegun, FileOutcome, TranslateFile
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.file_translations import FileJob, FileJobState, FileOrder
from lmstudio_lite.domain.models import EngineState, Failure, ModelPhase
from lmstudio_lite.domain.translations import UnitsProgress
from lmstudio_lite.errors import (
    AppError,
    CancelledError,
    EngineCrashLoopError,
    EngineUnavailableError,
    ModelError,
    StorageError,
)
from lmstudio_lite.storage.file_jobs import FileJobRows

log = logging.getLogger(__name__)

QueueListener = Callable[[tuple[FileJob, ...]], None]
SegmentsListener = Callable[[str, UnitsProgress], None]
"""Hears of the segments that are done, with the id of the result that they belong to."""

Listener = TypeVar("Listener")

_GOING_ON = (FileJobState.QUEUED, FileJobState.RUNNING)
_WITHOUT_MODEL = (ModelError, EngineUnavailableError, EngineCrashLoopError)
_RESTING = (FileJobState.PAUSED, FileJobState.FAILED)


def orders_for(order: FileOrder, targets: Sequence[str]) -> list[FileOrder]:
    """Return ``order`` for each of several target languages, to be translated one after another.

    Where a name was asked for, each language gets one of its own ("out.docx" becomes "out.de.docx").
    """
    orders = []
    for target in targets:
        output = order.output
        if output is not None and len(targets) > 1:
            output = output.with_name(f"{output.stem}.{target}{output.suffix}")
        options = replace(order.options, target=target)
        orders.append(replace(order, id=uuid.uuid4().hex, options=options, output=output))
    return orders


@dataclass(slots=True)
class _Current:
    """The job that is translated. ``then`` is what it becomes when it has stopped."""

    order_id: str
    cancellation: Cancellation
    then: FileJobState = FileJobState.QUEUED
    is_removed: bool = False


class TranslationQueue:
    """The files of one data folder. Thread-safe."""

    def __init__(self, services: Services) -> None:
        """Read the queue at its first use; nothing is translated before ``add``, ``resume`` or ``go_on``."""
        self._services = services
        self._rows = FileJobRows(services.database)
        self._lock = threading.RLock()
        self._telling = threading.RLock()  # taken before the other, never within it
        self._listed: dict[str, FileJob] | None = None
        self._listeners: builtins.list[QueueListener] = []
        self._segment_listeners: builtins.list[SegmentsListener] = []
        self._current: _Current | None = None
        self._thread: threading.Thread | None = None
        self._is_closed = False
        self._is_halted = False
        self._leave_engine = services.engine.subscribe(self._on_state)
        services.close_first(self.close)

    def list(self) -> tuple[FileJob, ...]:
        """Return the jobs in their order. Reads the disk the first time.

        Raises:
            StorageError: the queue can't be read.
        """
        with self._lock:
            return tuple(self._loaded().values())

    def subscribe(self, listener: QueueListener) -> Callable[[], None]:
        """Call ``listener`` with the whole list after every change; returns the way out."""
        with self._lock:
            self._listeners.append(listener)
        return lambda: self._forget(self._listeners, listener)

    def subscribe_segments(self, listener: SegmentsListener) -> Callable[[], None]:
        """Call ``listener`` with the segments of a file as they are done; returns the way out."""
        with self._lock:
            self._segment_listeners.append(listener)
        return lambda: self._forget(self._segment_listeners, listener)

    def add(self, orders: Sequence[FileOrder]) -> None:
        """Put ``orders`` at the end of the queue, and begin if nothing else is translated.

        Raises:
            StorageError: they can't be kept.
        """
        with self._lock:
            self._is_halted = False
            for order in orders:
                job = FileJob(order, FileJobState.QUEUED)
                self._rows.add(job)
                self._loaded()[order.id] = job
        self._changed()

    def go_on(self) -> int:
        """Go on with what was under way or waited when the program last ended; return how many files it is.

        Raises:
            StorageError: the queue can't be read.
        """
        with self._lock:
            self._is_halted = False
            num_waiting = sum(job.state in _GOING_ON for job in self._loaded().values())
        if num_waiting:
            self._changed()
        return num_waiting

    def pause(self, order_id: str) -> None:
        """Stop a file and keep what is done; it waits for ``resume``. Raises ``StorageError``."""
        with self._lock:
            job = self._loaded().get(order_id)
            if job is None or job.state not in _GOING_ON:
                return
            paused = replace(job, state=FileJobState.PAUSED, seconds_left=None, delay=None)
            self._rows.update(paused)
            if self._current is not None and self._current.order_id == order_id:
                self._current.then = FileJobState.PAUSED
                self._current.cancellation.cancel()
            else:
                self._loaded()[order_id] = paused
        self._changed()

    def resume(self, order_id: str) -> None:
        """Go on with a file that is paused or failed; with one that is done and not written, write it."""
        with self._lock:
            job = self._loaded().get(order_id)
            if self._current is not None and self._current.order_id == order_id:
                self._current.then = FileJobState.QUEUED
                return
            is_unwritten = job is not None and job.state is FileJobState.DONE and job.output is None
            if job is None or not (job.state in _RESTING or is_unwritten):
                return
            self._is_halted = False
            self._keep(replace(job, state=FileJobState.QUEUED, failure=None))
        self._changed()

    def remove(self, order_id: str) -> None:
        """Stop a file and take it off the list; what is done of it stays among the results.

        Raises:
            StorageError: that can't be written.
        """
        with self._lock:
            if order_id not in self._loaded():
                return
            self._rows.remove(order_id)
            if self._current is not None and self._current.order_id == order_id:
                self._current.is_removed = True
                self._current.cancellation.cancel()
            else:
                del self._loaded()[order_id]
        self._changed()

    def clear_done(self) -> None:
        """Take what is done off the list. Raises ``StorageError``."""
        with self._lock:
            done = [job.order.id for job in self._loaded().values() if job.state is FileJobState.DONE]
            for order_id in done:
                self._rows.remove(order_id)
                del self._loaded()[order_id]
        self._changed()

    def move(self, order_id: str, by: int) -> None:
        """Move a file up (negative) or down in the list. What is translated now goes on.

        Raises:
            StorageError: the order can't be kept.
        """
        with self._lock:
            ids = [*self._loaded()]
            if order_id not in ids:
                return
            place = ids.index(order_id)
            ids.insert(max(0, min(len(ids) - 1, place + by)), ids.pop(place))
            self._rows.arrange(ids)
            self._listed = {each: self._loaded()[each] for each in ids}
        self._changed()

    def close(self) -> None:
        """Stop what runs, to go on at the next start. Idempotent; waits until what is done is kept."""
        with self._lock:
            self._is_closed = True
            thread = self._thread
            if self._current is not None:
                self._current.cancellation.cancel()
        self._leave_engine()
        if thread is not None and thread is not threading.current_thread():
            thread.join(20.0)

    def _loaded(self) -> dict[str, FileJob]:
        """Return the list; call it with the lock held."""
        if self._listed is None:
            self._listed = {
                job.order.id: replace(job, state=FileJobState.QUEUED) if job.state in _GOING_ON else job
                for job in self._rows.list()
            }
        return self._listed

    def _keep(self, job: FileJob) -> None:
        """Take a job's new state. What can't be written counts until the program ends."""
        self._loaded()[job.order.id] = job
        try:
            self._rows.update(job)
        except StorageError as error:
            log.info("the state of a file's translation could not be kept: %s", error)

    def _changed(self) -> None:
        """Begin what is to be translated, and tell the listeners."""
        with self._lock:
            is_due = any(job.state is FileJobState.QUEUED for job in self._loaded().values())
            if is_due and self._thread is None and not (self._is_closed or self._is_halted):
                self._thread = threading.Thread(target=self._work, name="translating files", daemon=True)
                self._thread.start()
        with self._telling:  # Of two threads that change it the later one's list is told last.
            with self._lock:
                jobs, listeners = tuple(self._loaded().values()), tuple(self._listeners)
            for listener in listeners:
                try:
                    listener(jobs)
                except Exception:  # The queue goes on whoever listens.
                    log.exception("a listener of the files raised")

    def _work(self) -> None:
        """Translate until nothing is queued; on the thread of its own."""
        while (current := self._next()) is not None:
            self._translate(current)

    def _next(self) -> _Current | None:
        with self._lock:
            queued = (job for job in self._loaded().values() if job.state is FileJobState.QUEUED)
            job = None if self._is_closed or self._is_halted else next(queued, None)
            if job is None:
                self._thread = None
                return None
            self._keep(replace(job, state=FileJobState.RUNNING, failure=None))
            self._current = _Current(job.order.id, Cancellation())
            return self._current

    def _translate(self, current: _Current) -> None:
        job = self._job(current)
        work = TranslateFile(self._services, job.order, continues=job.result_id)
        context = JobContext(current.cancellation, lambda event: self._hear(current, event))
        self._changed()
        try:
            ended = self._ended(current, work.run(context))
        except CancelledError:
            ended = replace(self._job(current), state=current.then)
        except AppError as error:
            ended = self._failed(self._job(current), error)
        except Exception:
            log.exception("a file's translation failed on a bug of ours")
            ended = replace(self._job(current), state=FileJobState.FAILED, failure=Failure("error", {}))
        with self._lock:
            self._current = None
            if current.is_removed:
                self._loaded().pop(current.order_id, None)
            else:
                self._keep(replace(ended, seconds_left=None, delay=None))
        self._changed()

    def _ended(self, current: _Current, outcome: FileOutcome) -> FileJob:
        failure = outcome.failure
        job = replace(
            self._job(current),
            state=current.then if outcome.is_partial else FileJobState.DONE,
            num_done=outcome.counts.num_done,
            num_total=outcome.counts.num_total,
            num_to_look_at=outcome.counts.num_to_look_at,
            output=outcome.output,
        )
        if failure is None:
            return job
        if outcome.is_partial:
            return self._failed(job, failure)
        return replace(job, failure=Failure(failure.code, failure.details))

    def _failed(self, job: FileJob, error: AppError) -> FileJob:
        """Return the job as it failed; without a model it waits, and the others with it."""
        is_waiting = isinstance(error, _WITHOUT_MODEL)
        with self._lock:
            self._is_halted = self._is_halted or is_waiting
        state = FileJobState.QUEUED if is_waiting else FileJobState.FAILED
        return replace(job, state=state, failure=Failure(error.code, error.details))

    def _job(self, current: _Current) -> FileJob:
        with self._lock:
            return self._loaded()[current.order_id]

    def _hear(self, current: _Current, event: JobEvent) -> None:
        value = event.value if isinstance(event, JobProgressed) else None
        if isinstance(value, FileBegun):
            with self._lock:
                self._keep(replace(self._job(current), result_id=value.result_id))
        elif isinstance(value, UnitsProgress):
            with self._lock:
                job = replace(
                    self._job(current),
                    num_done=value.num_done,
                    num_total=value.num_total,
                    seconds_left=value.seconds_left,
                    delay=value.delay,
                )
                self._loaded()[current.order_id] = job
                listeners = tuple(self._segment_listeners)
            for listener in listeners:
                try:
                    listener(job.result_id, value)
                except Exception:  # As above.
                    log.exception("a listener of the segments raised")
        self._changed()

    def _on_state(self, state: EngineState) -> None:
        """Go on once there is a model."""
        if state.phase is ModelPhase.READY:
            self._go_on_if_halted()

    def _go_on_if_halted(self) -> None:
        with self._lock:
            was_halted, self._is_halted = self._is_halted, False
        if was_halted:
            self._changed()

    def _forget(self, listeners: builtins.list[Listener], listener: Listener) -> None:
        with self._lock:
            if listener in listeners:
                listeners.remove(listener)
