"""What happens off the GUI thread for one document: read it, summarize it, keep the result.

Runs as a job. Reports ``DocumentRead`` once and ``SummaryProgress`` as the model reads. Stopping keeps
what is done: the sections read so far are stored and returned, labelled by their numbers. A document that
has a finished summary already keeps it: what is made then is another version beside it.

The job never takes a row away. It can't tell a user who stops it from a program that ends: the row must
outlive the second, so that the next start can offer to go on. Who stopped it calls ``forget_unfinished``.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from pathlib import Path

from lmstudio_lite.domain.documents import Document
from lmstudio_lite.errors import CancelledError, NotStoredError, StorageError
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
    UNFINISHED_VERSION,
    DocumentRead,
    Done,
    Source,
    SummaryFacts,
    Support,
    details_of,
    facts_of,
    options_to_json,
    support_of,
)
from lmstudio_lite.unsaved import Place, UnsavedPiece


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
    services: Services,
    source: Source,
    options: SummaryOptions,
    context: JobContext,
    stored_id: str = "",
    *,
    before: Done | None = None,
) -> Done:
    """Summarize a file or a text that was read before, and store the result.

    The result's row is there from the beginning, marked as unfinished: if the program is killed, the
    history offers to continue, and what was read by then is not read again. ``stored_id`` names the row
    that the new result goes into: as another version if ``before``, what it holds, is finished.

    Raises:
        DocumentError: the file can't be read.
        ModelError, EngineError: the model can't answer.
        CancelledError: stopped before anything was summarized, or before another version was whole.
    """
    document = _document(services, source, context)
    row = _Row(services, document, options, stored_id, before)
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
        if not text.strip() or row.is_of_versions:
            raise
        facts = _facts_of_stopped(document, options, record, time.monotonic() - started)
        return row.finish(text, facts, Support())
    return row.finish(summary.text, facts_of(summary, options, model_name(services)), support_of(summary))


def model_name(services: Services) -> str:
    """Return the file name of the model in use, "" if there is none."""
    path = services.engine.state.path
    return path.name if path is not None else ""


def forget_unfinished(services: Services, result_id: str, *, is_new: bool) -> None:
    """Take back that a run is under way: its own row (``is_new``) goes, others keep what they hold.

    Raises:
        StorageError: it can't be changed.
    """
    try:
        result = services.results.get(result_id)
    except NotStoredError:
        return
    if UNFINISHED_VERSION in result.details:
        details = {key: value for key, value in result.details.items() if key != UNFINISHED_VERSION}
        services.results.update(result_id, text=result.text, details=details)
    elif is_new and not result.text:
        services.results.delete(result_id)


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
    _store_changed(services, document, edited)
    return edited


def restore_text(services: Services, document: Document, done: Done) -> Done:
    """Store ``done`` again as it was before it was edited.

    Raises:
        StorageError: it can't be stored.
    """
    _store_changed(services, document, done)
    return done


def _store_changed(services: Services, document: Document, done: Done) -> None:
    if not done.result_id:
        return
    details = details_of(done.facts, document, done.support)
    if done.version:
        services.results.update_version(done.result_id, done.version, text=done.text, details=details)
    else:
        services.results.update(done.result_id, text=done.text, details=details)
    services.unsaved.drop(_unsaved_key(done.result_id))


def _unsaved_key(name: str) -> str:
    return f"summary:{name}"


class _Row:
    """The stored result of one run. A result that can't be stored is still shown."""

    def __init__(
        self,
        services: Services,
        document: Document,
        options: SummaryOptions,
        stored_id: str,
        before: Done | None,
    ) -> None:
        self._results = services.results
        self._unsaved = services.unsaved
        self._document = document
        self._title = document.path.name if document.path else document.title
        self._id = stored_id
        self.is_of_versions = before is not None and before.is_finished
        self._keeps_present = before is not None and before.is_finished and not before.version
        with contextlib.suppress(StorageError):
            if self._id:
                self._note(options, before)
        with contextlib.suppress(StorageError):
            if not self._id:
                self._id = self._add("", self._unfinished(options))

    @property
    def stored_id(self) -> str:
        return self._id

    def finish(self, text: str, facts: SummaryFacts, support: Support) -> Done:
        """Store the text; what can't be stored waits in ``UnsavedWork`` and is stored later."""
        details = details_of(facts, self._document, support)
        version = 0

        def write() -> None:
            nonlocal version
            try:
                if not self._id:
                    self._id = self._add(text, details)
                elif facts.is_stopped:
                    self._results.update(self._id, text=text, details=details)
                else:
                    version = self._results.add_version(
                        self._id, text=text, details=details, keeps_present=self._keeps_present
                    )
            except NotStoredError:
                self._id = self._add(text, details)

        key = _unsaved_key(self._id or self._document.content_hash)
        self._unsaved.save(UnsavedPiece(key, Place.SUMMARIZE, self._title, text, write))
        return Done(text, facts, self._id, support, version=version)

    def _note(self, options: SummaryOptions, before: Done | None) -> None:
        """Note on a row that is there already what is under way, for the next start."""
        try:
            result = self._results.get(self._id)
        except NotStoredError:
            self._id = ""  # deleted for good meanwhile: the run gets a row of its own
            return
        if before is not None or result.text:
            details = {**result.details, UNFINISHED_VERSION: options_to_json(options)}
        else:
            details = self._unfinished(options)
        self._results.update(self._id, text=result.text, details=details)

    def _unfinished(self, options: SummaryOptions) -> dict[str, object]:
        facts = SummaryFacts(options, 0, 0, 0, len(self._document.pages), 0.0, "", is_stopped=True)
        return {**details_of(facts, self._document, Support()), "is_unfinished": True}

    def _add(self, text: str, details: dict[str, object]) -> str:
        document = self._document
        return self._results.add(
            kind=ResultKind.SUMMARY,
            title=self._title,
            source_path=str(document.path or ""),
            source_hash=document.content_hash,
            source_text=document.text,
            text=text,
            details=details,
        ).id
