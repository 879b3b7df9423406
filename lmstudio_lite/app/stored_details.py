"""Reading a stored result's details back: tolerant, for another version may have written them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lmstudio_lite.tasks.checks import TaskWarning


def text_of(details: Mapping[str, object], key: str) -> str:
    """Return the text under ``key``, "" if there is none."""
    value = details.get(key)
    return value if isinstance(value, str) else ""


def number_of(details: Mapping[str, object], key: str) -> float:
    """Return the number under ``key``, 0 if there is none."""
    value = details.get(key)
    return float(value) if isinstance(value, int | float) else 0.0


def warnings_to_json(warnings: Sequence[TaskWarning]) -> list[list[object]]:
    """Put warnings into plain JSON values."""
    return [[warning.code, warning.num_affected, warning.num_total] for warning in warnings]


def warnings_from_json(rows: object) -> tuple[TaskWarning, ...]:
    """Read warnings back; rows of another shape are left out."""
    if not isinstance(rows, list):
        return ()
    return tuple(TaskWarning(*row) for row in rows if _is_warning(row))


def _is_warning(row: object) -> bool:
    if not isinstance(row, list) or len(row) != 3:
        return False
    return isinstance(row[0], str) and all(isinstance(number, int) for number in row[1:])
