"""Sets of byte ranges of one file, each from its start to before its end. Pure."""

from __future__ import annotations

import bisect
from collections.abc import Iterator


class ByteRanges:
    """Disjoint ranges, sorted; those that touch are one. Not thread-safe."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(list(zip(self._starts, self._ends, strict=True)))

    @property
    def num_bytes(self) -> int:
        return sum(self._ends) - sum(self._starts)

    def add(self, start: int, end: int) -> None:
        """Include ``start`` to before ``end``; an empty range changes nothing."""
        if start >= end:
            return
        first = bisect.bisect_left(self._ends, start)
        last = bisect.bisect_right(self._starts, end)
        if first < last:
            start = min(start, self._starts[first])
            end = max(end, self._ends[last - 1])
        self._starts[first:last] = [start]
        self._ends[first:last] = [end]

    def remove(self, start: int, end: int) -> None:
        """Exclude ``start`` to before ``end``."""
        if start >= end:
            return
        first = bisect.bisect_right(self._ends, start)
        last = bisect.bisect_left(self._starts, end)
        if first >= last:
            return
        left, right = self._starts[first], self._ends[last - 1]
        kept = [(left, start)] if left < start else []
        kept += [(end, right)] if end < right else []
        self._starts[first:last] = [each[0] for each in kept]
        self._ends[first:last] = [each[1] for each in kept]

    def run_from(self, offset: int) -> int:
        """Return the end of the bytes that are there without a gap from ``offset`` on."""
        position = bisect.bisect_right(self._starts, offset) - 1
        return max(offset, self._ends[position]) if position >= 0 else offset

    def covers(self, start: int, end: int) -> bool:
        """Tell whether all from ``start`` to before ``end`` is there."""
        return self.run_from(start) >= end

    def gaps(self, end: int) -> Iterator[tuple[int, int]]:
        """Yield what is missing before ``end``, in order."""
        offset = 0
        for start, stop in self:
            if start >= end:
                break
            if offset < start:
                yield offset, start
            offset = stop
        if offset < end:
            yield offset, end
