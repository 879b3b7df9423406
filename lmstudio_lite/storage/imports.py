"""Conversations that come in from files: each whole in one transaction, with its own times, or not at all."""

from __future__ import annotations

import sqlite3
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from lmstudio_lite.domain.chat_files import ImportedConversation
from lmstudio_lite.storage.attachments import add_attachments
from lmstudio_lite.storage.database import Database, new_number
from lmstudio_lite.storage.organizing import write_tags
from lmstudio_lite.storage.records import decode_note, encode_note
from lmstudio_lite.storage.reply_tokens import in_parts, put_parts
from lmstudio_lite.storage.search import SearchIndex, storable
from lmstudio_lite.storage.times import EPOCH, LAST_TIME_US, now_us

_TITLES = SearchIndex("conversation_search")
_TEXTS = SearchIndex("message_search")
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class KeptImport:
    """The id of a conversation from a file; ``is_new`` False: it was here before."""

    id: str
    is_new: bool


class ConversationImports:
    """Thread-safe; every method may raise the ``StorageError`` of the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, conversation: ImportedConversation) -> KeptImport:
        """Keep a conversation, unless the same one is here already, in the bin or not."""
        title = storable(conversation.title)
        with self._database.write() as connection:
            now = now_us()
            created = _us(conversation.created_at, now)
            known_id = _known_id(connection, title, created, conversation)
            if known_id is not None:
                return KeptImport(known_id, is_new=False)
            conversation_id = uuid.uuid4().hex
            updated = max(created, _us(conversation.updated_at, created))
            cursor = connection.execute(
                "INSERT INTO conversations (id, title, created_at, updated_at, pinned_at, archived_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    *(conversation_id, title, created, updated),
                    now if conversation.is_pinned else None,
                    now if conversation.is_archived else None,
                ),
            )
            number = new_number(cursor)
            _TITLES.put(connection, number, title)
            write_tags(connection, number, conversation.tags)
            ids = _add_messages(connection, conversation_id, conversation, created)
            leaf = ids.get(conversation.leaf) or next(reversed(ids.values()), None)
            # The place in the list stays that of a new one: what was just brought in is looked for on top.
            connection.execute("UPDATE conversations SET active_leaf_id = ? WHERE number = ?", (leaf, number))
            return KeptImport(conversation_id, is_new=True)


def _add_messages(
    connection: sqlite3.Connection, conversation_id: str, conversation: ImportedConversation, created: int
) -> dict[str, str]:
    ids: dict[str, str] = {}
    before = created
    for message in conversation.messages:
        text = storable(message.text)
        before = _us(message.created_at, before)
        message_id = ids[message.key] = uuid.uuid4().hex
        liked_at = before if message.is_liked else None
        cursor = connection.execute(
            "INSERT INTO messages"
            " (id, conversation_id, parent_id, role, state, created_at, note, text, reasoning, reasoning_s,"
            " tokens_per_s, is_liked, liked_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(message_id, conversation_id, ids.get(message.parent or ""), message.role.value),
                *(message.state.value, before, encode_note(decode_note(message.note)), text),
                *(storable(message.reasoning), message.reasoning_s, message.tokens_per_s),
                *(message.is_liked, liked_at),
            ),
        )
        number = new_number(cursor)
        _TEXTS.put(connection, number, text)
        put_parts(connection, number, dict(enumerate(in_parts(message.tokens))))
        add_attachments(connection, message_id, message.attachments)
    return ids


def _known_id(
    connection: sqlite3.Connection, title: str, created: int, conversation: ImportedConversation
) -> str | None:
    """Return the id of a conversation of this title and time that has the same messages."""
    rows = connection.execute(
        "SELECT id FROM conversations WHERE title = ? AND (? OR created_at = ?)",
        (title, conversation.created_at is None, created),
    ).fetchall()
    texts = sorted(storable(message.text) for message in conversation.messages)
    for row in rows:
        found = connection.execute("SELECT text FROM messages WHERE conversation_id = ?", (row["id"],))
        if sorted(str(each["text"]) for each in found) == texts:
            return str(row["id"])
    return None


def _us(time: datetime | None, otherwise: int) -> int:
    if time is None:
        return otherwise
    return min(max(0, (time - EPOCH) // _MICROSECOND), LAST_TIME_US)
