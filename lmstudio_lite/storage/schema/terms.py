"""The tables of glossaries and of the translation memory: a step of ``migrations``, never edited."""

from __future__ import annotations

TERM_TABLES: tuple[str, ...] = (
    """
    CREATE TABLE glossaries (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        source TEXT NOT NULL, -- languages, ISO 639-1
        target TEXT NOT NULL,
        project TEXT NOT NULL, -- '' serves every project
        is_in_use INTEGER NOT NULL DEFAULT 1,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        deleted_at INTEGER
    )
    """,
    """
    CREATE TABLE glossary_terms (
        number INTEGER PRIMARY KEY AUTOINCREMENT, -- in the order in which they came
        glossary_id TEXT NOT NULL,
        source TEXT NOT NULL,
        target TEXT NOT NULL,
        part_of_speech TEXT NOT NULL,
        note TEXT NOT NULL,
        matches_case INTEGER NOT NULL,
        is_forbidden INTEGER NOT NULL,
        deleted_at INTEGER
    )
    """,
    "CREATE INDEX glossary_terms_by_glossary ON glossary_terms (glossary_id, number)",
    """
    CREATE TRIGGER glossaries_purged AFTER DELETE ON glossaries BEGIN
        DELETE FROM glossary_terms WHERE glossary_id = old.id;
    END
    """,
    """
    CREATE TABLE memory_entries (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        source_language TEXT NOT NULL,
        target_language TEXT NOT NULL,
        project TEXT NOT NULL,
        source_key TEXT NOT NULL, -- of the source, for exact matches
        context_key TEXT NOT NULL, -- of the neighbours, '' where they are not known
        created_at INTEGER NOT NULL,
        used_at INTEGER,
        num_uses INTEGER NOT NULL DEFAULT 0,
        deleted_at INTEGER,
        num_characters INTEGER NOT NULL, -- these two for fuzzy matches, see storage.likeness
        signature BLOB NOT NULL,
        source TEXT NOT NULL,
        target TEXT NOT NULL,
        source_before TEXT NOT NULL,
        source_after TEXT NOT NULL
    )
    """,
    """
    CREATE UNIQUE INDEX memory_entries_by_key ON memory_entries
        (source_language, target_language, source_key, project, context_key) WHERE deleted_at IS NULL
    """,
)
