"""The queue of downloads: in order, one at a time, going on at the next start where the user had it running.

No connection is opened before the user orders something, or ``go_on`` finds that a download was running when
the program last ended. Listeners hear of every change as the whole list, on the thread that made it, some ten
times a second while something is fetched. Methods that change the list wait for the disk: not for the GUI
thread. Only one process has the queue (the window); a terminal fetches by ``fetch_now``.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.downloads import FetchOrder, FetchProgress, FetchState
from lmstudio_lite.domain.hub import RemoteFile
from lmstudio_lite.domain.models import Failure
from lmstudio_lite.errors import AppError, CancelledError, StorageError
from lmstudio_lite.hub.connection import Connections
from lmstudio_lite.hub.order_transfer import FetchMeans, OrderTransfer, kept_bytes
from lmstudio_lite.hub.pace import Throttle
from lmstudio_lite.hub.part_file import discard_part, part_path
from lmstudio_lite.hub.transfer import TransferOptions
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.storage.downloads import DownloadRows, StoredState

log = logging.getLogger(__name__)

Listener = Callable[[tuple[FetchProgress, ...]], None]

_STORED = {
    FetchState.PAUSED: StoredState.PAUSED,
    FetchState.FAILED: StoredState.FAILED,
    FetchState.DONE: StoredState.DONE,
}
_SHOWN = {
    StoredState.QUEUED: FetchState.QUEUED,
    StoredState.PAUSED: FetchState.PAUSED,
    StoredState.FAILED: FetchState.FAILED,
    StoredState.DONE: FetchState.DONE,
}


@dataclass(slots=True)
class _Current:
    """The order that is being fetched. ``then`` is what it becomes when it has stopped."""

    order_id: str
    cancellation: Cancellation
    then: FetchState = FetchState.QUEUED
    is_removed: bool = False


class Fetching:
    """The downloads of one data folder. Thread-safe."""

    def __init__(
        self,
        rows: DownloadRows,
        connections: Connections,
        settings: SettingsStore,
        *,
        token_for: Callable[[RemoteFile], str] = lambda file: "",
        options: TransferOptions | None = None,
    ) -> None:
        """Read the queue at its first use; nothing is fetched before ``add``, ``resume`` or ``go_on``."""
        self._rows = rows
        self._settings = settings
        self._throttle = Throttle(settings.value.hub.limit_bytes_per_s)
        self._means = FetchMeans(connections, self._throttle, token_for, options or TransferOptions())
        self._lock = threading.RLock()
        self._listed: dict[str, FetchProgress] | None = None
        self._listeners: list[Listener] = []
        self._current: _Current | None = None
        self._thread: threading.Thread | None = None
        self._is_closed = False
        self.num_gone_on = 0
        self._unsubscribe = settings.subscribe(
            lambda changed: self._throttle.set_limit(changed.hub.limit_bytes_per_s)
        )

    def list(self) -> tuple[FetchProgress, ...]:
        """Return the downloads in their order. Reads the disk the first time.

        Raises:
            StorageError: the queue can't be read.
        """
        with self._lock:
            return tuple(self._loaded().values())

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with the whole list after every change; returns the way out."""
        with self._lock:
            self._listeners.append(listener)
        return lambda: self._forget_listener(listener)

    def add(self, order: FetchOrder) -> None:
        """Put ``order`` at the end of the queue, and begin if nothing else is fetched.

        Where the same files are on their way to the same folder already, that order is resumed instead.

        Raises:
            StorageError: it can't be kept.
        """
        with self._lock:
            same = next((row for row in self._loaded().values() if _is_same(row, order)), None)
            if same is None:
                self._rows.add(order)
                self._loaded()[order.id] = _row_of(order, FetchState.QUEUED, None)
        if same is None:
            self._changed()
        else:
            self.resume(same.order.id)

    def go_on(self) -> int:
        """Go on with what ran when the program last ended, and return how many downloads that are.

        Raises:
            StorageError: the queue can't be read.
        """
        with self._lock:
            num_queued = sum(row.state is FetchState.QUEUED for row in self._loaded().values())
            self.num_gone_on = num_queued
        if num_queued:
            self._changed()
        return num_queued

    def pause(self, order_id: str) -> None:
        """Stop an order and keep what came; it waits for ``resume``. Raises ``StorageError``."""
        self._stop(order_id, FetchState.PAUSED)

    def resume(self, order_id: str) -> None:
        """Have an order fetched that is paused or failed."""
        with self._lock:
            row = self._loaded().get(order_id)
            if self._current is not None and self._current.order_id == order_id:
                self._current.then = FetchState.QUEUED
            if row is None or row.state not in (FetchState.PAUSED, FetchState.FAILED):
                return
            self._keep(replace(row, state=FetchState.QUEUED, failure=None))
        self._changed()

    def cancel(self, order_id: str) -> None:
        """Stop an order, remove what came of it and take it off the list; what is done stays where it is.

        Raises:
            StorageError, FetchError: it can't be removed.
        """
        with self._lock:
            row = self._loaded().get(order_id)
            if row is None:
                return
            if row.state is FetchState.DONE:
                self._rows.update(row.order, StoredState.CLEARED)
                del self._loaded()[order_id]
            elif self._current is not None and self._current.order_id == order_id:
                self._current.is_removed = True
                self._current.cancellation.cancel()
            else:
                self._remove(row.order)
        self._changed()

    def clear_done(self) -> None:
        """Take what is done off the list; the files stay. Raises ``StorageError``."""
        with self._lock:
            done = [row for row in self._loaded().values() if row.state is FetchState.DONE]
            for row in done:
                self._rows.update(row.order, StoredState.CLEARED)
                del self._loaded()[row.order.id]
        self._changed()

    def move(self, order_id: str, by: int) -> None:
        """Move an order up (negative) or down in the list. What is being fetched goes on.

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

    def set_limit(self, bytes_per_s: int) -> None:
        """Limit the speed of all downloads together, 0 for no limit; kept in the settings.

        Raises:
            SettingsError, StorageError: it can't be kept.
        """
        self._settings.update("hub", limit_bytes_per_s=bytes_per_s)

    @property
    def limit_bytes_per_s(self) -> int:
        return self._throttle.limit_bytes_per_s

    def fetch_now(
        self,
        order: FetchOrder,
        *,
        limit_bytes_per_s: int = 0,
        on_progress: Callable[[FetchProgress], None] = lambda progress: None,
        cancellation: Cancellation | None = None,
    ) -> FetchOrder:
        """Fetch ``order`` on this thread, beside the queue; what was fetched is remembered.

        Raises:
            CancelledError, NetworkError, HubError, FetchError, StorageError: as ``OrderTransfer.run``.
        """
        means = replace(self._means, throttle=Throttle(limit_bytes_per_s or self.limit_bytes_per_s))
        done = OrderTransfer(
            self._with_known_hashes(order), means, on_progress=on_progress, cancellation=cancellation
        ).run()
        self._rows.add(done, StoredState.CLEARED)
        return done

    def fetched_files(self) -> tuple[tuple[Path, RemoteFile], ...]:
        """Return what was ever fetched: where each file was put, and what it is. The newest come last.

        Raises:
            StorageError: that can't be read.
        """
        done = (StoredState.DONE, StoredState.CLEARED)
        return tuple(
            (stored.order.folder / file.name, file)
            for stored in self._rows.list()
            if stored.state in done
            for file in stored.order.files
        )

    def close(self) -> None:
        """Stop what runs, to go on at the next start. Idempotent; waits for what came to be written down."""
        with self._lock:
            self._is_closed = True
            thread = self._thread
            if self._current is not None:
                self._current.cancellation.cancel()
        self._unsubscribe()
        if thread is not None and thread is not threading.current_thread():
            thread.join(20.0)

    def _with_known_hashes(self, order: FetchOrder) -> FetchOrder:
        """Give files of a plain address the SHA-256 that they had when they were fetched before."""
        known = {file.url: file.sha256 for path, file in self.fetched_files() if path.parent == order.folder}
        files = tuple(
            replace(file, sha256=file.sha256 or known.get(file.url, ""))
            if (order.folder / file.name).exists()
            else file
            for file in order.files
        )
        return replace(order, files=files)

    def _loaded(self) -> dict[str, FetchProgress]:
        """Return the list; call it with the lock held."""
        if self._listed is None:
            self._listed = {
                stored.order.id: _row_of(stored.order, _SHOWN[stored.state], stored.failure)
                for stored in self._rows.list()
                if stored.state in _SHOWN
            }
        return self._listed

    def _stop(self, order_id: str, then: FetchState) -> None:
        with self._lock:
            row = self._loaded().get(order_id)
            if row is None or row.state in (FetchState.DONE, then):
                return
            self._rows.update(row.order, _STORED[then])
            if self._current is not None and self._current.order_id == order_id:
                self._current.then = then
                self._current.cancellation.cancel()
            else:
                self._loaded()[order_id] = _resting(row, then)
        self._changed()

    def _remove(self, order: FetchOrder) -> None:
        for file in order.files:
            discard_part(file, order.folder)
        self._rows.remove(order.id)
        del self._loaded()[order.id]

    def _keep(self, row: FetchProgress) -> None:
        """Take a row's new state. What can't be written counts until the program ends."""
        self._loaded()[row.order.id] = row
        try:
            self._rows.update(row.order, _STORED.get(row.state, StoredState.QUEUED), row.failure)
        except StorageError as error:
            log.info("a download's state could not be kept: %s", error)

    def _changed(self) -> None:
        """Begin what is to be fetched, and tell the listeners."""
        with self._lock:
            is_due = any(row.state is FetchState.QUEUED for row in self._loaded().values())
            if is_due and self._thread is None and not self._is_closed:
                self._thread = threading.Thread(target=self._work, name="fetching", daemon=True)
                self._thread.start()
            rows, listeners = tuple(self._loaded().values()), tuple(self._listeners)
        for listener in listeners:
            try:
                listener(rows)
            except Exception:  # The queue goes on whoever listens.
                log.exception("a listener of the downloads raised")

    def _work(self) -> None:
        """Fetch until nothing is queued; on the thread of its own."""
        while (current := self._next()) is not None:
            self._fetch(current)

    def _next(self) -> _Current | None:
        with self._lock:
            queued = (row for row in self._loaded().values() if row.state is FetchState.QUEUED)
            row = None if self._is_closed else next(queued, None)
            if row is None:
                self._thread = None
                return None
            self._current = _Current(row.order.id, Cancellation())
            return self._current

    def _fetch(self, current: _Current) -> None:
        with self._lock:
            row = self._loaded()[current.order_id]
        transfer = OrderTransfer(
            row.order,
            self._means,
            on_progress=self._show,
            on_proven=self._note_proven,
            cancellation=current.cancellation,
        )
        ended: FetchProgress | None = None
        try:
            order = transfer.run()
            ended = self._ended(FetchState.DONE, current, order)
        except CancelledError:
            ended = self._ended(current.then, current)
        except AppError as error:
            ended = self._ended(FetchState.FAILED, current, failure=Failure(error.code, error.details))
        except Exception:
            log.exception("fetching failed on a bug of ours")
            ended = self._ended(FetchState.FAILED, current, failure=Failure("fetch", {}))
        with self._lock:
            self._current = None
            if current.is_removed and ended.state is not FetchState.DONE:
                try:
                    self._remove(ended.order)
                except AppError as error:
                    self._keep(replace(ended, state=FetchState.PAUSED))
                    log.info("what was fetched could not be removed: %s", error)
            else:
                self._keep(ended)
        self._changed()

    def _ended(
        self,
        state: FetchState,
        current: _Current,
        order: FetchOrder | None = None,
        failure: Failure | None = None,
    ) -> FetchProgress:
        with self._lock:
            row = self._loaded()[current.order_id]
        if order is not None:
            size = sum(file.size_bytes for file in order.files)
            path = order.folder / order.files[0].name
            return FetchProgress(order, state, size, size, path=path)
        return replace(_resting(row, state), failure=failure)

    def _note_proven(self, order: FetchOrder) -> None:
        """Keep every file's SHA-256 before it gets its name: who is killed in between knows it again."""
        self._rows.update(order, StoredState.QUEUED)
        with self._lock:
            self._loaded()[order.id] = replace(self._loaded()[order.id], order=order)

    def _show(self, progress: FetchProgress) -> None:
        with self._lock:
            before = self._loaded()[progress.order.id]
            received = max(progress.received_bytes, before.received_bytes)
            self._loaded()[progress.order.id] = replace(progress, received_bytes=received)
        self._changed()

    def _forget_listener(self, listener: Listener) -> None:
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)


def _is_same(row: FetchProgress, order: FetchOrder) -> bool:
    """Tell whether ``row`` is ``order``, or brings the same files to the same place."""
    if row.order.id == order.id:
        return True
    if row.state is FetchState.DONE:
        return False
    here, there = ({part_path(file, each.folder) for file in each.files} for each in (row.order, order))
    return here == there


def _row_of(order: FetchOrder, state: FetchState, failure: Failure | None) -> FetchProgress:
    size = sum(file.size_bytes for file in order.files)
    is_done = state is FetchState.DONE
    return FetchProgress(
        order,
        state,
        received_bytes=size if is_done else kept_bytes(order),
        size_bytes=size if all(file.size_bytes for file in order.files) else 0,
        failure=failure,
        path=order.folder / order.files[0].name if is_done and order.files else None,
    )


def _resting(row: FetchProgress, state: FetchState) -> FetchProgress:
    """Return a row of something that is not being fetched."""
    return FetchProgress(row.order, state, row.received_bytes, row.size_bytes, notice=row.notice)
