"""The segments of a file that has changed since, as a memory: what is the same comes back, edits included."""

from __future__ import annotations

from collections.abc import Sequence

from lmstudio_lite.domain.file_translations import SegmentRow
from lmstudio_lite.domain.translation_memory import (
    MemoryEntry,
    MemoryMatch,
    MemoryMatchKind,
    MemoryQuery,
    TranslationMemory,
)


class EarlierWork:
    """A ``TranslationMemory`` that looks into ``rows`` first, and then into ``others``."""

    def __init__(self, rows: Sequence[SegmentRow], others: TranslationMemory | None) -> None:
        """Take what its reviewer edited or accepted, and what nothing is wrong with."""
        self._others = others
        usable = (row for row in rows if row.is_edited or row.is_accepted or not row.needs_look)
        self._known = {row.segment.source: row.segment.text for row in usable}

    def find(self, queries: Sequence[MemoryQuery]) -> list[MemoryMatch | None]:
        """Return the nearest match of each query, None where nothing is near enough."""
        found = self._others.find(queries) if self._others else [None] * len(queries)
        return [
            other if query.source not in self._known else self._match(query)
            for query, other in zip(queries, found, strict=True)
        ]

    def _match(self, query: MemoryQuery) -> MemoryMatch:
        entry = MemoryEntry(query.source, self._known[query.source])
        return MemoryMatch(entry, MemoryMatchKind.EXACT, 1.0)
