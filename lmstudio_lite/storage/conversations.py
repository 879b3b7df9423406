"""Conversations as trees of messages, saved while they are written.

A message never changes its place: an edited question or another answer is a sibling of the first one,
so nothing is overwritten. A conversation points at one leaf; the way from its root to that leaf is the
thread on the screen. Since a message is always added after its parent, row numbers grow along every
thread, and the newest message of a subtree is always one of its leaves.

A message under way (``STREAMING``) is saved several times a second and enters the search index when it
ends. Thread-safe; every method is one transaction. An id may be remembered longer than what it names: what is
not there any more raises ``NotStoredError``; every method may raise the ``StorageError`` of the database.
"""

from __future__ import annotations

import builtins
import sqlite3
import uuid
from collections.abc import Collection, Mapping, Sequence

from lmstudio_lite.domain.certainty import TokenSpan
from lmstudio_lite.domain.control import NO_CONTROL, ConversationControl
from lmstudio_lite.domain.conversations import (
    Conversation,
    MessageState,
    NewAttachment,
    Shelf,
    StoredMessage,
)
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.records import ReplyNote
from lmstudio_lite.errors import InvariantError, NotStoredError
from lmstudio_lite.storage.attachments import add_attachments, purge_attachments, read_text
from lmstudio_lite.storage.conversation_controls import write_control
from lmstudio_lite.storage.database import Database, new_number
from lmstudio_lite.storage.drafts import purge_drafts
from lmstudio_lite.storage.finding import TEXTS, TITLES, conditions_of, in_folders
from lmstudio_lite.storage.messages import (
    SELECT_CONVERSATIONS,
    SELECT_MESSAGES,
    chosen_ids,
    conversation_of,
    conversation_row,
    edited_note,
    end_of_thread,
    message_of,
    message_row,
    path_of,
    thread_of,
)
from lmstudio_lite.storage.reading import rows_as_json, text_from
from lmstudio_lite.storage.records import encode_note
from lmstudio_lite.storage.reply_tokens import ReplyTokens, put_parts
from lmstudio_lite.storage.search import Condition, storable
from lmstudio_lite.storage.times import now_us

__all__ = ["Conversation", "Conversations", "MessageState", "StoredMessage"]

_DAY_US = 86_400_000_000
_ON_SHELF = {
    Shelf.LIST: "c.deleted_at IS NULL AND c.archived_at IS NULL",
    Shelf.ARCHIVE: "c.deleted_at IS NULL AND c.archived_at IS NOT NULL",
    Shelf.BIN: "c.deleted_at IS NOT NULL",
}

_SELECT_NEWEST_BELOW = """
    WITH RECURSIVE below (number, id, conversation_id) AS (
        SELECT number, id, conversation_id FROM messages WHERE id = :message_id
        UNION -- not ALL: parents of a damaged file may stand in a circle
        SELECT child.number, child.id, child.conversation_id FROM below JOIN messages AS child
            ON child.conversation_id = below.conversation_id AND child.parent_id = below.id
    )
    SELECT number, id, conversation_id FROM below ORDER BY number DESC LIMIT 1
"""


class Conversations:
    """The conversations of one database."""

    def __init__(self, database: Database) -> None:
        """Keep conversations in ``database``."""
        self._database = database
        self.tokens = ReplyTokens(database)

    def create(self, title: str = "") -> Conversation:
        """Make an empty conversation."""
        with self._database.write() as connection:
            return conversation_of(conversation_row(connection, _create(connection, title)))

    def begin(
        self,
        title: str,
        text: str,
        attachments: Sequence[NewAttachment] = (),
        control: ConversationControl = NO_CONTROL,
        note: ReplyNote | None = None,
    ) -> StoredMessage:
        """Make a conversation with its first message and what was chosen for it, or nothing of that."""
        with self._database.write() as connection:
            conversation_id = _create(connection, title)
            message_id = _insert(
                connection, conversation_id, None, Role.USER, text, MessageState.COMPLETE, note=note
            )
            add_attachments(connection, message_id, attachments)
            write_control(connection, conversation_id, control)
            return message_of(message_row(connection, message_id))

    def get(self, conversation_id: str) -> Conversation:
        """Return one conversation, deleted or not."""
        with self._database.read() as connection:
            return conversation_of(conversation_row(connection, conversation_id))

    def exists(self, conversation_id: str) -> bool:
        """Tell whether a conversation is there and not deleted."""
        with self._database.read() as connection:
            found = connection.execute(
                "SELECT 1 FROM conversations WHERE id = ? AND deleted_at IS NULL", (conversation_id,)
            ).fetchone()
        return found is not None

    def list(
        self,
        query: str = "",
        limit: int = 200,
        shelf: Shelf = Shelf.LIST,
        folder_ids: Collection[str | None] | None = None,
    ) -> builtins.list[Conversation]:
        """Return the conversations of a shelf, the pinned ones and then the newest first.

        Each part of ``query`` stands in the title or a message; "#trip" is a tag that begins so, "in:work"
        a folder. Only those in ``folder_ids`` are returned, None among them standing for no folder, all
        where that is not given.
        """
        with self._database.read() as connection:
            found = [Condition(_ON_SHELF[shelf], ()), *conditions_of(connection, query)]
            if folder_ids is not None:
                found.append(in_folders(folder_ids))
            conditions = " AND ".join(each.sql for each in found)
            parameters = [value for each in found for value in each.parameters]
            rows: builtins.list[sqlite3.Row] = []
            for pinned in ("NOT NULL", "NULL"):  # apart: each goes along an index and ends at the limit
                rows += connection.execute(
                    f"{SELECT_CONVERSATIONS} WHERE {conditions} AND c.pinned_at IS {pinned}"
                    " ORDER BY c.activity DESC LIMIT ?",
                    (*parameters, limit - len(rows)),
                ).fetchall()
        return [conversation_of(row) for row in rows]

    def rename(self, conversation_id: str, title: str) -> Conversation:
        """Give the conversation another title; its place in the list stays."""
        title = storable(title)
        with self._database.write() as connection:
            row = conversation_row(connection, conversation_id)
            connection.execute("UPDATE conversations SET title = ? WHERE number = ?", (title, row["number"]))
            TITLES.put(connection, row["number"], title)
            return conversation_of(conversation_row(connection, conversation_id))

    def set_uses_knowledge(self, conversation_id: str, *, uses_knowledge: bool) -> None:
        """Have a conversation's questions answered from the user's folders, or no more."""
        with self._database.write() as connection:
            number = conversation_row(connection, conversation_id)["number"]
            connection.execute(
                "UPDATE conversations SET uses_knowledge = ? WHERE number = ?", (uses_knowledge, number)
            )

    def delete(self, conversation_id: str) -> None:
        """Take the conversation out of the list; ``restore`` brings it back until it is purged."""
        self._set_deleted_at(conversation_id, now_us())

    def restore(self, conversation_id: str) -> Conversation:
        """Undo ``delete``."""
        self._set_deleted_at(conversation_id, None)
        return self.get(conversation_id)

    def purge_deleted(self, older_than_days: int = 0) -> builtins.list[str]:
        """Remove conversations for good that were deleted so many days ago or before; return their ids."""
        latest = now_us() - older_than_days * _DAY_US
        doomed = f"(SELECT id FROM conversations WHERE deleted_at <= {latest:d})"
        with self._database.write() as connection:
            connection.execute(
                "DELETE FROM message_search WHERE rowid IN"
                f" (SELECT number FROM messages WHERE conversation_id IN {doomed})"
            )
            connection.execute(
                "DELETE FROM conversation_search WHERE rowid IN"
                f" (SELECT number FROM conversations WHERE deleted_at <= {latest:d})"
            )
            purge_attachments(connection, doomed)
            purge_drafts(connection, doomed)
            connection.execute(f"DELETE FROM messages WHERE conversation_id IN {doomed}")
            gone = [text_from(row["id"]) for row in connection.execute(doomed.strip("()"))]
            connection.execute(f"DELETE FROM conversations WHERE deleted_at <= {latest:d}")
            return gone

    def thread(self, conversation_id: str) -> builtins.list[StoredMessage]:
        """Return the messages on the screen: from the root to the active leaf."""
        with self._database.read() as connection:
            return thread_of(connection, conversation_row(connection, conversation_id))

    def thread_end(
        self, conversation_id: str, num_messages: int
    ) -> tuple[builtins.list[StoredMessage], bool]:
        """Return the last messages on the screen, and whether those are all."""
        with self._database.read() as connection:
            return end_of_thread(connection, conversation_row(connection, conversation_id), num_messages)

    def messages(self, conversation_id: str) -> builtins.list[StoredMessage]:
        """Return all messages of a conversation, on the screen or not, parents before their children."""
        with self._database.read() as connection:
            row = conversation_row(connection, conversation_id)
            rows = connection.execute(
                f"{SELECT_MESSAGES} WHERE m.conversation_id ="
                " (SELECT id FROM conversations WHERE number = ?) ORDER BY m.number",
                (row["number"],),
            ).fetchall()
        return [message_of(each) for each in rows]

    def path_to(self, message_id: str) -> builtins.list[StoredMessage]:
        """Return the messages from the root to ``message_id``, on the screen or not."""
        with self._database.read() as connection:
            return path_of(connection, message_row(connection, message_id)["number"])

    def get_message(self, message_id: str) -> StoredMessage:
        """Return one message."""
        with self._database.read() as connection:
            return message_of(message_row(connection, message_id))

    def attached_text(self, content_hash: str) -> str:
        """Return the text of an attached document."""
        with self._database.read() as connection:
            return read_text(connection, content_hash)

    def export_raw(self, conversation_id: str) -> str:
        """Return a conversation with all its messages as JSON, as they are stored, damaged or not."""
        with self._database.read() as connection:
            row = conversation_row(connection, conversation_id)
            messages = connection.execute(
                "SELECT * FROM messages WHERE conversation_id ="
                " (SELECT id FROM conversations WHERE number = ?) ORDER BY number",
                (row["number"],),
            ).fetchall()
        return rows_as_json({"conversation": [row], "messages": messages})

    def siblings(self, message_id: str) -> builtins.list[StoredMessage]:
        """Return the messages below the same parent, oldest first, ``message_id`` among them."""
        with self._database.read() as connection:
            row = message_row(connection, message_id)
            rows = connection.execute(
                f"{SELECT_MESSAGES} WHERE m.conversation_id = ? AND m.parent_id IS ? ORDER BY m.number",
                (row["conversation_id"], row["parent_id"]),
            ).fetchall()
        return [message_of(row) for row in rows]

    def add_message(
        self,
        conversation_id: str,
        parent_id: str | None,
        role: Role,
        text: str,
        state: MessageState = MessageState.COMPLETE,
        attachments: Sequence[NewAttachment] = (),
        note: ReplyNote | None = None,
    ) -> StoredMessage:
        """Add a message below ``parent_id`` (None: a root) and make it the active leaf."""
        with self._database.write() as connection:
            message_id = _insert(connection, conversation_id, parent_id, role, text, state, note=note)
            add_attachments(connection, message_id, attachments)
            return message_of(message_row(connection, message_id))

    def add_edited(self, answer_id: str, text: str) -> StoredMessage:
        """Put the user's own wording of an ended answer beside it and make it the active leaf.

        Nothing of the answer changes. ``select_sibling`` brings it back, with what followed it.
        """
        with self._database.write() as connection:
            answer = message_of(message_row(connection, answer_id))
            if answer.role is not Role.ASSISTANT or answer.state is MessageState.STREAMING:
                raise InvariantError("only an ended answer can be edited")
            message_id = _insert(
                connection,
                answer.conversation_id,
                answer.parent_id,
                answer.role,
                text,
                MessageState.COMPLETE,
                note=edited_note(answer),
            )
            return message_of(message_row(connection, message_id))

    def update_message(
        self,
        message_id: str,
        *,
        text: str,
        state: MessageState,
        tokens_per_s: float | None = None,
        note: ReplyNote | None = None,
        reasoning: str = "",
        reasoning_s: float | None = None,
        token_parts: Mapping[int, Sequence[TokenSpan]] | None = None,
    ) -> None:
        """Save how a message stands now. Cheap enough for four times a second while it streams.

        ``token_parts`` are those of its tokens that are new, or more than they were (``reply_tokens``).
        """
        text = storable(text)
        with self._database.write() as connection:
            row = connection.execute(
                "SELECT number, conversation_id FROM messages WHERE id = ?", (message_id,)
            ).fetchone()
            if row is None:
                raise NotStoredError(kind="message", id=message_id)
            connection.execute(
                "UPDATE messages SET text = ?, state = ?, tokens_per_s = ?, note = ?, reasoning = ?,"
                " reasoning_s = ? WHERE number = ?",
                (
                    *(text, state, tokens_per_s, encode_note(note or ReplyNote())),
                    *(storable(reasoning), reasoning_s, row["number"]),
                ),
            )
            if token_parts:
                put_parts(connection, row["number"], token_parts)
            if state is MessageState.STREAMING:
                TEXTS.remove(connection, row["number"])
                return
            TEXTS.put(connection, row["number"], text)
            connection.execute(
                "UPDATE conversations SET updated_at = ? WHERE id = ?", (now_us(), row["conversation_id"])
            )

    def set_liked(self, message_id: str, is_liked: bool) -> None:
        """Mark an answer as good as of now, or take the mark away."""
        with self._database.write() as connection:
            changed = connection.execute(
                "UPDATE messages SET is_liked = ?, liked_at = ? WHERE id = ?",
                (is_liked, now_us() if is_liked else None, message_id),
            ).rowcount
        if not changed:
            raise NotStoredError(kind="message", id=message_id)

    def chosen_answer_ids(self) -> builtins.list[str]:
        """Return the ids of the answers that are marked as good or were edited, oldest first.

        An edited one only while it is on its conversation's screen: going back to another takes it back.
        It takes the place of what was liked among its siblings before, the answer that it corrects.
        """
        with self._database.read() as connection:
            return chosen_ids(connection)

    def select_sibling(self, message_id: str) -> builtins.list[StoredMessage]:
        """Show the branch through ``message_id`` down to its newest leaf; return the thread of now."""
        with self._database.write() as connection:
            leaf = connection.execute(_SELECT_NEWEST_BELOW, {"message_id": message_id}).fetchone()
            if leaf is None:
                raise NotStoredError(kind="message", id=message_id)
            connection.execute(
                "UPDATE conversations SET active_leaf_id = ? WHERE id = ?",
                (leaf["id"], leaf["conversation_id"]),
            )
            return path_of(connection, leaf["number"])

    def recover_interrupted(self) -> int:
        """Mark messages that a killed process left ``STREAMING`` as ``INTERRUPTED``; return how many.

        Only when no other instance runs: its messages under way would be marked too.
        """
        with self._database.write() as connection:
            rows = connection.execute(
                "SELECT number, text FROM messages WHERE state = 'streaming'"
            ).fetchall()
            connection.execute("UPDATE messages SET state = 'interrupted' WHERE state = 'streaming'")
            for row in rows:
                TEXTS.put(connection, row["number"], text_from(row["text"]))
        return len(rows)

    def _set_deleted_at(self, conversation_id: str, deleted_at: int | None) -> None:
        with self._database.write() as connection:
            number = conversation_row(connection, conversation_id)["number"]
            connection.execute(
                "UPDATE conversations SET deleted_at = ? WHERE number = ?", (deleted_at, number)
            )


def _create(connection: sqlite3.Connection, title: str) -> str:
    """Make an empty conversation and return its id."""
    conversation_id, now, title = uuid.uuid4().hex, now_us(), storable(title)
    cursor = connection.execute(
        "INSERT INTO conversations (id, title, created_at, updated_at) VALUES (?, ?, ?, ?)",
        (conversation_id, title, now, now),
    )
    TITLES.put(connection, new_number(cursor), title)
    return conversation_id


def _insert(
    connection: sqlite3.Connection,
    conversation_id: str,
    parent_id: str | None,
    role: Role,
    text: str,
    state: MessageState,
    *,
    note: ReplyNote | None = None,
) -> str:
    """Add a message, make it the active leaf, and return its id."""
    message_id, now, text = uuid.uuid4().hex, now_us(), storable(text)
    cursor = connection.execute(
        "INSERT INTO messages (id, conversation_id, parent_id, role, state, created_at, note, text)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (message_id, conversation_id, parent_id, role, state, now, encode_note(note or ReplyNote()), text),
    )
    if state is not MessageState.STREAMING:
        TEXTS.put(connection, new_number(cursor), text)
    # A question brings its conversation back from the bin; a reply that was under way does not.
    back = ", deleted_at = NULL" if role is Role.USER else ""
    connection.execute(
        f"UPDATE conversations SET active_leaf_id = ?, updated_at = ?{back} WHERE id = ?",
        (message_id, now, conversation_id),
    )
    return message_id
