"""Damages rows as a bad disk, another program or a newer version would: past every check of the tables."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def damage(path: Path, *statements: str) -> None:
    """Run statements on a database that nobody has open."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            connection.execute(statement)


def forget_not_null(path: Path, table: str) -> None:
    """Take the NOT NULL promises off a table, so that rows can hold NULL as a torn file may."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_schema SET sql = replace(sql, ' NOT NULL', '') WHERE name = ?", (table,)
        )
        connection.execute("PRAGMA writable_schema = RESET")
