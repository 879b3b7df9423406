"""The sentences of a translation under way, each on disk as soon as it is there.

They belong to a stored result and stand at their places in its source text. Once the whole translation is
stored they are forgotten. What a full disk refuses waits in ``UnsavedWork``. Thread-safe; every method is one
transaction, and all but ``keep`` may raise the ``StorageError`` of the database.
"""

from __future__ import annotations

from collections.abc import Mapping

from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.part_cache import KeptPart
from lmstudio_lite.storage.search import storable
from lmstudio_lite.storage.waiting_rows import WaitingRows
from lmstudio_lite.unsaved import UnsavedWork


class SegmentRecord:
    """The sentences of one result."""

    def __init__(self, database: Database, unsaved: UnsavedWork, result_id: str) -> None:
        """Keep the sentences of ``result_id`` in ``database``, and in ``unsaved`` while that fails."""
        self._database = database
        self._result_id = result_id
        self._waiting: WaitingRows[int, KeptPart] = WaitingRows(
            f"result_segments:{result_id}", unsaved, self._write
        )

    def find(self) -> dict[int, KeptPart]:
        """Return what is there, by place."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT place, text, problem, num_attempts FROM result_segments WHERE result_id = ?",
                (self._result_id,),
            ).fetchall()
        written = {row["place"]: KeptPart(row["text"], row["problem"], row["num_attempts"]) for row in rows}
        return {**written, **self._waiting.rows}

    def keep(self, place: int, part: KeptPart) -> None:
        """Keep the sentence at ``place``, counted from 0."""
        self._waiting.put(place, part)

    def forget(self) -> None:
        """Remove them all."""
        self._waiting.drop()
        with self._database.write() as connection:
            connection.execute("DELETE FROM result_segments WHERE result_id = ?", (self._result_id,))

    def _write(self, parts: Mapping[int, KeptPart]) -> None:
        with self._database.write() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO result_segments (result_id, place, text, problem, num_attempts)"
                " VALUES (?, ?, ?, ?, ?)",
                [
                    (self._result_id, place, storable(part.text), part.problem, part.num_attempts)
                    for place, part in parts.items()
                ],
            )
