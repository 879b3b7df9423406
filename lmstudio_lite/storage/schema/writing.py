"""The tables of the prompt library and of composed texts: a step of ``migrations``, never edited."""

from __future__ import annotations

WRITING_TABLES: tuple[str, ...] = (
    """
    CREATE TABLE prompts (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        text TEXT NOT NULL,
        updated_at INTEGER NOT NULL,
        deleted_at INTEGER
    )
    """,
    """
    CREATE TABLE composed_texts (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        created_at INTEGER NOT NULL,
        record TEXT NOT NULL, -- JSON: the brief and what was found
        text TEXT NOT NULL
    )
    """,
)
