"""Points in time as the tables hold them: whole microseconds since 1970, UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
LAST_TIME_US = (datetime(9999, 1, 1, tzinfo=UTC) - EPOCH) // _MICROSECOND


def now_us() -> int:
    """Return the present in microseconds."""
    return (datetime.now(UTC) - EPOCH) // _MICROSECOND


def to_datetime(time_us: int) -> datetime:
    """Return microseconds as a time with its zone, UTC."""
    return EPOCH + time_us * _MICROSECOND
