"""A summary as it is made, shown and stored: how it came about, what it stands on, and its stored form.

A document keeps each finished summary as a version: another form, length or language is another version
beside the ones before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lmstudio_lite.app.history import title_of
from lmstudio_lite.app.stored_details import number_of, text_of, warnings_from_json, warnings_to_json
from lmstudio_lite.domain.documents import Document, Page
from lmstudio_lite.storage.results import Results, StoredResult
from lmstudio_lite.tasks.checks import TaskWarning
from lmstudio_lite.tasks.evidence_values import Evidence
from lmstudio_lite.tasks.summary_json import evidence_from_json, sentences_to_json
from lmstudio_lite.tasks.summary_options import WORDS_DEFAULT, SummaryForm, SummaryOptions
from lmstudio_lite.tasks.summary_values import Summary

Source = Path | Document
Span = tuple[int, int]

UNFINISHED_VERSION = "unfinished_version"
"""The key, in a stored result's details, of what a version that is being made was asked for with."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Ranges of a text of ``length`` characters; what none of them names was not read."""

    length: int = 0
    read: tuple[Span, ...] = ()
    left_out: tuple[Span, ...] = ()
    spoken_of: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class SummaryFacts:
    """How a summary came about.

    All ``num_parts`` were read unless the user stopped it (``is_stopped``); ``num_parts_summarized`` of
    them by the model; for the others the document's own sentences stand in and a warning says so.
    ``is_edited`` if the user has changed the text since. ``model`` names the model that wrote it.
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
    model: str = ""

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
class Done:
    """``result_id`` names the stored result, "" when there is none yet (``UnsavedWork`` has it).

    ``version`` is its number among the stored versions, 0 where it has none. ``failure`` says why the
    version that was to follow could not be made.
    """

    text: str
    facts: SummaryFacts
    result_id: str = ""
    support: Support = field(default_factory=Support)
    version: int = 0
    failure: Exception | None = None

    @property
    def is_finished(self) -> bool:
        """The model came to the end of it; what was stopped early is no version."""
        return not self.facts.is_stopped

    def is_version(self, other: Done) -> bool:
        """Tell whether both are the same version."""
        return (self.result_id, self.version, self.text) == (other.result_id, other.version, other.text)


@dataclass(frozen=True, slots=True)
class DocumentRead:
    """Progress of a run: the file's text is there, and ``stored_id`` names the row that waits for it."""

    document: Document
    stored_id: str = ""


def facts_of(summary: Summary, options: SummaryOptions, model: str = "") -> SummaryFacts:
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
        model=model,
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
        **options_to_json(facts.options),
        "model": facts.model,
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


def options_to_json(options: SummaryOptions) -> dict[str, object]:
    """Put what was asked for into plain JSON values."""
    return {
        "form": options.form.value,
        "words": options.words,
        "focus": options.focus,
        "instruction": options.instruction,
        "wanted_language": options.language,
        "reads_all": options.reads_all,
    }


def options_from_json(details: Mapping[str, object]) -> SummaryOptions:
    """Read back what was asked for; what is missing or unknown gets its default."""
    return SummaryOptions(
        form=_form(details.get("form", details.get("style"))),
        words=int(number_of(details, "words")) or WORDS_DEFAULT,
        language=text_of(details, "wanted_language"),
        focus=text_of(details, "focus"),
        instruction=text_of(details, "instruction"),
        reads_all=details.get("reads_all") is True,
    )


def unfinished_options(details: Mapping[str, object]) -> SummaryOptions | None:
    """Return what a further version was asked for with when the program ended, None if none was."""
    asked = details.get(UNFINISHED_VERSION)
    return options_from_json(asked) if isinstance(asked, dict) else None


@dataclass(frozen=True, slots=True)
class StoredSummary:
    """A summary as it is kept, ``title`` as people read it.

    ``shown`` is the version made or edited last, None where the program ended before there was any text;
    ``wanted`` is what a further version was asked for with when it ended, None if none was.
    """

    result_id: str
    title: str
    document: Document
    options: SummaryOptions
    shown: Done | None
    versions: tuple[Done, ...] = ()
    wanted: SummaryOptions | None = None


def read_stored(results: Results, result_id: str) -> StoredSummary:
    """Read a summary with its versions; details that another version of the program left out get defaults.

    Raises:
        NotStoredError: there is none.
        StorageError: it can't be read.
    """
    result = results.get(result_id)
    details = result.details
    document = Document(
        path=Path(result.source_path) if result.source_path else None,
        title=result.title,
        mime_type=text_of(details, "mime_type"),
        text=result.source_text,
        pages=_pages(details),
        blocks=(),
        language=text_of(details, "source_language"),
        content_hash=result.source_hash,
        address=text_of(details, "address"),
    )
    options, wanted = options_from_json(details), unfinished_options(details)
    if details.get("is_unfinished") is True and not result.text:
        return StoredSummary(result.id, title_of(result), document, options, None, (), wanted)
    kept = tuple(_done(result, each.text, each.details, each.number) for each in results.versions(result_id))
    shown = _done(result, result.text, details, 0)
    if not kept and shown.is_finished:
        kept = (shown,)
    same = [version for version in kept if (version.text, version.facts) == (shown.text, shown.facts)]
    shown = same[-1] if same else shown
    return StoredSummary(result.id, title_of(result), document, options, shown, kept, wanted)


def _done(result: StoredResult, text: str, details: Mapping[str, object], version: int) -> Done:
    support = Support(
        evidence_from_json(details.get("sentences"), text, result.source_text),
        _spans(details.get("read"), 2),
        _spans(details.get("left_out"), 2),
    )
    return Done(text, facts_from_details(details), result.id, support, version=version)


def facts_from_details(details: Mapping[str, object]) -> SummaryFacts:
    """Read the figures back; tolerant, for the database may be older or newer than this code."""
    return SummaryFacts(
        options=options_from_json(details),
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
        model=text_of(details, "model"),
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
