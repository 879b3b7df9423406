"""What happens off the GUI thread for one document: read it, summarize it, keep the result.

Runs as a job. Reports ``DocumentRead`` once and ``SummaryProgress`` as the model reads. Stopping keeps
what is done: the sections read so far are stored and returned, labelled by their numbers.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from pathlib import Path

from lmstudio_lite.domain.documents import Document
from lmstudio_lite.errors import AppError, CancelledError, StorageError
from lmstudio_lite.services import Services
from lmstudio_lite.services.jobs import JobContext
from lmstudio_lite.storage.results import ResultKind
from lmstudio_lite.tasks.adapters import chosen_adapters
from lmstudio_lite.tasks.evidence import find_evidence
from lmstudio_lite.tasks.evidence_values import Evidence
from lmstudio_lite.tasks.summarize import summarize
from lmstudio_lite.tasks.summary_options import SummaryOptions
from lmstudio_lite.tasks.summary_values import SummaryProgress
from lmstudio_lite.ui.summarize.items import (
    DocumentRead,
    Done,
    Source,
    SummaryFacts,
    Support,
    details_of,
    facts_of,
    support_of,
)


class _ProgressRecord:
    """Passes reports on and remembers what a stopped run can keep."""

    def __init__(self, context: JobContext) -> None:
        self._context = context
        self.newest: SummaryProgress | None = None
        self.num_parts = 0
        self.num_parts_read = 0

    def report(self, progress: SummaryProgress) -> None:
        self.newest = progress
        if progress.stage == "map":
            self.num_parts = progress.num_total
            self.num_parts_read = progress.num_done
        self._context.report(progress)


def summarize_source(
    services: Services, source: Source, options: SummaryOptions, context: JobContext, stored_id: str = ""
) -> Done:
    """Summarize a file or a text that was read before, and store the result.

    The result's row is there from the beginning, marked as unfinished: if the program is killed, the
    history offers to continue, and what was read by then is not read again. ``stored_id`` names the row
    that the new result takes over.

    Raises:
        DocumentError: the file can't be read.
        ModelError, EngineError: the model can't answer.
        CancelledError: stopped before anything was summarized.
    """
    document = _document(services, source, context)
    row = _Row(services, document, options, stored_id)
    context.report(DocumentRead(document, row.stored_id))
    record = _ProgressRecord(context)
    started = time.monotonic()
    try:
        summary = summarize(
            document,
            options,
            engine=services.engine,
            report=record.report,
            cancellation=context.cancellation,
            cache=services.part_cache,
            embed=services.embedding.embedder(context.cancellation),
            adapters=chosen_adapters(services.settings, services.engine),
        )
    except CancelledError:
        text = record.newest.partial_text if record.newest is not None else ""
        if not text.strip():
            row.drop()
            raise
        facts = _facts_of_stopped(document, options, record, time.monotonic() - started)
        return row.finish(text, facts, Support())
    except Exception:
        row.drop()
        raise
    return row.finish(summary.text, facts_of(summary, options), support_of(summary))


def _document(services: Services, source: Source, context: JobContext) -> Document:
    if isinstance(source, Document):
        return source
    return services.reader.read(Path(source), context.cancellation)


def _facts_of_stopped(
    document: Document, options: SummaryOptions, record: _ProgressRecord, seconds: float
) -> SummaryFacts:
    return SummaryFacts(
        options=options,
        num_parts=record.num_parts,
        num_parts_read=record.num_parts_read,
        num_parts_summarized=record.num_parts_read,
        num_pages=len(document.pages),
        seconds=seconds,
        language=options.language or document.language,
        is_stopped=True,
    )


def store_edited(
    services: Services, document: Document, done: Done, text: str, found: Evidence | None = None
) -> Done:
    """Put the user's own text in place of a summary's, with the evidence for it.

    Sentences that were there before, or that ``found`` has, keep the evidence found for them then.

    Raises:
        StorageError: it can't be stored.
    """
    language = done.facts.language or document.language
    evidence = find_evidence(text, document, language=language).with_known(done.support.evidence)
    evidence = evidence.with_known(found) if found else evidence
    edited = replace(
        done,
        text=text,
        facts=replace(done.facts, is_edited=True, warnings=()),
        support=replace(done.support, evidence=evidence),
    )
    if done.result_id:
        details = details_of(edited.facts, document, edited.support)
        services.results.update(done.result_id, text=text, details=details)
    return edited


def restore_text(services: Services, document: Document, done: Done) -> Done:
    """Store ``done`` again as it was before it was edited.

    Raises:
        StorageError: it can't be stored.
    """
    if done.result_id:
        details = details_of(done.facts, document, done.support)
        services.results.update(done.result_id, text=done.text, details=details)
    return done


class _Row:
    """The stored result of one run. A result that can't be stored is still shown, with the reason."""

    def __init__(
        self, services: Services, document: Document, options: SummaryOptions, stored_id: str
    ) -> None:
        self._results = services.results
        self._document = document
        self._is_new = not stored_id
        self._id = stored_id
        if self._is_new:
            facts = SummaryFacts(options, 0, 0, 0, len(document.pages), 0.0, "", is_stopped=True)
            with contextlib.suppress(StorageError):
                self._id = self._add("", {**details_of(facts, document, Support()), "is_unfinished": True})

    @property
    def stored_id(self) -> str:
        return self._id

    def finish(self, text: str, facts: SummaryFacts, support: Support) -> Done:
        """Store the text."""
        details = details_of(facts, self._document, support)
        try:
            if self._id:
                self._results.update(self._id, text=text, details=details)
            else:
                self._id = self._add(text, details)
        except AppError as error:
            return Done(text, facts, support=support, storage_error=error)
        return Done(text, facts, self._id, support)

    def drop(self) -> None:
        """Forget a row that nothing came into; one that was there before keeps its text."""
        if self._is_new and self._id:
            with contextlib.suppress(StorageError):
                self._results.delete(self._id)

    def _add(self, text: str, details: dict[str, object]) -> str:
        document = self._document
        return self._results.add(
            kind=ResultKind.SUMMARY,
            title=document.path.name if document.path else document.title,
            source_path=str(document.path or ""),
            source_hash=document.content_hash,
            source_text=document.text,
            text=text,
            details=details,
        ).id
