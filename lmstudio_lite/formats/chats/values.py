"""Values of foreign JSON, read without trust: whatever is not what it should be is nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

_NUMBER_MAX = 1e12
_SECONDS_MAX = 253_000_000_000  # the year 9987
_MILLISECONDS_FROM = 10_000_000_000
"""Seconds of the year 2286: whatever is more counts milliseconds."""
_TEXT_FORMS = ("%B %d, %Y %I:%M%p", "%B %d, %Y %I:%M %p", "%Y-%m-%d @%Hh %Mm %Ss %fms", "%Y-%m-%d@%Hh%Mm%Ss")
"""SillyTavern's."""


def text_of(value: object) -> str:
    """Return a text, "" for anything else."""
    return value if isinstance(value, str) else ""


def table_of(value: object) -> dict[str, Any]:
    """Return an object, an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> list[Any]:
    """Return a list, an empty one for anything else."""
    return value if isinstance(value, list) else []


def time_of(value: object) -> datetime | None:
    """Return a time of seconds or milliseconds since 1970, of ISO 8601 or of SillyTavern; None for none."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not 0 < value < 1000 * _SECONDS_MAX:  # not a number is neither
            return None
        seconds = value / 1000 if value >= _MILLISECONDS_FROM else value
        return datetime.fromtimestamp(seconds, UTC)
    text = text_of(value).strip()
    if not text:
        return None
    found = _iso(text) or _worded(text)
    if found is None:
        return None
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:
        return None


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _worded(text: str) -> datetime | None:
    for form in _TEXT_FORMS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def number_of(value: object) -> float | None:
    """Return a number that is not negative and not without end; None for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _NUMBER_MAX:
        return float(value)
    return None
