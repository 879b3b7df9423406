"""Folders of conversations: a tree by names. A conversation lies in one folder or in none.

Nothing here changes a conversation's place in time, and each change gives back what undoes it to the byte.
Removing a folder loses nothing: what lay in it goes one level up, also what is in the archive or the bin.
Thread-safe; every method is one transaction. What is not there any more raises ``NotStoredError``; every
method may raise the ``StorageError`` of the database.
"""

from __future__ import annotations

import builtins
import sqlite3
import uuid
from collections.abc import Sequence

from lmstudio_lite.domain.folders import Folder, Placed, RemovedFolder, ids_within
from lmstudio_lite.errors import InvariantError, NotStoredError
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.messages import conversation_row
from lmstudio_lite.storage.reading import text_from
from lmstudio_lite.storage.search import fold, storable

_SELECT = """
    SELECT f.*, (SELECT id FROM folders WHERE number = f.parent_number) AS parent_id,
        (SELECT count(*) FROM conversations AS c WHERE c.folder_number = f.number
            AND c.deleted_at IS NULL AND c.archived_at IS NULL) AS num_conversations
    FROM folders AS f
"""


class Folders:
    """The folders of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self) -> builtins.list[Folder]:
        """Return all folders in the order of the tree: each behind its parent, neighbours by name."""
        with self._database.read() as connection:
            return tree_of(connection)

    def create(self, name: str, parent_id: str | None = None) -> Folder:
        """Make an empty folder, in another one or at the top."""
        folder_id = uuid.uuid4().hex
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO folders (id, name, parent_number) VALUES (?, ?, ?)",
                (folder_id, _plain(name), _number_of(connection, parent_id)),
            )
            return next(folder for folder in tree_of(connection) if folder.id == folder_id)

    def rename(self, folder_id: str, name: str) -> None:
        """Give a folder another name."""
        self._set(folder_id, "name", _plain(name))

    def set_collapsed(self, folder_id: str, *, is_collapsed: bool) -> None:
        """Remember whether a folder's contents are hidden."""
        self._set(folder_id, "is_collapsed", int(is_collapsed))

    def open_up_to(self, folder_id: str) -> None:
        """Open a folder and all that it lies in."""
        with self._database.write() as connection:
            parents = {folder.id: folder.parent_id for folder in tree_of(connection)}
            wanted: str | None = folder_id
            while wanted is not None:
                connection.execute("UPDATE folders SET is_collapsed = 0 WHERE id = ?", (wanted,))
                wanted = parents.pop(wanted, None)

    def move(self, folder_id: str, parent_id: str | None) -> str | None:
        """Put a folder into another one or to the top; return the id of where it lay.

        Raises:
            InvariantError: it would lie within itself.
        """
        with self._database.write() as connection:
            folders = tree_of(connection)
            before = next((each.parent_id for each in folders if each.id == folder_id), None)
            if parent_id in ids_within(folders, folder_id):
                raise InvariantError("a folder can't lie within itself")
            number = _number_of(connection, folder_id)
            connection.execute(
                "UPDATE folders SET parent_number = ? WHERE number = ?",
                (_number_of(connection, parent_id), number),
            )
        return before

    def put(self, conversation_ids: Sequence[str], folder_id: str | None) -> builtins.list[Placed]:
        """Put conversations into a folder, None: out of any; return where they lay, for ``put_back``."""
        with self._database.write() as connection:
            number = _number_of(connection, folder_id)
            before = []
            for conversation_id in conversation_ids:
                row = conversation_row(connection, conversation_id)
                before.append(Placed(conversation_id, row["folder_id"]))
                _place(connection, row["number"], number)
        return before

    def put_back(self, before: Sequence[Placed]) -> None:
        """Undo ``put``; a folder that is gone since then, or a conversation, is left out."""
        with self._database.write() as connection:
            for placed in before:
                connection.execute(
                    "UPDATE conversations SET folder_number = (SELECT number FROM folders WHERE id = ?)"
                    " WHERE id = ?",
                    (placed.folder_id, placed.conversation_id),
                )

    def remove(self, folder_id: str) -> RemovedFolder:
        """Remove a folder; what lay in it goes one level up. ``restore`` undoes it."""
        with self._database.write() as connection:
            row = _row(connection, folder_id)
            number, parent = row["number"], row["parent_number"]
            removed = RemovedFolder(
                number=number,
                id=folder_id,
                name=text_from(row["name"]),
                parent_id=row["parent_id"],
                is_collapsed=bool(row["is_collapsed"]),
                conversation_ids=_ids(connection, "conversations", "folder_number", number),
                folder_ids=_ids(connection, "folders", "parent_number", number),
            )
            for table, column in (("conversations", "folder_number"), ("folders", "parent_number")):
                connection.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (parent, number))
            connection.execute("DELETE FROM folders WHERE number = ?", (number,))
        return removed

    def restore(self, removed: RemovedFolder) -> None:
        """Undo ``remove``: the folder comes back with what lay in it and is still there."""
        with self._database.write() as connection:
            is_free = connection.execute(
                "SELECT 1 FROM folders WHERE number = ?", (removed.number,)
            ).fetchone()
            connection.execute(
                "INSERT INTO folders (number, id, name, parent_number, is_collapsed)"
                " VALUES (?, ?, ?, (SELECT number FROM folders WHERE id = ?), ?)",
                (
                    *(None if is_free else removed.number, removed.id, removed.name),
                    *(removed.parent_id, int(removed.is_collapsed)),
                ),
            )
            number = _number_of(connection, removed.id)
            connection.executemany(
                "UPDATE conversations SET folder_number = ? WHERE id = ?",
                [(number, each) for each in removed.conversation_ids],
            )
            connection.executemany(
                "UPDATE folders SET parent_number = ? WHERE id = ?",
                [(number, each) for each in removed.folder_ids],
            )

    def _set(self, folder_id: str, column: str, value: str | int) -> None:
        with self._database.write() as connection:
            number = _number_of(connection, folder_id)
            connection.execute(f"UPDATE folders SET {column} = ? WHERE number = ?", (value, number))


def tree_of(connection: sqlite3.Connection) -> list[Folder]:
    """Return all folders, each behind its parent; those whose parents stand in a circle are at the top."""
    rows = connection.execute(_SELECT).fetchall()
    rows.sort(key=lambda row: (fold(text_from(row["name"])), row["number"]))
    below: dict[str | None, list[sqlite3.Row]] = {}
    for row in rows:
        below.setdefault(row["parent_id"], []).append(row)
    found: list[Folder] = []
    seen: set[str] = set()
    starts = [*below.get(None, []), *rows]  # all again: what no top leads to is damaged
    for start in starts:
        waiting: list[tuple[sqlite3.Row, int, tuple[str, ...], str | None]] = [(start, 0, (), None)]
        while waiting:
            row, depth, above, parent_id = waiting.pop()
            if row["id"] in seen:
                continue
            seen.add(row["id"])
            folder = _folder(row, depth, above, parent_id)
            found.append(folder)
            children = below.get(row["id"], [])
            waiting += [(child, depth + 1, folder.path, folder.id) for child in reversed(children)]
    return found


def _folder(row: sqlite3.Row, depth: int, above: tuple[str, ...], parent_id: str | None) -> Folder:
    name = text_from(row["name"])
    return Folder(
        id=str(row["id"]),
        name=name,
        parent_id=parent_id,
        is_collapsed=bool(row["is_collapsed"]),
        num_conversations=row["num_conversations"],
        depth=depth,
        path=(*above, name),
    )


def _row(connection: sqlite3.Connection, folder_id: str) -> sqlite3.Row:
    row: sqlite3.Row | None = connection.execute(f"{_SELECT} WHERE f.id = ?", (folder_id,)).fetchone()
    if row is None:
        raise NotStoredError(kind="folder", id=folder_id)
    return row


def _number_of(connection: sqlite3.Connection, folder_id: str | None) -> int | None:
    return None if folder_id is None else int(_row(connection, folder_id)["number"])


def _place(connection: sqlite3.Connection, conversation_number: int, folder_number: int | None) -> None:
    connection.execute(
        "UPDATE conversations SET folder_number = ? WHERE number = ?", (folder_number, conversation_number)
    )


def _ids(connection: sqlite3.Connection, table: str, column: str, number: int) -> tuple[str, ...]:
    rows = connection.execute(f"SELECT id FROM {table} WHERE {column} = ? ORDER BY number", (number,))
    return tuple(text_from(row["id"]) for row in rows)


def _plain(name: str) -> str:
    """Return a name in one line; a slash stands between names of a path."""
    return " ".join(storable(name).replace("/", "∕").split())
