"""Conversations and messages as values, and how their rows are read: a damaged value hides no other one.

What the reader of an answer must know of it is its note, a ``ReplyNote``.
"""

from __future__ import annotations

import json
import sqlite3

import msgspec

from lmstudio_lite.domain.conversations import Conversation, MessageState, StoredMessage
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.records import ReplyNote
from lmstudio_lite.errors import NotStoredError
from lmstudio_lite.storage.attachments import SELECT_OF_MESSAGE, attachments_of
from lmstudio_lite.storage.reading import RowReader, key_condition
from lmstudio_lite.storage.records import decode_note

SELECT_MESSAGES = f"""
    SELECT m.*, {SELECT_OF_MESSAGE},
        (SELECT count(*) FROM messages AS s WHERE s.conversation_id = m.conversation_id
            AND s.parent_id IS m.parent_id AND s.number < m.number) AS sibling_index,
        (SELECT count(*) FROM messages AS s WHERE s.conversation_id = m.conversation_id
            AND s.parent_id IS m.parent_id) AS num_siblings
    FROM messages AS m
"""
_SELECT_PATH = f"""
    WITH RECURSIVE path (number, parent_id) AS (
        SELECT number, parent_id FROM messages WHERE number = :leaf_number
        UNION -- not ALL: parents of a damaged file may stand in a circle
        SELECT above.number, above.parent_id FROM path JOIN messages AS above ON above.id = path.parent_id
        LIMIT :num_messages
    )
    {SELECT_MESSAGES} WHERE m.number IN (SELECT number FROM path) ORDER BY m.number
"""
_ALL = -1  # SQLite's LIMIT for no limit
_IS_EDITED = """(m.state = 'complete' AND CASE WHEN json_valid(m.note)
    THEN ifnull(json_extract(m.note, '$.is_edited'), 0) ELSE ';' || m.note || ';' LIKE '%;edited;%' END)"""
"""A condition on the message ``m``; notes of older versions are no JSON."""
_SELECT_CHOSEN = f"""
    WITH RECURSIVE shown (number, parent_id) AS (
        SELECT m.number, m.parent_id FROM conversations AS c JOIN messages AS m ON m.id = c.active_leaf_id
            WHERE c.deleted_at IS NULL
        UNION
        SELECT above.number, above.parent_id FROM shown JOIN messages AS above ON above.id = shown.parent_id
    ), chosen (number) AS (
        SELECT m.number FROM messages AS m JOIN conversations AS c ON c.id = m.conversation_id
            WHERE m.is_liked AND c.deleted_at IS NULL
        UNION
        SELECT m.number FROM shown JOIN messages AS m ON m.number = shown.number
            WHERE {_IS_EDITED}
    )
    SELECT liked.id FROM chosen JOIN messages AS liked ON liked.number = chosen.number
        WHERE NOT EXISTS (
            SELECT 1 FROM messages AS m WHERE m.conversation_id = liked.conversation_id
                AND m.parent_id IS liked.parent_id AND m.number > liked.number AND {_IS_EDITED}
                AND m.number IN (SELECT number FROM chosen)
                AND NOT (m.is_liked AND ifnull(liked.liked_at, 0) > m.created_at)
        )
        ORDER BY liked.number
"""


def edited_note(answer: StoredMessage) -> ReplyNote:
    """Return the note of the user's own wording of ``answer``.

    What the answer could not see still holds; why it failed does not.
    """
    if answer.state is MessageState.FAILED:
        return ReplyNote(is_edited=True)
    return msgspec.structs.replace(answer.note, is_edited=True)


def chosen_ids(connection: sqlite3.Connection) -> list[str]:
    """Return the ids of liked answers, and of edited ones that are on their conversation's screen.

    One question has one right answer, the newest edit: what was liked before is what that corrects. Both
    are right only if the user has given both the heart since.
    """
    return [row["id"] for row in connection.execute(_SELECT_CHOSEN)]


SELECT_CONVERSATIONS = """
    SELECT c.*, (SELECT json_group_array(tag) FROM
        (SELECT tag FROM conversation_tags WHERE conversation_number = c.number ORDER BY folded, tag)
        ) AS tags,
        (SELECT id FROM folders WHERE number = c.folder_number) AS folder_id
    FROM conversations AS c
"""


def conversation_row(connection: sqlite3.Connection, conversation_id: str) -> sqlite3.Row:
    """Return a conversation's row, for ``conversation_of``; an unknown id raises ``NotStoredError``."""
    condition, parameter = key_condition(conversation_id)
    row: sqlite3.Row | None = connection.execute(
        f"{SELECT_CONVERSATIONS} WHERE c.{condition}", (parameter,)
    ).fetchone()
    if row is None:
        raise NotStoredError(kind="conversation", id=conversation_id)
    return row


def message_row(connection: sqlite3.Connection, message_id: str) -> sqlite3.Row:
    """Return a message's row, for ``message_of``; an unknown id raises ``NotStoredError``."""
    condition, parameter = key_condition(message_id)
    row: sqlite3.Row | None = connection.execute(
        f"{SELECT_MESSAGES} WHERE m.{condition}", (parameter,)
    ).fetchone()
    if row is None:
        raise NotStoredError(kind="message", id=message_id)
    return row


def thread_of(connection: sqlite3.Connection, conversation: sqlite3.Row) -> list[StoredMessage]:
    """Return the messages from the root to the conversation's active leaf.

    Where a link is broken, what was kept before it goes on: the newest message that is older.
    """
    leaf = _active_leaf(connection, conversation)
    thread: list[StoredMessage] = []
    while leaf is not None:
        rows = _path_rows(connection, leaf["number"])
        thread[:0] = [message_of(row) for row in rows]
        is_whole = any(row["parent_id"] is None for row in rows)
        leaf = None if is_whole else _newest_before(connection, conversation["number"], rows[0]["number"])
    return thread


def end_of_thread(
    connection: sqlite3.Connection, conversation: sqlite3.Row, num_messages: int
) -> tuple[list[StoredMessage], bool]:
    """Return the last messages of ``thread_of``, and whether those are all.

    As fast in a conversation of thousands as in one of ten. Fewer come where a link is broken.
    """
    leaf = _active_leaf(connection, conversation)
    if leaf is None:
        return [], True
    rows = _path_rows(connection, leaf["number"], num_messages)
    return [message_of(row) for row in rows], any(row["parent_id"] is None for row in rows)


def path_of(connection: sqlite3.Connection, leaf_number: int) -> list[StoredMessage]:
    """Return the messages from the root to one, which is given by its row's number."""
    return [message_of(row) for row in _path_rows(connection, leaf_number)]


def _path_rows(
    connection: sqlite3.Connection, leaf_number: int, num_messages: int = _ALL
) -> list[sqlite3.Row]:
    wanted = {"leaf_number": leaf_number, "num_messages": num_messages}
    return connection.execute(_SELECT_PATH, wanted).fetchall()


def _active_leaf(connection: sqlite3.Connection, conversation: sqlite3.Row) -> sqlite3.Row | None:
    leaf: sqlite3.Row | None = connection.execute(
        "SELECT number FROM messages WHERE id = (SELECT active_leaf_id FROM conversations WHERE number = ?)",
        (conversation["number"],),
    ).fetchone()
    return leaf if leaf is not None else _newest_before(connection, conversation["number"], None)


def _newest_before(
    connection: sqlite3.Connection, conversation_number: int, number: int | None
) -> sqlite3.Row | None:
    """Return the newest message of a conversation with a smaller ``number``, None: of all."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT number FROM messages WHERE number < ifnull(?, number + 1)"
        " AND conversation_id = (SELECT id FROM conversations WHERE number = ?) ORDER BY number DESC LIMIT 1",
        (number, conversation_number),
    ).fetchone()
    return row


def conversation_of(row: sqlite3.Row) -> Conversation:
    """Return the conversation of a row that ``SELECT_CONVERSATIONS`` gave."""
    reader = RowReader(row)
    is_deleted = row["deleted_at"] is not None
    return Conversation(
        id=reader.id(),
        title=reader.text("title"),
        created_at=reader.time("created_at"),
        updated_at=reader.time("updated_at"),
        active_leaf_id=reader.optional_text("active_leaf_id"),
        is_pinned=row["pinned_at"] is not None,
        is_archived=row["archived_at"] is not None,
        deleted_at=reader.time("deleted_at") if is_deleted else None,
        tags=tuple(map(str, json.loads(row["tags"]))),
        folder_id=row["folder_id"],
        uses_knowledge=bool(row["uses_knowledge"]),
        is_damaged=reader.is_damaged,
    )


def message_of(row: sqlite3.Row) -> StoredMessage:
    """Return the message of a row that ``SELECT_MESSAGES`` gave."""
    reader = RowReader(row)
    role = reader.choice("role", Role, Role.ASSISTANT)
    return StoredMessage(
        id=reader.id(),
        conversation_id=reader.text("conversation_id"),
        parent_id=reader.optional_text("parent_id"),
        role=role,
        text=reader.text("text"),
        state=reader.choice("state", MessageState, MessageState.COMPLETE),
        created_at=reader.time("created_at"),
        sibling_index=row["sibling_index"],
        num_siblings=row["num_siblings"],
        tokens_per_s=reader.number("tokens_per_s"),
        note=decode_note(reader.text("note")),
        reasoning=reader.text("reasoning"),
        reasoning_s=reader.number("reasoning_s"),
        attachments=attachments_of(row),
        is_liked=bool(row["is_liked"]),
        is_damaged=reader.is_damaged,
    )
