"""Follows the bytes of a file from its beginning and computes the SHA-256 of all of it.

It reads what the connections have just written back from the system's cache, which costs little, so that what
is hashed is what is on the disk. Ranges that were here before are held against what the journal knows of
them; one that is damaged is fetched again, and only that.
"""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING, BinaryIO

from lmstudio_lite.hub.coverage import Check, Coverage

if TYPE_CHECKING:
    from collections.abc import Callable
    from hashlib import blake2b

log = logging.getLogger(__name__)

_READ_BYTES = 1 << 20
_IDLE_S = 0.5


class Prover:
    """Hashes one file as it comes. ``run`` is for a thread of its own."""

    def __init__(self, coverage: Coverage, file: BinaryIO) -> None:
        """Read from ``file``, which nobody else moves."""
        self._coverage = coverage
        self._file = file
        self._hash = hashlib.sha256()
        self._marked = 0
        self._failed_at = -1
        self.num_damaged = 0

    def run(self, is_stopped: Callable[[], bool]) -> str:
        """Return the SHA-256 once the whole file is read, "" if it was stopped before.

        Stopped, it still goes on to the end of what is here, as far as that is near, so that it is kept.

        Raises:
            OSError: the disk fails.
        """
        coverage = self._coverage
        while not (coverage.size and coverage.position >= coverage.size):
            end, check = coverage.step_from(coverage.position)
            if end == coverage.position:
                if is_stopped():
                    break
                with coverage.changed:
                    if coverage.step_from(coverage.position)[0] == coverage.position and not is_stopped():
                        coverage.changed.wait(_IDLE_S)
                continue
            if is_stopped() and (check is not None or end - self._marked > 16 * coverage.cell):
                break
            if check is None:
                end = min(end, coverage.position + min(coverage.cell, _READ_BYTES))
            self._step(end, check)
        if coverage.position > self._marked:
            self._mark(coverage.position)
        is_done = coverage.size and coverage.position >= coverage.size
        return self._hash.hexdigest() if is_done else ""

    def _step(self, end: int, check: Check | None) -> None:
        start = self._coverage.position
        before = self._hash.copy()
        own = hashlib.blake2b(digest_size=16) if check is not None and not check.is_mark else None
        self._read(start, end, own)
        if check is not None:
            found = own.hexdigest() if own is not None else self._hash.hexdigest()
            if found != check.digest:
                self._hash = before
                self._find_damage(start, end, check)
                return
        if check is not None and check.is_mark:
            self._marked = end
            self._coverage.passed(end, found)
        elif check is not None or end - self._marked >= self._coverage.cell:
            self._mark(end)
        else:
            self._coverage.passed(end, None)

    def _find_damage(self, start: int, end: int, check: Check) -> None:
        """Have a range fetched again; the second time that a mark disagrees, the mark is what is wrong."""
        is_second = check.is_mark and self._failed_at == start
        self._failed_at = start
        self.num_damaged += 1
        log.info("bytes %d to %d are damaged and fetched again", start, end)
        self._coverage.lost(start, end, forgets_marks=is_second)

    def _mark(self, position: int) -> None:
        self._marked = position
        self._coverage.passed(position, self._hash.hexdigest())

    def _read(self, start: int, end: int, own: blake2b | None) -> None:
        self._file.seek(start)
        left = end - start
        while left:
            content = self._file.read(min(left, _READ_BYTES))
            if not content:  # Cut off under us: what is missing counts as damaged.
                content = bytes(min(left, _READ_BYTES))
            self._hash.update(content)
            if own is not None:
                own.update(content)
            left -= len(content)
