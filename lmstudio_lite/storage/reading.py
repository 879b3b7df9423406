"""Reading rows that may be damaged: each column by itself, so that one bad value hides nothing else.

SQLite keeps whatever was written, also a number where a text should be, and checks are only as good as the
disk. A value of the wrong kind takes a stand-in and is noted; the raw row stays as it is and can be exported.
"""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from lmstudio_lite.storage.times import EPOCH, LAST_TIME_US, to_datetime

E = TypeVar("E", bound=StrEnum)

_NUMBER_MARK = "row:"


class RowReader:
    """One row; ``is_damaged`` once a value had to be stood in for."""

    def __init__(self, row: sqlite3.Row) -> None:
        self._row = row
        self.is_damaged = False

    def id(self) -> str:
        """Return the row's id; one that can't be asked for is named by the row's number."""
        value = self._row["id"]
        if isinstance(value, str) and value and "\ufffd" not in value:
            return value
        self.is_damaged = True
        return f"{_NUMBER_MARK}{self._row['number']}"

    def text(self, column: str) -> str:
        """Return a text; bytes are read as UTF-8 as far as they go."""
        value = self._row[column]
        if not isinstance(value, str):
            self.is_damaged = True
        return text_from(value)

    def optional_text(self, column: str) -> str | None:
        """Return a text or None."""
        return None if self._row[column] is None else self.text(column)

    def time(self, column: str) -> datetime:
        """Return a time; what is none becomes the beginning of 1970."""
        value = self._row[column]
        if isinstance(value, int) and 0 <= value <= LAST_TIME_US:
            return to_datetime(value)
        self.is_damaged = True
        return EPOCH

    def number(self, column: str) -> float | None:
        """Return a number or None."""
        value = self._row[column]
        if value is None or isinstance(value, int | float):
            return value
        self.is_damaged = True
        return None

    def choice(self, column: str, kind: type[E], stand_in: E) -> E:
        """Return a member of ``kind``."""
        try:
            return kind(self._row[column])
        except ValueError:
            self.is_damaged = True
            return stand_in

    def json_object(self, column: str) -> dict[str, object]:
        """Return a JSON object; {} for torn or other JSON."""
        try:
            value = json.loads(self._row[column])
        except (ValueError, TypeError, RecursionError):
            value = None
        if isinstance(value, dict):
            return value
        self.is_damaged = True
        return {}


def text_from(value: object) -> str:
    """Return any stored value as a text."""
    if isinstance(value, bytes):
        return decoded(value)
    return "" if value is None else str(value)


def values_from(value: object) -> object:
    """Return what a column of JSON holds; None for torn JSON."""
    try:
        return json.loads(text_from(value))
    except (ValueError, RecursionError):
        return None


def decoded(raw: bytes) -> str:
    """Return stored bytes as a text; what is no UTF-8 becomes U+FFFD."""
    return raw.decode("utf-8", "replace")


def key_condition(item_id: str) -> tuple[str, str | int]:
    """Return the condition, and its parameter, that finds the row that ``RowReader.id`` named."""
    number = item_id.removeprefix(_NUMBER_MARK)
    if item_id.startswith(_NUMBER_MARK) and number.isdecimal():
        return "number = ?", int(number)
    return "id = ?", item_id


def rows_as_json(rows: dict[str, list[sqlite3.Row]]) -> str:
    """Write rows as they are stored, by table; bytes that are no text are written in hexadecimal."""
    plain = {
        table: [{name: _plain(row[name]) for name in row.keys()} for row in found]  # noqa: SIM118
        for table, found in rows.items()
    }
    return json.dumps(plain, ensure_ascii=False, indent=1)


def _plain(value: object) -> object:
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"hex": value.hex()}
