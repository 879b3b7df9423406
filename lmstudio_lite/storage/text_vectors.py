"""What texts mean, a vector each, by a key that names the text and the model: computed once.

It is a cache: those not used for longest are removed. Thread-safe; every method may raise the
``StorageError`` of the database.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.times import now_us

_MOST_ROWS = 40_000
"""About 35 MB with vectors of 384 numbers; a document of 100 pages has some 300 passages."""


class TextVectors:
    """The vectors of one database, 16-bit floats each."""

    def __init__(self, database: Database) -> None:
        """Keep vectors in ``database``."""
        self._database = database

    def find(self, keys: Iterable[str]) -> dict[str, bytes]:
        """Return what is there under ``keys``."""
        wanted = json.dumps(list(keys))
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT key, vector FROM text_vectors WHERE key IN (SELECT value FROM json_each(?))",
                (wanted,),
            )
            return {row["key"]: row["vector"] for row in rows if isinstance(row["vector"], bytes)}

    def keep(self, vectors: Mapping[str, bytes]) -> None:
        """Keep vectors; they count as used now."""
        with self._database.write() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO text_vectors (key, used_at, vector) VALUES (?, ?, ?)",
                [(key, now_us(), vector) for key, vector in vectors.items()],
            )

    def shrink(self, most_rows: int = _MOST_ROWS) -> None:
        """Forget those not used for longest beyond ``most_rows``."""
        with self._database.write() as connection:
            connection.execute(
                "DELETE FROM text_vectors WHERE key IN"
                " (SELECT key FROM text_vectors ORDER BY used_at DESC LIMIT -1 OFFSET ?)",
                (most_rows,),
            )

    def touch(self, keys: Iterable[str]) -> None:
        """Note that vectors are used now."""
        wanted = json.dumps(list(keys))
        with self._database.write() as connection:
            connection.execute(
                "UPDATE text_vectors SET used_at = ? WHERE key IN (SELECT value FROM json_each(?))",
                (now_us(), wanted),
            )
