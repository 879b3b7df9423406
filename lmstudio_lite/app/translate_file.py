"""What happens off the GUI thread for one file: read its units, translate them, write such a file again.

The stored result begins with the run, and each segment is on disk as soon as it is there: a killed program
goes on with the next segment. A run over a file that has changed meanwhile begins anew; what was done before
is offered to it as a memory. What can't be written stays stored and is written later
(``file_outputs.export``).
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lmstudio_lite.app.earlier_work import EarlierWork
from lmstudio_lite.app.file_outputs import note_output, write_file
from lmstudio_lite.app.file_records import (
    begun_record,
    ended_record,
    file_record,
    hash_of,
    is_same_order,
    order_from,
)
from lmstudio_lite.app.held_to import NO_FILES, OwnFiles, Pair, held_to
from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.review_store import ReviewStore
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.stored_translations import settle
from lmstudio_lite.domain.file_translations import FileOrder, SegmentCounts, SegmentRow, count_rows
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.domain.progress import TaskWarning
from lmstudio_lite.domain.results import ResultKind, StoredResult
from lmstudio_lite.domain.translations import TranslationOptions, UnitsProgress, UnitsTranslation
from lmstudio_lite.domain.units import FileUnits
from lmstudio_lite.errors import (
    AppError,
    CancelledError,
    DocumentEmptyError,
    DocumentLanguageError,
    NotStoredError,
    StorageError,
)
from lmstudio_lite.tasks.translate.sentences import split_units
from lmstudio_lite.tasks.translate.units import source_of, translate_units
from lmstudio_lite.unsaved import Place, UnsavedPiece

FILE_CHANGED = "translation_file_changed"
"""The warning of a file that was begun, has changed and is translated anew."""


@dataclass(frozen=True, slots=True)
class FileBegun:
    """Progress of a run: ``result_id`` names the stored result, from which it is reviewed meanwhile."""

    result_id: str


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What came of it. ``output`` is the written file, None where there is none (yet).

    ``failure`` says what stopped the run, or why no file could be written though all is translated.
    ``num_source`` sentences of the file are still the source's, ``changes`` are codes for ``words``.
    """

    order: FileOrder
    result_id: str
    source: str
    counts: SegmentCounts
    rows: tuple[SegmentRow, ...]
    seconds: float
    warnings: tuple[TaskWarning, ...] = ()
    kept: tuple[tuple[str, int], ...] = ()
    output: Path | None = None
    changes: tuple[str, ...] = ()
    num_source: int = 0
    failure: AppError | None = None
    is_partial: bool = False
    """It was stopped: segments are missing, or what is done after all are there (marks, second looks)."""


class TranslateFile:
    """Translates one file into one language."""

    def __init__(
        self, services: Services, order: FileOrder, *, continues: str = "", files: OwnFiles = NO_FILES
    ) -> None:
        """``continues`` is the id of the stored result of an earlier run of this order, "" for none.

        ``files`` are glossaries and a memory for this run alone.
        """
        self._services = services
        self._order = order
        self._files = files
        self._continues = continues

    def run(self, context: JobContext) -> FileOutcome:
        """Do it; waits. Reports ``FileBegun`` once and then ``UnitsProgress``.

        Raises:
            DocumentError: the file can't be read, has no words, or is in the language that is asked for.
            StorageError: nothing can be kept: nothing was begun.
            ModelError, EngineError: the model can't answer, and nothing was translated before.
            CancelledError: stopped before anything was translated.
        """
        services, order = self._services, self._order
        content_hash = hash_of(order.path, context.cancellation)
        file = services.rewriter.read_units(order.path, order.units_wanted, context.cancellation)
        if not any(unit.text.strip() for unit in file.units):
            raise DocumentEmptyError(path=str(order.path))
        is_begun = any(unit.existing for unit in file.units)
        if not is_begun and _options(order, file).source == order.options.target:
            raise DocumentLanguageError(path=str(order.path), language=order.options.target)
        row, earlier = self._begin(file, content_hash)
        context.report(FileBegun(row.id))
        return _Run(services, order, file, row, earlier, self._files, context).finished()

    def _begin(self, file: FileUnits, content_hash: str) -> tuple[StoredResult, StoredResult | None]:
        """Return the stored result to write into, and that of an earlier state of the file."""
        services = self._services
        stored: StoredResult | None = None
        if self._continues:
            with contextlib.suppress(NotStoredError):
                stored = services.results.get(self._continues)
        if (
            stored is not None
            and file_record(stored.translation).hash == content_hash
            and is_cut_alike(file, ReviewStore(services, stored.id, stored.title).rows())
        ):
            return stored, None
        if stored is not None:
            settle(services, stored.id)
        source_text = "\n".join(unit.text for unit in file.units)
        row = services.results.add(
            title=self._order.path.name,
            source_path=str(self._order.path.absolute()),
            source_hash=hashlib.sha256(source_text.encode("utf-8", "surrogatepass")).hexdigest(),
            source_text=source_text,
            text="",
            record=begun_record(self._order, file, content_hash),
        )
        return row, stored


def is_cut_alike(file: FileUnits, rows: Sequence[SegmentRow]) -> bool:
    """Tell whether ``rows`` are of the sentences that ``file`` is cut into now, and not by other rules."""
    sentences = split_units(file.units)
    return all(
        row.number < len(sentences)
        and row.segment.unit == sentences[row.number].unit
        and row.segment.source == sentences[row.number].text
        for row in rows
    )


def unfinished_result(services: Services, order: FileOrder) -> str:
    """Return the id of the newest stored result that was begun with this very order, "" where there is none.

    Raises:
        StorageError: the results can't be read.
    """
    for result in services.results.list(ResultKind.TRANSLATION):
        record = result.translation
        if record.file is not None and record.is_unfinished and is_same_order(order_from(result), order):
            return result.id
    return ""


def _options(order: FileOrder, file: FileUnits) -> TranslationOptions:
    """Return what is asked for, with the file's language: as ordered, as it says, or as its words tell."""
    said = file.language if file.language in LANGUAGES else ""
    options = replace(order.options, source=order.options.source or said)
    return replace(options, source=source_of(file.units, options))


class _Run:
    """One run over units that were read."""

    def __init__(
        self,
        services: Services,
        order: FileOrder,
        file: FileUnits,
        row: StoredResult,
        earlier: StoredResult | None,
        files: OwnFiles,
        context: JobContext,
    ) -> None:
        self._services = services
        self._order = order
        self._file = file
        self._row = row
        self._earlier = earlier
        self._files = files
        self._context = context
        self._hash = file_record(row.translation).hash
        self._started = time.monotonic()
        self._num_total = 0

    def finished(self) -> FileOutcome:
        """Translate, keep and write; see ``TranslateFile.run``."""
        try:
            translation = self._translate()
        except AppError as error:
            outcome = self._stopped(error)
            if not outcome.counts.num_done:
                self._drop()
                raise
            return outcome
        numbered = dict(enumerate(translation.segments))
        self._services.run_record(self._row.id).keep(numbered)
        self._num_total = len(numbered)
        warnings = translation.warnings
        if self._earlier is not None and file_record(self._earlier.translation).hash != self._hash:
            warnings = (TaskWarning(FILE_CHANGED, 1, 1), *warnings)
        outcome = self._store(self._outcome(translation.source, warnings))
        return self._written(outcome)

    def _translate(self) -> UnitsTranslation:
        services, order, units = self._services, self._order, self._file.units
        options = _options(order, self._file)
        store = ReviewStore(services, self._earlier.id, self._earlier.title) if self._earlier else None
        with held_to(
            services,
            Pair(options.source, options.target, order.project),
            self._files,
            glossary_ids=order.glossary_ids,
            uses_memory=order.uses_memory,
            earlier=EarlierWork(store.rows()) if store else None,
        ) as held:
            return translate_units(
                units,
                options,
                engine=services.engine,
                report=self._report,
                cancellation=self._context.cancellation,
                cache=services.part_cache,
                record=services.run_record(self._row.id),
                terms=held.terms,
                memory=held.memory,
            )

    def _report(self, progress: UnitsProgress) -> None:
        self._num_total = progress.num_total
        self._context.report(progress)

    def _outcome(self, source: str, warnings: tuple[TaskWarning, ...] = ()) -> FileOutcome:
        rows = ReviewStore(self._services, self._row.id, self._row.title).rows()
        return FileOutcome(
            self._order,
            self._row.id,
            source,
            count_rows(rows, self._num_total),
            tuple(rows),
            time.monotonic() - self._started,
            warnings,
            self._file.kept,
        )

    def _stopped(self, error: AppError) -> FileOutcome:
        failure = None if isinstance(error, CancelledError) else error
        outcome = replace(self._outcome(self._row.translation.source), failure=failure, is_partial=True)
        return self._store(outcome) if outcome.counts.num_done else outcome

    def _store(self, outcome: FileOutcome) -> FileOutcome:
        """Note how far it is, now or as soon as the disk takes it."""
        services, result_id = self._services, self._row.id
        record = ended_record(
            self._row.translation,
            outcome.counts,
            source=outcome.source,
            seconds=outcome.seconds,
            warnings=outcome.warnings,
            is_unfinished=outcome.is_partial,
        )
        text = "\n".join(row.segment.text for row in outcome.rows)

        def write() -> None:
            services.results.update(result_id, text=text, record=record)

        title = self._row.title
        services.unsaved.save(
            UnsavedPiece(f"translation:{result_id}", Place.TRANSLATE, title, text, write, outcome)
        )
        return outcome

    def _written(self, outcome: FileOutcome) -> FileOutcome:
        try:
            written = write_file(
                self._services,
                self._order,
                self._file,
                outcome.rows,
                source=outcome.source,
                cancellation=self._context.cancellation,
            )
            note_output(self._services, self._row.id, written.path, outcome.rows)
        except AppError as error:
            return replace(outcome, failure=error)
        return replace(outcome, output=written.path, changes=written.changes, num_source=written.num_source)

    def _drop(self) -> None:
        """Forget a row that nothing came into."""
        with contextlib.suppress(StorageError):
            self._services.results.delete(self._row.id)
