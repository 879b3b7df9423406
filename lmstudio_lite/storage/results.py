"""Summaries and translations that were made, each with the text it was made from.

A list is read without the sources: a source may be a book. Thread-safe; every method is one
transaction. An id may be remembered longer than its result: what is not there any more raises
``NotStoredError``; every method may raise the ``StorageError`` of the database.

A result keeps its finished versions (other forms, lengths, languages or wordings of the same source)
beside its row, which holds the version that was made or edited last.
"""

from __future__ import annotations

import builtins
import sqlite3
import uuid

from lmstudio_lite.domain.records import ResultRecord, SummaryRecord
from lmstudio_lite.domain.results import ResultKind, StoredResult, StoredVersion
from lmstudio_lite.errors import NotStoredError
from lmstudio_lite.storage.database import Database, new_number
from lmstudio_lite.storage.reading import RowReader, key_condition, rows_as_json
from lmstudio_lite.storage.records import decode_summary, decode_translation, encode_record
from lmstudio_lite.storage.search import SearchIndex, storable, terms_of
from lmstudio_lite.storage.times import now_us

_SEARCH = SearchIndex("result_search")
_LISTED = (
    "r.number, r.id, r.kind, r.title, r.created_at, r.updated_at, r.source_path, r.source_hash,"
    " r.details, r.text"
)


class Results:
    """The results of one database."""

    def __init__(self, database: Database) -> None:
        """Keep results in ``database``."""
        self._database = database

    def add(
        self,
        title: str,
        source_path: str,
        source_hash: str,
        source_text: str,
        text: str,
        record: ResultRecord,
    ) -> StoredResult:
        """Keep a new result, finished or just begun; its record says of which kind it is."""
        kind = ResultKind.SUMMARY if isinstance(record, SummaryRecord) else ResultKind.TRANSLATION
        result_id, now = uuid.uuid4().hex, now_us()
        title, text = storable(title), storable(text)
        with self._database.write() as connection:
            cursor = connection.execute(
                "INSERT INTO results (id, kind, title, created_at, updated_at, source_path, source_hash,"
                " details, text, source_text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    result_id,
                    kind,
                    title,
                    now,
                    now,
                    storable(source_path),
                    source_hash,
                    encode_record(record),
                    text,
                    storable(source_text),
                ),
            )
            _SEARCH.put(connection, new_number(cursor), f"{title}\n{text}")
            return _result(_row(connection, result_id))

    def update(self, result_id: str, *, text: str, record: ResultRecord) -> StoredResult:
        """Put a result's new text and record in place of the old ones."""
        text = storable(text)
        with self._database.write() as connection:
            _put(connection, _row(connection, result_id), text, encode_record(record))
            return _result(_row(connection, result_id))

    def add_version(self, result_id: str, *, text: str, record: SummaryRecord, keeps_present: bool) -> int:
        """Make a finished text the result's newest version and its row's text; return the version's number.

        ``keeps_present`` makes what the row holds a version first, where it has none yet.
        """
        text, written = storable(text), encode_record(record)
        with self._database.write() as connection:
            row = _row(connection, result_id)
            has_versions = connection.execute(
                "SELECT 1 FROM result_versions WHERE result_id = ?", (result_id,)
            ).fetchone()
            if keeps_present and not has_versions:
                _add_version(connection, result_id, row["text"], row["details"])
            _put(connection, row, text, written)
            return _add_version(connection, result_id, text, written)

    def update_version(self, result_id: str, number: int, *, text: str, record: SummaryRecord) -> None:
        """Put a version's new text in place of its old one, and on the row."""
        text, written = storable(text), encode_record(record)
        with self._database.write() as connection:
            _put(connection, _row(connection, result_id), text, written)
            connection.execute(
                "UPDATE result_versions SET text = ?, details = ? WHERE number = ? AND result_id = ?",
                (text, written, number, result_id),
            )

    def versions(self, result_id: str) -> builtins.list[StoredVersion]:
        """Return the finished versions in the order they were made; none for what has never had two."""
        condition, parameter = key_condition(result_id)
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT number, text, details FROM result_versions"
                f" WHERE result_id = (SELECT id FROM results WHERE {condition}) ORDER BY number",
                (parameter,),
            ).fetchall()
        readers = [(row["number"], RowReader(row)) for row in rows]
        return [
            StoredVersion(number, reader.text("text"), decode_summary(reader.json_object("details")))
            for number, reader in readers
        ]

    def get(self, result_id: str) -> StoredResult:
        """Return one result with its source, deleted or not."""
        with self._database.read() as connection:
            return _result(_row(connection, result_id))

    def list(self, kind: ResultKind, query: str = "", limit: int = 200) -> builtins.list[StoredResult]:
        """Return results without their sources, newest first; ``query`` searches title and text."""
        conditions, parameters = ["r.kind = ?", "r.deleted_at IS NULL"], builtins.list[str]([kind])
        with self._database.read() as connection:
            for term in terms_of(query):
                listed = _SEARCH.listed(connection, term)
                found = listed or _SEARCH.holds("r.number", term)
                conditions.append(f"r.number IN ({found.sql})" if listed else found.sql)
                parameters += found.parameters
            rows = connection.execute(
                f"SELECT {_LISTED}, '' AS source_text FROM results AS r WHERE {' AND '.join(conditions)}"
                " ORDER BY r.activity DESC LIMIT ?",
                (*parameters, limit),
            ).fetchall()
        return [_result(row) for row in rows]

    def export_raw(self, result_id: str) -> str:
        """Return a result with its source as JSON, as it is stored, damaged or not."""
        with self._database.read() as connection:
            row = _row(connection, result_id)
            versions = connection.execute(
                "SELECT * FROM result_versions WHERE result_id = (SELECT id FROM results WHERE number = ?)"
                " ORDER BY number",
                (row["number"],),
            ).fetchall()
        return rows_as_json({"result": [row], "versions": versions})

    def rename(self, result_id: str, title: str) -> StoredResult:
        """Give the result another title; its place in the list stays."""
        title = storable(title)
        with self._database.write() as connection:
            row = _row(connection, result_id)
            connection.execute("UPDATE results SET title = ? WHERE number = ?", (title, row["number"]))
            _SEARCH.put(connection, row["number"], f"{title}\n{row['text']}")
            return _result(_row(connection, result_id))

    def delete(self, result_id: str) -> None:
        """Take the result out of the list; ``restore`` brings it back until it is purged."""
        self._set_deleted_at(result_id, now_us())

    def restore(self, result_id: str) -> StoredResult:
        """Undo ``delete``."""
        self._set_deleted_at(result_id, None)
        return self.get(result_id)

    def purge_deleted(self) -> int:
        """Remove deleted results for good and return how many they were."""
        with self._database.write() as connection:
            connection.execute(
                "DELETE FROM result_search WHERE rowid IN"
                " (SELECT number FROM results WHERE deleted_at IS NOT NULL)"
            )
            return connection.execute("DELETE FROM results WHERE deleted_at IS NOT NULL").rowcount

    def _set_deleted_at(self, result_id: str, deleted_at: int | None) -> None:
        with self._database.write() as connection:
            number = _row(connection, result_id)["number"]
            connection.execute("UPDATE results SET deleted_at = ? WHERE number = ?", (deleted_at, number))


def _row(connection: sqlite3.Connection, result_id: str) -> sqlite3.Row:
    condition, parameter = key_condition(result_id)
    row: sqlite3.Row | None = connection.execute(
        f"SELECT * FROM results WHERE {condition}", (parameter,)
    ).fetchone()
    if row is None:
        raise NotStoredError(kind="result", id=result_id)
    return row


def _put(connection: sqlite3.Connection, row: sqlite3.Row, text: str, details: str) -> None:
    connection.execute(
        "UPDATE results SET text = ?, details = ?, updated_at = ? WHERE number = ?",
        (text, details, now_us(), row["number"]),
    )
    _SEARCH.put(connection, row["number"], f"{row['title']}\n{text}")


def _add_version(connection: sqlite3.Connection, result_id: str, text: str, details: str) -> int:
    cursor = connection.execute(
        "INSERT INTO result_versions (result_id, text, details) VALUES (?, ?, ?)", (result_id, text, details)
    )
    return new_number(cursor)


def _result(row: sqlite3.Row) -> StoredResult:
    reader = RowReader(row)
    kind = reader.choice("kind", ResultKind, ResultKind.SUMMARY)
    values = reader.json_object("details")
    return StoredResult(
        id=reader.id(),
        kind=kind,
        title=reader.text("title"),
        created_at=reader.time("created_at"),
        updated_at=reader.time("updated_at"),
        source_path=reader.text("source_path"),
        source_hash=reader.text("source_hash"),
        source_text=reader.text("source_text"),
        text=reader.text("text"),
        record=decode_summary(values) if kind is ResultKind.SUMMARY else decode_translation(values),
        is_damaged=reader.is_damaged,
    )
