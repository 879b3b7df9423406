"""Summaries of the older turns of conversations, beside the turns themselves.

Thread-safe; every method is one transaction. An unknown id raises ``NotStoredError``; every method may raise
the ``StorageError`` of the database.
"""

from __future__ import annotations

import builtins
import sqlite3
import uuid
from collections.abc import Mapping

from lmstudio_lite.domain.chat_summaries import TurnsSummary
from lmstudio_lite.errors import NotStoredError
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.reading import RowReader
from lmstudio_lite.storage.search import storable
from lmstudio_lite.storage.times import now_us


class ChatSummaries:
    """The summaries of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, conversation_id: str) -> builtins.list[TurnsSummary]:
        """Return the summaries of a conversation, of all its branches, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT * FROM conversation_summaries WHERE conversation_id = ? ORDER BY number",
                (conversation_id,),
            ).fetchall()
        return [_summary_of(row) for row in rows]

    def add(
        self, conversation_id: str, last_message_id: str, *, num_turns: int, text: str, model: str
    ) -> None:
        """Keep a summary of everything up to a message."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO conversation_summaries"
                " (id, conversation_id, last_message_id, num_turns, text, model, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    *(uuid.uuid4().hex, conversation_id, last_message_id, num_turns),
                    *(storable(text), storable(model), now_us()),
                ),
            )

    def edit(self, summary_id: str, text: str) -> None:
        """Put the user's wording in place of a summary's text."""
        self._update(summary_id, "text = ?, is_edited = 1", storable(text))

    def switch(self, summary_id: str, *, is_off: bool) -> None:
        """Let a summary count no more, or again."""
        self._update(summary_id, "is_off = ?", int(is_off))

    def _update(self, summary_id: str, change: str, value: str | int) -> None:
        with self._database.write() as connection:
            changed = connection.execute(
                f"UPDATE conversation_summaries SET {change} WHERE id = ?", (value, summary_id)
            ).rowcount
        if not changed:
            raise NotStoredError(kind="summary", id=summary_id)


def copy_summaries(
    connection: sqlite3.Connection, source_id: str, copy_id: str, message_ids: Mapping[str, str]
) -> None:
    """Give a copied conversation the summaries; ``message_ids`` are the copies' by the originals'."""
    rows = connection.execute(
        "SELECT last_message_id, num_turns, text, model, is_edited, is_off, created_at"
        " FROM conversation_summaries WHERE conversation_id = ? ORDER BY number",
        (source_id,),
    ).fetchall()
    connection.executemany(
        "INSERT INTO conversation_summaries (id, conversation_id, last_message_id, num_turns, text, model,"
        " is_edited, is_off, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (uuid.uuid4().hex, copy_id, message_ids[row["last_message_id"]], *tuple(row)[1:])
            for row in rows
            if row["last_message_id"] in message_ids
        ],
    )


def _summary_of(row: sqlite3.Row) -> TurnsSummary:
    reader = RowReader(row)
    num_turns = row["num_turns"]
    return TurnsSummary(
        id=reader.id(),
        conversation_id=reader.text("conversation_id"),
        last_message_id=reader.text("last_message_id"),
        num_turns=num_turns if isinstance(num_turns, int) else 0,
        text=reader.text("text"),
        model=reader.text("model"),
        created_at=reader.time("created_at"),
        is_edited=bool(row["is_edited"]),
        is_off=bool(row["is_off"]),
    )
