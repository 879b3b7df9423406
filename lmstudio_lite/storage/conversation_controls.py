"""What the replies of each conversation are controlled by: persona, sampling, schema, stop words, length.

Thread-safe; every method is one transaction and may raise the ``StorageError`` of the database.
"""

from __future__ import annotations

import json
import sqlite3

from lmstudio_lite.domain.control import NO_CONTROL, ConversationControl
from lmstudio_lite.domain.persona_values import control_from, control_values
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.reading import values_from


class ConversationControls:
    """The choices for the conversations of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, conversation_id: str) -> ConversationControl:
        """Return what was chosen for a conversation; nothing where there is no such conversation."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT control FROM conversation_controls WHERE conversation_id = ?", (conversation_id,)
            ).fetchone()
        return control_from(values_from(row["control"])) if row is not None else NO_CONTROL

    def keep(self, conversation_id: str, control: ConversationControl) -> None:
        """Put ``control`` in place of what was chosen before."""
        with self._database.write() as connection:
            write_control(connection, conversation_id, control)


def write_control(connection: sqlite3.Connection, conversation_id: str, control: ConversationControl) -> None:
    """Write what was chosen for a conversation, inside a transaction."""
    values = control_values(control)
    if not values:
        connection.execute("DELETE FROM conversation_controls WHERE conversation_id = ?", (conversation_id,))
        return
    connection.execute(
        "INSERT INTO conversation_controls (conversation_id, control) VALUES (?, ?)"
        " ON CONFLICT (conversation_id) DO UPDATE SET control = excluded.control",
        (conversation_id, json.dumps(values)),
    )


def copy_control(connection: sqlite3.Connection, source_id: str, copy_id: str) -> None:
    """Give a copied conversation what was chosen for the one it is a copy of."""
    connection.execute(
        "INSERT INTO conversation_controls (conversation_id, control)"
        " SELECT ?, control FROM conversation_controls WHERE conversation_id = ?",
        (copy_id, source_id),
    )
