"""The tables of the folders that questions are answered from; a step of ``migrations``."""

from __future__ import annotations

KNOWLEDGE_TABLES = (
    "ALTER TABLE conversations ADD COLUMN uses_knowledge INTEGER NOT NULL DEFAULT 0",
    """
    CREATE TABLE knowledge_folders (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        path TEXT NOT NULL UNIQUE,
        added_at INTEGER NOT NULL, -- microseconds since 1970, UTC
        looked_at INTEGER
    )
    """,
    """
    CREATE TABLE knowledge_files (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        folder_number INTEGER NOT NULL,
        path TEXT NOT NULL, -- below the folder, with / between
        size INTEGER NOT NULL,
        modified_ns INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('found', 'read', 'failed')),
        failure TEXT NOT NULL DEFAULT '', -- JSON: code and details
        content_hash TEXT NOT NULL DEFAULT '',
        title TEXT NOT NULL DEFAULT '',
        language TEXT NOT NULL DEFAULT '',
        pages TEXT NOT NULL DEFAULT '', -- JSON
        text TEXT NOT NULL DEFAULT '', -- last: lists are read without it
        UNIQUE (folder_number, path)
    )
    """,
    "CREATE INDEX knowledge_files_by_hash ON knowledge_files (content_hash)",
    """
    CREATE TABLE knowledge_passages (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        file_number INTEGER NOT NULL,
        start INTEGER NOT NULL,
        end INTEGER NOT NULL,
        page INTEGER
    )
    """,
    "CREATE INDEX knowledge_passages_by_file ON knowledge_passages (file_number)",
    """
    CREATE VIRTUAL TABLE knowledge_search USING fts5 (
        features, tokenize = "unicode61 remove_diacritics 0 categories 'L* N* Co M*'"
    )
    """,
    """
    CREATE TRIGGER knowledge_file_gone AFTER DELETE ON knowledge_files BEGIN
        DELETE FROM knowledge_search WHERE rowid IN
            (SELECT number FROM knowledge_passages WHERE file_number = old.number);
        DELETE FROM knowledge_passages WHERE file_number = old.number;
    END
    """,
    """
    CREATE TRIGGER knowledge_folder_gone AFTER DELETE ON knowledge_folders BEGIN
        DELETE FROM knowledge_files WHERE folder_number = old.number;
    END
    """,
)

VECTOR_TABLES = (
    """
    CREATE TABLE knowledge_vectors (
        passage_number INTEGER PRIMARY KEY,
        model TEXT NOT NULL, -- whose vector it is
        vector BLOB NOT NULL -- 16-bit floats, little-endian
    )
    """,
    "CREATE INDEX knowledge_vectors_by_model ON knowledge_vectors (model, passage_number)",
    """
    CREATE TABLE knowledge_compared ( -- files whose passages all have a vector of the model
        file_number INTEGER PRIMARY KEY,
        model TEXT NOT NULL
    )
    """,
    """
    CREATE TRIGGER knowledge_passage_gone AFTER DELETE ON knowledge_passages BEGIN
        DELETE FROM knowledge_vectors WHERE passage_number = old.number;
    END
    """,
    """
    CREATE TRIGGER knowledge_compared_gone AFTER DELETE ON knowledge_files BEGIN
        DELETE FROM knowledge_compared WHERE file_number = old.number;
    END
    """,
    """
    CREATE TABLE text_vectors (
        key TEXT PRIMARY KEY, -- names the text and the model
        used_at INTEGER NOT NULL,
        vector BLOB NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX text_vectors_by_use ON text_vectors (used_at)",
)
