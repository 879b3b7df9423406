"""Accepted segments by pair of languages and project, and how a new segment finds them.

The same segment is found by a key of its text, one that is alike by ``likeness``. A project sees its own
segments and those of no project, its own first. A segment that is accepted again between the same neighbours
takes the older one's place. What is cleared can be restored until it is purged at the next start of the
window.

Thread-safe; every method may raise the ``StorageError`` of the database, but ``add``: what a full disk
refuses waits in ``UnsavedWork`` and is found there meanwhile.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lmstudio_lite.domain.translation_memory import (
    MemoryEntry,
    MemoryMatch,
    MemoryMatchKind,
    MemoryQuery,
    MemorySize,
)
from lmstudio_lite.errors import StorageError
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.likeness import SIGNATURE_BYTES, LikenessIndex, nearest, plain_form, signature_of
from lmstudio_lite.storage.reading import RowReader, text_from
from lmstudio_lite.storage.search import storable
from lmstudio_lite.storage.times import now_us
from lmstudio_lite.storage.waiting_rows import WaitingRows
from lmstudio_lite.unsaved import UnsavedWork

log = logging.getLogger(__name__)

LEAST_SCORE = 0.75
"""The best match of 1,462 English and 283 German sentences among those of other texts had 0.66; with a
quarter of their words changed 95 of 100 sentences keep 0.78."""
_KEYS_A_QUERY = 400
_ROWS_A_BLOCK = 1000
_SEEN = "source_language = ? AND target_language = ? AND project IN ('', ?) AND deleted_at IS NULL"
_OWN = "source_language = ? AND target_language = ? AND project = ? AND deleted_at IS NULL"
_KEPT = (
    "INSERT INTO memory_entries (source_language, target_language, project, source_key, context_key,"
    " created_at, num_characters, signature, source, target, source_before, source_after)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (source_language, target_language, source_key, project, context_key)"
    " WHERE deleted_at IS NULL DO UPDATE SET created_at = excluded.created_at, target = excluded.target,"
    " source = excluded.source, source_before = excluded.source_before, source_after = excluded.source_after"
)


@dataclass(frozen=True, slots=True)
class _Found:
    entry: MemoryEntry
    project: str
    order: int
    """Grows with what is newer; what waits for the disk is newest."""


class MemoryRows:
    """The memories of one database, as a list."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sizes(self) -> list[MemorySize]:
        """Return how much is remembered of each pair of languages and project, the largest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT source_language, target_language, project, count(*) AS num_entries,"
                " sum(num_uses > 0) AS num_used, sum(num_uses) AS num_uses FROM memory_entries"
                " WHERE deleted_at IS NULL GROUP BY source_language, target_language, project"
                " ORDER BY num_entries DESC, project"
            ).fetchall()
        return [MemorySize(*tuple(row)) for row in rows]

    def purge_deleted(self) -> int:
        """Remove what was cleared for good; return how many segments that were."""
        with self._database.write() as connection:
            return connection.execute("DELETE FROM memory_entries WHERE deleted_at IS NOT NULL").rowcount


class StoredMemory:
    """The segments of one pair of languages and project; the ``TranslationMemory`` of the domain."""

    def __init__(
        self, database: Database, unsaved: UnsavedWork, source: str, target: str, project: str = ""
    ) -> None:
        """``source`` and ``target`` are ISO 639-1, ``project`` "" is what every project sees."""
        self._database = database
        self._of = (source, target, storable(project))
        self._waiting: WaitingRows[tuple[str, str], MemoryEntry] = WaitingRows(
            f"translation_memory:{source}:{target}:{project}", unsaved, self._write
        )

    def find(self, queries: Sequence[MemoryQuery]) -> list[MemoryMatch | None]:
        """Return the nearest match of each query, None where the best one is below ``LEAST_SCORE``.

        All segments of a document at once: what a fuzzy match needs is read once a call.
        """
        same = self._same_sources([_key(query.source) for query in queries])
        matches = [_exact_match(query, same.get(_key(query.source), [])) for query in queries]
        self._note_use(match for match in matches if match is not None)
        left = [place for place, match in enumerate(matches) if match is None]
        if left:
            fuzzy = self._fuzzy_matches([plain_form(queries[place].source) for place in left])
            for place, match in zip(left, fuzzy, strict=True):
                matches[place] = match
        return matches

    def add(self, entry: MemoryEntry) -> None:
        """Remember an accepted segment now, or as soon as the disk takes it."""
        self._waiting.put((_key(entry.source), _context_key(entry)), entry)

    def add_all(self, entries: Iterable[MemoryEntry]) -> tuple[int, int]:
        """Remember many, as from a file; return how many were new, and how many took an older one's place.

        One transaction a block: ``entries`` may be as many as a file holds. What came before an error stays.
        """
        num_new = num_known = 0
        block: dict[tuple[str, str], MemoryEntry] = {}
        for entry in entries:
            key = _key(entry.source), _context_key(entry)
            num_known += key in block
            block[key] = entry
            if len(block) >= _ROWS_A_BLOCK:
                num_added = self._put(block)
                num_new, num_known = num_new + num_added, num_known + len(block) - num_added
                block = {}
        num_added = self._put(block)
        return num_new + num_added, num_known + len(block) - num_added

    def entries(self) -> Iterator[MemoryEntry]:
        """Yield the project's own segments, the oldest first."""
        after = 0
        while True:
            with self._database.read() as connection:
                rows = connection.execute(
                    f"SELECT * FROM memory_entries WHERE {_OWN} AND number > ? ORDER BY number LIMIT ?",
                    (*self._of, after, _ROWS_A_BLOCK),
                ).fetchall()
            yield from (_entry(row) for row in rows)
            if len(rows) < _ROWS_A_BLOCK:
                break
            after = rows[-1]["number"]
        yield from self._waiting.rows.values()

    def count(self) -> int:
        """Return how many segments the project has of its own."""
        with self._database.read() as connection:
            row = connection.execute(f"SELECT count(*) FROM memory_entries WHERE {_OWN}", self._of).fetchone()
        return int(row[0])

    def delete(self, entry: MemoryEntry) -> None:
        """Forget one segment, for good."""
        with self._database.write() as connection:
            connection.execute(
                f"DELETE FROM memory_entries WHERE {_OWN} AND source_key = ? AND context_key = ?",
                (*self._of, _key(entry.source), _context_key(entry)),
            )

    def clear(self) -> int:
        """Forget the project's own segments; return a number for ``restore``."""
        self._waiting.drop()
        cleared_at = now_us()
        with self._database.write() as connection:
            connection.execute(
                f"UPDATE memory_entries SET deleted_at = ? WHERE {_OWN}", (cleared_at, *self._of)
            )
        return cleared_at

    def restore(self, cleared_at: int) -> None:
        """Undo ``clear``; what was accepted since stays as it is."""
        source, target, project = self._of
        with self._database.write() as connection:
            connection.execute(
                "UPDATE OR IGNORE memory_entries SET deleted_at = NULL WHERE source_language = ? AND"
                " target_language = ? AND project = ? AND deleted_at = ?",
                (source, target, project, cleared_at),
            )

    def _same_sources(self, keys: Sequence[str]) -> dict[str, list[_Found]]:
        wanted = list(dict.fromkeys(keys))
        found: dict[str, list[_Found]] = {}
        for first in range(0, len(wanted), _KEYS_A_QUERY):
            some = wanted[first : first + _KEYS_A_QUERY]
            with self._database.read() as connection:
                rows = connection.execute(
                    f"SELECT * FROM memory_entries WHERE {_SEEN} AND source_key IN"
                    f" ({', '.join('?' * len(some))})",
                    (*self._of, *some),
                ).fetchall()
            for row in rows:
                kept = _Found(_entry(row), row["project"], row["created_at"])
                found.setdefault(row["source_key"], []).append(kept)
        for (key, _), entry in self._waiting.rows.items():
            found.setdefault(key, []).append(_Found(entry, self._of[2], now_us()))
        return found

    def _fuzzy_matches(self, texts: Sequence[str]) -> list[MemoryMatch | None]:
        index = self._index()
        waiting = list(self._waiting.rows.values())
        return [self._fuzzy_match(index, text, waiting) for text in texts]

    def _fuzzy_match(
        self, index: LikenessIndex, text: str, waiting: Sequence[MemoryEntry]
    ) -> MemoryMatch | None:
        numbers = index.close_to(text, LEAST_SCORE)
        with self._database.read() as connection:
            rows = connection.execute(
                f"SELECT number, source FROM memory_entries WHERE number IN ({', '.join('?' * len(numbers))})"
                " ORDER BY project = '', created_at DESC",
                numbers,
            ).fetchall()
            sources = [text_from(row["source"]) for row in rows] + [entry.source for entry in waiting]
            best = nearest(text, list(map(plain_form, sources)), LEAST_SCORE)
            if best is None:
                return None
            place, score = best
            if place >= len(rows):
                return MemoryMatch(waiting[place - len(rows)], MemoryMatchKind.FUZZY, score)
            row = connection.execute(
                "SELECT * FROM memory_entries WHERE number = ?", (rows[place]["number"],)
            ).fetchone()
            return MemoryMatch(_entry(row), MemoryMatchKind.FUZZY, score)

    def _index(self) -> LikenessIndex:
        with self._database.read() as connection:
            rows = connection.execute(
                f"SELECT number, num_characters, signature FROM memory_entries WHERE {_SEEN}", self._of
            ).fetchall()
        sound = [row for row in rows if _is_sound(row)]
        return LikenessIndex(
            [row["number"] for row in sound],
            [row["num_characters"] for row in sound],
            b"".join(row["signature"] for row in sound),
        )

    def _note_use(self, matches: Iterable[MemoryMatch]) -> None:
        keys = [(_key(match.entry.source), _context_key(match.entry)) for match in matches]
        if not keys:
            return
        try:
            with self._database.write() as connection:
                connection.executemany(
                    "UPDATE memory_entries SET used_at = ?, num_uses = num_uses + 1"
                    f" WHERE {_SEEN} AND source_key = ? AND context_key = ?",
                    [(now_us(), *self._of, *key) for key in keys],
                )
        except StorageError as error:
            log.info("the use of remembered segments can't be noted: %s", error.code)

    def _write(self, entries: Mapping[tuple[str, str], MemoryEntry]) -> None:
        self._put(entries)

    def _put(self, entries: Mapping[tuple[str, str], MemoryEntry]) -> int:
        """Write entries by their keys; return how many are new."""
        if not entries:
            return 0
        with self._database.write() as connection:
            before = _num_rows(connection, self._of)
            connection.executemany(_KEPT, [self._row(*key, entry) for key, entry in entries.items()])
            return _num_rows(connection, self._of) - before

    def _row(self, source_key: str, context_key: str, entry: MemoryEntry) -> tuple[object, ...]:
        plain = plain_form(entry.source)
        texts = map(storable, (entry.source, entry.target, entry.before, entry.after))
        return (*self._of, source_key, context_key, now_us(), len(plain), signature_of(plain), *texts)


def _num_rows(connection: sqlite3.Connection, of: tuple[str, str, str]) -> int:
    row = connection.execute(f"SELECT count(*) FROM memory_entries WHERE {_OWN}", of).fetchone()
    return int(row[0])


def _is_sound(row: sqlite3.Row) -> bool:
    """Tell whether a row can be compared; a damaged one is found by its key alone."""
    signature, length = row["signature"], row["num_characters"]
    return isinstance(signature, bytes) and len(signature) == SIGNATURE_BYTES and isinstance(length, int)


def _exact_match(query: MemoryQuery, found: Sequence[_Found]) -> MemoryMatch | None:
    if not found:
        return None
    context = _context_key(query)

    def rank(each: _Found) -> tuple[bool, bool, int]:
        is_same_context = bool(context) and _context_key(each.entry) == context
        return is_same_context, each.project != "", each.order

    best = max(found, key=rank)
    kind = MemoryMatchKind.CONTEXT if rank(best)[0] else MemoryMatchKind.EXACT
    return MemoryMatch(best.entry, kind, 1.0)


def _key(source: str) -> str:
    return _digest(plain_form(storable(source)))


def _context_key(of: MemoryEntry | MemoryQuery) -> str:
    """Return a key of the neighbours, "" where none is known."""
    before, after = plain_form(storable(of.before)), plain_form(storable(of.after))
    return _digest(f"{before}\n{after}") if before or after else ""


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _entry(row: sqlite3.Row) -> MemoryEntry:
    reader = RowReader(row)
    return MemoryEntry(
        reader.text("source"),
        reader.text("target"),
        reader.text("source_before"),
        reader.text("source_after"),
    )
