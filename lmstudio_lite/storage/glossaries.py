"""Glossaries and their terms.

What is deleted, a glossary or some of its terms, can be restored until it is purged at the next start of the
window. Thread-safe; every method is one transaction and may raise the ``StorageError`` of the database. What
an id or a number names may be gone: ``NotStoredError``.
"""

from __future__ import annotations

import builtins
import sqlite3
import uuid
from collections.abc import Iterable, Sequence

from lmstudio_lite.domain.glossary import Glossary, KeptTerm, Term
from lmstudio_lite.errors import NotStoredError
from lmstudio_lite.storage.database import Database, new_number
from lmstudio_lite.storage.reading import RowReader, key_condition
from lmstudio_lite.storage.search import storable
from lmstudio_lite.storage.times import now_us

_COUNTED = (
    "SELECT g.*, (SELECT count(*) FROM glossary_terms AS t WHERE t.glossary_id = g.id"
    " AND t.deleted_at IS NULL) AS num_terms FROM glossaries AS g"
)


class GlossaryRows:
    """The glossaries of one database."""

    def __init__(self, database: Database) -> None:
        """Keep glossaries in ``database``."""
        self._database = database

    def list(self) -> builtins.list[Glossary]:
        """Return all that are not deleted, in the order in which they were made."""
        with self._database.read() as connection:
            rows = connection.execute(f"{_COUNTED} WHERE g.deleted_at IS NULL ORDER BY g.number").fetchall()
        return [_glossary(row) for row in rows]

    def get(self, glossary_id: str) -> Glossary:
        """Return one, deleted or not."""
        with self._database.read() as connection:
            return _glossary(_row(connection, glossary_id))

    def create(self, name: str, source: str, target: str, project: str = "") -> Glossary:
        """Make an empty one for a pair of languages."""
        glossary_id, now = uuid.uuid4().hex, now_us()
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO glossaries (id, name, source, target, project, created_at, updated_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (glossary_id, storable(name), source, target, storable(project), now, now),
            )
            return _glossary(_row(connection, glossary_id))

    def rename(self, glossary_id: str, name: str) -> Glossary:
        """Give it another name."""
        return self._set(glossary_id, "name", storable(name))

    def set_project(self, glossary_id: str, project: str) -> Glossary:
        """Let it serve another project, "" for every one."""
        return self._set(glossary_id, "project", storable(project))

    def set_in_use(self, glossary_id: str, *, is_in_use: bool) -> Glossary:
        """Let translations be held to it, or not."""
        return self._set(glossary_id, "is_in_use", int(is_in_use))

    def delete(self, glossary_id: str) -> None:
        """Take it out of the list with its terms; ``restore`` brings it back until it is purged."""
        self._set(glossary_id, "deleted_at", now_us())

    def restore(self, glossary_id: str) -> Glossary:
        """Undo ``delete``."""
        return self._set(glossary_id, "deleted_at", None)

    def terms(self, glossary_id: str) -> builtins.list[KeptTerm]:
        """Return its terms in the order in which they came."""
        with self._database.read() as connection:
            row = _row(connection, glossary_id)
            rows = connection.execute(
                "SELECT * FROM glossary_terms WHERE glossary_id = ? AND deleted_at IS NULL ORDER BY number",
                (row["id"],),
            ).fetchall()
        return [_kept(row) for row in rows]

    def terms_in_use(self, source: str, target: str, project: str = "") -> builtins.list[Term]:
        """Return the terms that a translation is held to: those of its project before those of every one."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT t.* FROM glossary_terms AS t JOIN glossaries AS g ON g.id = t.glossary_id"
                " WHERE g.source = ? AND g.target = ? AND g.project IN ('', ?) AND g.is_in_use"
                " AND g.deleted_at IS NULL AND t.deleted_at IS NULL"
                " ORDER BY g.project = '', g.number, t.number",
                (source, target, storable(project)),
            ).fetchall()
        return [_kept(row).term for row in rows]

    def add_terms(self, glossary_id: str, terms: Iterable[Term]) -> builtins.list[KeptTerm]:
        """Add those that are not there yet, and return them; case alone makes no other term."""
        added: list[KeptTerm] = []
        with self._database.write() as connection:
            row = _row(connection, glossary_id)
            known = {
                _identity(_kept(found).term)
                for found in connection.execute(
                    "SELECT * FROM glossary_terms WHERE glossary_id = ? AND deleted_at IS NULL", (row["id"],)
                )
            }
            for term in map(_storable, terms):
                if (identity := _identity(term)) in known:
                    continue
                known.add(identity)
                cursor = connection.execute(
                    "INSERT INTO glossary_terms (glossary_id, source, target, part_of_speech, note,"
                    " matches_case, is_forbidden) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (row["id"], *_values(term)),
                )
                added.append(KeptTerm(new_number(cursor), term))
            _touch(connection, row["id"])
        return added

    def change_term(self, glossary_id: str, number: int, term: Term) -> KeptTerm:
        """Put ``term`` in place of the one with this number."""
        term = _storable(term)
        with self._database.write() as connection:
            row = _row(connection, glossary_id)
            changed = connection.execute(
                "UPDATE glossary_terms SET source = ?, target = ?, part_of_speech = ?, note = ?,"
                " matches_case = ?, is_forbidden = ? WHERE number = ? AND glossary_id = ?",
                (*_values(term), number, row["id"]),
            )
            if not changed.rowcount:
                raise NotStoredError(kind="term", id=str(number))
            _touch(connection, row["id"])
        return KeptTerm(number, term)

    def delete_terms(self, glossary_id: str, numbers: Sequence[int]) -> None:
        """Take terms out; ``restore_terms`` brings them back until they are purged."""
        self._set_terms_deleted(glossary_id, numbers, now_us())

    def restore_terms(self, glossary_id: str, numbers: Sequence[int]) -> None:
        """Undo ``delete_terms``."""
        self._set_terms_deleted(glossary_id, numbers, None)

    def purge_deleted(self) -> int:
        """Remove what is deleted for good; return how many glossaries that were."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM glossary_terms WHERE deleted_at IS NOT NULL")
            return connection.execute("DELETE FROM glossaries WHERE deleted_at IS NOT NULL").rowcount

    def _set(self, glossary_id: str, column: str, value: str | int | None) -> Glossary:
        with self._database.write() as connection:
            row = _row(connection, glossary_id)
            connection.execute(
                f"UPDATE glossaries SET {column} = ?, updated_at = ? WHERE number = ?",
                (value, now_us(), row["number"]),
            )
            return _glossary(_row(connection, glossary_id))

    def _set_terms_deleted(self, glossary_id: str, numbers: Sequence[int], deleted_at: int | None) -> None:
        with self._database.write() as connection:
            row = _row(connection, glossary_id)
            connection.executemany(
                "UPDATE glossary_terms SET deleted_at = ? WHERE number = ? AND glossary_id = ?",
                [(deleted_at, number, row["id"]) for number in numbers],
            )
            _touch(connection, row["id"])


def _row(connection: sqlite3.Connection, glossary_id: str) -> sqlite3.Row:
    condition, parameter = key_condition(glossary_id)
    row: sqlite3.Row | None = connection.execute(f"{_COUNTED} WHERE {condition}", (parameter,)).fetchone()
    if row is None:
        raise NotStoredError(kind="glossary", id=glossary_id)
    return row


def _touch(connection: sqlite3.Connection, glossary_id: str) -> None:
    connection.execute("UPDATE glossaries SET updated_at = ? WHERE id = ?", (now_us(), glossary_id))


def _glossary(row: sqlite3.Row) -> Glossary:
    reader = RowReader(row)
    return Glossary(
        id=reader.id(),
        name=reader.text("name"),
        source=reader.text("source"),
        target=reader.text("target"),
        project=reader.text("project"),
        num_terms=int(reader.number("num_terms") or 0),
        is_in_use=bool(reader.number("is_in_use")),
    )


def _kept(row: sqlite3.Row) -> KeptTerm:
    reader = RowReader(row)
    term = Term(
        source=reader.text("source"),
        target=reader.text("target"),
        part_of_speech=reader.text("part_of_speech"),
        note=reader.text("note"),
        matches_case=bool(reader.number("matches_case")),
        is_forbidden=bool(reader.number("is_forbidden")),
    )
    return KeptTerm(int(row["number"]), term)


def _storable(term: Term) -> Term:
    source, target, kind, note = map(storable, (term.source, term.target, term.part_of_speech, term.note))
    return Term(source, target, kind, note, term.matches_case, term.is_forbidden)


def _values(term: Term) -> tuple[str, str, str, str, int, int]:
    return (
        *(term.source, term.target, term.part_of_speech, term.note),
        int(term.matches_case),
        int(term.is_forbidden),
    )


def _identity(term: Term) -> tuple[str, str, bool]:
    """Return what two entries that say the same have in common."""
    if term.matches_case:
        return term.source, term.target, term.is_forbidden
    return term.source.casefold(), term.target.casefold(), term.is_forbidden
