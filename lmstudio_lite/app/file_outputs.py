"""A file's translation written as a file of the same kind: never over the original, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from msgspec import structs

from lmstudio_lite.app.file_records import file_record, hash_of, order_from
from lmstudio_lite.app.review_store import ReviewStore
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.unit_texts import texts_of
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.file_translations import FileOrder, SegmentRow
from lmstudio_lite.domain.units import BilingualLayout, FileUnits, WriteUnitsOptions
from lmstudio_lite.errors import DocumentChangedError
from lmstudio_lite.paths import write_beside
from lmstudio_lite.unsaved import Place, UnsavedPiece


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """``changes`` are codes for ``words``: what had to become otherwise than in the source.

    ``num_source`` sentences of it are still the source's.
    """

    path: Path
    changes: tuple[str, ...]
    num_source: int


def output_path(order: FileOrder, suffix: str) -> Path:
    """Return where the translation is to lie: where it was asked for, or beside the file ("talk.de.docx")."""
    path = order.path.absolute()
    return order.output or path.with_name(f"{path.stem}.{order.options.target}{suffix or path.suffix}")


def write_file(
    services: Services,
    order: FileOrder,
    file: FileUnits,
    rows: Sequence[SegmentRow],
    *,
    source: str,
    cancellation: Cancellation,
) -> WrittenFile:
    """Write what ``order`` asks for with the segments in ``rows``; ``source`` is the file's language. Waits.

    Raises:
        DocumentError: the file can't be read any more, or not be written with this layout.
        StorageError: the new file can't be written.
        CancelledError: cancelled; nothing is left of it.
    """
    to_write = texts_of(file.units, rows, order.options.target)
    wanted = WriteUnitsOptions(order.options.target, source, order.layout)

    def write(target: Path) -> tuple[str, ...]:
        return services.rewriter.write_translation(
            order.path, to_write.texts, target, order.units_wanted, wanted, cancellation
        )

    path = output_path(order, file.output_suffix)
    replaces = order.output is not None and not _is_same_file(path, order.path)
    written, changes = write_beside(path, write, replaces=replaces)
    return WrittenFile(written, changes, to_write.num_source)


def export(
    services: Services,
    result_id: str,
    *,
    output: Path | None = None,
    layout: BilingualLayout | None = None,
    cancellation: Cancellation,
) -> WrittenFile:
    """Write a stored translation as it is reviewed now; waits.

    ``output`` None and ``layout`` None are those of the order.

    Raises:
        NotStoredError: there is none of this id.
        DocumentChangedError: the file is not the one that was translated any more.
        DocumentError, StorageError, CancelledError: as ``write_file``.
    """
    result = services.results.get(result_id)
    order = order_from(result)
    order = replace(
        order,
        layout=order.layout if layout is None else layout,
        output=order.output if output is None else output,
    )
    if hash_of(order.path, cancellation) != file_record(result.translation).hash:
        raise DocumentChangedError(path=str(order.path))
    file = services.rewriter.read_units(order.path, order.units_wanted, cancellation)
    rows = ReviewStore(services, result_id, result.title).rows()
    written = write_file(
        services, order, file, rows, source=result.translation.source, cancellation=cancellation
    )
    note_output(services, result_id, written.path, rows)
    return written


def note_output(services: Services, result_id: str, path: Path, rows: Sequence[SegmentRow]) -> None:
    """Remember where the newest file of a translation lies and what it says, as soon as the disk takes it."""
    text = "\n".join(row.segment.text for row in rows)

    def write() -> None:
        record = services.results.get(result_id).translation
        file = structs.replace(file_record(record), output=str(path))
        services.results.update(result_id, text=text, record=structs.replace(record, file=file))

    services.unsaved.save(UnsavedPiece(f"output:{result_id}", Place.PARTS, "", "", write))


def _is_same_file(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False
