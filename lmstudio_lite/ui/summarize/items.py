"""What the Summarize tab shows: one item per document, in exactly one state.

Items are values; the queue replaces one by the next. A finished item and one reopened from the
history are the same thing, so both are drawn by the same view.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lmstudio_lite.domain.documents import Document, Page
from lmstudio_lite.storage.results import StoredResult
from lmstudio_lite.tasks.checks import TaskWarning
from lmstudio_lite.tasks.evidence_values import Evidence
from lmstudio_lite.tasks.summary_json import evidence_from_json, sentences_to_json
from lmstudio_lite.tasks.summary_options import WORDS_DEFAULT, SummaryForm, SummaryOptions
from lmstudio_lite.tasks.summary_values import Summary, SummaryProgress
from lmstudio_lite.ui.stored_details import number_of, text_of, warnings_from_json, warnings_to_json
from lmstudio_lite.ui.summarize.coverage_bar import Coverage, Span


@dataclass(frozen=True, slots=True)
class SummaryFacts:
    """How a summary came about.

    All ``num_parts`` were read unless the user stopped it (``is_stopped``); ``num_parts_summarized`` of
    them by the model; for the others the document's own sentences stand in and a warning says so.
    ``is_edited`` if the user has changed the text since.
    """

    options: SummaryOptions
    num_parts: int
    num_parts_read: int
    num_parts_summarized: int
    num_pages: int
    seconds: float
    language: str
    is_stopped: bool = False
    warnings: tuple[TaskWarning, ...] = ()
    is_edited: bool = False

    @property
    def is_whole(self) -> bool:
        """Every part was read and summarized."""
        return not self.is_stopped and self.num_parts_summarized == self.num_parts


@dataclass(frozen=True, slots=True)
class Support:
    """What a summary stands on: its sentences' evidence, and which ranges of the source were read or not."""

    evidence: Evidence = field(default_factory=Evidence)
    read: tuple[Span, ...] = ()
    left_out: tuple[Span, ...] = ()

    def coverage_of(self, document: Document) -> Coverage:
        """Return the ranges to draw along ``document``."""
        passages = {
            (passage.start, passage.end)
            for sentence in self.evidence.sentences
            for passage in sentence.passages
            if sentence.is_supported
        }
        return Coverage(len(document.text), self.read, self.left_out, tuple(sorted(passages)))


@dataclass(frozen=True, slots=True)
class Waiting:
    """Behind other documents in the queue."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The file is being turned into text."""


@dataclass(frozen=True, slots=True)
class Working:
    """The model reads; ``progress`` is None until its first report."""

    progress: SummaryProgress | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """``result_id`` names the stored result, "" when it could not be stored (``storage_error`` says why)."""

    text: str
    facts: SummaryFacts
    result_id: str = ""
    support: Support = field(default_factory=Support)
    storage_error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Stopped:
    """Stopped before there was a text to show; ``is_unfinished`` if the program ended meanwhile."""

    is_unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Paused:
    """Held by the user after ``progress``; ``kept`` is what stopping here leaves."""

    progress: SummaryProgress | None
    kept: Done | Stopped


@dataclass(frozen=True, slots=True)
class Failed:
    """``error`` is an ``AppError``, or anything else when it is a bug of ours."""

    error: Exception


@dataclass(frozen=True, slots=True)
class DocumentRead:
    """Progress of a run: the file's text is there, and ``stored_id`` names the row that waits for it."""

    document: Document
    stored_id: str = ""


ItemState = Waiting | Reading | Working | Paused | Done | Stopped | Failed
Source = Path | Document


@dataclass(frozen=True, slots=True)
class SummaryItem:
    """One document on its way. ``item_id`` is unique in the queue; ``document`` is None until read.

    ``stored_id`` names the stored result that another run takes the place of, "" for none.
    """

    item_id: int
    path: Path | None
    title: str
    options: SummaryOptions
    state: ItemState
    document: Document | None = None
    stored_id: str = ""

    @property
    def source(self) -> Source | None:
        """Return what another run starts from: the text if it was read, else the file."""
        return self.document or self.path

    @property
    def is_running(self) -> bool:
        return isinstance(self.state, Reading | Working)

    @property
    def can_run_again(self) -> bool:
        return isinstance(self.state, Done | Stopped | Failed | Paused) and self.source is not None

    @property
    def is_open(self) -> bool:
        """There is more to do, now or later, without anybody asking for it."""
        return isinstance(self.state, Waiting | Reading | Working | Paused)


def facts_of(summary: Summary, options: SummaryOptions) -> SummaryFacts:
    """Take the figures of a finished summary."""
    return SummaryFacts(
        options=options,
        num_parts=summary.num_chunks,
        num_parts_read=summary.num_chunks_read,
        num_parts_summarized=summary.num_chunks_summarized,
        num_pages=summary.num_pages,
        seconds=summary.seconds,
        language=summary.language,
        warnings=tuple(summary.warnings),
    )


def support_of(summary: Summary) -> Support:
    """Take what a finished summary stands on; neighbouring ranges are joined."""
    read: list[Span] = []
    for section in summary.chunk_summaries:
        if read and read[-1][1] == section.start:
            read[-1] = (read[-1][0], section.end)
        else:
            read.append((section.start, section.end))
    left_out = tuple((stretch.start, stretch.end) for stretch in summary.left_out)
    return Support(summary.evidence, tuple(read), left_out)


def details_of(facts: SummaryFacts, document: Document, support: Support) -> dict[str, object]:
    """Put the figures, the evidence and the document's pages into the JSON that is stored with a result."""
    return {
        "form": facts.options.form.value,
        "words": facts.options.words,
        "focus": facts.options.focus,
        "instruction": facts.options.instruction,
        "wanted_language": facts.options.language,
        "reads_all": facts.options.reads_all,
        "num_parts": facts.num_parts,
        "num_parts_read": facts.num_parts_read,
        "num_parts_summarized": facts.num_parts_summarized,
        "num_pages": facts.num_pages,
        "seconds": round(facts.seconds, 1),
        "language": facts.language,
        "is_stopped": facts.is_stopped,
        "is_edited": facts.is_edited,
        "warnings": warnings_to_json(facts.warnings),
        "mime_type": document.mime_type,
        "source_language": document.language,
        "address": document.address,
        "pages": [[page.number, page.start, page.end] for page in document.pages],
        "sentences": sentences_to_json(support.evidence, with_quotes=False),
        "read": [list(span) for span in support.read],
        "left_out": [list(span) for span in support.left_out],
    }


def item_from_result(result: StoredResult, item_id: int) -> SummaryItem:
    """Rebuild the item of a stored summary; details that another version left out get defaults."""
    details = result.details
    path = Path(result.source_path) if result.source_path else None
    document = Document(
        path=path,
        title=result.title,
        mime_type=text_of(details, "mime_type"),
        text=result.source_text,
        pages=_pages(details),
        blocks=(),
        language=text_of(details, "source_language"),
        content_hash=result.source_hash,
        address=text_of(details, "address"),
    )
    facts = facts_from_details(details)
    support = Support(
        evidence_from_json(details.get("sentences"), result.text, result.source_text),
        _spans(details.get("read"), 2),
        _spans(details.get("left_out"), 2),
    )
    is_unfinished = details.get("is_unfinished") is True and not result.text
    state = Stopped(is_unfinished=True) if is_unfinished else Done(result.text, facts, result.id, support)
    return SummaryItem(item_id, path, result.title, facts.options, state, document, result.id)


def facts_from_details(details: Mapping[str, object]) -> SummaryFacts:
    """Read the figures back; tolerant, for the database may be older or newer than this code."""
    return SummaryFacts(
        options=SummaryOptions(
            form=_form(details.get("form", details.get("style"))),
            words=int(number_of(details, "words")) or WORDS_DEFAULT,
            language=text_of(details, "wanted_language"),
            focus=text_of(details, "focus"),
            instruction=text_of(details, "instruction"),
            reads_all=details.get("reads_all") is True,
        ),
        num_parts=int(number_of(details, "num_parts")),
        num_parts_read=int(number_of(details, "num_parts_read")),
        num_parts_summarized=int(
            number_of(
                details, "num_parts_summarized" if "num_parts_summarized" in details else "num_parts_read"
            )
        ),
        num_pages=int(number_of(details, "num_pages")),
        seconds=number_of(details, "seconds"),
        language=text_of(details, "language"),
        is_stopped=details.get("is_stopped") is True,
        warnings=warnings_from_json(details.get("warnings")),
        is_edited=details.get("is_edited") is True,
    )


def _form(value: object) -> SummaryForm:
    return next((form for form in SummaryForm if form.value == value), SummaryForm.BULLETS)


def _pages(details: Mapping[str, object]) -> tuple[Page, ...]:
    return tuple(Page(*row) for row in _spans(details.get("pages"), 3))


def _spans(rows: object, num_values: int) -> tuple[Any, ...]:
    """Return the rows of so many whole numbers; others are left out."""
    if not isinstance(rows, list):
        return ()
    valid = (row for row in rows if isinstance(row, list) and len(row) == num_values)
    return tuple(tuple(row) for row in valid if all(isinstance(value, int) for value in row))
