"""One JSON value that holds many records: columns beside each other, as data frames and datasets write them.

Four forms are known: a list a field (``{"instruction": […], "output": […]}``), an object a field by the
number of the row (pandas' default), names and rows (pandas' "split"), and conversations in a list of lists.
A list of texts in a field of its own is no column: it may be alternatives, which are not to be joined.
"""

from __future__ import annotations

from collections.abc import Mapping

from lmstudio_lite.finetune.data.field_names import KNOWN_NAMES, plain_name

_TURN_FIELDS = frozenset(("messages", "conversations", "conversation"))


def unfolded(value: object) -> list[object]:
    """Return the records that ``value`` holds: itself, unless it is columns."""
    if not isinstance(value, Mapping):
        return [value]
    rows = _split_rows(value) or _column_rows(_as_lists(value))
    return [value] if rows is None else list(rows)


def _split_rows(value: Mapping[object, object]) -> list[dict[str, object]] | None:
    names, rows = value.get("columns"), value.get("data")
    if not isinstance(names, list) or not isinstance(rows, list) or not names or not rows:
        return None
    if not all(isinstance(name, str) for name in names):
        return None
    if not all(isinstance(row, list) and len(row) == len(names) for row in rows):
        return None
    return [dict(zip(names, row, strict=True)) for row in rows]


def _as_lists(value: Mapping[object, object]) -> Mapping[object, object]:
    """Return columns that are objects, one entry a row, as lists."""
    columns = list(value.values())
    rows = columns[0] if columns else None
    if len(columns) < 2 or not isinstance(rows, Mapping) or not rows:
        return value
    if not all(isinstance(column, Mapping) and column.keys() == rows.keys() for column in columns):
        return value
    if not all(isinstance(key, str) and key.isdecimal() for key in rows):
        return value
    return {name: list(column.values()) for name, column in value.items() if isinstance(column, Mapping)}


def _column_rows(value: Mapping[object, object]) -> list[dict[object, object]] | None:
    columns = {name: column for name, column in value.items() if isinstance(column, list)}
    known = [
        column
        for name, column in columns.items()
        if isinstance(name, str)
        and (
            (plain_name(name) in _TURN_FIELDS and all(isinstance(cell, list) for cell in column))
            or (plain_name(name) in KNOWN_NAMES and all(map(_is_cell, column)))
        )
    ]
    needed = 1 if len(value) == 1 or any(name in _TURN_FIELDS for name in columns) else 2
    if len(known) < needed or not known[0] or len({len(column) for column in known}) > 1:
        return None
    length = len(known[0])
    if not all(len(column) == length for column in columns.values()):
        return None
    shared = {name: field for name, field in value.items() if name not in columns}
    return [{**shared, **{name: column[at] for name, column in columns.items()}} for at in range(length)]


def _is_cell(value: object) -> bool:
    return value is None or isinstance(value, str | int | float)
