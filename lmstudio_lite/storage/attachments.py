"""Documents that came with a message: their texts, each kept once however often it is attached.

A message's attachments are written in the transaction that adds it and never change.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from lmstudio_lite.domain.conversations import Attachment, NewAttachment
from lmstudio_lite.errors import InvariantError
from lmstudio_lite.storage.reading import text_from
from lmstudio_lite.storage.records import decode_inventory, decode_pages, encode_inventory, encode_pages
from lmstudio_lite.storage.search import storable

SELECT_OF_MESSAGE = """
    (SELECT json_group_array(json_array(CAST(a.title AS TEXT), t.content_hash, CAST(a.language AS TEXT),
            CAST(a.source_path AS TEXT), CAST(a.inventory AS TEXT), CAST(a.pages AS TEXT)))
        FROM (SELECT * FROM attachments WHERE message_id = m.id ORDER BY number) AS a
        JOIN attached_texts AS t ON t.number = a.text_number) AS attachments
"""
"""A column of all attachments of the message ``m``, for ``attachments_of``."""


def attachments_of(row: sqlite3.Row) -> tuple[Attachment, ...]:
    """Read the column that ``SELECT_OF_MESSAGE`` makes."""
    try:
        found = json.loads(row["attachments"])
    except ValueError:
        return ()
    return tuple(_attachment(*map(text_from, values)) for values in found)


def _attachment(
    title: str, content_hash: str, language: str, source_path: str, inventory: str, pages: str
) -> Attachment:
    return Attachment(
        title, content_hash, language, source_path, decode_inventory(inventory), decode_pages(pages)
    )


def add_attachments(connection: sqlite3.Connection, message_id: str, added: Iterable[NewAttachment]) -> None:
    """Attach documents to a message of the same transaction."""
    for each in added:
        known = each.attachment
        if each.text is not None:
            connection.execute(
                "INSERT OR IGNORE INTO attached_texts (content_hash, text) VALUES (?, ?)",
                (known.content_hash, storable(each.text)),
            )
        connection.execute(
            "INSERT INTO attachments"
            " (message_id, text_number, title, language, source_path, inventory, pages)"
            " SELECT ?, number, ?, ?, ?, ?, ? FROM attached_texts WHERE content_hash = ?",
            (
                *(message_id, storable(known.title), known.language),
                *(storable(known.source_path), encode_inventory(known.inventory)),
                *(encode_pages(known.pages), known.content_hash),
            ),
        )


def read_text(connection: sqlite3.Connection, content_hash: str) -> str:
    """Return an attached document's text."""
    row = connection.execute(
        "SELECT text FROM attached_texts WHERE content_hash = ?", (content_hash,)
    ).fetchone()
    if row is None:
        raise InvariantError(f"no attached text has the hash {content_hash!r}")
    return text_from(row["text"])


def purge_attachments(connection: sqlite3.Connection, doomed_conversations: str) -> None:
    """Remove the attachments of conversations, given as a query of their ids, and texts nobody has left."""
    connection.execute(
        "DELETE FROM attachments WHERE message_id IN"
        f" (SELECT id FROM messages WHERE conversation_id IN {doomed_conversations})"
    )
    connection.execute("DELETE FROM attached_texts WHERE number NOT IN (SELECT text_number FROM attachments)")
