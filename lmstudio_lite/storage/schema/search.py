"""What the search indexes need for one and two letters: a step of ``migrations``, never edited."""

from __future__ import annotations

_DESCRIBED = (("conversation", "conversations"), ("message", "messages"), ("result", "results"))

SHORT_WORDS: tuple[str, ...] = (
    """
    CREATE TABLE search_endings (
        name TEXT NOT NULL, -- of the index
        number INTEGER NOT NULL, -- of its row
        ending TEXT NOT NULL, -- the last two characters of the folded text
        last TEXT NOT NULL, -- the last one
        PRIMARY KEY (name, number)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX search_endings_by_text ON search_endings (name, ending)",
    "CREATE INDEX search_endings_by_last ON search_endings (name, last)",
    *(
        statement
        for name, table in _DESCRIBED
        for statement in (
            f"CREATE VIRTUAL TABLE {name}_search_terms USING fts5vocab ('{name}_search', 'instance')",
            "INSERT INTO search_endings"
            f" SELECT '{name}_search', rowid, substr(body, -2), substr(body, -1) FROM {name}_search",
            f"""
            CREATE TRIGGER {table}_search_purged AFTER DELETE ON {table} BEGIN
                DELETE FROM search_endings WHERE name = '{name}_search' AND number = old.number;
            END
            """,
        )
    ),
    "CREATE INDEX conversations_pinned ON conversations (activity DESC) WHERE pinned_at IS NOT NULL",
)
