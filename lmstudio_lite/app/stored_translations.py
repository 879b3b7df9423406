"""Stored translations: what they were made from, what waits of them, and what a killed program left."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

from msgspec import structs

from lmstudio_lite.app.session import Services
from lmstudio_lite.app.summaries import warnings_from
from lmstudio_lite.app.translate import TranslationOutcome, TranslationTask
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.results import ResultKind, StoredResult
from lmstudio_lite.domain.translations import Register
from lmstudio_lite.errors import NotStoredError
from lmstudio_lite.storage.records import parts_from
from lmstudio_lite.tasks.translate.run import translation_so_far
from lmstudio_lite.unsaved import Place


def settle(services: Services, result_id: str) -> None:
    """Note that a part of a translation is what its user left it at, and no work for the next start.

    Raises:
        StorageError: it can't be stored.
    """
    with contextlib.suppress(NotStoredError):
        result = services.results.get(result_id)
        record = structs.replace(result.translation, is_unfinished=False)
        services.results.update(result_id, text=result.text, record=record)


def recover_interrupted(services: Services) -> StoredResult | None:
    """Put together what translations of texts had when the program ended; return the newest, None for none.

    Files need none of that: their segments are rows, and the queue goes on with them.

    Raises:
        StorageError: the database can't be read or written.
    """
    newest: StoredResult | None = None
    for listed in services.results.list(ResultKind.TRANSLATION):
        if not listed.translation.is_unfinished or listed.translation.file is not None:
            continue
        result = services.results.get(listed.id)
        known = services.run_record(result.id).find()
        task = outcome_from_result(result).task
        so_far = translation_so_far(task.text, task.target, known, task.form)
        record = structs.replace(
            result.translation,
            is_unfinished=False,
            is_interrupted=True,
            num_done=so_far.num_done,
            num_total=so_far.num_total,
        )
        services.results.update(result.id, text=so_far.text_so_far, record=record)
        newest = newest or services.results.get(result.id)
    return newest


def waiting_for(services: Services, result_id: str) -> TranslationOutcome | None:
    """Return what a row is to hold and the disk has refused so far, None if nothing waits for it."""
    kept = [piece.value for piece in services.unsaved.state.at(Place.TRANSLATE)]
    of_row = [
        value for value in kept if isinstance(value, TranslationOutcome) and value.result_id == result_id
    ]
    return of_row[-1] if of_row else None


def read_outcome(services: Services, result: StoredResult) -> TranslationOutcome:
    """Rebuild a stored translation with its sentences, in the state that waits for the disk, if one does."""
    waiting = waiting_for(services, result.id)
    if waiting is not None:
        return waiting
    segments = services.run_record(result.id).find()
    return replace(
        outcome_from_result(result), segments=tuple(segments[number] for number in sorted(segments))
    )


def outcome_from_result(result: StoredResult) -> TranslationOutcome:
    """Rebuild a stored translation without its sentences."""
    record = result.translation
    task = TranslationTask(
        text=result.source_text,
        source=record.wanted_source,
        target=record.target or "en",
        path=Path(result.source_path) if result.source_path else None,
        title=result.title,
        mime_type=record.mime_type,
        inventory=parts_from(record.inventory),
        encoding=record.encoding,
        register=next((each for each in Register if each == record.register), Register.ANY),
        audience=record.audience,
        project=record.project,
    )
    return TranslationOutcome(
        task,
        result.text,
        record.source,
        record.num_done,
        record.num_total,
        record.seconds,
        warnings_from(record.warnings),
        result.id,
        is_interrupted=record.is_interrupted,
    )


def source_document(result: StoredResult) -> Document | None:
    """Rebuild the document a stored translation was made from, None if it was typed."""
    if not result.source_path:
        return None
    path = Path(result.source_path)
    return Document(
        path=path,
        title=result.title,
        mime_type=result.translation.mime_type,
        text=result.source_text,
        pages=(),
        blocks=(),
        language=result.translation.source,
        content_hash=result.source_hash,
        inventory=parts_from(result.translation.inventory),
        encoding=result.translation.encoding,
    )
