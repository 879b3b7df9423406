"""The tables of models, of what they took and of what was fetched: a step of ``migrations``, never edited."""

from __future__ import annotations

MODELS: tuple[str, ...] = (
    """
    CREATE TABLE models (
        fingerprint TEXT PRIMARY KEY, -- library.fingerprint: names the content, wherever it lies
        name TEXT NOT NULL,
        is_favourite INTEGER NOT NULL DEFAULT 0,
        note TEXT NOT NULL DEFAULT '',
        last_used_at INTEGER, -- microseconds since 1970, UTC
        profile TEXT NOT NULL DEFAULT '' -- JSON: how it is loaded and asked, '' where all is automatic
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE model_loads (
        fingerprint TEXT NOT NULL,
        machine TEXT NOT NULL,
        device TEXT NOT NULL,
        context_size INTEGER NOT NULL,
        kv_type TEXT NOT NULL,
        promised_bytes INTEGER NOT NULL,
        taken_bytes INTEGER NOT NULL,
        loaded_at INTEGER NOT NULL,
        PRIMARY KEY (fingerprint, machine, device, context_size, kv_type)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE model_speeds (
        fingerprint TEXT NOT NULL,
        machine TEXT NOT NULL,
        decode_tokens_per_s REAL NOT NULL,
        prompt_tokens_per_s REAL NOT NULL,
        num_tokens INTEGER NOT NULL, -- how many the rates were measured over
        measured_at INTEGER NOT NULL,
        PRIMARY KEY (fingerprint, machine)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE connections (
        number INTEGER PRIMARY KEY,
        opened_at INTEGER NOT NULL,
        host TEXT NOT NULL,
        purpose TEXT NOT NULL,
        subject TEXT NOT NULL,
        bytes_sent INTEGER NOT NULL,
        bytes_received INTEGER NOT NULL,
        status INTEGER NOT NULL,
        problem TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE downloads (
        id TEXT PRIMARY KEY,
        place REAL NOT NULL, -- order in the queue
        fetch_order TEXT NOT NULL, -- JSON of domain.downloads.FetchOrder
        state TEXT NOT NULL,
        failure TEXT NOT NULL DEFAULT '',
        updated_at INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
)
