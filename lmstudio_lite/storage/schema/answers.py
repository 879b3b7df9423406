"""The tables of answers of models that are kept to save work: steps of ``migrations``, never edited."""

from __future__ import annotations

PART_CACHE: tuple[str, ...] = (
    """
    CREATE TABLE part_cache (
        key TEXT PRIMARY KEY,
        used_at INTEGER NOT NULL,
        problem TEXT NOT NULL,
        num_attempts INTEGER NOT NULL,
        text TEXT NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX part_cache_by_use ON part_cache (used_at)",
)

CERTAINTY: tuple[str, ...] = ("ALTER TABLE part_cache ADD COLUMN certainty REAL",)

BATCH_ANSWERS: tuple[str, ...] = (
    """
    CREATE TABLE batch_answers (
        key TEXT PRIMARY KEY,
        kept_at INTEGER NOT NULL,
        answer TEXT NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX batch_answers_by_age ON batch_answers (kept_at)",
)
