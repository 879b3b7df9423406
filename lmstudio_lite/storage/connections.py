"""The rows of the ledger: every connection that this program opened, until the user clears them.

Thread-safe; every method is one transaction and may raise the ``StorageError`` of the database.
"""

from __future__ import annotations

import builtins
import sqlite3
from contextlib import suppress

from lmstudio_lite.domain.connections import Connection, ConnectionPurpose
from lmstudio_lite.storage.database import Database, new_number
from lmstudio_lite.storage.search import storable

_SUBJECT_LENGTH_MAX = 500


class ConnectionRows:
    """The connections in one database."""

    def __init__(self, database: Database) -> None:
        """Keep rows in ``database``."""
        self._database = database

    def add(self, connection: Connection) -> int:
        """Keep a row and return its number."""
        with self._database.write() as rows:
            return new_number(
                rows.execute(
                    "INSERT INTO connections (opened_at, host, purpose, subject, bytes_sent, bytes_received,"
                    " status, problem) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        connection.opened_at_us,
                        storable(connection.host),
                        connection.purpose.value,
                        storable(connection.subject[:_SUBJECT_LENGTH_MAX]),
                        connection.bytes_sent,
                        connection.bytes_received,
                        connection.status,
                        connection.problem,
                    ),
                )
            )

    def update(self, number: int, connection: Connection) -> None:
        """Put what has become of a connection into its row; nothing happens where it was cleared."""
        with self._database.write() as rows:
            rows.execute(
                "UPDATE connections SET bytes_sent = ?, bytes_received = ?, status = ?, problem = ?"
                " WHERE number = ?",
                (
                    connection.bytes_sent,
                    connection.bytes_received,
                    connection.status,
                    connection.problem,
                    number,
                ),
            )

    def list(self, limit: int, offset: int = 0) -> builtins.list[Connection]:
        """Return the rows, the newest first."""
        with self._database.read() as rows:
            found = rows.execute(
                "SELECT * FROM connections ORDER BY number DESC LIMIT ? OFFSET ?", (limit, offset)
            ).fetchall()
        return [_connection(row) for row in found]

    def totals(self) -> tuple[int, int, int]:
        """Return how many connections there were, and their bytes sent and received."""
        with self._database.read() as rows:
            count, sent, received = rows.execute(
                "SELECT count(*), coalesce(sum(bytes_sent), 0), coalesce(sum(bytes_received), 0)"
                " FROM connections"
            ).fetchone()
        return count, sent, received

    def clear(self) -> None:
        """Forget all rows."""
        with self._database.write() as rows:
            rows.execute("DELETE FROM connections")


def _connection(row: sqlite3.Row) -> Connection:
    purpose = ConnectionPurpose.FETCH
    with suppress(ValueError):
        purpose = ConnectionPurpose(row["purpose"])
    return Connection(
        opened_at_us=row["opened_at"],
        host=row["host"],
        purpose=purpose,
        subject=row["subject"],
        bytes_sent=row["bytes_sent"],
        bytes_received=row["bytes_received"],
        status=row["status"],
        problem=row["problem"],
    )
