"""The tables of conversations, messages and drafts, of pins, tags and folders: steps of ``migrations``.

Never edited.
"""

from __future__ import annotations

CONVERSATIONS: tuple[str, ...] = (
    """
    CREATE TABLE conversations (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        title TEXT NOT NULL,
        created_at INTEGER NOT NULL, -- microseconds since 1970, UTC
        updated_at INTEGER NOT NULL,
        deleted_at INTEGER,
        active_leaf_id TEXT,
        FOREIGN KEY (id, active_leaf_id) REFERENCES messages (conversation_id, id)
            DEFERRABLE INITIALLY DEFERRED
    )
    """,
    "CREATE INDEX conversations_by_age ON conversations (updated_at DESC, number DESC)",
    """
    CREATE TABLE messages (
        number INTEGER PRIMARY KEY AUTOINCREMENT, -- grows along every thread
        id TEXT NOT NULL UNIQUE,
        conversation_id TEXT NOT NULL REFERENCES conversations (id),
        parent_id TEXT,
        role TEXT NOT NULL CHECK (role IN ('system', 'user', 'assistant')),
        state TEXT NOT NULL
            CHECK (state IN ('streaming', 'complete', 'stopped', 'length', 'failed', 'interrupted')),
        created_at INTEGER NOT NULL,
        tokens_per_s REAL,
        note TEXT NOT NULL,
        text TEXT NOT NULL,
        UNIQUE (conversation_id, id),
        FOREIGN KEY (conversation_id, parent_id) REFERENCES messages (conversation_id, id)
    )
    """,
    "CREATE INDEX messages_by_parent ON messages (conversation_id, parent_id, number)",
    "CREATE INDEX messages_streaming ON messages (state) WHERE state = 'streaming'",
    "CREATE VIRTUAL TABLE conversation_search USING fts5 (body, tokenize = 'trigram')",
    "CREATE VIRTUAL TABLE message_search USING fts5 (body, tokenize = 'trigram')",
)

REASONING: tuple[str, ...] = (
    "ALTER TABLE messages ADD COLUMN reasoning TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE messages ADD COLUMN reasoning_s REAL",
)

ATTACHMENTS: tuple[str, ...] = (
    """
    CREATE TABLE attached_texts (
        number INTEGER PRIMARY KEY,
        content_hash TEXT NOT NULL UNIQUE,
        text TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE attachments (
        number INTEGER PRIMARY KEY,
        message_id TEXT NOT NULL REFERENCES messages (id),
        text_number INTEGER NOT NULL REFERENCES attached_texts (number),
        title TEXT NOT NULL,
        language TEXT NOT NULL,
        source_path TEXT NOT NULL
    )
    """,
    "CREATE INDEX attachments_by_message ON attachments (message_id, number)",
    "CREATE INDEX attachments_by_text ON attachments (text_number)",
)

LIKED: tuple[str, ...] = (
    "ALTER TABLE messages ADD COLUMN is_liked INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX messages_liked ON messages (number) WHERE is_liked",
)

LIKED_AT: tuple[str, ...] = (
    # NULL: not liked, or before this was kept
    "ALTER TABLE messages ADD COLUMN liked_at INTEGER",
)

DRAFTS: tuple[str, ...] = (
    """
    CREATE TABLE drafts (
        place TEXT PRIMARY KEY, -- a name of its user's, such as chat:<conversation id>
        updated_at INTEGER NOT NULL,
        details TEXT NOT NULL,
        text TEXT NOT NULL
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE draft_attachments (
        number INTEGER PRIMARY KEY,
        place TEXT NOT NULL,
        title TEXT NOT NULL,
        content_hash TEXT NOT NULL,
        language TEXT NOT NULL,
        source_path TEXT NOT NULL,
        text TEXT -- NULL: kept already, among the texts attached to messages
    )
    """,
    "CREATE INDEX draft_attachments_by_place ON draft_attachments (place, number)",
)

ATTACHED_INVENTORIES: tuple[str, ...] = tuple(
    f"ALTER TABLE {table} ADD COLUMN inventory TEXT NOT NULL DEFAULT ''"
    for table in ("attachments", "draft_attachments")
)  # JSON, "" where it is not known

ORGANIZED: tuple[str, ...] = (
    "ALTER TABLE conversations ADD COLUMN pinned_at INTEGER",
    "ALTER TABLE conversations ADD COLUMN archived_at INTEGER",
    """
    CREATE TABLE conversation_tags (
        conversation_number INTEGER NOT NULL,
        tag TEXT NOT NULL,
        folded TEXT NOT NULL, -- as it is looked for
        PRIMARY KEY (conversation_number, tag)
    ) WITHOUT ROWID
    """,
    """
    CREATE TRIGGER conversation_tags_purged AFTER DELETE ON conversations BEGIN
        DELETE FROM conversation_tags WHERE conversation_number = old.number;
    END
    """,
)

ATTACHED_PAGES: tuple[str, ...] = tuple(
    f"ALTER TABLE {table} ADD COLUMN pages TEXT NOT NULL DEFAULT ''"
    for table in ("attachments", "draft_attachments")
)  # JSON, "" where they are not known

FOLDERS: tuple[str, ...] = (
    """
    CREATE TABLE folders (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        parent_number INTEGER REFERENCES folders (number), -- NULL: at the top
        is_collapsed INTEGER NOT NULL DEFAULT 0
    )
    """,
    "ALTER TABLE conversations ADD COLUMN folder_number INTEGER REFERENCES folders (number)",
    "CREATE INDEX conversations_by_folder ON conversations (folder_number)",
)
