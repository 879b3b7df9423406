"""What a model answered for the rows of batches, by a key that names all it depends on.

So a batch that was killed goes on where it was, and one that is run again with a row more asks for that row.
It is a cache: the least recently used answers are removed. Thread-safe. What a full disk refuses waits in
``UnsavedWork`` and is found there meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.search import storable
from lmstudio_lite.storage.times import now_us
from lmstudio_lite.storage.waiting_rows import WaitingRows
from lmstudio_lite.unsaved import UnsavedWork

_KEYS_A_QUERY = 400
_MOST_ROWS = 1_000_000


class BatchAnswers:
    """The kept answers of one database; what they say is up to who keeps them."""

    def __init__(self, database: Database, unsaved: UnsavedWork) -> None:
        """Keep answers in ``database``, and in ``unsaved`` while that can't be written to."""
        self._database = database
        self._waiting: WaitingRows[str, str] = WaitingRows("batch_answers", unsaved, self._write)

    def find(self, keys: Iterable[str]) -> dict[str, str]:
        """Return what is there under ``keys``.

        Raises:
            StorageError: the database can't be read.
        """
        wanted = list(dict.fromkeys(keys))
        found: dict[str, str] = {}
        for first in range(0, len(wanted), _KEYS_A_QUERY):
            some = wanted[first : first + _KEYS_A_QUERY]
            marks = ", ".join("?" * len(some))
            with self._database.read() as connection:
                rows = connection.execute(
                    f"SELECT key, answer FROM batch_answers WHERE key IN ({marks})", some
                )
                found |= {row["key"]: row["answer"] for row in rows if isinstance(row["answer"], str)}
        waiting = self._waiting.rows
        return found | {key: waiting[key] for key in wanted if key in waiting}

    def keep(self, answers: Mapping[str, str]) -> None:
        """Keep ``answers``, in place of older ones, in one transaction."""
        if answers:
            self._waiting.put_all(answers)

    def shrink(self, most_rows: int = _MOST_ROWS) -> int:
        """Remove the oldest beyond ``most_rows``; return how many that were."""
        with self._database.write() as connection:
            return connection.execute(
                "DELETE FROM batch_answers WHERE key IN"
                " (SELECT key FROM batch_answers ORDER BY kept_at DESC LIMIT -1 OFFSET ?)",
                (most_rows,),
            ).rowcount

    def _write(self, answers: Mapping[str, str]) -> None:
        with self._database.write() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO batch_answers (key, kept_at, answer) VALUES (?, ?, ?)",
                [(key, now_us(), storable(answer)) for key, answer in answers.items()],
            )
