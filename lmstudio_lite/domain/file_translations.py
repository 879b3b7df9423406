"""A file that is translated: what was asked for, how far it is, and the rows that are reviewed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from lmstudio_lite.domain.models import Failure
from lmstudio_lite.domain.progress import Delay
from lmstudio_lite.domain.translations import Origin, TranslatedSegment, TranslationOptions
from lmstudio_lite.domain.units import BilingualLayout, ReadUnitsOptions


@dataclass(frozen=True, slots=True)
class FileOrder:
    """A file to translate into one language. ``id`` is unique.

    ``output`` None lies beside the file, under a name that is free ("talk.de.docx", "talk.de-2.docx"); one
    that is given is replaced. ``project`` chooses glossaries and memory, "" the ones for every project.
    ``glossary_ids`` None: those in use for the pair of languages; () for none.
    """

    id: str
    path: Path
    options: TranslationOptions
    reading: ReadUnitsOptions = field(default_factory=ReadUnitsOptions)
    layout: BilingualLayout = BilingualLayout.NONE
    output: Path | None = None
    project: str = ""
    glossary_ids: tuple[str, ...] | None = None
    uses_memory: bool = True

    @property
    def units_wanted(self) -> ReadUnitsOptions:
        """What of the file is translated: as many forms of a message as the language has."""
        return replace(self.reading, target=self.options.target)


class FileJobState(StrEnum):
    """``QUEUED`` and ``RUNNING`` go on by themselves at the next start, ``PAUSED`` waits for the user."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    FAILED = "failed"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class FileJob:
    """A snapshot of one file in the queue.

    ``result_id`` names the stored result, from which it is reviewed, "" before it began. ``num_to_look_at``
    counts segments that are done and have a flag or stand there in the source's words. ``output`` is the
    written file; a job that is ``DONE`` may have none where it could not be written: ``failure`` says why.
    """

    order: FileOrder
    state: FileJobState
    num_done: int = 0
    num_total: int = 0
    num_to_look_at: int = 0
    seconds_left: float | None = None
    delay: Delay | None = None
    result_id: str = ""
    output: Path | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A segment as it is reviewed. ``number`` is its place in reading order, from 0.

    ``is_edited`` by hand, by replacing or by asking again; ``is_accepted`` by who looked at it.
    """

    number: int
    segment: TranslatedSegment
    is_edited: bool = False
    is_accepted: bool = False

    @property
    def needs_look(self) -> bool:
        """Tell whether a reviewer is to look at it."""
        return not self.is_accepted and (self.segment.is_kept or bool(self.segment.flags))


@dataclass(frozen=True, slots=True)
class SegmentCounts:
    """The segments of a file by what became of them. ``num_done`` have a translation; the others wait."""

    num_total: int = 0
    num_done: int = 0
    num_to_look_at: int = 0
    num_accepted: int = 0
    num_edited: int = 0
    num_from_memory: int = 0
    num_kept: int = 0


def count_rows(rows: Sequence[SegmentRow], num_total: int = 0) -> SegmentCounts:
    """Count ``rows`` by what became of them; ``num_total`` where more are to come."""
    return SegmentCounts(
        num_total=max(num_total, len(rows)),
        num_done=len(rows),
        num_to_look_at=sum(row.needs_look for row in rows),
        num_accepted=sum(row.is_accepted for row in rows),
        num_edited=sum(row.is_edited for row in rows),
        num_from_memory=sum(row.segment.origin is Origin.MEMORY for row in rows),
        num_kept=sum(row.segment.is_kept for row in rows),
    )
