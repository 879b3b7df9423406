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

from lmstudio_lite.storage.schema.activity import ACTIVITY
from lmstudio_lite.storage.schema.answers import BATCH_ANSWERS, CERTAINTY, PART_CACHE
from lmstudio_lite.storage.schema.control import CONTROL_TABLES
from lmstudio_lite.storage.schema.conversations import (
    ATTACHED_INVENTORIES,
    ATTACHED_PAGES,
    ATTACHMENTS,
    CONVERSATIONS,
    DRAFTS,
    FOLDERS,
    LIKED,
    LIKED_AT,
    ORGANIZED,
    REASONING,
)
from lmstudio_lite.storage.schema.duels import DUEL_TABLES
from lmstudio_lite.storage.schema.knowledge import KNOWLEDGE_TABLES, VECTOR_TABLES
from lmstudio_lite.storage.schema.models import MODELS
from lmstudio_lite.storage.schema.reply_tokens import REPLY_TOKENS
from lmstudio_lite.storage.schema.results import RESULT_SEGMENTS, RESULT_VERSIONS, RESULTS, TRANSLATED_FILES
from lmstudio_lite.storage.schema.search import SHORT_WORDS
from lmstudio_lite.storage.schema.terms import TERM_TABLES
from lmstudio_lite.storage.schema.writing import WRITING_TABLES

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Migration:
    """A step's name, for the log, and its statements, run in one transaction."""

    name: str
    statements: tuple[str, ...]


MIGRATIONS: tuple[Migration, ...] = (
    Migration("conversations", CONVERSATIONS),
    Migration("results", RESULTS),
    Migration("reasoning", REASONING),
    Migration("part cache", PART_CACHE),
    Migration("attachments", ATTACHMENTS),
    Migration("liked answers", LIKED),
    Migration("when an answer was liked", LIKED_AT),
    Migration("drafts", DRAFTS),
    Migration("order by activity", ACTIVITY),
    Migration("versions of results", RESULT_VERSIONS),
    Migration("sentences of translations under way", RESULT_SEGMENTS),
    Migration("what attached files hold", ATTACHED_INVENTORIES),
    Migration("models: what is known of each, what it took, what was fetched", MODELS),
    Migration(
        "files that are translated: their segments, what was done to them, and the queue", TRANSLATED_FILES
    ),
    Migration("glossaries and translation memory", TERM_TABLES),
    Migration("pins, archive and tags", ORGANIZED),
    Migration("how sure a model was of a kept part", CERTAINTY),
    Migration("pages of attached texts", ATTACHED_PAGES),
    Migration("searches for one and two letters", SHORT_WORDS),
    Migration("folders of conversations", FOLDERS),
    Migration("personas, what controls conversations, and summaries of older turns", CONTROL_TABLES),
    Migration("answers of batches", BATCH_ANSWERS),
    Migration("folders that questions are answered from", KNOWLEDGE_TABLES),
    Migration("prompts and composed texts", WRITING_TABLES),
    Migration("how sure the model was of the tokens of a reply", REPLY_TOKENS),
    Migration("duels: two answers to a prompt, and votes", DUEL_TABLES),
    Migration("vectors that tell how alike meanings are", VECTOR_TABLES),
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
