"""What is said of a file's translation while it is made and reviewed: places, states, amounts, progress."""

from __future__ import annotations

from typing import Protocol

from lmstudio_lite.domain.file_translations import FileJob, FileJobState, SegmentCounts, SegmentRow
from lmstudio_lite.domain.translations import Origin
from lmstudio_lite.domain.units import Place, UnitKind
from lmstudio_lite.words.saying import say_time_left
from lmstudio_lite.words.translate import mark, tr, trn


class Statistics(Protocol):
    """What ``app.review_statistics.ReviewStatistics`` is to this module."""

    @property
    def counts(self) -> SegmentCounts: ...
    @property
    def num_words(self) -> int: ...
    @property
    def num_repeated(self) -> int: ...


def say_place(place: Place) -> str:
    """``Footnote 3``, ``Cell 12 of Sheet1``: where in its file a segment stands."""
    words = tr("{0} {1}").format(tr(_KINDS[place.kind]), place.number)
    is_told = place.part and "/" not in place.part  # a file inside the file says nothing to people
    return tr("{0} of {1}").format(words, place.part) if is_told else words


def say_confidence(confidence: float | None) -> str:
    """``87 %``, "" where no model made the translation."""
    return tr("{0} %").format(round(100 * confidence)) if confidence is not None else ""


def say_row_state(row: SegmentRow) -> str:
    """``Accepted``, ``Edited``, ``From the memory``: what became of a segment, "" for nothing yet."""
    if row.is_accepted:
        return tr("Accepted")
    if row.is_edited:
        return tr("Edited")
    return tr(_ORIGINS.get(row.segment.origin, ""))


def say_statistics(statistics: Statistics) -> str:
    """``412 done, 6 to look at, 380 accepted, 12 edited · 5,204 words, 31 repetitions, 40 from memory``."""
    counts = statistics.counts
    if counts.num_done < counts.num_total:
        words = tr("{0} of {1} done")
        amounts = [words.format(f"{counts.num_done:,}", f"{counts.num_total:,}")]
    else:
        amounts = [trn("{n} done", "{n} done", counts.num_done)]
    amounts.append(trn("{n} to look at", "{n} to look at", counts.num_to_look_at))
    if counts.num_accepted:
        amounts.append(trn("{n} accepted", "{n} accepted", counts.num_accepted))
    if counts.num_edited:
        amounts.append(trn("{n} edited", "{n} edited", counts.num_edited))
    sizes = [trn("{n} word", "{n} words", statistics.num_words)]
    if statistics.num_repeated:
        sizes.append(trn("{n} repetition", "{n} repetitions", statistics.num_repeated))
    if counts.num_from_memory:
        sizes.append(trn("{n} from memory", "{n} from memory", counts.num_from_memory))
    return tr("{0} · {1}").format(tr(", ").join(amounts), tr(", ").join(sizes))


def say_job(job: FileJob) -> str:
    """``412 of 900 segments, about 3 min left``, ``Waiting``, ``894 done, 6 to look at``."""
    match job.state:
        case FileJobState.QUEUED:
            return tr("Waiting for a model") if job.failure is not None else tr("Waiting")
        case FileJobState.RUNNING:
            if not job.num_total:
                return tr("Opening…")
            words = _say_done(job)
            if job.seconds_left is None:
                return words
            return tr("{0}, {1}").format(words, say_time_left(job.seconds_left, job.delay or ""))
        case FileJobState.PAUSED:
            return tr("Paused, {0}").format(_say_done(job)) if job.num_total else tr("Paused")
        case FileJobState.FAILED:
            return tr("Failed, {0}").format(_say_done(job)) if job.num_done else tr("Failed")
        case FileJobState.DONE:
            looks = trn("{n} to look at", "{n} to look at", job.num_to_look_at)
            return tr("{0}, {1}").format(trn("{n} done", "{n} done", job.num_done), looks)


def _say_done(job: FileJob) -> str:
    return tr("{0} of {1} segments").format(f"{job.num_done:,}", f"{job.num_total:,}")


_ORIGINS = {
    Origin.MEMORY: mark("From the memory"),
    Origin.FILE: mark("From the file"),
    Origin.SOURCE: mark("Not translated"),
}
_KINDS = {
    UnitKind.BODY: mark("Paragraph"),
    UnitKind.HEADING: mark("Heading"),
    UnitKind.CELL: mark("Cell"),
    UnitKind.HEADER: mark("Header"),
    UnitKind.FOOTER: mark("Footer"),
    UnitKind.FOOTNOTE: mark("Footnote"),
    UnitKind.ENDNOTE: mark("Endnote"),
    UnitKind.COMMENT: mark("Comment"),
    UnitKind.TEXT_BOX: mark("Text box"),
    UnitKind.SHAPE: mark("Shape"),
    UnitKind.SPEAKER_NOTE: mark("Speaker note"),
    UnitKind.CHART: mark("Chart"),
    UnitKind.SHEET_NAME: mark("Sheet name"),
    UnitKind.ALT_TEXT: mark("Alternative text"),
    UnitKind.TITLE: mark("Title"),
    UnitKind.CUE: mark("Subtitle"),
    UnitKind.MESSAGE: mark("Message"),
    UnitKind.VALUE: mark("Value"),
}
