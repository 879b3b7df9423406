"""What the passages of folders mean, a vector each, beside the words that they are found by.

Vectors are kept in 16 bits a number, with whose they are: those of another model are as good as none, and are
written over by the new ones. They leave with their passages. Thread-safe; every method may raise the
``StorageError`` of the database.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.reading import text_from

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST_HELD_BYTES = 256 << 20
"""Of numbers of 32 bits in memory, which 20,000 passages are compared by in 5 ms; more are held in 16 bits,
and take ten times as long each."""
_BLOCK = 2048


@dataclass(frozen=True, slots=True)
class PassagesToCompare:
    """The passages of a file that have no vector yet, by their numbers."""

    file_number: int
    texts: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class _Held:
    version: tuple[str, int, int, float]
    numbers: NDArray[np.int64]
    folders: NDArray[np.int64]
    vectors: NDArray[np.float16] | NDArray[np.float32]


class KnowledgeVectors:
    """The vectors of one database. Those of one model are held in memory once they were asked for."""

    def __init__(self, database: Database, most_held_bytes: int = _MOST_HELD_BYTES) -> None:
        """Keep vectors in ``database``."""
        self._database = database
        self._most_held_bytes = most_held_bytes
        self._held: _Held | None = None
        self._lock = threading.Lock()

    def num_files(self, model: str) -> tuple[int, int]:
        """Return how many files ``model`` has compared, and how many there are."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT (SELECT count(*) FROM knowledge_compared WHERE model = ?) AS num_compared,"
                " (SELECT count(*) FROM knowledge_files WHERE state = 'read') AS num_read",
                (model,),
            ).fetchone()
        return row["num_compared"], row["num_read"]

    def next_file(self, model: str) -> PassagesToCompare | None:
        """Return what ``model`` has not compared yet of a file, None if that is nothing."""
        with self._database.read() as connection:
            file = connection.execute(
                "SELECT f.number FROM knowledge_files AS f LEFT JOIN knowledge_compared AS c"
                " ON c.file_number = f.number AND c.model = ?"
                " WHERE f.state = 'read' AND c.file_number IS NULL ORDER BY f.number LIMIT 1",
                (model,),
            ).fetchone()
            if file is None:
                return None
            number: int = file["number"]
            row = connection.execute(
                "SELECT text FROM knowledge_files WHERE number = ?", (number,)
            ).fetchone()
            text = text_from(row["text"])
            passages = connection.execute(
                "SELECT p.number, p.start, p.end FROM knowledge_passages AS p"
                " LEFT JOIN knowledge_vectors AS v ON v.passage_number = p.number AND v.model = ?"
                " WHERE p.file_number = ? AND v.passage_number IS NULL ORDER BY p.number",
                (model, number),
            )
            return PassagesToCompare(
                number, {each["number"]: text[each["start"] : each["end"]] for each in passages}
            )

    def put(self, model: str, vectors: Mapping[int, bytes]) -> None:
        """Keep vectors of passages, by their numbers, 16-bit floats each; of one that is gone, nothing."""
        with self._database.write() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO knowledge_vectors (passage_number, model, vector)"
                " SELECT number, ?, ? FROM knowledge_passages WHERE number = ?",
                [(model, vector, number) for number, vector in vectors.items()],
            )

    def note_compared(self, model: str, file_number: int) -> None:
        """Note that all passages of a file have their vectors."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO knowledge_compared (file_number, model)"
                " SELECT number, ? FROM knowledge_files WHERE number = ?",
                (model, file_number),
            )

    def nearest(self, model: str, wanted: bytes, most: int, folder_id: str = "") -> list[int]:
        """Return up to ``most`` passages nearest in meaning to the vector ``wanted`` (32-bit floats).

        Best first, of one folder or all; of those that ``model`` has compared.
        """
        import numpy as np

        vector = np.frombuffer(wanted, np.float32)
        held = self._load(model, len(vector))
        numbers, vectors = held.numbers, held.vectors
        if not len(numbers):
            return []
        if vectors.dtype == np.float32:
            likeness = vectors @ vector
        else:
            blocks = [vectors[at : at + _BLOCK] for at in range(0, len(vectors), _BLOCK)]
            likeness = np.concatenate([block.astype(np.float32) @ vector for block in blocks])
        if folder_id:
            likeness = np.where(held.folders == self._folder_number(folder_id), likeness, -np.inf)
        most = min(most, len(numbers))
        best = np.argpartition(-likeness, most - 1)[:most]
        best = best[np.lexsort((numbers[best], -likeness[best]))]
        return [int(numbers[row]) for row in best if likeness[row] > -np.inf]

    def _load(self, model: str, dimension: int) -> _Held:
        """Return the vectors of ``model`` as they are now, read again only where one came or went."""
        with self._lock, self._database.read() as connection:
            row = connection.execute(
                "SELECT count(*) AS num, coalesce(max(passage_number), 0) AS last,"
                " total(passage_number) AS sum FROM knowledge_vectors WHERE model = ?",
                (model,),
            ).fetchone()
            version = (model, row["num"], row["last"], row["sum"])
            if self._held is not None and self._held.version == version:
                return self._held
            rows = connection.execute(
                "SELECT v.passage_number, f.folder_number, v.vector FROM knowledge_vectors AS v"
                " JOIN knowledge_passages AS p ON p.number = v.passage_number"
                " JOIN knowledge_files AS f ON f.number = p.file_number"
                " WHERE v.model = ? ORDER BY v.passage_number",
                (model,),
            ).fetchall()
            self._held = _held(version, rows, dimension, self._most_held_bytes)
            return self._held

    def _folder_number(self, folder_id: str) -> int:
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT number FROM knowledge_folders WHERE id = ?", (folder_id,)
            ).fetchone()
        return row["number"] if row is not None else -1


def _held(
    version: tuple[str, int, int, float], rows: Sequence[sqlite3.Row], dimension: int, most_bytes: int
) -> _Held:
    """Put rows together; damaged ones, which have another length, are left out."""
    import numpy as np

    rows = [row for row in rows if isinstance(row["vector"], bytes) and len(row["vector"]) == 2 * dimension]
    vectors: NDArray[np.float16] | NDArray[np.float32] = np.frombuffer(
        b"".join(row["vector"] for row in rows), "<f2"
    ).reshape(len(rows), dimension)
    if 2 * vectors.nbytes <= most_bytes:
        vectors = vectors.astype(np.float32)
    numbers = np.array([row["passage_number"] for row in rows], np.int64)
    return _Held(version, numbers, np.array([row["folder_number"] for row in rows], np.int64), vectors)
