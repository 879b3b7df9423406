"""A conversation brought from one database into another, with all that belongs to it, under the same ids.

Tables are found by their columns, so that what is kept of conversations and messages one day comes along: a
table with ``conversation_id``, ``message_id`` or the number of one belongs to it. Numbers of rows are the
other database's own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.finding import TEXTS, TITLES
from lmstudio_lite.storage.reading import text_from

_OWN = frozenset({"conversations", "messages", "attachments"})
_LEFT_OUT = frozenset({"number", "folder_number", "activity"})


def bring(source: Database, target: Database, conversation_id: str) -> None:
    """Copy a conversation of ``source``; all of it or nothing.

    Raises:
        StorageError: one of them can't be read or written.
        InvariantError: it is there already.
    """
    with source.read() as old, target.write() as new:
        _copy(old, new, "conversations", "id = ?", (conversation_id,))
        _copy(old, new, "messages", "conversation_id = ?", (conversation_id,))
        _copy_attachments(old, new, conversation_id)
        of_messages = "message_id IN (SELECT id FROM messages WHERE conversation_id = ?)"
        for table, columns in _tables(old):
            if table in _OWN:
                continue
            if "conversation_id" in columns:
                _copy(old, new, table, "conversation_id = ?", (conversation_id,))
            elif "message_id" in columns:
                _copy(old, new, table, of_messages, (conversation_id,))
            for owners in ("message", "conversation"):
                if f"{owners}_number" in columns:
                    _copy_numbered(old, new, table, owners, conversation_id)
        _index(new, conversation_id)


def _tables(connection: sqlite3.Connection) -> list[tuple[str, list[str]]]:
    names = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
        " AND name NOT LIKE '%\\_search\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    ).fetchall()
    return [(row["name"], _columns(connection, row["name"])) for row in names]


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row["name"] for row in connection.execute(f"PRAGMA table_info({table})")]


def _copy(
    old: sqlite3.Connection,
    new: sqlite3.Connection,
    table: str,
    condition: str,
    parameters: Sequence[str],
) -> None:
    known = _columns(old, table)
    order = "ORDER BY number" if "number" in known else ""
    columns = ", ".join(name for name in known if name not in _LEFT_OUT)
    marks = ", ".join("?" * (columns.count(",") + 1))
    rows = old.execute(f"SELECT {columns} FROM {table} WHERE {condition} {order}", parameters)
    new.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", [tuple(row) for row in rows])


def _copy_numbered(
    old: sqlite3.Connection, new: sqlite3.Connection, table: str, owners: str, conversation_id: str
) -> None:
    """Copy the rows of a table that name their ``owners``, "message" or "conversation", by number."""
    key, condition = f"{owners}_number", "conversation_id" if owners == "message" else "id"
    columns = [name for name in _columns(old, table) if name not in (key, *_LEFT_OUT)]
    rows = old.execute(
        f"SELECT o.id AS owner, {', '.join(f't.{name}' for name in columns)} FROM {table} AS t"
        f" JOIN {owners}s AS o ON o.number = t.{key} WHERE o.{condition} = ?",
        (conversation_id,),
    ).fetchall()
    marks = ", ".join("?" * len(columns))
    new.executemany(
        f"INSERT INTO {table} ({key}, {', '.join(columns)}) VALUES"
        f" ((SELECT number FROM {owners}s WHERE id = ?), {marks})",
        [tuple(row) for row in rows],
    )


def _copy_attachments(old: sqlite3.Connection, new: sqlite3.Connection, conversation_id: str) -> None:
    """Copy attachments; a text that the other database has already is not kept twice."""
    columns = [name for name in _columns(old, "attachments") if name not in ("number", "text_number")]
    rows = old.execute(
        f"SELECT t.content_hash AS hash, t.text AS attached, {', '.join(f'a.{name}' for name in columns)}"
        " FROM attachments AS a JOIN attached_texts AS t ON t.number = a.text_number"
        " JOIN messages AS m ON m.id = a.message_id WHERE m.conversation_id = ? ORDER BY a.number",
        (conversation_id,),
    ).fetchall()
    for row in rows:
        new.execute(
            "INSERT OR IGNORE INTO attached_texts (content_hash, text) VALUES (?, ?)",
            (row["hash"], row["attached"]),
        )
        new.execute(
            f"INSERT INTO attachments (text_number, {', '.join(columns)}) VALUES"
            f" ((SELECT number FROM attached_texts WHERE content_hash = ?), {', '.join('?' * len(columns))})",
            (row["hash"], *(row[name] for name in columns)),
        )


def _index(new: sqlite3.Connection, conversation_id: str) -> None:
    found = new.execute("SELECT number, title FROM conversations WHERE id = ?", (conversation_id,)).fetchone()
    TITLES.put(new, found["number"], text_from(found["title"]))
    rows = new.execute(
        "SELECT number, text FROM messages WHERE conversation_id = ?", (conversation_id,)
    ).fetchall()
    for row in rows:
        TEXTS.put(new, row["number"], text_from(row["text"]))
