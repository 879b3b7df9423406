"""A database whose disk can fail: every change raises what SQLite says of a full or a broken disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from lmstudio_lite.storage.database import Database

FULL = ("database or disk is full", sqlite3.SQLITE_FULL)
IO_ERROR = ("disk I/O error", sqlite3.SQLITE_IOERR)
READ_ONLY = ("attempt to write a readonly database", sqlite3.SQLITE_READONLY)
LOCKED = ("database is locked", sqlite3.SQLITE_BUSY)
FAULTS = (FULL, IO_ERROR, READ_ONLY, LOCKED)

_CHANGES = ("INSERT", "UPDATE", "DELETE")


class FaultyDisk:
    """Stands between a ``Database`` and its file. ``fault`` None is a healthy disk.

    ``is_struck`` chooses the changing statements that fail, by their number since ``fault`` was set.
    """

    def __init__(self, database: Database) -> None:
        self.fault: tuple[str, int] | None = None
        self.is_struck: Callable[[int], bool] = lambda number: True
        self.num_changes = 0
        self._connection = database._connection
        database._connection = self  # type: ignore[assignment]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, statement: str, *parameters: Any) -> sqlite3.Cursor:
        self._strike(statement)
        return self._connection.execute(statement, *parameters)

    def executemany(self, statement: str, *parameters: Any) -> sqlite3.Cursor:
        self._strike(statement)
        return self._connection.executemany(statement, *parameters)

    def _strike(self, statement: str) -> None:
        if self.fault is None or not statement.lstrip().startswith(_CHANGES):
            return
        self.num_changes += 1
        if self.is_struck(self.num_changes):
            error = sqlite3.OperationalError(self.fault[0])
            error.sqlite_errorcode = self.fault[1]
            raise error
