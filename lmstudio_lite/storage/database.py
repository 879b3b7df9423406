"""One SQLite file for everything that is kept: one connection, one lock, every failure with a name.

WAL with ``synchronous=NORMAL``: a killed process loses nothing that was committed; a power cut loses
at most the last commits and never leaves a torn file. Other processes (a terminal command beside the
window) read and write the same file; writers wait for each other. Where a file system can't share
memory between processes (some network drives), SQLite's rollback journal is used instead.

A file that can't be used is never changed or deleted: opening it raises, and ``set_aside`` renames it
when the user says so.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lmstudio_lite import paths
from lmstudio_lite.errors import (
    AppError,
    DatabaseDamagedError,
    DatabaseTooNewError,
    DataFolderReadOnlyError,
    DiskFullError,
    InvariantError,
    StorageError,
)
from lmstudio_lite.files import IrregularFileError, irregular_kind
from lmstudio_lite.private_files import make_private_folder, open_descriptor, tighten
from lmstudio_lite.storage.migrations import MIGRATIONS, found_version, migrate
from lmstudio_lite.storage.reading import decoded

log = logging.getLogger(__name__)

_APPLICATION_ID = 0x4C4D534C  # "LMSL", in the file's header (https://sqlite.org/fileformat2.html)
_SQLITE_MIN = (3, 35)  # the trigram tokenizer (3.34), RETURNING
_BUSY_TIMEOUT_S = 10.0
_BUSY_PAUSE_S = 0.05
_WAL_SIZE_LIMIT_BYTES = 16_000_000
_PROBE_BYTES = 1_000_000
_COMPANIONS = ("-wal", "-shm", "-journal")


class Database:
    """The open file. Thread-safe: each ``read`` and ``write`` block has the connection to itself."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        """Use ``Database.open``."""
        self._path = path
        self._connection = connection
        self._lock = threading.RLock()

    @classmethod
    def open(cls, path: Path) -> Database:
        """Open or make the file and bring it to this version's form.

        Raises:
            DatabaseDamagedError: it is no database of this program, or a broken one; it is left alone.
            DatabaseTooNewError: a newer version of the program wrote it; it is left alone.
            DataFolderReadOnlyError, DiskFullError: it can't be made or written to.
            StorageError: another process holds it for too long, or SQLite is older than 3.35.
        """
        with _named_errors(path):
            make_private_folder(path.parent)
            if (kind := irregular_kind(path)) is not None:
                raise IrregularFileError(path, kind)
            if sqlite3.sqlite_version_info < _SQLITE_MIN:
                raise StorageError(path=str(path), reason=f"SQLite {sqlite3.sqlite_version} is too old")
            _make_private(path)
            connection = sqlite3.connect(
                path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            try:
                connection.row_factory = sqlite3.Row
                connection.text_factory = decoded
                _prepare(connection, path)
                _check_if_marked(connection, path)
            except BaseException:
                connection.close()
                raise
        return cls(path, connection)

    @classmethod
    def in_memory(cls) -> Database:
        """Make an empty database that is never written anywhere and is gone when it is closed."""
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.text_factory = decoded
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("BEGIN IMMEDIATE")
        migrate(connection)
        connection.execute("COMMIT")
        return cls(Path(":memory:"), connection)

    @staticmethod
    def set_aside(path: Path) -> Path:
        """Rename a file that can't be used, with its journals, and return its new path.

        Raises:
            DataFolderReadOnlyError: it can't be renamed.
        """
        kept = paths.set_aside(path, "damaged")
        with _named_errors(path):
            _mark_of(path).unlink(missing_ok=True)
            for ending in _COMPANIONS:
                companion = path.with_name(path.name + ending)
                if companion.exists():
                    companion.rename(kept.with_name(kept.name + ending))
        return kept

    @property
    def path(self) -> Path:
        return self._path

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for queries that see one consistent state of the file.

        Raises:
            StorageError: the file can't be read.
        """
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for changes: all are committed at the end, or none if the block raises.

        Raises:
            StorageError: the changes can't be written; nothing of them is kept.
            InvariantError: they break a promise of the tables.
        """
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def unchecked_write(self) -> Iterator[sqlite3.Connection]:
        """As ``write``, without the tables' foreign keys: for putting rows in whose order is not known.

        Raises:
            StorageError: the changes can't be written; nothing of them is kept.
        """
        with self._lock:
            self._connection.execute("PRAGMA foreign_keys = OFF")
            try:
                with self.write() as connection:
                    yield connection
            finally:
                self._connection.execute("PRAGMA foreign_keys = ON")

    def problems(self) -> tuple[str, ...]:
        """Check the whole file, which takes seconds per gigabyte, and return what is wrong with it."""
        with self.read() as connection:
            rows = connection.execute("PRAGMA quick_check(20)").fetchall()
        return tuple(row[0] for row in rows if row[0] != "ok")

    def close(self) -> None:
        """Fold the write-ahead log into the file and let go of it. Idempotent."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._lock, _named_errors(self._path):
            self._connection.execute(begin)
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # SQLite has rolled back already after a full disk or an I/O error.
                if self._connection.in_transaction:
                    with suppress(sqlite3.Error):
                        self._connection.execute("ROLLBACK")
                raise


def new_number(cursor: sqlite3.Cursor) -> int:
    """Return the number of the row that ``cursor`` just inserted."""
    if cursor.lastrowid is None:
        raise InvariantError("an insert gave no row number")
    return cursor.lastrowid


def _make_private(path: Path) -> None:
    """Make the file before SQLite does, which gives its own the permissions of the umask.

    The journals beside it get the file's permissions. A file that is there is not opened: to close it again
    would let go of the locks that this process has on it.
    """
    with suppress(OSError):  # SQLite says better what is wrong.
        os.close(open_descriptor(path, os.O_RDWR | os.O_CREAT | os.O_EXCL))
    tighten([path, *(path.with_name(path.name + ending) for ending in _COMPANIONS)])


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    # In one transaction: another process may be making the tables right now.
    connection.execute("BEGIN")
    version = found_version(connection)
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    num_tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    connection.execute("COMMIT")
    if version > len(MIGRATIONS):
        raise DatabaseTooNewError(path=str(path), found_version=version, known_version=len(MIGRATIONS))
    if owner != _APPLICATION_ID and (owner or version or num_tables):
        raise DatabaseDamagedError(path=str(path), reason="it is another program's database")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_SIZE_LIMIT_BYTES}")
    is_wal = _switch_to_wal(connection)
    connection.execute(f"PRAGMA synchronous = {'NORMAL' if is_wal else 'FULL'}")
    # Even with nothing to do: a file that can't be written to is found out here, not at the first save.
    connection.execute("BEGIN IMMEDIATE")
    try:
        if owner != _APPLICATION_ID:
            connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        migrate(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _mark_of(path: Path) -> Path:
    """Return the file that says: this database was found damaged while it was used."""
    return path.with_name(f"{path.name}.check")


def _check_if_marked(connection: sqlite3.Connection, path: Path) -> None:
    """Check the whole file if it was found damaged before: now, while it can be set aside."""
    mark = _mark_of(path)
    if not mark.exists():
        return
    found: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise DatabaseDamagedError(path=str(path), reason=found)
    mark.unlink(missing_ok=True)


def _switch_to_wal(connection: sqlite3.Connection) -> bool:
    """Ask for the write-ahead log. SQLite doesn't wait here when another process asks at the same time."""
    deadline = time.monotonic() + _BUSY_TIMEOUT_S
    while True:
        try:
            mode: str = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_BUSY_PAUSE_S)
            continue
        if mode != "wal":
            log.warning("database: no write-ahead log here, journal mode %s", mode)
        return mode == "wal"


@contextmanager
def _named_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise paths.write_error(error, path) from error
    except sqlite3.IntegrityError as error:
        raise InvariantError(f"a change breaks a promise of the tables: {error}") from error
    except sqlite3.ProgrammingError as error:
        raise InvariantError(f"the database is used wrongly: {error}") from error
    except sqlite3.Error as error:
        named = _storage_error(error, path)
        if isinstance(named, DatabaseDamagedError):
            with suppress(OSError):
                _mark_of(path).touch()
        raise named from error


def _storage_error(error: sqlite3.Error, path: Path) -> AppError:
    """Name what SQLite reports (https://sqlite.org/rescode.html; the low byte is the primary code)."""
    match getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return DiskFullError(path=str(path))
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return DataFolderReadOnlyError(path=str(path.parent))
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return DatabaseDamagedError(path=str(path), reason=str(error))
        case sqlite3.SQLITE_CANTOPEN:
            return _error_of_writing(path) or DataFolderReadOnlyError(path=str(path))
        case sqlite3.SQLITE_IOERR:
            return _error_of_writing(path) or StorageError(path=str(path), reason=str(error))
        case _:
            return StorageError(path=str(path), reason=str(error))


def _error_of_writing(path: Path) -> StorageError | None:
    """Find out by writing what SQLite doesn't say: no room, a quota used up, or no permission."""
    try:
        paths.prove_writable(path.parent, _PROBE_BYTES)
    except StorageError as error:
        return error
    return None
