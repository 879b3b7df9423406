"""A summary as it is made, shown and stored: how it came about, what it stands on, and its stored form.

A document keeps each finished summary as a version: another form, length or language is another version
beside the ones before.
"""

from __future__ import annotations

import bisect
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from lmstudio_lite.app.titles import title_of
from lmstudio_lite.domain.documents import ComparedPart, Document, Page
from lmstudio_lite.domain.evidence import (
    Claim,
    ClaimKind,
    Doubt,
    DoubtKind,
    Evidence,
    FoundBy,
    Passage,
    SentenceEvidence,
    Verdict,
)
from lmstudio_lite.domain.inventory import Part, PartKind, missing_of, unread_of
from lmstudio_lite.domain.progress import TaskWarning
from lmstudio_lite.domain.records import (
    AskedRecord,
    ClaimRecord,
    ComparedRecord,
    DoubtRecord,
    PageRecord,
    PassageRecord,
    SentenceRecord,
    SpanRecord,
    SummaryRecord,
    WarningRecord,
)
from lmstudio_lite.domain.results import StoredResult
from lmstudio_lite.domain.summaries import WORDS_DEFAULT, Summary, SummaryFacts, SummaryForm, SummaryOptions
from lmstudio_lite.storage.records import decode_asked, part_records, parts_from
from lmstudio_lite.storage.results import Results

Source = Path | Document
Span = tuple[int, int]

_CLAIM_KINDS = frozenset(ClaimKind)
_DOUBT_KINDS = frozenset(DoubtKind)
_VERDICTS = frozenset(Verdict)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Ranges of a text of ``length`` characters; what none of them names was not read.

    ``gaps`` are the parts of the file that are not in the text, each with the offset where it is missing.
    """

    length: int = 0
    read: tuple[Span, ...] = ()
    left_out: tuple[Span, ...] = ()
    spoken_of: tuple[Span, ...] = ()
    gaps: tuple[tuple[int, Part], ...] = ()


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
        return Coverage(
            len(document.text), self.read, self.left_out, tuple(sorted(passages)), tuple(_gaps(document))
        )


def _gaps(document: Document) -> Iterator[tuple[int, Part]]:
    """Yield what of the text is missing, with where it would stand; the end for what has no place there."""
    pages = sorted(document.pages, key=lambda page: page.number)
    numbers = [page.number for page in pages]
    for part in missing_of(document.inventory):
        offset = len(document.text)
        if part.kind in (PartKind.PAGE, PartKind.SLIDE, PartKind.NOTES) and pages:
            place = bisect.bisect_right(numbers, part.number)
            offset = pages[place - 1].end if place else 0
        yield offset, part


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
        unread=summary.unread,
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


def record_of(facts: SummaryFacts, document: Document, support: Support) -> SummaryRecord:
    """Return what is stored with a summary: its figures, its evidence and the document's pages."""
    asked = asked_of(facts.options)
    return SummaryRecord(
        form=asked.form,
        words=asked.words,
        focus=asked.focus,
        instruction=asked.instruction,
        wanted_language=asked.wanted_language,
        reads_all=asked.reads_all,
        model=facts.model,
        num_parts=facts.num_parts,
        num_parts_read=facts.num_parts_read,
        num_parts_summarized=facts.num_parts_summarized,
        num_pages=facts.num_pages,
        seconds=round(facts.seconds, 1),
        language=facts.language,
        is_stopped=facts.is_stopped,
        is_edited=facts.is_edited,
        warnings=warning_records(facts.warnings),
        mime_type=document.mime_type,
        source_language=document.language,
        address=document.address,
        pages=tuple(PageRecord(page.number, page.start, page.end) for page in document.pages),
        sentences=tuple(map(_sentence_record, support.evidence.sentences)),
        read=tuple(SpanRecord(*span) for span in support.read),
        left_out=tuple(SpanRecord(*span) for span in support.left_out),
        compared=tuple(
            ComparedRecord(each.title, each.start, each.end, each.language, each.summary)
            for each in document.compared
        ),
        inventory=part_records(document.inventory),
        encoding=document.encoding,
    )


def facts_from(record: SummaryRecord) -> SummaryFacts:
    """Read the figures back."""
    num_summarized = record.num_parts_summarized
    return SummaryFacts(
        options=options_from(record),
        num_parts=record.num_parts,
        num_parts_read=record.num_parts_read,
        num_parts_summarized=record.num_parts_read if num_summarized is None else num_summarized,
        num_pages=record.num_pages,
        seconds=record.seconds,
        language=record.language,
        is_stopped=record.is_stopped,
        warnings=warnings_from(record.warnings),
        is_edited=record.is_edited,
        model=record.model,
        unread=unread_of(parts_from(record.inventory)),
    )


def asked_of(options: SummaryOptions) -> AskedRecord:
    """Return what was asked for as it is stored."""
    return AskedRecord(
        form=options.form.value,
        words=options.words,
        focus=options.focus,
        instruction=options.instruction,
        wanted_language=options.language,
        reads_all=options.reads_all,
    )


def options_from(asked: AskedRecord) -> SummaryOptions:
    """Read back what was asked for; a form that is unknown here becomes the default."""
    return SummaryOptions(
        form=next((form for form in SummaryForm if form.value == asked.form), SummaryForm.BULLETS),
        words=asked.words or WORDS_DEFAULT,
        language=asked.wanted_language,
        focus=asked.focus,
        instruction=asked.instruction,
        reads_all=asked.reads_all,
    )


def encode_draft(options: SummaryOptions, title: str) -> str:
    """Return what is kept with a pasted text that waits: what was asked for, and the text's title."""
    return json.dumps({**msgspec.to_builtins(asked_of(options)), "title": title})


def decode_draft(details: str) -> tuple[SummaryOptions, str]:
    """Read what ``encode_draft`` wrote; any text gives options."""
    try:
        values = json.loads(details)
    except ValueError:
        values = {}
    values = values if isinstance(values, dict) else {}
    title = values.get("title")
    return options_from(decode_asked(values)), title if isinstance(title, str) else ""


def warning_records(warnings: Sequence[TaskWarning]) -> tuple[WarningRecord, ...]:
    """Return warnings as they are stored."""
    return tuple(WarningRecord(each.code, each.num_affected, each.num_total) for each in warnings)


def warnings_from(records: Sequence[WarningRecord]) -> tuple[TaskWarning, ...]:
    """Read warnings back."""
    return tuple(TaskWarning(each.code, each.num_affected, each.num_total) for each in records)


def _sentence_record(sentence: SentenceEvidence) -> SentenceRecord:
    return SentenceRecord(
        text=sentence.text,
        start=sentence.start,
        end=sentence.end,
        is_supported=sentence.is_supported,
        is_quote=sentence.is_quote,
        found_by=sentence.found_by.value,
        translated_from=sentence.translated_from,
        unknown_claims=tuple(
            ClaimRecord(claim.kind.value, claim.start, claim.end, claim.text)
            for claim in sentence.unknown_claims
        ),
        passages=tuple(
            PassageRecord(passage.page, passage.start, passage.end, passage.score)
            for passage in sentence.passages
        ),
        verdict=sentence.verdict.value,
        doubts=tuple(DoubtRecord(doubt.kind.value, doubt.passage) for doubt in sentence.doubts),
        probability=sentence.probability,
    )


def _evidence_from(sentences: Sequence[SentenceRecord], text: str, source: str) -> Evidence:
    """Read evidence back; what does not point into the summary's ``text`` or the source is left out."""
    return Evidence(
        tuple(
            _sentence_from(sentence, text, source)
            for sentence in sentences
            if text[max(0, sentence.start) : sentence.end] == sentence.text
        )
    )


def _sentence_from(stored: SentenceRecord, text: str, source: str) -> SentenceEvidence:
    return SentenceEvidence(
        start=stored.start,
        end=stored.end,
        text=text[stored.start : stored.end],
        verdict=_verdict_from(stored),
        is_quote=stored.is_quote,
        unknown_claims=tuple(
            Claim(ClaimKind(claim.kind), claim.start, claim.end, claim.text)
            for claim in stored.unknown_claims
            if claim.kind in _CLAIM_KINDS
        ),
        passages=tuple(
            Passage(each.start, each.end, source[each.start : each.end], each.page, each.score)
            for each in stored.passages
            if 0 <= each.start < each.end <= len(source)
        ),
        found_by=next((each for each in FoundBy if each.value == stored.found_by), FoundBy.WORDS),
        translated_from=stored.translated_from,
        doubts=tuple(
            Doubt(DoubtKind(doubt.kind), doubt.passage)
            for doubt in stored.doubts
            if doubt.kind in _DOUBT_KINDS
        ),
        probability=stored.probability,
    )


def _verdict_from(stored: SentenceRecord) -> Verdict:
    """Read a verdict back; what an older version stored as not supported had been found nowhere."""
    if stored.verdict in _VERDICTS:
        return Verdict(stored.verdict)
    return Verdict.SUPPORTED if stored.is_supported else Verdict.NOT_FOUND


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
    """Read a summary with its versions; what another version of the program left out has its default.

    Raises:
        NotStoredError: there is none.
        StorageError: it can't be read.
    """
    result = results.get(result_id)
    record = result.summary
    document = Document(
        path=Path(result.source_path) if result.source_path else None,
        title=result.title,
        mime_type=record.mime_type,
        text=result.source_text,
        pages=tuple(Page(page.number, page.start, page.end) for page in record.pages),
        blocks=(),
        language=record.source_language,
        content_hash=result.source_hash,
        address=record.address,
        compared=tuple(
            ComparedPart(each.title, each.start, each.end, each.language, each.summary)
            for each in record.compared
            if 0 <= each.start < each.end <= len(result.source_text)
        ),
        inventory=parts_from(record.inventory),
        encoding=record.encoding,
    )
    options = options_from(record)
    wanted = options_from(record.unfinished_version) if record.unfinished_version is not None else None
    if record.is_unfinished and not result.text:
        return StoredSummary(result.id, title_of(result), document, options, None, (), wanted)
    kept = tuple(_done(result, each.text, each.record, each.number) for each in results.versions(result_id))
    shown = _done(result, result.text, record, 0)
    if not kept and shown.is_finished:
        kept = (shown,)
    same = [version for version in kept if (version.text, version.facts) == (shown.text, shown.facts)]
    shown = same[-1] if same else shown
    return StoredSummary(result.id, title_of(result), document, options, shown, kept, wanted)


def _done(result: StoredResult, text: str, record: SummaryRecord, version: int) -> Done:
    support = Support(
        _evidence_from(record.sentences, text, result.source_text),
        tuple((span.start, span.end) for span in record.read),
        tuple((span.start, span.end) for span in record.left_out),
    )
    return Done(text, facts_from(record), result.id, support, version=version)
