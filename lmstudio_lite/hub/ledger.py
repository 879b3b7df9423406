"""The ledger: a row for every connection, written before the connection is opened and again at its end.

A row that can't be written (a full disk) waits here, is shown with the others, and is written with the next.
Thread-safe.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from lmstudio_lite.domain.connections import Connection, ConnectionPurpose
from lmstudio_lite.errors import StorageError
from lmstudio_lite.storage.connections import ConnectionRows
from lmstudio_lite.storage.times import now_us

log = logging.getLogger(__name__)

_UPDATE_INTERVAL_S = 10.0


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """``connections`` are the newest ones, the newest first; the totals are of all."""

    connections: tuple[Connection, ...]
    num_connections: int
    bytes_sent: int
    bytes_received: int


class Ledger:
    """Who writes rows: ``hub.connection`` alone. Who reads them: the user."""

    def __init__(self, rows: ConnectionRows) -> None:
        """Write to ``rows``."""
        self._rows = rows
        self._lock = threading.Lock()
        self._unwritten: list[LedgerEntry] = []
        self._listeners: list[Callable[[], None]] = []

    def open(self, host: str, purpose: ConnectionPurpose, subject: str, bytes_sent: int) -> LedgerEntry:
        """Write the row of a connection that is about to be opened."""
        entry = LedgerEntry(self, Connection(now_us(), host, purpose, subject, bytes_sent))
        self._write(entry)
        return entry

    def read(self, limit: int = 1000) -> LedgerPage:
        """Return the newest rows, with those that could not be written yet.

        Raises:
            StorageError: the rows can't be read.
        """
        with self._lock:
            waiting = [entry.connection for entry in self._unwritten if entry.number is None]
        kept = self._rows.list(limit)
        count, sent, received = self._rows.totals()
        return LedgerPage(
            tuple(sorted([*waiting, *kept], key=lambda row: row.opened_at_us, reverse=True)[:limit]),
            count + len(waiting),
            sent + sum(row.bytes_sent for row in waiting),
            received + sum(row.bytes_received for row in waiting),
        )

    def clear(self) -> None:
        """Forget all rows, as the user asked.

        Raises:
            StorageError: they can't be removed.
        """
        self._rows.clear()
        with self._lock:
            self._unwritten.clear()
        self._tell()

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` after every change, on the thread that made it; returns the way out."""
        with self._lock:
            self._listeners.append(listener)
        return lambda: self._unsubscribe(listener)

    def _unsubscribe(self, listener: Callable[[], None]) -> None:
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)

    def _write(self, entry: LedgerEntry) -> None:
        with self._lock:
            due = [*(each for each in self._unwritten if each is not entry), entry]
            self._unwritten = []
            for position, each in enumerate(due):
                try:
                    if each.number is None:
                        each.number = self._rows.add(each.connection)
                    else:
                        self._rows.update(each.number, each.connection)
                except StorageError as error:
                    self._unwritten = due[position:]
                    log.info("the ledger could not be written yet: %s", error)
                    break
        self._tell()

    def _tell(self) -> None:
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener()


class LedgerEntry:
    """One connection's row while it is open. For the thread that reads the connection."""

    def __init__(self, ledger: Ledger, connection: Connection) -> None:
        self._ledger = ledger
        self.connection = connection
        self.number: int | None = None
        self._written_at_s = time.monotonic()

    def received(self, num_bytes: int) -> None:
        """Count what came; now and then the row is brought up to date, for the program may be killed."""
        self.connection = replace(self.connection, bytes_received=self.connection.bytes_received + num_bytes)
        if time.monotonic() - self._written_at_s > _UPDATE_INTERVAL_S:
            self._written_at_s = time.monotonic()
            self._ledger._write(self)

    def answered(self, status: int) -> None:
        """Note the HTTP status."""
        self.connection = replace(self.connection, status=status)

    def close(self, problem: str = "") -> None:
        """Write what became of it; ``problem`` is the code of the error it ended with."""
        self.connection = replace(self.connection, problem=problem)
        self._ledger._write(self)
