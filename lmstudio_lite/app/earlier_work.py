"""The segments of a file that has changed since, as a memory: what is the same comes back, edits included."""

from __future__ import annotations

from collections.abc import Sequence

from lmstudio_lite.domain.file_translations import SegmentRow
from lmstudio_lite.domain.translation_memory import (
    MemoryEntry,
    MemoryMatch,
    MemoryMatchKind,
    MemoryQuery,
)
from lmstudio_lite.tasks.translate.sentences import unwrapped


class EarlierWork:
    """A ``TranslationMemory`` of what a reviewer edited or accepted, and of what nothing is wrong with."""

    def __init__(self, rows: Sequence[SegmentRow]) -> None:
        usable = (row for row in rows if row.is_edited or row.is_accepted or not row.needs_look)
        self._known = {unwrapped(row.segment.source): row.segment.text for row in usable}

    def find(self, queries: Sequence[MemoryQuery]) -> list[MemoryMatch | None]:
        """Return the same segment's translation for each query, None where there is none."""
        return [
            MemoryMatch(MemoryEntry(query.source, self._known[query.source]), MemoryMatchKind.EXACT, 1.0)
            if query.source in self._known
            else None
            for query in queries
        ]
