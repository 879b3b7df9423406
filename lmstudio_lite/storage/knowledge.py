"""The index of folders: which files were read as they are, and the passages found by their words.

A file's row, its text and its passages come and go in one transaction: a killed program finds it read or not.
Thread-safe; every method may raise the ``StorageError`` of the database.
"""

from __future__ import annotations

import builtins
import json
import sqlite3
import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.knowledge import FileStamp, FoundPassage, IndexedFile, KnowledgeFolder, UnreadFile
from lmstudio_lite.errors import AppError, NotStoredError, error_from_code
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.reading import text_from
from lmstudio_lite.storage.records import decode_pages, encode_pages
from lmstudio_lite.storage.search import storable
from lmstudio_lite.storage.times import now_us, to_datetime

_SELECT_FOLDERS = """
    SELECT d.*,
        (SELECT count(*) FROM knowledge_files WHERE folder_number = d.number) AS num_files,
        (SELECT count(*) FROM knowledge_files WHERE folder_number = d.number AND state = 'read')
            AS num_read,
        (SELECT count(*) FROM knowledge_files WHERE folder_number = d.number AND state = 'failed')
            AS num_failed,
        (SELECT count(*) FROM knowledge_files AS f JOIN knowledge_compared AS c ON c.file_number = f.number
            WHERE f.folder_number = d.number AND c.model = :model) AS num_compared
    FROM knowledge_folders AS d
"""
_SEARCH = """
    WITH best (number, score) AS (
        SELECT s.rowid, bm25(knowledge_search) AS score FROM knowledge_search AS s
            JOIN knowledge_passages AS p ON p.number = s.rowid
            JOIN knowledge_files AS f ON f.number = p.file_number
            JOIN knowledge_folders AS d ON d.number = f.folder_number
        WHERE knowledge_search MATCH :query AND (:folder_id = '' OR d.id = :folder_id)
        ORDER BY score, s.rowid LIMIT :most
    )
    SELECT number FROM best ORDER BY score, number
"""
_SELECT_PASSAGES = """
    SELECT p.number, d.path AS folder, f.path, f.title, f.content_hash, f.language, p.start, p.end, p.page,
        substr(CAST(f.text AS TEXT), p.start + 1, p.end - p.start) AS words
    FROM knowledge_passages AS p
        JOIN knowledge_files AS f ON f.number = p.file_number
        JOIN knowledge_folders AS d ON d.number = f.folder_number
    WHERE p.number IN (SELECT value FROM json_each(?))
"""


class KnowledgeRows:
    """The folders of one database."""

    def __init__(self, database: Database) -> None:
        """Keep folders in ``database``."""
        self._database = database

    def add(self, path: Path) -> KnowledgeFolder:
        """Add a folder with no file yet; return the one that is there for the same path."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO knowledge_folders (id, path, added_at) VALUES (?, ?, ?)",
                (uuid.uuid4().hex, storable(str(path)), now_us()),
            )
            row = connection.execute(
                f"{_SELECT_FOLDERS} WHERE d.path = :path", {"model": "", "path": storable(str(path))}
            ).fetchone()
            return _folder(row)

    def remove(self, folder_id: str) -> None:
        """Forget a folder with all that was read of it; nothing on the disk is touched."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM knowledge_folders WHERE id = ?", (folder_id,))

    def list(self, model: str = "") -> builtins.list[KnowledgeFolder]:
        """Return the folders in the order in which they were added; ``model`` compares their meanings."""
        with self._database.read() as connection:
            rows = connection.execute(f"{_SELECT_FOLDERS} ORDER BY d.number", {"model": model})
            return [_folder(row) for row in rows]

    def stamps(self, folder_id: str) -> dict[str, FileStamp | None]:
        """Return the files that are known of a folder; None for one that is still to be read."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT path, size, modified_ns, state FROM knowledge_files WHERE folder_number = ?",
                (_number(connection, folder_id),),
            )
            return {
                text_from(row["path"]): None
                if row["state"] == "found"
                else FileStamp(row["size"], row["modified_ns"])
                for row in rows
            }

    def note_found(self, folder_id: str, found: Mapping[str, FileStamp], gone: Iterable[str]) -> None:
        """Note files that are to be read, and forget those that are gone.

        What a file that changed held before stays until it is read again.
        """
        with self._database.write() as connection:
            number = _number(connection, folder_id)
            connection.executemany(
                "DELETE FROM knowledge_files WHERE folder_number = ? AND path = ?",
                [(number, storable(path)) for path in gone],
            )
            connection.executemany(
                "INSERT INTO knowledge_files (folder_number, path, size, modified_ns, state)"
                " VALUES (?, ?, ?, ?, 'found') ON CONFLICT (folder_number, path) DO NOTHING",
                [(number, storable(path), stamp.size, stamp.modified_ns) for path, stamp in found.items()],
            )

    def note_looked_at(self, folder_id: str) -> None:
        """Note that a folder was gone through to its end."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE knowledge_folders SET looked_at = ? WHERE id = ?", (now_us(), folder_id)
            )

    def put(self, folder_id: str, file: IndexedFile) -> None:
        """Keep what was read of a file, in place of what was read of it before."""
        with self._database.write() as connection:
            file_number = _new_file(connection, folder_id, file.path, file.stamp, "read")
            connection.execute(
                "UPDATE knowledge_files SET content_hash = ?, title = ?, language = ?, pages = ?, text = ?"
                " WHERE number = ?",
                (
                    *(file.content_hash, storable(file.title), file.language, encode_pages(file.pages)),
                    *(storable(file.text), file_number),
                ),
            )
            for passage in file.passages:
                added = connection.execute(
                    "INSERT INTO knowledge_passages (file_number, start, end, page) VALUES (?, ?, ?, ?)",
                    (file_number, passage.start, passage.end, passage.page),
                )
                connection.execute(
                    "INSERT INTO knowledge_search (rowid, features) VALUES (?, ?)",
                    (added.lastrowid, storable(passage.features)),
                )

    def put_failure(self, folder_id: str, path: str, stamp: FileStamp, error: AppError) -> None:
        """Note why a file can't be read; it is tried again when it has changed."""
        failure = json.dumps([error.code, dict(error.details)])
        with self._database.write() as connection:
            file_number = _new_file(connection, folder_id, path, stamp, "failed")
            connection.execute(
                "UPDATE knowledge_files SET failure = ? WHERE number = ?", (failure, file_number)
            )

    def unread(self, folder_id: str) -> builtins.list[UnreadFile]:
        """Return the files of a folder that could not be read, by their names."""
        with self._database.read() as connection:
            number = _number(connection, folder_id)
            folder = connection.execute(
                "SELECT path FROM knowledge_folders WHERE number = ?", (number,)
            ).fetchone()
            rows = connection.execute(
                "SELECT path, failure FROM knowledge_files WHERE folder_number = ? AND state = 'failed'"
                " ORDER BY path",
                (number,),
            )
            return [
                UnreadFile(Path(text_from(folder["path"]), text_from(row["path"])), _error(row["failure"]))
                for row in rows
            ]

    def languages(self) -> frozenset[str]:
        """Return the languages of what was read."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT DISTINCT language FROM knowledge_files WHERE language <> ''")
            return frozenset(row["language"] for row in rows)

    def search(self, words: Sequence[str], most: int, folder_id: str = "") -> builtins.list[int]:
        """Return up to ``most`` passages with any of ``words``, best first (BM25), of one folder or all.

        ``words`` are as in ``IndexedPassage.features``; none finds nothing.
        """
        query = " OR ".join(f'"{word}"' for word in words if '"' not in word)
        if not query:
            return []
        with self._database.read() as connection:
            rows = connection.execute(_SEARCH, {"query": query, "most": most, "folder_id": folder_id})
            return [row["number"] for row in rows]

    def passages(self, numbers: Sequence[int]) -> builtins.list[FoundPassage]:
        """Return the passages of ``numbers`` in that order, without those that are gone meanwhile."""
        with self._database.read() as connection:
            rows = connection.execute(_SELECT_PASSAGES, (json.dumps(list(numbers)),))
            found = {row["number"]: _found(row) for row in rows}
        return [found[number] for number in numbers if number in found]

    def document(self, content_hash: str, path: Path) -> Document | None:
        """Return a file as it was read, that at ``path`` before others of the same text; None without."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT d.path AS folder, f.* FROM knowledge_files AS f"
                " JOIN knowledge_folders AS d ON d.number = f.folder_number"
                " WHERE f.content_hash = ? AND f.state = 'read'",
                (content_hash,),
            ).fetchall()
        documents = [_document(row) for row in rows]
        return next((each for each in documents if each.path == path), documents[0] if documents else None)


def _number(connection: sqlite3.Connection, folder_id: str) -> int:
    row = connection.execute("SELECT number FROM knowledge_folders WHERE id = ?", (folder_id,)).fetchone()
    if row is None:
        raise NotStoredError(kind="folder", id=folder_id)
    number: int = row["number"]
    return number


def _new_file(
    connection: sqlite3.Connection, folder_id: str, path: str, stamp: FileStamp, state: str
) -> int | None:
    number = _number(connection, folder_id)
    connection.execute(
        "DELETE FROM knowledge_files WHERE folder_number = ? AND path = ?", (number, storable(path))
    )
    return connection.execute(
        "INSERT INTO knowledge_files (folder_number, path, size, modified_ns, state) VALUES (?, ?, ?, ?, ?)",
        (number, storable(path), stamp.size, stamp.modified_ns, state),
    ).lastrowid


def _folder(row: sqlite3.Row) -> KnowledgeFolder:
    looked_at = to_datetime(row["looked_at"]) if row["looked_at"] is not None else None
    return KnowledgeFolder(
        row["id"],
        Path(text_from(row["path"])),
        row["num_files"],
        row["num_read"],
        row["num_failed"],
        row["num_compared"],
        looked_at,
    )


def _found(row: sqlite3.Row) -> FoundPassage:
    return FoundPassage(
        number=row["number"],
        path=Path(text_from(row["folder"]), text_from(row["path"])),
        title=text_from(row["title"]),
        content_hash=row["content_hash"],
        language=row["language"],
        start=row["start"],
        end=row["end"],
        page=row["page"],
        words=text_from(row["words"]),
    )


def _document(row: sqlite3.Row) -> Document:
    return Document(
        path=Path(text_from(row["folder"]), text_from(row["path"])),
        title=text_from(row["title"]),
        mime_type="",
        text=text_from(row["text"]),
        pages=decode_pages(text_from(row["pages"])),
        blocks=(),
        language=row["language"],
        content_hash=row["content_hash"],
    )


def _error(failure: str) -> AppError:
    try:
        code, details = json.loads(failure)
        return error_from_code(str(code), details)
    except (ValueError, TypeError):
        return error_from_code("", {})
