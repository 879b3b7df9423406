"""What happens off the GUI thread for one document: read it, summarize it, keep the result.

Runs as a job. Reports ``DocumentRead`` once and ``SummaryProgress`` as the model reads. Stopping keeps
what is done: the sections read so far are stored and returned, labelled by their numbers. A document that
has a finished summary already keeps it: what is made then is another version beside it.

The job never takes a row away. It can't tell a user who stops it from a program that ends: the row must
outlive the second, so that the next start can offer to go on. Who stopped it calls
``rows.forget_unfinished``.
"""

from __future__ import annotations

import time
from pathlib import Path

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.summaries import (
    DocumentRead,
    Done,
    Source,
    Support,
    facts_of,
    support_of,
)
from lmstudio_lite.app.summary_rows import Row
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.inventory import unread_of
from lmstudio_lite.domain.summaries import (
    Summary,
    SummaryFacts,
    SummaryOptions,
    SummaryProgress,
    SummaryStage,
)
from lmstudio_lite.errors import CancelledError
from lmstudio_lite.tasks.adapters import chosen_adapters
from lmstudio_lite.tasks.evidence.judge import loaded_judge
from lmstudio_lite.tasks.summarize.summarizer import summarize


class _ProgressRecord:
    """Passes reports on and remembers what a stopped run can keep."""

    def __init__(self, context: JobContext) -> None:
        self._context = context
        self.newest: SummaryProgress | None = None
        self.num_parts = 0
        self.num_parts_read = 0

    def report(self, progress: SummaryProgress) -> None:
        self.newest = progress
        if progress.stage is SummaryStage.MAP:
            self.num_parts = progress.num_total
            self.num_parts_read = progress.num_done
        self._context.report(progress)


class SummarizeFile:
    """Reads a file, or takes a text that was read before, summarizes it and keeps the result.

    The result's row is there from the beginning, marked as unfinished: if the program is killed, the
    history offers to continue, and what was read by then is not read again. ``stored_id`` names the row
    that the new result goes into: as another version if ``before``, what it holds, is finished. What is not
    to be kept (``keeps``) has no row.
    """

    def __init__(
        self,
        services: Services,
        source: Source,
        options: SummaryOptions,
        *,
        stored_id: str = "",
        before: Done | None = None,
        keeps: bool = True,
    ) -> None:
        self._services = services
        self._source = source
        self._options = options
        self._stored_id = stored_id
        self._before = before
        self._keeps = keeps
        self.summary: Summary | None = None
        """The whole of what came of it, once ``run`` has returned; None if it was stopped."""

    def run(self, context: JobContext) -> Done:
        """Do it; waits.

        Raises:
            DocumentError: the file can't be read.
            ModelError, EngineError: the model can't answer.
            CancelledError: stopped before anything was summarized, before another version was whole, or
                while nothing is kept.
        """
        services, options = self._services, self._options
        document = _document(services, self._source, context)
        row = Row(services, document, options, self._stored_id, self._before) if self._keeps else None
        context.report(DocumentRead(document, row.stored_id if row is not None else ""))
        record = _ProgressRecord(context)
        started = time.monotonic()
        adapters = chosen_adapters(services.settings, services.engine)
        try:
            summary = summarize(
                document,
                options,
                engine=services.engine,
                report=record.report,
                cancellation=context.cancellation,
                cache=services.part_cache,
                embed=services.embedding.embedder(context.cancellation),
                judge=loaded_judge(
                    services.engine, context.cancellation, cache=services.part_cache, adapters=adapters
                ),
                adapters=adapters,
            )
        except CancelledError:
            text = record.newest.partial_text if record.newest is not None else ""
            if row is None or not text.strip() or row.is_of_versions:
                raise
            facts = _facts_of_stopped(document, options, record, time.monotonic() - started)
            return row.finish(text, facts, Support())
        self.summary = summary
        facts, support = facts_of(summary, options, model_name(services)), support_of(summary)
        return row.finish(summary.text, facts, support) if row else Done(summary.text, facts, "", support)


def model_name(services: Services) -> str:
    """Return the file name of the model in use, "" if there is none."""
    path = services.engine.state.path
    return path.name if path is not None else ""


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
        num_pages=document.num_pages,
        seconds=seconds,
        language=options.language or document.language,
        is_stopped=True,
        unread=unread_of(document.inventory),
    )
