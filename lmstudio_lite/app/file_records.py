"""What is stored of a file's translation, from and to its order, and the hash that tells files apart."""

from __future__ import annotations

import hashlib
from pathlib import Path

from msgspec import structs

from lmstudio_lite.app.summaries import warning_records
from lmstudio_lite.documents.opening import open_document, opening_error
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.file_translations import FileOrder, SegmentCounts
from lmstudio_lite.domain.progress import TaskWarning
from lmstudio_lite.domain.records import FileRecord, TranslationRecord
from lmstudio_lite.domain.results import StoredResult
from lmstudio_lite.domain.translations import Register, TranslationOptions
from lmstudio_lite.domain.units import BilingualLayout, FileUnits, ReadUnitsOptions
from lmstudio_lite.errors import NotStoredError

_CHUNK_BYTES = 1 << 20


def hash_of(path: Path, cancellation: Cancellation) -> str:
    """Return the SHA-256 of the file at ``path``.

    Raises:
        DocumentError: it can't be opened or read.
        CancelledError: cancelled.
    """
    digest = hashlib.sha256()
    with open_document(path) as file:
        try:
            while chunk := file.read(_CHUNK_BYTES):
                cancellation.raise_if_cancelled()
                digest.update(chunk)
        except OSError as error:
            raise opening_error(path, error) from error
    return digest.hexdigest()


def begun_record(order: FileOrder, file: FileUnits, content_hash: str) -> TranslationRecord:
    """Return the record of a translation that has just begun."""
    return TranslationRecord(
        source=order.options.source or file.language,
        wanted_source=order.options.source,
        target=order.options.target,
        is_unfinished=True,
        file=_file_record(order, file, content_hash),
    )


def ended_record(
    begun: TranslationRecord,
    counts: SegmentCounts,
    *,
    source: str,
    seconds: float,
    warnings: tuple[TaskWarning, ...] = (),
    is_unfinished: bool,
) -> TranslationRecord:
    """Return the record of a translation that has ended, or was stopped and goes on later."""
    file = structs.replace(file_record(begun), num_to_look_at=counts.num_to_look_at)
    return structs.replace(
        begun,
        source=source or begun.source,
        num_done=counts.num_done,
        num_total=counts.num_total,
        seconds=round(begun.seconds + seconds, 1),
        warnings=warning_records(warnings),
        is_unfinished=is_unfinished,
        file=file,
    )


def file_record(record: TranslationRecord) -> FileRecord:
    """Return what is stored of the file.

    Raises:
        NotStoredError: it is no file's translation.
    """
    if record.file is None:
        raise NotStoredError(kind="file", id="")
    return record.file


def order_from(result: StoredResult) -> FileOrder:
    """Return what was ordered of a stored translation; its id is the result's."""
    record = result.translation
    file = file_record(record)
    return FileOrder(
        id=result.id,
        path=Path(result.source_path),
        options=TranslationOptions(
            record.wanted_source,
            record.target or "en",
            next((each for each in Register if each == file.register), Register.ANY),
            file.audience,
            file.instruction,
        ),
        reading=ReadUnitsOptions(file.with_sheet_names, file.columns, file.encoding),
        layout=next((each for each in BilingualLayout if each == file.layout), BilingualLayout.NONE),
        output=Path(file.wanted_output) if file.wanted_output else None,
        project=file.project,
        glossary_ids=file.glossary_ids,
        uses_memory=file.uses_memory,
    )


def is_same_order(one: FileOrder, other: FileOrder) -> bool:
    """Tell whether two orders ask for the same segments, wherever the file is to be written."""
    return _asked(one) == _asked(other)


def _asked(order: FileOrder) -> tuple[object, ...]:
    return (
        order.path.absolute(),
        order.options,
        order.reading,
        order.project,
        order.glossary_ids,
        order.uses_memory,
    )


def _file_record(order: FileOrder, file: FileUnits, content_hash: str) -> FileRecord:
    return FileRecord(
        hash=content_hash,
        with_sheet_names=order.reading.with_sheet_names,
        columns=order.reading.columns,
        encoding=order.reading.encoding,
        layout=order.layout.value,
        register=order.options.register.value,
        audience=order.options.audience,
        instruction=order.options.instruction,
        project=order.project,
        glossary_ids=order.glossary_ids,
        uses_memory=order.uses_memory,
        wanted_output=str(order.output or ""),
        suffix=file.output_suffix,
        kept=file.kept,
    )
