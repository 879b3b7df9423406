"""The segments of files that are or were translated, with what their reviewer did to them.

Segments stay after the run: they are reviewed, edited and written to a file again at any time. What was done
to them is kept as steps that can be undone and done again, also after a restart. Thread-safe; a write is one
transaction. ``RunRecord`` never raises; the methods of ``TranslatedSegments`` may raise the ``StorageError``
of the database.
"""

from __future__ import annotations

import builtins
import json
import logging
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from lmstudio_lite.domain.file_translations import SegmentCounts, SegmentRow, count_rows
from lmstudio_lite.domain.translations import Flag, FlagKind, Origin, TranslatedSegment
from lmstudio_lite.domain.units import Mark, Place
from lmstudio_lite.errors import StorageError
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.reading import RowReader
from lmstudio_lite.storage.search import storable
from lmstudio_lite.storage.waiting_rows import WaitingRows
from lmstudio_lite.unsaved import UnsavedWork

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """What was done at once to some segments: each ``before`` and ``after``, in the same order."""

    number: int
    before: tuple[SegmentRow, ...]
    after: tuple[SegmentRow, ...]
    is_undone: bool = False


class _Details(msgspec.Struct, frozen=True, omit_defaults=True):
    marks: tuple[Mark, ...] = ()
    flags: tuple[tuple[str, str], ...] = ()
    confidence: float | None = None
    origin: str = Origin.MODEL.value
    problem: str = ""


class _Kept(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a step changes of a segment."""

    number: int
    text: str
    details: _Details
    is_kept: bool = False
    is_edited: bool = False
    is_accepted: bool = False


class _Change(msgspec.Struct, frozen=True):
    before: _Kept
    after: _Kept


_INSERT = (
    "INSERT INTO translated_segments (result_id, number, unit, start, place, source, text, details, is_kept,"
    " is_edited, is_accepted)"
)
_places = msgspec.json.Decoder(Place)
_details = msgspec.json.Decoder(_Details)
_changes = msgspec.json.Decoder(tuple[_Change, ...])


class TranslatedSegments:
    """The segments of all results in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, result_id: str) -> builtins.list[SegmentRow]:
        """Return a result's segments in reading order; a row that can't be read is left out."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT * FROM translated_segments WHERE result_id = ? ORDER BY number", (result_id,)
            ).fetchall()
        return [row for row in map(_row, rows) if row is not None]

    def steps(self, result_id: str, rows: Sequence[SegmentRow]) -> builtins.list[Step]:
        """Return what was done to ``rows``, oldest first, up to the first step that can't be read."""
        with self._database.read() as connection:
            found = connection.execute(
                "SELECT * FROM segment_steps WHERE result_id = ? ORDER BY number", (result_id,)
            ).fetchall()
        by_number = {row.number: row for row in rows}
        steps: builtins.list[Step] = []
        for stored in found:
            try:
                changes = _changes.decode(stored["changes"])
                before = tuple(_put_into(by_number[each.before.number], each.before) for each in changes)
                after = tuple(_put_into(by_number[each.after.number], each.after) for each in changes)
            except (msgspec.MsgspecError, KeyError):
                log.info("a step of a review can't be read: it and what was done before can't be undone")
                steps.clear()
                continue
            steps.append(Step(stored["number"], before, after, bool(stored["is_undone"])))
        return steps

    def write(
        self, result_id: str, rows: Iterable[SegmentRow], steps: Iterable[Step], last_step: int
    ) -> None:
        """Keep ``rows`` and ``steps`` in place of those with their numbers, no step after ``last_step``."""
        with self._database.write() as connection:
            # A row may still wait for the disk among those of the run: then it is new here.
            connection.executemany(
                f"{_INSERT} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (result_id, number) DO UPDATE SET text = excluded.text,"
                " details = excluded.details, is_kept = excluded.is_kept, is_edited = excluded.is_edited,"
                " is_accepted = excluded.is_accepted",
                [
                    (result_id, *_columns(row.number, row.segment), row.is_edited, row.is_accepted)
                    for row in rows
                ],
            )
            connection.execute(
                "DELETE FROM segment_steps WHERE result_id = ? AND number > ?", (result_id, last_step)
            )
            connection.executemany(
                "INSERT OR REPLACE INTO segment_steps (result_id, number, changes, is_undone)"
                " VALUES (?, ?, ?, ?)",
                [(result_id, step.number, _encoded_changes(step), step.is_undone) for step in steps],
            )

    def counts(self, result_id: str) -> SegmentCounts:
        """Return how many segments there are, by what became of them."""
        return count_rows(self.list(result_id))


class RunRecord:
    """The ``domain.translations.SegmentRecord`` of one result."""

    def __init__(self, database: Database, unsaved: UnsavedWork, result_id: str) -> None:
        """Keep the segments of ``result_id`` in ``database``, and in ``unsaved`` while that fails."""
        self._segments = TranslatedSegments(database)
        self._database = database
        self._result_id = result_id
        self._waiting: WaitingRows[int, TranslatedSegment] = WaitingRows(
            f"translated_segments:{result_id}", unsaved, self._write
        )

    def rows(self) -> list[SegmentRow]:
        """Return the segments that are there, also those that wait for the disk, in reading order.

        Raises:
            StorageError: they can't be read.
        """
        rows = {row.number: row for row in self._segments.list(self._result_id)}
        for number, segment in self._waiting.rows.items():
            if number not in rows or not (rows[number].is_edited or rows[number].is_accepted):
                rows[number] = SegmentRow(number, segment)
        return [rows[number] for number in sorted(rows)]

    def find(self) -> dict[int, TranslatedSegment]:
        """Return the segments that are there, by number; none where they can't be read."""
        try:
            return {row.number: row.segment for row in self.rows()}
        except StorageError as error:
            log.warning("what was translated before can't be read: %s", error.code)
            return dict(self._waiting.rows)

    def keep(self, segments: Mapping[int, TranslatedSegment]) -> None:
        """Keep ``segments``; what its reviewer has edited or accepted stays as it is."""
        self._waiting.put_all(segments)

    def forget(self) -> None:
        """Remove them all, and what was done to them.

        Raises:
            StorageError: the database can't be written.
        """
        self._waiting.drop()
        with self._database.write() as connection:
            for table in ("translated_segments", "segment_steps"):
                connection.execute(f"DELETE FROM {table} WHERE result_id = ?", (self._result_id,))

    def _write(self, segments: Mapping[int, TranslatedSegment]) -> None:
        with self._database.write() as connection:
            connection.executemany(
                f"{_INSERT} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)"
                " ON CONFLICT (result_id, number) DO UPDATE SET text = excluded.text,"
                " details = excluded.details, is_kept = excluded.is_kept"
                " WHERE NOT is_edited AND NOT is_accepted",
                [(self._result_id, *_columns(number, each)) for number, each in segments.items()],
            )


def _columns(number: int, segment: TranslatedSegment) -> tuple[object, ...]:
    return (
        number,
        segment.unit or 0,
        segment.start,
        json.dumps(msgspec.to_builtins(segment.place)),
        storable(segment.source),
        storable(segment.text),
        _encoded(_details_of(segment)),
        segment.is_kept,
    )


def _details_of(segment: TranslatedSegment) -> _Details:
    return _Details(
        segment.marks,
        tuple((flag.kind.value, storable(flag.detail)) for flag in segment.flags),
        segment.confidence,
        segment.origin.value,
        segment.problem,
    )


def _encoded(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _encoded_changes(step: Step) -> str:
    pairs = zip(step.before, step.after, strict=True)
    return _encoded(tuple(_Change(_kept(before), _kept(after)) for before, after in pairs))


def _kept(row: SegmentRow) -> _Kept:
    segment = row.segment
    return _Kept(
        row.number,
        storable(segment.text),
        _details_of(segment),
        segment.is_kept,
        row.is_edited,
        row.is_accepted,
    )


def _put_into(row: SegmentRow, kept: _Kept) -> SegmentRow:
    """Return ``row`` as a step had it."""
    segment = _with_details(row.segment, kept.text, kept.details, is_kept=kept.is_kept)
    return SegmentRow(row.number, segment, kept.is_edited, kept.is_accepted)


def _row(row: sqlite3.Row) -> SegmentRow | None:
    reader = RowReader(row)
    try:
        place = _places.decode(row["place"]) if row["place"] != "null" else None
        details = _details.decode(row["details"])
    except (msgspec.MsgspecError, TypeError):
        log.info("a segment's row can't be read and is left out")
        return None
    bare = TranslatedSegment(
        reader.text("source"), "", "", is_kept=False, unit=row["unit"], start=row["start"], place=place
    )
    segment = _with_details(bare, reader.text("text"), details, is_kept=bool(row["is_kept"]))
    return SegmentRow(row["number"], segment, bool(row["is_edited"]), bool(row["is_accepted"]))


def _with_details(
    segment: TranslatedSegment, text: str, details: _Details, *, is_kept: bool
) -> TranslatedSegment:
    """Fill in what may change; a flag or an origin that only a newer version knows is left out."""
    known, origins = set(FlagKind), set(Origin)
    return replace(
        segment,
        text=text,
        problem=details.problem,
        is_kept=is_kept,
        marks=details.marks,
        flags=tuple(Flag(FlagKind(kind), detail) for kind, detail in details.flags if kind in known),
        confidence=details.confidence,
        origin=Origin(details.origin) if details.origin in origins else Origin.MODEL,
    )
