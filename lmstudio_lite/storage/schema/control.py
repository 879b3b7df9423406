"""The tables of personas, of what controls conversations and of their summaries: a step of ``migrations``."""

from __future__ import annotations

CONTROL_TABLES: tuple[str, ...] = (
    """
    CREATE TABLE personas (
        number INTEGER PRIMARY KEY AUTOINCREMENT, -- in the order in which they were made
        id TEXT NOT NULL UNIQUE,
        persona TEXT NOT NULL, -- JSON of domain.personas.Persona
        deleted_at INTEGER
    )
    """,
    """
    CREATE TABLE conversation_controls (
        conversation_id TEXT PRIMARY KEY,
        control TEXT NOT NULL -- JSON of domain.control.ConversationControl
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE conversation_summaries (
        number INTEGER PRIMARY KEY AUTOINCREMENT, -- in the order in which they were made
        id TEXT NOT NULL UNIQUE,
        conversation_id TEXT NOT NULL,
        last_message_id TEXT NOT NULL, -- the newest message that it stands for
        num_turns INTEGER NOT NULL,
        text TEXT NOT NULL,
        model TEXT NOT NULL,
        is_edited INTEGER NOT NULL DEFAULT 0,
        is_off INTEGER NOT NULL DEFAULT 0,
        created_at INTEGER NOT NULL
    )
    """,
    "CREATE INDEX conversation_summaries_of ON conversation_summaries (conversation_id)",
    """
    CREATE TRIGGER conversation_controls_purged AFTER DELETE ON conversations BEGIN
        DELETE FROM conversation_controls WHERE conversation_id = old.id;
        DELETE FROM conversation_summaries WHERE conversation_id = old.id;
    END
    """,
)
