"""Texts that a model wrote for a part of a document, by a key that names all they depend on.

What is here need not be generated again: after a change of form or length, of one page of a document, or
after the process was killed. It is a cache: the least recently used rows are removed, and nothing is
lost with them but time. Thread-safe. What a full disk refuses waits in
``UnsavedWork`` and is found there meanwhile.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lmstudio_lite.errors import StorageError
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.reading import RowReader
from lmstudio_lite.storage.search import storable
from lmstudio_lite.storage.times import now_us
from lmstudio_lite.storage.waiting_rows import WaitingRows
from lmstudio_lite.unsaved import UnsavedWork

log = logging.getLogger(__name__)

_KEYS_A_QUERY = 400
_MOST_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class KeptPart:
    """``problem`` is a code of ``tasks.checks``, "" for none; ``certainty`` the model's, None if unknown."""

    text: str
    problem: str
    num_attempts: int
    certainty: float | None = None


class PartCache:
    """The kept texts of one database."""

    def __init__(self, database: Database, unsaved: UnsavedWork) -> None:
        """Keep texts in ``database``, and in ``unsaved`` while that can't be written to."""
        self._database = database
        self._waiting: WaitingRows[str, KeptPart] = WaitingRows("part_cache", unsaved, self._write)

    def find(self, keys: Iterable[str]) -> dict[str, KeptPart]:
        """Return what is there under ``keys``; it counts as used now, if the disk takes that.

        Raises:
            StorageError: the database can't be read.
        """
        wanted = list(dict.fromkeys(keys))
        found: dict[str, KeptPart] = {}
        for first in range(0, len(wanted), _KEYS_A_QUERY):
            some = wanted[first : first + _KEYS_A_QUERY]
            with self._database.read() as connection:
                rows = connection.execute(
                    "SELECT key, text, problem, num_attempts, certainty FROM part_cache"
                    f" WHERE key IN ({_marks(some)})",
                    some,
                ).fetchall()
            found |= {row["key"]: part for row in rows if (part := _part(row))}
        self._touch(list(found))
        waiting = self._waiting.rows
        return found | {key: waiting[key] for key in wanted if key in waiting}

    def keep(self, key: str, part: KeptPart) -> None:
        """Keep ``part``, in place of an older one."""
        self._waiting.put(key, part)

    def shrink(self, most_rows: int = _MOST_ROWS) -> int:
        """Remove what was not used for longest beyond ``most_rows``; return how many rows that were."""
        with self._database.write() as connection:
            return connection.execute(
                "DELETE FROM part_cache WHERE key IN"
                " (SELECT key FROM part_cache ORDER BY used_at DESC LIMIT -1 OFFSET ?)",
                (most_rows,),
            ).rowcount

    def _touch(self, keys: Sequence[str]) -> None:
        try:
            for first in range(0, len(keys), _KEYS_A_QUERY):
                some = keys[first : first + _KEYS_A_QUERY]
                with self._database.write() as connection:
                    connection.execute(
                        f"UPDATE part_cache SET used_at = ? WHERE key IN ({_marks(some)})", (now_us(), *some)
                    )
        except StorageError as error:
            log.info("the use of kept parts can't be noted: %s", error.code)

    def _write(self, parts: Mapping[str, KeptPart]) -> None:
        with self._database.write() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO part_cache (key, used_at, problem, num_attempts, certainty, text)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (key, now_us(), part.problem, part.num_attempts, part.certainty, storable(part.text))
                    for key, part in parts.items()
                ],
            )


def _marks(keys: Sequence[str]) -> str:
    return ", ".join("?" * len(keys))


def _part(row: sqlite3.Row) -> KeptPart | None:
    """Return a row's part, None for a damaged row: it is made again."""
    reader = RowReader(row)
    num_attempts = int(reader.number("num_attempts") or 1)
    part = KeptPart(reader.text("text"), reader.text("problem"), num_attempts, reader.number("certainty"))
    return None if reader.is_damaged else part
