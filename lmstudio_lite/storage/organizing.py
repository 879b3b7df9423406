"""How conversations are put in order: pins, archive, tags, and copies. Nothing here changes a message.

Thread-safe; every method is one transaction. What is not there any more raises ``NotStoredError``; every
method may raise the ``StorageError`` of the database.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Collection, Sequence

from lmstudio_lite.domain.conversations import Conversation
from lmstudio_lite.storage.chat_summaries import copy_summaries
from lmstudio_lite.storage.conversation_controls import copy_control
from lmstudio_lite.storage.database import Database, new_number
from lmstudio_lite.storage.messages import conversation_of, conversation_row, message_row, path_of
from lmstudio_lite.storage.reply_tokens import copy_tokens
from lmstudio_lite.storage.search import SearchIndex, fold, storable
from lmstudio_lite.storage.times import now_us

_TITLES = SearchIndex("conversation_search")
_TEXTS = SearchIndex("message_search")
_COPIED = "role, state, created_at, tokens_per_s, note, text, reasoning, reasoning_s"
"""Not the hearts: an answer is an example to learn from once."""


class ConversationOrder:
    """The order that the user keeps among the conversations of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set_pinned(self, conversation_id: str, *, is_pinned: bool) -> int | None:
        """Keep a conversation above the others, or no more.

        Returns when it was pinned before, None if it was not, for ``put_pinned_back``.
        """
        return self._set(conversation_id, "pinned_at", now_us() if is_pinned else None)

    def put_pinned_back(self, conversation_id: str, before: int | None) -> None:
        """Undo ``set_pinned``."""
        self._set(conversation_id, "pinned_at", before)

    def set_archived(self, conversation_id: str, *, is_archived: bool) -> int | None:
        """Take a conversation out of the list into the archive, or back.

        Returns when it was archived before, None if it was not, for ``put_archived_back``.
        """
        return self._set(conversation_id, "archived_at", now_us() if is_archived else None)

    def put_archived_back(self, conversation_id: str, before: int | None) -> None:
        """Undo ``set_archived``."""
        self._set(conversation_id, "archived_at", before)

    def set_tags(self, conversation_id: str, tags: Sequence[str]) -> None:
        """Give a conversation these tags and no others; what differs by case or accents only is one tag."""
        with self._database.write() as connection:
            number = conversation_row(connection, conversation_id)["number"]
            connection.execute("DELETE FROM conversation_tags WHERE conversation_number = ?", (number,))
            write_tags(connection, number, tags)

    def tags(self) -> list[str]:
        """Return the tags of all conversations that are not deleted, those of many first."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT min(t.tag) AS tag FROM conversation_tags AS t"
                " JOIN conversations AS c ON c.number = t.conversation_number"
                " WHERE c.deleted_at IS NULL GROUP BY t.folded ORDER BY count(*) DESC, t.folded"
            ).fetchall()
        return [str(row["tag"]) for row in rows]

    def duplicate(self, conversation_id: str, title: str, *, up_to: str | None = None) -> Conversation:
        """Copy a conversation with its branches, attachments and choices; the copy is the newest.

        With ``up_to``, a message's id, only the way from the beginning to that message is copied.
        """
        title = storable(title)
        with self._database.write() as connection:
            row = conversation_row(connection, conversation_id)
            copy_id = uuid.uuid4().hex
            now = now_us()
            cursor = connection.execute(
                "INSERT INTO conversations (id, title, created_at, updated_at, folder_number)"
                " VALUES (?, ?, ?, ?, ?)",
                (copy_id, title, now, now, row["folder_number"]),
            )
            number = new_number(cursor)
            _TITLES.put(connection, number, title)
            wanted = None if up_to is None else _ids_up_to(connection, up_to)
            ids = _copy_messages(connection, row["id"], copy_id, wanted)
            leaf = ids.get(row["active_leaf_id"] if up_to is None else up_to)
            connection.execute("UPDATE conversations SET active_leaf_id = ? WHERE number = ?", (leaf, number))
            connection.execute(
                "INSERT INTO conversation_tags SELECT ?, tag, folded FROM conversation_tags"
                " WHERE conversation_number = ?",
                (number, row["number"]),
            )
            copy_control(connection, row["id"], copy_id)
            copy_summaries(connection, row["id"], copy_id, ids)
            return conversation_of(conversation_row(connection, copy_id))

    def date_back(self, conversation_id: str) -> None:
        """Date a deletion back as far as that goes, so that the next ``purge_deleted`` takes it."""
        with self._database.write() as connection:
            number = conversation_row(connection, conversation_id)["number"]
            connection.execute(
                "UPDATE conversations SET deleted_at = 0 WHERE number = ? AND deleted_at IS NOT NULL",
                (number,),
            )

    def _set(self, conversation_id: str, column: str, value: int | None) -> int | None:
        """Set a column of a conversation, and return what it was."""
        with self._database.write() as connection:
            row = conversation_row(connection, conversation_id)
            connection.execute(
                f"UPDATE conversations SET {column} = ? WHERE number = ?", (value, row["number"])
            )
            before: int | None = row[column]
            return before


def write_tags(connection: sqlite3.Connection, number: int, tags: Sequence[str]) -> None:
    """Add tags to the conversation of a row that has none."""
    wanted: dict[str, str] = {}
    for tag in tags:
        plain = "-".join(storable(tag).lstrip("#").split())
        wanted.setdefault(fold(plain), plain)
    connection.executemany(
        "INSERT INTO conversation_tags (conversation_number, tag, folded) VALUES (?, ?, ?)",
        [(number, tag, folded) for folded, tag in wanted.items() if tag],
    )


def _ids_up_to(connection: sqlite3.Connection, message_id: str) -> set[str]:
    return {each.id for each in path_of(connection, message_row(connection, message_id)["number"])}


def _copy_messages(
    connection: sqlite3.Connection, source_id: str, copy_id: str, wanted: Collection[str] | None
) -> dict[str, str]:
    """Copy messages in their order, so that a parent is always there; return the new ids by the old.

    ``wanted`` are the ids of those to copy, None for all.
    """
    ids: dict[str, str] = {}
    rows = connection.execute(
        "SELECT number, id, parent_id, state, text FROM messages WHERE conversation_id = ? ORDER BY number",
        (source_id,),
    ).fetchall()
    for row in rows:
        if wanted is not None and row["id"] not in wanted:
            continue
        ids[row["id"]] = uuid.uuid4().hex
        cursor = connection.execute(
            f"INSERT INTO messages (id, conversation_id, parent_id, {_COPIED})"
            f" SELECT ?, ?, ?, {_COPIED} FROM messages WHERE number = ?",
            (ids[row["id"]], copy_id, ids.get(row["parent_id"]), row["number"]),
        )
        number = new_number(cursor)
        if row["state"] == "streaming":  # the reply goes on in the conversation that it was asked in
            connection.execute("UPDATE messages SET state = 'interrupted' WHERE number = ?", (number,))
        _TEXTS.put(connection, number, storable(str(row["text"])))
        connection.execute(
            "INSERT INTO attachments"
            " (message_id, text_number, title, language, source_path, inventory, pages)"
            " SELECT ?, text_number, title, language, source_path, inventory, pages FROM attachments"
            " WHERE message_id = ? ORDER BY number",
            (ids[row["id"]], row["id"]),
        )
        copy_tokens(connection, row["number"], number)
    return ids
