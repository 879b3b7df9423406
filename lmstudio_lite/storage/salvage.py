"""Going on with a damaged database: it is set aside whole, and what can be read of it comes into a new one.

Rows are read one by one, in both directions from each hole, so that a broken page costs its own rows only.
Search indexes are made anew; what refers to a row that is lost is left out where the tables insist on it.
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from lmstudio_lite.paths import write_error
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.reading import text_from
from lmstudio_lite.storage.search import SearchIndex

log = logging.getLogger(__name__)

_INDEXED = (
    ("conversations", "conversation_search", ("title",), ""),
    ("messages", "message_search", ("text",), "WHERE state <> 'streaming'"),
    ("results", "result_search", ("title", "text"), ""),
)
_NUM_PROBES = 64
_NOT_WHOLE = "a table can't be read whole: %s, %s"


@dataclass(frozen=True, slots=True)
class Salvage:
    """``kept_path`` is the damaged file; rows are those of conversations, messages and results."""

    kept_path: Path
    num_conversations: int
    num_messages: int
    num_results: int


def salvage(path: Path) -> Salvage:
    """Set the database at ``path`` aside and make a new one of what can be read of it.

    Nobody may have it open. The damaged file is kept beside it, with its journals.

    Raises:
        StorageError: it can't be renamed, or the new one can't be written.
    """
    kept_path = Database.set_aside(path)
    with (
        closing(Database.open(path)) as database,
        _readable_copy(kept_path) as copy,
        closing(sqlite3.connect(copy)) as old,
    ):
        old.row_factory = sqlite3.Row
        old.text_factory = _text_or_bytes
        counts = _copy_all(old, database)
    log.info("salvaged of the damaged database: %s", counts)
    return Salvage(
        kept_path, counts.get("conversations", 0), counts.get("messages", 0), counts.get("results", 0)
    )


@contextmanager
def _readable_copy(kept_path: Path) -> Iterator[Path]:
    """Give a copy that SQLite may change: it folds the log in, and reads no file that is cut off."""
    copy = kept_path.with_name(f"{kept_path.name}.copy")
    companions = [Path(f"{copy}{ending}") for ending in ("-wal", "-shm", "-journal")]
    try:
        try:
            shutil.copyfile(kept_path, copy)
            with suppress(FileNotFoundError):
                shutil.copyfile(f"{kept_path}-wal", f"{copy}-wal")
            with copy.open("r+b") as file:
                header = file.read(32)
                # https://sqlite.org/fileformat2.html: the page size (1 is 65,536) and the number of pages.
                page_size = int.from_bytes(header[16:18], "big")
                wanted = (65_536 if page_size == 1 else page_size) * int.from_bytes(header[28:32], "big")
                size = copy.stat().st_size
                if header.startswith(b"SQLite format 3") and size < wanted <= 4 * size:
                    file.truncate(wanted)
        except OSError as error:
            raise write_error(error, copy) from error
        yield copy
    finally:
        for path in (copy, *companions):
            path.unlink(missing_ok=True)


def _copy_all(old: sqlite3.Connection, database: Database) -> dict[str, int]:
    with database.read() as new:
        tables = [
            row["name"]
            for row in new.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table'"
                " AND sql NOT LIKE 'CREATE VIRTUAL%' AND name NOT LIKE '%\\_search\\_%' ESCAPE '\\'"
                " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
            )
        ]
    counts: dict[str, int] = {}
    with database.unchecked_write() as new:
        for table in tables:
            counts[table] = _copy_table(old, new, table)
        # A row that another one must have, and that is lost: without it the referring one can't be kept.
        for table in tables:
            for lost in new.execute(f"PRAGMA foreign_key_check({table})").fetchall():
                _mend(new, table, lost)
        for table, index, columns, condition in _INDEXED:
            for row in new.execute(f"SELECT * FROM {table} {condition}").fetchall():
                SearchIndex(index).put(
                    new, row["number"], "\n".join(text_from(row[column]) for column in columns)
                )
    return counts


def _copy_table(old: sqlite3.Connection, new: sqlite3.Connection, table: str) -> int:
    """Copy what can be read; a column that the old file lacks takes its default."""
    known = [row["name"] for row in new.execute(f"PRAGMA table_info({table})")]
    num_copied = 0
    for row in _rows(old, table):
        columns = [name for name in known if name in row.keys()]  # noqa: SIM118
        marks = ", ".join("?" * len(columns))
        with suppress(sqlite3.Error):  # a value that the tables refuse: this row alone is lost
            new.execute(
                f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({marks})",
                [row[name] for name in columns],
            )
            if "activity" in columns:  # which the tables count up by themselves
                new.execute(
                    f"UPDATE {table} SET activity = ? WHERE number = ?", (row["activity"], row["number"])
                )
            num_copied += 1
    return num_copied


def _rows(old: sqlite3.Connection, table: str) -> Iterator[sqlite3.Row]:
    """Yield the rows that can be read: forwards to the first hole, then backwards from the end to it."""
    seen: set[object] = set()
    for order in ("ASC", "DESC"):
        try:
            for row in old.execute(f"SELECT rowid AS salvaged_number, * FROM {table} ORDER BY rowid {order}"):
                number = row["salvaged_number"]
                if number in seen:
                    break
                seen.add(number)
                yield row
        except sqlite3.Error as error:
            if "no such column" in str(error):
                yield from _rows_without_numbers(old, table)
                return
            log.warning(_NOT_WHOLE, table, error)
        else:
            if order == "ASC":
                return
    yield from _rows_between(old, table, seen)


def _rows_without_numbers(old: sqlite3.Connection, table: str) -> Iterator[sqlite3.Row]:
    """Yield the rows up to the first hole of a table that is WITHOUT ROWID."""
    try:
        yield from old.execute(f"SELECT * FROM {table}")
    except sqlite3.Error as error:
        log.warning(_NOT_WHOLE, table, error)


def _rows_between(old: sqlite3.Connection, table: str, seen: set[object]) -> Iterator[sqlite3.Row]:
    """Yield rows inside the hole, asked for one by one; gives up after many misses in a row."""
    numbers = sorted(number for number in seen if isinstance(number, int))
    hole = next(((a, b) for a, b in pairwise(numbers) if b - a > 1), None)
    first, last = hole if hole is not None else ((numbers[-1] if numbers else 0), None)
    num_misses, number = 0, first + 1
    while (last is None or number < last) and (last is not None or num_misses < _NUM_PROBES):
        row = None
        with suppress(sqlite3.Error):
            row = old.execute(f"SELECT * FROM {table} WHERE rowid = ?", (number,)).fetchone()
        num_misses = 0 if row is not None else num_misses + 1
        number += 1
        if row is not None:
            yield row


def _mend(new: sqlite3.Connection, table: str, lost: sqlite3.Row) -> None:
    """Make a row that refers to a lost one fit the tables again."""
    match table, lost["parent"]:
        case "messages", "messages":
            new.execute("UPDATE messages SET parent_id = NULL WHERE number = ?", (lost["rowid"],))
        case "messages", "conversations":
            new.execute(
                "INSERT OR IGNORE INTO conversations (id, title, created_at, updated_at) SELECT"
                " conversation_id, '', created_at, created_at FROM messages WHERE number = ?",
                (lost["rowid"],),
            )
        case "conversations", "messages":
            new.execute(
                "UPDATE conversations SET active_leaf_id = (SELECT m.id FROM messages AS m WHERE"
                " m.conversation_id = conversations.id ORDER BY m.number DESC LIMIT 1) WHERE number = ?",
                (lost["rowid"],),
            )
        case "conversations", "folders":
            new.execute("UPDATE conversations SET folder_number = NULL WHERE number = ?", (lost["rowid"],))
        case "folders", "folders":
            new.execute("UPDATE folders SET parent_number = NULL WHERE number = ?", (lost["rowid"],))
        case _:
            new.execute(f"DELETE FROM {table} WHERE rowid = ?", (lost["rowid"],))


def _text_or_bytes(raw: bytes) -> object:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw
