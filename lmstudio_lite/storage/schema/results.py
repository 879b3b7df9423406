"""The tables of summaries, translations and the queue of files: steps of ``migrations``, never edited."""

from __future__ import annotations

RESULTS: tuple[str, ...] = (
    """
    CREATE TABLE results (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        title TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        deleted_at INTEGER,
        source_path TEXT NOT NULL,
        source_hash TEXT NOT NULL,
        details TEXT NOT NULL, -- JSON
        text TEXT NOT NULL,
        source_text TEXT NOT NULL -- last: a list is read without it
    )
    """,
    "CREATE INDEX results_by_age ON results (kind, updated_at DESC, number DESC)",
    "CREATE VIRTUAL TABLE result_search USING fts5 (body, tokenize = 'trigram')",
)

RESULT_VERSIONS: tuple[str, ...] = (
    """
    CREATE TABLE result_versions (
        number INTEGER PRIMARY KEY AUTOINCREMENT, -- grows with each version made
        result_id TEXT NOT NULL,
        text TEXT NOT NULL,
        details TEXT NOT NULL -- JSON
    )
    """,
    "CREATE INDEX result_versions_by_result ON result_versions (result_id, number)",
    """
    INSERT INTO result_versions (result_id, text, details)
        SELECT id, text, details FROM results
        WHERE kind = 'summary' AND text <> '' AND details NOT LIKE '%"is_stopped": true%'
        ORDER BY number
    """,
    """
    CREATE TRIGGER results_purged AFTER DELETE ON results BEGIN
        DELETE FROM result_versions WHERE result_id = old.id;
    END
    """,
)

RESULT_SEGMENTS: tuple[str, ...] = (
    """
    CREATE TABLE result_segments (
        result_id TEXT NOT NULL,
        place INTEGER NOT NULL,
        text TEXT NOT NULL,
        problem TEXT NOT NULL,
        num_attempts INTEGER NOT NULL,
        PRIMARY KEY (result_id, place)
    ) WITHOUT ROWID
    """,
    """
    CREATE TRIGGER segments_purged AFTER DELETE ON results BEGIN
        DELETE FROM result_segments WHERE result_id = old.id;
    END
    """,
)

TRANSLATED_FILES: tuple[str, ...] = (
    """
    CREATE TABLE translated_segments (
        result_id TEXT NOT NULL,
        number INTEGER NOT NULL, -- in reading order, from 0
        unit INTEGER NOT NULL,
        start INTEGER NOT NULL, -- where the source begins in its unit's text
        place TEXT NOT NULL, -- JSON of domain.units.Place
        source TEXT NOT NULL,
        text TEXT NOT NULL,
        details TEXT NOT NULL, -- JSON: marks, flags, confidence, origin and problem
        is_kept INTEGER NOT NULL,
        is_edited INTEGER NOT NULL,
        is_accepted INTEGER NOT NULL,
        PRIMARY KEY (result_id, number)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE segment_steps (
        result_id TEXT NOT NULL,
        number INTEGER NOT NULL, -- in the order in which they were made, from 1
        changes TEXT NOT NULL, -- JSON: each segment before and after
        is_undone INTEGER NOT NULL,
        PRIMARY KEY (result_id, number)
    ) WITHOUT ROWID
    """,
    """
    CREATE TRIGGER translated_segments_purged AFTER DELETE ON results BEGIN
        DELETE FROM translated_segments WHERE result_id = old.id;
        DELETE FROM segment_steps WHERE result_id = old.id;
    END
    """,
    """
    CREATE TABLE file_jobs (
        id TEXT PRIMARY KEY,
        place REAL NOT NULL, -- order in the queue
        file_order TEXT NOT NULL, -- JSON of domain.file_translations.FileOrder
        state TEXT NOT NULL,
        result_id TEXT NOT NULL DEFAULT '',
        output TEXT NOT NULL DEFAULT '',
        failure TEXT NOT NULL DEFAULT '',
        num_done INTEGER NOT NULL DEFAULT 0,
        num_total INTEGER NOT NULL DEFAULT 0,
        num_to_look_at INTEGER NOT NULL DEFAULT 0,
        updated_at INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
)
