"""The queue of files to translate: each order is a row, until it is removed.

Thread-safe; every method is one transaction and may raise the ``StorageError`` of the database.
"""

from __future__ import annotations

import builtins
import json
import logging
import sqlite3
from pathlib import Path
from typing import Any

import msgspec

from lmstudio_lite.domain.file_translations import FileJob, FileJobState, FileOrder
from lmstudio_lite.domain.models import Failure
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.search import storable
from lmstudio_lite.storage.times import now_us

log = logging.getLogger(__name__)


class FileJobRows:
    """The jobs in one database."""

    def __init__(self, database: Database) -> None:
        """Keep rows in ``database``."""
        self._database = database

    def add(self, job: FileJob) -> None:
        """Keep ``job`` behind all others; one with its order's id is replaced."""
        with self._database.write() as rows:
            last = rows.execute("SELECT coalesce(max(place), 0) FROM file_jobs").fetchone()[0]
            rows.execute(
                "INSERT OR REPLACE INTO file_jobs (place, id, file_order, state, result_id, output, failure,"
                " num_done, num_total, num_to_look_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (last + 1, job.order.id, *_columns(job)),
            )

    def update(self, job: FileJob) -> None:
        """Put a job's new state into its row; one that is not there (any more) stays so."""
        with self._database.write() as rows:
            rows.execute(
                "UPDATE file_jobs SET file_order = ?, state = ?, result_id = ?, output = ?, failure = ?,"
                " num_done = ?, num_total = ?, num_to_look_at = ?, updated_at = ? WHERE id = ?",
                (*_columns(job), job.order.id),
            )

    def arrange(self, ids: builtins.list[str]) -> None:
        """Put the jobs into this order."""
        with self._database.write() as rows:
            rows.executemany(
                "UPDATE file_jobs SET place = ? WHERE id = ?",
                [(place, each) for place, each in enumerate(ids, 1)],
            )

    def remove(self, order_id: str) -> None:
        """Forget a job; what came of it stays among the results."""
        with self._database.write() as rows:
            rows.execute("DELETE FROM file_jobs WHERE id = ?", (order_id,))

    def list(self) -> builtins.list[FileJob]:
        """Return all jobs in their order; a row that can't be read is left out."""
        with self._database.read() as rows:
            found = rows.execute("SELECT * FROM file_jobs ORDER BY place").fetchall()
        return [job for job in map(_job, found) if job is not None]


def _columns(job: FileJob) -> tuple[object, ...]:
    failure = job.failure
    said = json.dumps({"code": failure.code, "details": failure.details}) if failure else ""
    return (
        storable(msgspec.json.encode(job.order, enc_hook=str).decode("utf-8", "replace")),
        job.state.value,
        job.result_id,
        storable(str(job.output or "")),
        storable(said),
        job.num_done,
        job.num_total,
        job.num_to_look_at,
        now_us(),
    )


def _job(row: sqlite3.Row) -> FileJob | None:
    try:
        failure = None
        if row["failure"]:
            said = json.loads(row["failure"])
            failure = Failure(str(said["code"]), dict(said["details"]))
        return FileJob(
            msgspec.json.decode(row["file_order"], type=FileOrder, dec_hook=_path),
            FileJobState(row["state"]),
            row["num_done"],
            row["num_total"],
            row["num_to_look_at"],
            result_id=row["result_id"],
            output=Path(row["output"]) if row["output"] else None,
            failure=failure,
        )
    except (msgspec.MsgspecError, ValueError, KeyError, TypeError):
        log.info("a file's job can't be read and is left out")
        return None


def _path(kind: type, value: Any) -> Any:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise ValueError("no path")
