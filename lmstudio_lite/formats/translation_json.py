"""The segments of a translation as plain JSON values, the same for a text and for a file."""

from __future__ import annotations

from collections.abc import Sequence

from lmstudio_lite.domain.file_translations import SegmentCounts, SegmentRow, count_rows
from lmstudio_lite.domain.translations import TranslatedSegment
from lmstudio_lite.domain.units import Place

Json = dict[str, object]


def segment_to_json(segment: TranslatedSegment) -> Json:
    """Return one segment; ``place`` and ``confidence`` are null where there is none."""
    return {
        "source": segment.source,
        "text": segment.text,
        "problem": segment.problem,
        "is_kept": segment.is_kept,
        "flags": [{"kind": flag.kind.value, "detail": flag.detail} for flag in segment.flags],
        "confidence": segment.confidence,
        "origin": segment.origin.value,
        "unit": segment.unit,
        "place": _place(segment.place) if segment.place else None,
    }


def counts_to_json(counts: SegmentCounts) -> Json:
    """Return the counts under the names that people say: done, to look at."""
    return {
        "total": counts.num_total,
        "done": counts.num_done,
        "to_look_at": counts.num_to_look_at,
        "kept": counts.num_kept,
        "from_memory": counts.num_from_memory,
        "edited": counts.num_edited,
        "accepted": counts.num_accepted,
    }


def count_segments(segments: Sequence[TranslatedSegment], num_total: int) -> SegmentCounts:
    """Count the segments of a translation that nobody has reviewed."""
    return count_rows([SegmentRow(number, each) for number, each in enumerate(segments)], num_total)


def _place(place: Place) -> Json:
    return {"kind": place.kind.value, "part": place.part, "number": place.number}
