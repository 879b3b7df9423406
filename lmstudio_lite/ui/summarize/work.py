"""What happens off the GUI thread for one document: read it, summarize it, keep the result.

Runs as a job. Reports ``DocumentRead`` once and ``SummaryProgress`` as the model reads. Stopping keeps
what is done: the sections read so far are stored and returned, labelled by their numbers.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from lmstudio_lite.domain.documents import Document
from lmstudio_lite.errors import AppError, CancelledError
from lmstudio_lite.services import Services
from lmstudio_lite.services.jobs import JobContext
from lmstudio_lite.storage.results import ResultKind
from lmstudio_lite.tasks.summarize import SummaryOptions, SummaryProgress, summarize
from lmstudio_lite.ui.summarize.items import (
    Done,
    Source,
    SummaryFacts,
    Support,
    details_of,
    facts_of,
    support_of,
)


@dataclass(frozen=True, slots=True)
class DocumentRead:
    """The file's text is there."""

    document: Document


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
    services: Services, source: Source, options: SummaryOptions, context: JobContext
) -> Done:
    """Summarize a file or a text that was read before, and store the result.

    Raises:
        DocumentError: the file can't be read.
        ModelError, EngineError: the model can't answer.
        CancelledError: stopped before anything was summarized.
    """
    document = _document(services, source, context)
    context.report(DocumentRead(document))
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
        )
    except CancelledError:
        return _keep_partial(services, document, options, record, time.monotonic() - started)
    return _store(services, document, summary.text, facts_of(summary, options), support_of(summary))


def _document(services: Services, source: Source, context: JobContext) -> Document:
    if isinstance(source, Document):
        return source
    return services.reader.read(Path(source), context.cancellation)


def _keep_partial(
    services: Services,
    document: Document,
    options: SummaryOptions,
    record: _ProgressRecord,
    seconds: float,
) -> Done:
    text = record.newest.partial_text if record.newest is not None else ""
    if not text.strip():
        raise CancelledError
    facts = SummaryFacts(
        options=options,
        num_parts=record.num_parts,
        num_parts_read=record.num_parts_read,
        num_parts_summarized=record.num_parts_read,
        num_pages=len(document.pages),
        seconds=seconds,
        language=options.language or document.language,
        is_stopped=True,
    )
    return _store(services, document, text, facts, Support())


def _store(services: Services, document: Document, text: str, facts: SummaryFacts, support: Support) -> Done:
    """A result that can't be stored is still shown; the failure is shown beside it."""
    try:
        stored = services.results.add(
            kind=ResultKind.SUMMARY,
            title=document.path.name if document.path else document.title,
            source_path=str(document.path or ""),
            source_hash=document.content_hash,
            source_text=document.text,
            text=text,
            details=details_of(facts, document, support),
        )
    except AppError as error:
        return Done(text, facts, support=support, storage_error=error)
    return Done(text, facts, stored.id, support)
