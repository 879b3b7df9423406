"""The database's form, as the steps that lead to it.

Append only: a released step is never edited, for databases out there have taken it. The number of
steps taken is the file's ``user_version``; a file that has taken more than are listed here comes from
a newer version of the program and is not touched.

A message's parent must be of the same conversation, and so must a conversation's active leaf: the
foreign keys name both columns. Nothing cascades along ``parent_id``; SQLite would recurse once per
message of a thread and gives up at 1,000.
"""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import dataclass

from lmstudio_lite.storage.control_tables import CONTROL_TABLES
from lmstudio_lite.storage.duel_tables import DUEL_TABLES
from lmstudio_lite.storage.knowledge_tables import KNOWLEDGE_TABLES
from lmstudio_lite.storage.reply_token_tables import REPLY_TOKENS
from lmstudio_lite.storage.search_tables import SHORT_WORDS
from lmstudio_lite.storage.term_tables import TERM_TABLES
from lmstudio_lite.storage.writing_tables import WRITING_TABLES

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Migration:
    """A step's name, for the log, and its statements, run in one transaction."""

    name: str
    statements: tuple[str, ...]


_CONVERSATIONS = Migration(
    "conversations",
    (
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
    ),
)

_RESULTS = Migration(
    "results",
    (
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
    ),
)

_REASONING = Migration(
    "reasoning",
    (
        "ALTER TABLE messages ADD COLUMN reasoning TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE messages ADD COLUMN reasoning_s REAL",
    ),
)

_PART_CACHE = Migration(
    "part cache",
    (
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
    ),
)

_ATTACHMENTS = Migration(
    "attachments",
    (
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
    ),
)

_LIKED = Migration(
    "liked answers",
    (
        "ALTER TABLE messages ADD COLUMN is_liked INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX messages_liked ON messages (number) WHERE is_liked",
    ),
)

_LIKED_AT = Migration(
    "when an answer was liked",
    ("ALTER TABLE messages ADD COLUMN liked_at INTEGER",),  # NULL: not liked, or before this was kept
)

_DRAFTS = Migration(
    "drafts",
    (
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
    ),
)


def _order_by_activity(table: str, group: str) -> tuple[str, ...]:
    """Number the rows of ``table`` by their last change, within equal ``group`` columns ("" for none)."""
    index = f"{group}, activity DESC" if group else "activity DESC"
    same_group = f"WHERE {group} = new.{group}" if group else ""
    count_up = (
        f"UPDATE {table} SET activity = (SELECT max(activity) + 1 FROM {table} {same_group})"
        " WHERE number = new.number;"
    )
    return (
        f"ALTER TABLE {table} ADD COLUMN activity INTEGER NOT NULL DEFAULT 0",
        f"UPDATE {table} SET activity = ranked.place FROM"
        f" (SELECT number, row_number() OVER (ORDER BY updated_at, number) AS place FROM {table}) AS ranked"
        f" WHERE ranked.number = {table}.number",
        f"DROP INDEX {table}_by_age",
        f"CREATE INDEX {table}_by_activity ON {table} ({index})",
        f"CREATE TRIGGER {table}_added AFTER INSERT ON {table} BEGIN {count_up} END",
        f"CREATE TRIGGER {table}_changed AFTER UPDATE OF updated_at ON {table} BEGIN {count_up} END",
    )


_ACTIVITY = Migration(
    "order by activity",  # counts upwards: a clock that was set back changes no order
    (*_order_by_activity("conversations", ""), *_order_by_activity("results", "kind")),
)

_RESULT_VERSIONS = Migration(
    "versions of results",
    (
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
    ),
)

_RESULT_SEGMENTS = Migration(
    "sentences of translations under way",
    (
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
    ),
)

_ATTACHED_INVENTORIES = Migration(
    "what attached files hold",  # JSON, "" where it is not known
    tuple(
        f"ALTER TABLE {table} ADD COLUMN inventory TEXT NOT NULL DEFAULT ''"
        for table in ("attachments", "draft_attachments")
    ),
)

_MODELS = Migration(
    "models: what is known of each, what it took, what was fetched",
    (
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
    ),
)

_TRANSLATED_FILES = Migration(
    "files that are translated: their segments, what was done to them, and the queue",
    (
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
    ),
)

_TRANSLATION_TERMS = Migration("glossaries and translation memory", TERM_TABLES)

_ORGANIZED = Migration(
    "pins, archive and tags",
    (
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
    ),
)

_CERTAINTY = Migration(
    "how sure a model was of a kept part",
    ("ALTER TABLE part_cache ADD COLUMN certainty REAL",),
)

_ATTACHED_PAGES = Migration(
    "pages of attached texts",  # JSON, "" where they are not known
    tuple(
        f"ALTER TABLE {table} ADD COLUMN pages TEXT NOT NULL DEFAULT ''"
        for table in ("attachments", "draft_attachments")
    ),
)

_SHORT_WORDS = Migration("searches for one and two letters", SHORT_WORDS)

_FOLDERS = Migration(
    "folders of conversations",
    (
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
    ),
)
_CONTROL = Migration("personas, what controls conversations, and summaries of older turns", CONTROL_TABLES)
_BATCH_ANSWERS = Migration(
    "answers of batches",
    (
        """
        CREATE TABLE batch_answers (
            key TEXT PRIMARY KEY,
            kept_at INTEGER NOT NULL,
            answer TEXT NOT NULL
        ) WITHOUT ROWID
        """,
        "CREATE INDEX batch_answers_by_age ON batch_answers (kept_at)",
    ),
)
_KNOWLEDGE = Migration("folders that questions are answered from", KNOWLEDGE_TABLES)

_WRITING = Migration("prompts and composed texts", WRITING_TABLES)
_REPLY_TOKENS = Migration("how sure the model was of the tokens of a reply", REPLY_TOKENS)

_DUELS = Migration("duels: two answers to a prompt, and votes", DUEL_TABLES)

MIGRATIONS: tuple[Migration, ...] = (
    _CONVERSATIONS,
    _RESULTS,
    _REASONING,
    _PART_CACHE,
    _ATTACHMENTS,
    _LIKED,
    _LIKED_AT,
    _DRAFTS,
    _ACTIVITY,
    _RESULT_VERSIONS,
    _RESULT_SEGMENTS,
    _ATTACHED_INVENTORIES,
    _MODELS,
    _TRANSLATED_FILES,
    _TRANSLATION_TERMS,
    _ORGANIZED,
    _CERTAINTY,
    _ATTACHED_PAGES,
    _SHORT_WORDS,
    _FOLDERS,
    _CONTROL,
    _BATCH_ANSWERS,
    _KNOWLEDGE,
    _WRITING,
    _REPLY_TOKENS,
    _DUELS,
)


def found_version(connection: sqlite3.Connection) -> int:
    """Return how many steps the file has taken."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def migrate(connection: sqlite3.Connection) -> None:
    """Take the missing steps; call inside a write transaction, so that two processes take each once."""
    for number, migration in enumerate(
        MIGRATIONS[found_version(connection) :], found_version(connection) + 1
    ):
        log.info("database: step %d, %s", number, migration.name)
        for statement in migration.statements:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")
