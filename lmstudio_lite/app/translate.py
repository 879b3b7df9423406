"""What happens off the GUI thread for one translation: translate the text, keep the result.

What is asked for with the button has a row among the results from its first second on. A typed text that
is followed live has not: its sentences are in the cache of parts, and what was typed is a draft.

A stopped translation keeps what is done; a live one that was overtaken by newer typing keeps nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from lmstudio_lite.app.held_to import NO_FILES, OwnFiles, Pair, held_to
from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.markdown_marks import without_marks
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.summaries import warning_records
from lmstudio_lite.documents.structure.language import detect_language
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.inventory import Part, unread_of
from lmstudio_lite.domain.progress import TaskWarning
from lmstudio_lite.domain.records import TranslationRecord
from lmstudio_lite.domain.translations import (
    Register,
    TextForm,
    TranslatedSegment,
    Translation,
    TranslationProgress,
)
from lmstudio_lite.errors import AppError, CancelledError, NotStoredError, StorageError
from lmstudio_lite.storage.records import part_records
from lmstudio_lite.tasks.text.sentences import SENTENCE_ENDS
from lmstudio_lite.tasks.translate.run import translate
from lmstudio_lite.unsaved import Place, UnsavedPiece

_TITLE_LENGTH = 60
_SAMPLE_LENGTH = 6000
_MARKDOWN = frozenset((".md", ".markdown"))
_TABLES = frozenset((".csv", ".tsv", ".tab"))
_KEPT_FORMS = _MARKDOWN | _TABLES | {".srt", ".vtt", ".txt"}


@dataclass(frozen=True, slots=True)
class TranslationTask:
    """What to translate. ``source`` "" is detected. ``is_live`` is typing that may still go on.

    ``replaces`` is the id of the stored result of an earlier state of the same typing, "" for none.
    ``continues`` is that of a part of this very translation, which is made whole. ``mime_type``,
    ``inventory`` and ``encoding`` are those of the document that the text is of. ``audience`` is in the
    user's words, ``project`` chooses glossaries and memory, "" those of every project.
    """

    text: str
    source: str
    target: str
    path: Path | None = None
    title: str = ""
    is_live: bool = False
    replaces: str = ""
    continues: str = ""
    mime_type: str = ""
    inventory: tuple[Part, ...] = ()
    encoding: str = ""
    register: Register = Register.ANY
    audience: str = ""
    project: str = ""

    @property
    def unread(self) -> tuple[Part, ...]:
        """What of the document could not be read, and so is not translated."""
        return unread_of(self.inventory)

    @property
    def form(self) -> TextForm:
        """Return what the text is written in, by its file's name."""
        suffix = self.path.suffix.lower() if self.path is not None else ""
        return (
            TextForm.MARKDOWN
            if suffix in _MARKDOWN
            else TextForm.TABLE
            if suffix in _TABLES
            else TextForm.PLAIN
        )


@dataclass(frozen=True, slots=True)
class TranslationOutcome:
    """``source`` is the language it was translated from. Fewer done than total: it was stopped.

    ``failure`` says by what, unless the user stopped it; ``is_interrupted`` if by the program's end.
    ``segments`` are in order.
    """

    task: TranslationTask
    text: str
    source: str
    num_done: int
    num_total: int
    seconds: float
    warnings: tuple[TaskWarning, ...] = ()
    result_id: str = ""
    storage_error: Exception | None = None
    failure: Exception | None = None
    is_interrupted: bool = False
    segments: tuple[TranslatedSegment, ...] = ()

    @property
    def is_partial(self) -> bool:
        return self.num_done < self.num_total

    @property
    def characters_per_s(self) -> float:
        """How fast the source was worked through, 0.0 if it was too quick to measure."""
        share = self.num_done / self.num_total if self.num_total else 1.0
        return len(self.task.text) * share / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True, slots=True)
class RowBegun:
    """Progress of a run: ``result_id`` names the stored result that waits for it."""

    result_id: str


class TranslateText:
    """Translates a text and keeps the result, unless it is not to be kept (``keeps``).

    What was asked for has its row from the beginning, and each sentence is on disk as soon as it is there:
    a killed program goes on where it was.
    """

    def __init__(
        self, services: Services, task: TranslationTask, *, keeps: bool = True, files: OwnFiles = NO_FILES
    ) -> None:
        """``files`` are glossaries and a memory for this run alone."""
        self._services = services
        self._files = files
        self._task = task
        self._keeps = keeps
        self.translation: Translation | None = None
        """The whole of what came of it, once ``run`` has returned; None if it was stopped."""

    def run(self, context: JobContext) -> TranslationOutcome:
        """Do it; waits. Reports ``RowBegun`` once, if it is kept, and ``TranslationProgress``.

        Raises:
            ModelError, EngineError: the model can't answer, and nothing was translated before.
            CancelledError: overtaken by newer typing, stopped before anything was translated, or stopped
                while nothing is kept.
        """
        newest: TranslationProgress | None = None

        def report(progress: TranslationProgress) -> None:
            nonlocal newest
            newest = progress
            context.report(progress)

        services, task = self._services, self._task
        row = _Row(services, task) if self._keeps else None
        stored_id = row.stored_id if row is not None else ""
        if stored_id:
            context.report(RowBegun(stored_id))
        started = time.monotonic()
        try:
            translation = self._translate(report, context.cancellation, stored_id)
        except AppError as error:
            if row is None:
                raise
            if task.is_live or newest is None or not newest.num_done:
                row.drop()
                raise
            failure = None if isinstance(error, CancelledError) else error
            seconds = time.monotonic() - started
            done, total = newest.num_done, newest.num_total
            return row.finish(
                TranslationOutcome(
                    task, newest.text_so_far, task.source, done, total, seconds, failure=failure
                )
            )
        self.translation = translation
        outcome = TranslationOutcome(
            task,
            translation.text,
            translation.source or task.source,
            translation.num_segments,
            translation.num_segments,
            time.monotonic() - started,
            translation.warnings,
            segments=translation.segments,
        )
        return row.finish(outcome) if row is not None else outcome

    def _translate(
        self, report: Callable[[TranslationProgress], None], cancellation: Cancellation, stored_id: str
    ) -> Translation:
        services, task = self._services, self._task
        source = task.source or detect_language(task.text[:_SAMPLE_LENGTH])
        # A memory is looked through whole for what is alike: not with each key that is typed.
        with held_to(
            services, Pair(source, task.target, task.project), self._files, uses_memory=not task.is_live
        ) as held:
            return translate(
                task.text,
                source=task.source,
                target=task.target,
                engine=services.engine,
                report=report,
                cancellation=cancellation,
                cache=services.part_cache,
                record=services.run_record(stored_id) if stored_id else None,
                form=task.form,
                register=task.register,
                audience=task.audience,
                terms=held.terms,
                memory=held.memory,
            )


def store_text(services: Services, outcome: TranslationOutcome) -> None:
    """Put the text of ``outcome`` into its row: its reader has changed it.

    Raises:
        NotStoredError, StorageError: it can't be stored.
    """
    record = _record_of(outcome, is_unfinished=False)
    services.results.update(outcome.result_id, text=outcome.text, record=record)
    services.run_record(outcome.result_id).keep(dict(enumerate(outcome.segments)))


def file_name_of(path: Path, target: str) -> tuple[str, str]:
    """Return what the translation of a file is called beside it ("talk.de.srt"), and its suffix.

    Both are "" for a file whose form a translation has not: a PDF is translated as a text.
    """
    suffix = path.suffix.lower()
    return (f"{path.stem}.{target}{suffix}", suffix) if suffix in _KEPT_FORMS else ("", "")


def ends_sentence(text: str, before: str) -> bool:
    """Tell whether what was typed last, which made ``text`` of ``before``, ended a sentence."""
    num_same = min(len(text), len(before))
    behind = next((at for at in range(num_same) if text[-1 - at] != before[-1 - at]), num_same)
    return len(text) > len(before) and text[: len(text) - behind].endswith(SENTENCE_ENDS)


def title_of(text: str) -> str:
    """Name a typed text by its first line."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    line = without_marks(line)
    return line[:_TITLE_LENGTH] + ("…" if len(line) > _TITLE_LENGTH else "")


class _Row:
    """The stored result of one translation; one that is typed has none before it is whole."""

    def __init__(self, services: Services, task: TranslationTask) -> None:
        self._services = services
        self._task = task
        self.stored_id = task.continues
        self._is_new = not self.stored_id
        if task.is_live or not self._is_new:
            return
        beginning = TranslationOutcome(task, "", task.source, 0, 0, 0.0)
        with contextlib.suppress(StorageError):
            self.stored_id = self._add(beginning, is_unfinished=True)

    def finish(self, outcome: TranslationOutcome) -> TranslationOutcome:
        """Store the text; what can't be stored waits in ``UnsavedWork`` and comes with the reason."""
        results, unsaved = self._services.results, self._services.unsaved
        # A job can't tell a user who stops it from a program that ends: see ``stored_translations.settle``.
        record = _record_of(outcome, is_unfinished=outcome.is_partial)

        def write() -> None:
            try:
                if self.stored_id:
                    results.update(self.stored_id, text=outcome.text, record=record)
                else:
                    self.stored_id = self._add(outcome)
            except NotStoredError:
                self.stored_id = self._add(outcome)
            if not outcome.is_partial:
                self._services.run_record(self.stored_id).forget()
            if self._task.replaces:
                with contextlib.suppress(NotStoredError):
                    results.delete(self._task.replaces)

        # What is typed on replaces what waits: only its newest state is worth keeping.
        key = f"translation:{'live' if self._task.is_live else self.stored_id or id(self)}"
        title = self._task.title or title_of(self._task.text)
        kept = replace(outcome, result_id=self.stored_id)
        if not unsaved.save(UnsavedPiece(key, Place.TRANSLATE, title, outcome.text, write, kept)):
            return replace(outcome, result_id=self.stored_id, storage_error=unsaved.state.error)
        if not outcome.is_partial:  # Not within ``write``: what a record can't write waits in the same place.
            self._services.run_record(self.stored_id).keep(dict(enumerate(outcome.segments)))
        return replace(outcome, result_id=self.stored_id)

    def drop(self) -> None:
        """Forget a row that nothing came into."""
        if self._is_new and self.stored_id:
            with contextlib.suppress(StorageError):
                self._services.results.delete(self.stored_id)

    def _add(self, outcome: TranslationOutcome, *, is_unfinished: bool = False) -> str:
        task = self._task
        return self._services.results.add(
            title=task.title or title_of(task.text),
            source_path=str(task.path or ""),
            source_hash=hashlib.sha256(task.text.encode("utf-8", "surrogatepass")).hexdigest(),
            source_text=task.text,
            text=outcome.text,
            record=_record_of(outcome, is_unfinished=is_unfinished),
        ).id


def _record_of(outcome: TranslationOutcome, *, is_unfinished: bool) -> TranslationRecord:
    return TranslationRecord(
        source=outcome.source,
        wanted_source=outcome.task.source,
        target=outcome.task.target,
        num_done=outcome.num_done,
        num_total=outcome.num_total,
        seconds=round(outcome.seconds, 1),
        warnings=warning_records(outcome.warnings),
        is_unfinished=is_unfinished,
        mime_type=outcome.task.mime_type,
        inventory=part_records(outcome.task.inventory),
        encoding=outcome.task.encoding,
        register=outcome.task.register.value,
        audience=outcome.task.audience,
        project=outcome.task.project,
    )
