"""The queue of downloads, and what was fetched: each order is a row, also after it is done.

A row that was cleared from the list stays, unseen: ``models verify`` compares a file with what the hub said
of it when it was fetched. Thread-safe; every method is one transaction and may raise the ``StorageError`` of
the database.
"""

from __future__ import annotations

import builtins
import json
import logging
import sqlite3
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from lmstudio_lite.domain.downloads import FetchOrder
from lmstudio_lite.domain.models import Failure
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.search import storable
from lmstudio_lite.storage.times import now_us

log = logging.getLogger(__name__)


class StoredState(StrEnum):
    """``QUEUED`` goes on by itself at the next start; ``CLEARED`` is done and not listed any more."""

    QUEUED = "queued"
    PAUSED = "paused"
    FAILED = "failed"
    DONE = "done"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class StoredDownload:
    """A row of the queue."""

    order: FetchOrder
    state: StoredState
    failure: Failure | None = None


class DownloadRows:
    """The downloads in one database."""

    def __init__(self, database: Database) -> None:
        """Keep rows in ``database``."""
        self._database = database

    def add(self, order: FetchOrder, state: StoredState = StoredState.QUEUED) -> None:
        """Keep ``order`` behind all others; one with its id is replaced."""
        with self._database.write() as rows:
            last = rows.execute("SELECT coalesce(max(place), 0) FROM downloads").fetchone()[0]
            rows.execute(
                "INSERT OR REPLACE INTO downloads (id, place, fetch_order, state, updated_at)"
                " VALUES (?, ?, ?, ?, ?)",
                (order.id, last + 1, _encoded(order), state.value, now_us()),
            )

    def update(self, order: FetchOrder, state: StoredState, failure: Failure | None = None) -> None:
        """Put an order's new state, and what has become known of its files, into its row."""
        said = json.dumps({"code": failure.code, "details": failure.details}) if failure else ""
        with self._database.write() as rows:
            rows.execute(
                "UPDATE downloads SET fetch_order = ?, state = ?, failure = ?, updated_at = ? WHERE id = ?",
                (_encoded(order), state.value, storable(said), now_us(), order.id),
            )

    def arrange(self, ids: builtins.list[str]) -> None:
        """Put the orders into this order."""
        with self._database.write() as rows:
            rows.executemany(
                "UPDATE downloads SET place = ? WHERE id = ?",
                [(place, each) for place, each in enumerate(ids, 1)],
            )

    def remove(self, order_id: str) -> None:
        """Forget an order."""
        with self._database.write() as rows:
            rows.execute("DELETE FROM downloads WHERE id = ?", (order_id,))

    def list(self) -> builtins.list[StoredDownload]:
        """Return all rows, also the cleared ones, in their order; a row that can't be read is left out."""
        with self._database.read() as rows:
            found = rows.execute("SELECT * FROM downloads ORDER BY place").fetchall()
        return [download for download in map(_download, found) if download is not None]


def _encoded(order: FetchOrder) -> str:
    return storable(msgspec.json.encode(order, enc_hook=str).decode("utf-8", "replace"))


def _download(row: sqlite3.Row) -> StoredDownload | None:
    try:
        order = msgspec.json.decode(row["fetch_order"], type=FetchOrder, dec_hook=_path)
        failure = None
        if row["failure"]:
            said = json.loads(row["failure"])
            failure = Failure(str(said["code"]), dict(said["details"]))
        return StoredDownload(order, StoredState(row["state"]), failure)
    except (msgspec.MsgspecError, ValueError, KeyError, TypeError):
        log.info("a download's row can't be read and is left out")
        return None


def _path(kind: type, value: Any) -> Any:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise ValueError("no path")
