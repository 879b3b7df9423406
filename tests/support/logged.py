"""What a test logged at WARNING and above, held against what it may log.

A swallowed exception leaves its only trace in the log: the bridge catches a bug in a callback and
logs it, and the test that met it would pass. A warning tells of what went wrong and was got over: a test
that does not provoke one must not see one.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence


class Logged(logging.Handler):
    """Collects records of WARNING and above, of every logger and thread."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        cause = f" [{type(error).__name__}: {error}]" if error is not None else ""
        self._lines.append(f"{record.levelname} {record.name}: {record.getMessage()}{cause}")

    def take_unexpected(self, allowed: Sequence[str]) -> list[str]:
        """Return the records since the last call that no pattern of ``allowed`` is found in."""
        lines, self._lines = self._lines, []
        return [line for line in lines if not any(re.search(pattern, line) for pattern in allowed)]
