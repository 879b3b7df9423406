"""What was typed and not sent yet, by the place where it stands, with the documents attached to it.

A place is a name of its user's: ``chat:<conversation id>`` ("chat:" for a new conversation),
``edit:<message id>``, ``queue:<conversation id>:<number>``, ``translate``.
The text is written about once a second while somebody types, the attached documents only when they change.
Thread-safe; every method is one transaction and may raise the ``StorageError`` of the database.
"""

from __future__ import annotations

import builtins
import sqlite3
from collections.abc import Sequence

from lmstudio_lite.domain.conversations import Attachment, Draft, NewAttachment
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.reading import text_from
from lmstudio_lite.storage.records import decode_inventory, decode_pages, encode_inventory, encode_pages
from lmstudio_lite.storage.search import storable
from lmstudio_lite.storage.times import now_us


class Drafts:
    """The drafts of one database."""

    def __init__(self, database: Database) -> None:
        """Keep drafts in ``database``."""
        self._database = database

    def keep(
        self,
        place: str,
        text: str,
        details: str = "",
        attachments: Sequence[NewAttachment] | None = None,
    ) -> None:
        """Put a draft in place of the older one; ``attachments`` None leaves those as they are.

        A draft without text and documents is removed.
        """
        with self._database.write() as connection:
            if attachments is not None:
                _put_attachments(connection, place, attachments)
            has_attachments = connection.execute(
                "SELECT 1 FROM draft_attachments WHERE place = ?", (place,)
            ).fetchone()
            if not text and not has_attachments:
                connection.execute("DELETE FROM drafts WHERE place = ?", (place,))
                return
            connection.execute(
                "INSERT INTO drafts (place, updated_at, details, text) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (place) DO UPDATE SET updated_at = excluded.updated_at,"
                " details = excluded.details, text = excluded.text",
                (place, now_us(), storable(details), storable(text)),
            )

    def get(self, place: str) -> Draft | None:
        """Return the draft of a place, None if there is none."""
        with self._database.read() as connection:
            row = connection.execute("SELECT * FROM drafts WHERE place = ?", (place,)).fetchone()
            return _draft(connection, row) if row is not None else None

    def list(self, prefix: str = "") -> builtins.list[Draft]:
        """Return the drafts whose places begin with ``prefix``, the one typed last first."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT * FROM drafts WHERE substr(place, 1, ?) = ? ORDER BY updated_at DESC",
                (len(prefix), prefix),
            ).fetchall()
            return [_draft(connection, row) for row in rows]

    def remove(self, place: str) -> None:
        """Forget the draft of a place, if there is one."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM drafts WHERE place = ?", (place,))
            connection.execute("DELETE FROM draft_attachments WHERE place = ?", (place,))


def purge_drafts(connection: sqlite3.Connection, doomed_conversations: str) -> None:
    """Remove the drafts of conversations, given as a query of their ids, and of their messages."""
    places = (
        f"SELECT 'chat:' || id FROM conversations WHERE id IN {doomed_conversations} UNION ALL"
        f" SELECT 'edit:' || id FROM messages WHERE conversation_id IN {doomed_conversations}"
    )
    queued = f"substr(place, 1, 6) = 'queue:' AND substr(place, 7, 32) IN {doomed_conversations}"
    for table in ("drafts", "draft_attachments"):
        connection.execute(f"DELETE FROM {table} WHERE place IN ({places}) OR ({queued})")


def _put_attachments(
    connection: sqlite3.Connection, place: str, attachments: Sequence[NewAttachment]
) -> None:
    connection.execute("DELETE FROM draft_attachments WHERE place = ?", (place,))
    connection.executemany(
        "INSERT INTO draft_attachments"
        " (place, title, content_hash, language, source_path, inventory, pages, text)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(place, storable(each.attachment.title), each.attachment.content_hash),
                *(each.attachment.language, storable(each.attachment.source_path)),
                encode_inventory(each.attachment.inventory),
                encode_pages(each.attachment.pages),
                None if each.text is None else storable(each.text),
            )
            for each in attachments
        ],
    )


def _draft(connection: sqlite3.Connection, row: sqlite3.Row) -> Draft:
    attached = connection.execute(
        "SELECT * FROM draft_attachments WHERE place = ? ORDER BY number", (row["place"],)
    )
    return Draft(
        row["place"],
        row["text"],
        row["details"],
        tuple(
            NewAttachment(
                Attachment(
                    found["title"],
                    found["content_hash"],
                    found["language"],
                    found["source_path"],
                    decode_inventory(text_from(found["inventory"])),
                    decode_pages(text_from(found["pages"])),
                ),
                found["text"],
            )
            for found in attached
        ),
    )
