"""The table of how sure the model was of the tokens of a reply (``reply_tokens``)."""

from __future__ import annotations

REPLY_TOKENS = (
    """
    CREATE TABLE reply_tokens (
        message_number INTEGER NOT NULL,
        part INTEGER NOT NULL, -- in the order of the text, from 0
        spans BLOB NOT NULL, -- see storage.reply_tokens
        PRIMARY KEY (message_number, part)
    ) WITHOUT ROWID
    """,
    """
    CREATE TRIGGER reply_tokens_purged AFTER DELETE ON messages BEGIN
        DELETE FROM reply_tokens WHERE message_number = old.number;
    END
    """,
)
