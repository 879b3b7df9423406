"""What happens off the GUI thread for one translation: translate the text, keep the result.

A stopped translation keeps what is done; a live one that was overtaken by newer typing keeps nothing.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lmstudio_lite.domain.documents import Document
from lmstudio_lite.errors import AppError, CancelledError
from lmstudio_lite.services import Services
from lmstudio_lite.services.jobs import JobContext
from lmstudio_lite.storage.results import ResultKind, StoredResult
from lmstudio_lite.tasks.checks import TaskWarning
from lmstudio_lite.tasks.translate import TranslationProgress, translate
from lmstudio_lite.ui.stored_details import number_of, text_of, warnings_from_json, warnings_to_json

_TITLE_LENGTH = 60


@dataclass(frozen=True, slots=True)
class TranslationTask:
    """What to translate. ``source`` "" is detected. ``is_live`` is typing that may still go on.

    ``replaces`` is the id of the stored result of an earlier state of the same typing, "" for none.
    """

    text: str
    source: str
    target: str
    path: Path | None = None
    title: str = ""
    is_live: bool = False
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class TranslationOutcome:
    """``source`` is the language it was translated from. Fewer done than total: it was stopped."""

    task: TranslationTask
    text: str
    source: str
    num_done: int
    num_total: int
    seconds: float
    warnings: tuple[TaskWarning, ...] = ()
    result_id: str = ""
    storage_error: Exception | None = None

    @property
    def is_partial(self) -> bool:
        return self.num_done < self.num_total

    @property
    def characters_per_s(self) -> float:
        """How fast the source was worked through, 0.0 if it was too quick to measure."""
        share = self.num_done / self.num_total if self.num_total else 1.0
        return len(self.task.text) * share / self.seconds if self.seconds > 0 else 0.0


def run_translation(services: Services, task: TranslationTask, context: JobContext) -> TranslationOutcome:
    """Translate and store.

    Raises:
        ModelError, EngineError: the model can't answer.
        CancelledError: overtaken by newer typing, or stopped before anything was translated.
    """
    newest: TranslationProgress | None = None

    def report(progress: TranslationProgress) -> None:
        nonlocal newest
        newest = progress
        context.report(progress)

    started = time.monotonic()
    try:
        translation = translate(
            task.text,
            source=task.source,
            target=task.target,
            engine=services.engine,
            report=report,
            cancellation=context.cancellation,
        )
    except CancelledError:
        if task.is_live or newest is None or not newest.text_so_far.strip():
            raise
        seconds = time.monotonic() - started
        partial = TranslationOutcome(
            task, newest.text_so_far, task.source, newest.num_done, newest.num_total, seconds
        )
        return _store(services, partial)
    num_segments = translation.num_segments
    return _store(
        services,
        TranslationOutcome(
            task,
            translation.text,
            translation.source or task.source,
            num_segments,
            num_segments,
            time.monotonic() - started,
            translation.warnings,
        ),
    )


def outcome_from_result(result: StoredResult) -> TranslationOutcome:
    """Rebuild a stored translation."""
    details: Mapping[str, object] = result.details
    task = TranslationTask(
        text=result.source_text,
        source=text_of(details, "wanted_source"),
        target=text_of(details, "target") or "en",
        path=Path(result.source_path) if result.source_path else None,
        title=result.title,
    )
    return TranslationOutcome(
        task,
        result.text,
        text_of(details, "source"),
        int(number_of(details, "num_done")),
        int(number_of(details, "num_total")),
        number_of(details, "seconds"),
        warnings_from_json(details.get("warnings")),
        result.id,
    )


def source_document(result: StoredResult) -> Document | None:
    """Rebuild the document a stored translation was made from, None if it was typed."""
    if not result.source_path:
        return None
    path = Path(result.source_path)
    return Document(
        path=path,
        title=result.title,
        mime_type="",
        text=result.source_text,
        pages=(),
        blocks=(),
        language=text_of(result.details, "source"),
        content_hash=result.source_hash,
    )


def title_of(text: str) -> str:
    """Name a typed text by its first line."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line[:_TITLE_LENGTH] + ("…" if len(line) > _TITLE_LENGTH else "")


def _store(services: Services, outcome: TranslationOutcome) -> TranslationOutcome:
    task = outcome.task
    details: dict[str, object] = {
        "source": outcome.source,
        "wanted_source": task.source,
        "target": task.target,
        "num_done": outcome.num_done,
        "num_total": outcome.num_total,
        "seconds": round(outcome.seconds, 1),
        "warnings": warnings_to_json(outcome.warnings),
    }
    try:
        stored = services.results.add(
            kind=ResultKind.TRANSLATION,
            title=task.title or title_of(task.text),
            source_path=str(task.path or ""),
            source_hash=hashlib.sha256(task.text.encode("utf-8", "surrogatepass")).hexdigest(),
            source_text=task.text,
            text=outcome.text,
            details=details,
        )
        if task.replaces:
            services.results.delete(task.replaces)
    except AppError as error:
        return replace(outcome, storage_error=error)
    return replace(outcome, result_id=stored.id)
