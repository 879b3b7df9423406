"""The table of duels: a step of ``migrations``."""

from __future__ import annotations

DUEL_TABLES = (
    """
    CREATE TABLE duels (
        number INTEGER PRIMARY KEY AUTOINCREMENT, -- in the order in which they were begun
        id TEXT NOT NULL UNIQUE,
        created_at INTEGER NOT NULL,
        messages TEXT NOT NULL, -- JSON: role and text of each
        first TEXT NOT NULL, -- JSON of domain.duels.Contender
        second TEXT NOT NULL,
        first_text TEXT NOT NULL DEFAULT '',
        second_text TEXT NOT NULL DEFAULT '',
        first_state TEXT NOT NULL DEFAULT 'streaming',
        second_state TEXT NOT NULL DEFAULT 'streaming',
        is_blind INTEGER NOT NULL,
        is_swapped INTEGER NOT NULL,
        vote TEXT,
        deleted_at INTEGER
    )
    """,
)
