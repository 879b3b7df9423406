"""How sure the model was of each token of a reply, kept beside the message.

In parts of ``PART_SPANS`` tokens, so that a reply that streams writes its last part only, however long it is.
A part is msgpack in zlib: 22 bytes a token, measured over four replies of a 135M model, which is unsure of
half its words. It goes with its message: a trigger removes it. What can't be read is as good as not there: it
can be worked out again.
"""

from __future__ import annotations

import logging
import sqlite3
import zlib
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from lmstudio_lite.domain.certainty import TokenSpan
from lmstudio_lite.errors import NotStoredError
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.search import storable

log = logging.getLogger(__name__)

PART_SPANS = 256
_UNITS = 100
"""Logarithms are kept in hundredths: a probability is right within half a percent of itself."""
_PART_BYTES_MAX = 1 << 20


class ReplyTokens:
    """The tokens of the replies of one database. Thread-safe; every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, message_id: str) -> list[TokenSpan]:
        """Return what is known of a message's tokens, in their order; [] where nothing is.

        Raises:
            StorageError: the database can't be read.
        """
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT t.spans FROM reply_tokens AS t JOIN messages AS m ON m.number = t.message_number"
                " WHERE m.id = ? ORDER BY t.part",
                (message_id,),
            ).fetchall()
        return [span for row in rows for span in _decoded(row["spans"])]

    def num_parts(self, message_id: str) -> int:
        """Return how many parts are kept for a message; raises as ``of``."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT ifnull(max(t.part) + 1, 0) AS num_parts FROM reply_tokens AS t"
                " JOIN messages AS m ON m.number = t.message_number WHERE m.id = ?",
                (message_id,),
            ).fetchone()
        return int(row["num_parts"])

    def replace(self, message_id: str, spans: Sequence[TokenSpan]) -> None:
        """Keep ``spans`` for a message, in place of what was known.

        Raises:
            NotStoredError: the message is not there any more.
            StorageError: the database can't be written.
        """
        with self._database.write() as connection:
            row = connection.execute("SELECT number FROM messages WHERE id = ?", (message_id,)).fetchone()
            if row is None:
                raise NotStoredError(kind="message", id=message_id)
            connection.execute("DELETE FROM reply_tokens WHERE message_number = ?", (row["number"],))
            put_parts(connection, row["number"], dict(enumerate(in_parts(spans))))


def in_parts(spans: Sequence[TokenSpan]) -> list[Sequence[TokenSpan]]:
    """Return spans as the parts that they are kept in."""
    return [spans[at : at + PART_SPANS] for at in range(0, len(spans), PART_SPANS)]


def put_parts(
    connection: sqlite3.Connection, message_number: int, parts: Mapping[int, Sequence[TokenSpan]]
) -> None:
    """Write parts of a message's tokens by their numbers, over what they were."""
    connection.executemany(
        "INSERT OR REPLACE INTO reply_tokens (message_number, part, spans) VALUES (?, ?, ?)",
        [(message_number, part, _encoded(spans)) for part, spans in parts.items()],
    )


def copy_tokens(connection: sqlite3.Connection, source_number: int, target_number: int) -> None:
    """Give the copy of a message the tokens of the message."""
    connection.execute(
        "INSERT INTO reply_tokens SELECT ?, part, spans FROM reply_tokens WHERE message_number = ?",
        (target_number, source_number),
    )


class TokenParts:
    """The spans of a reply that grows, as the parts that are not kept yet. One thread writes, one notes."""

    def __init__(self, num_kept: int = 0) -> None:
        """Go on behind ``num_kept`` parts that are there already."""
        self._first = num_kept
        self._parts: dict[int, list[TokenSpan]] = {}
        self._last = num_kept

    def add(self, spans: Iterable[TokenSpan]) -> None:
        """Take what the reply goes on with."""
        for span in spans:
            part = self._parts.setdefault(self._last, [])
            part.append(span)
            if len(part) >= PART_SPANS:
                self._last += 1

    def due(self) -> dict[int, tuple[TokenSpan, ...]]:
        """Return the parts that are to be written, the last one as far as it goes."""
        return {number: tuple(part) for number, part in sorted(self._parts.items())}

    def note_kept(self, parts: Mapping[int, Sequence[TokenSpan]]) -> None:
        """Note that ``parts``, which ``due`` gave, are written: what is full is not written again."""
        for number, spans in parts.items():
            if len(spans) >= PART_SPANS:
                self._parts.pop(number, None)


def _encoded(spans: Sequence[TokenSpan]) -> bytes:
    rows: list[list[object]] = []
    end = 0
    for span in spans:
        row: list[object] = [span.start - end, span.end - span.start, round(-span.logprob * _UNITS)]
        for text, logprob in span.alternatives:
            row += [storable(text), round(-logprob * _UNITS)]
        rows.append(row)
        end = span.end
    return zlib.compress(msgspec.msgpack.encode(rows), 6)


def _decoded(blob: object) -> list[TokenSpan]:
    if not isinstance(blob, bytes):
        return []
    try:
        packed = zlib.decompressobj().decompress(blob, _PART_BYTES_MAX)
        rows = msgspec.msgpack.decode(packed, type=list[list[int | str]])
        return list(_spans(rows))
    except (zlib.error, msgspec.MsgspecError, TypeError, ValueError) as error:
        log.info("the tokens of a reply can't be read: %s", error)
        return []


def _spans(rows: Sequence[Sequence[int | str]]) -> Iterable[TokenSpan]:
    end = 0
    for gap, length, value, *others in rows:
        start = end + int(gap)
        end = start + int(length)
        if start < 0 or end <= start:
            raise ValueError("a token of no length")
        pairs = zip(others[::2], others[1::2], strict=True)
        alternatives = tuple((str(text), -int(units) / _UNITS) for text, units in pairs)
        yield TokenSpan(start, end, -int(value) / _UNITS, alternatives)
