"""How much a file holds, how much of it repeats, and where its translation comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lmstudio_lite.domain.file_translations import SegmentCounts, SegmentRow, count_rows
from lmstudio_lite.domain.translations import FlagKind
from lmstudio_lite.tasks.summarize.coverage import count_words


@dataclass(frozen=True, slots=True)
class ReviewStatistics:
    """``num_repeated`` segments, of ``num_repeated_words``, have the source of an earlier one.

    A character of Chinese or Japanese counts as a part of a word, as in the summaries. ``num_fuzzy`` were
    made with the help of a segment of the memory that is alike.
    """

    counts: SegmentCounts
    num_words: int
    num_target_words: int
    num_characters: int
    num_repeated: int
    num_repeated_words: int
    num_fuzzy: int


def statistics_of(rows: Sequence[SegmentRow], num_total: int) -> ReviewStatistics:
    """Count ``rows``; ``num_total`` segments there will be."""
    seen: set[str] = set()
    repeated: list[str] = []
    for row in rows:
        if row.segment.source in seen:
            repeated.append(row.segment.source)
        seen.add(row.segment.source)
    sources = [row.segment.source for row in rows]
    return ReviewStatistics(
        counts=count_rows(rows, num_total),
        num_words=round(count_words(sources)),
        num_target_words=round(count_words(row.segment.text for row in rows)),
        num_characters=sum(map(len, sources)),
        num_repeated=len(repeated),
        num_repeated_words=round(count_words(repeated)),
        num_fuzzy=sum(any(flag.kind is FlagKind.FUZZY for flag in row.segment.flags) for row in rows),
    )
