"""Splits a model into several files, as drives and sites with a limit need it, and merges them again.

Names and keys are those of llama.cpp's gguf-split, so that its loader takes the parts: the first part has
the metadata, each has ``split.no``, ``split.count`` and ``split.tensors.count``. Tensors are copied byte for
byte. A file takes its name when it is whole, a first part after all others: nothing half is ever offered.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.inspection import FindingCode, Severity
from lmstudio_lite.errors import ConversionError, ModelFileError
from lmstudio_lite.library.gguf import GgufHeader, TensorInfo, read_gguf_header
from lmstudio_lite.library.gguf.writing import (
    FilePlan,
    TensorPiece,
    int32_entry,
    pieces_of,
    raw_entries,
    tensor_entry_bytes,
    uint16_entry,
    uint32_entry,
)
from lmstudio_lite.library.inspection.keys import inspect_repeated
from lmstudio_lite.library.inspection.layout import inspect_layout
from lmstudio_lite.library.inspection.parts import SPLIT_COUNT, SPLIT_NUMBER, SPLIT_TENSORS
from lmstudio_lite.library.new_file import check_room
from lmstudio_lite.library.split_names import MAX_PARTS, SplitName, first_file, part_files, read_split_name
from lmstudio_lite.paths import replacing

_SPLIT_KEYS = frozenset((SPLIT_NUMBER, SPLIT_COUNT, SPLIT_TENSORS))
_ALIGNMENT_KEY, _DEFAULT_ALIGNMENT = "general.alignment", 32
_SMALLEST_PART_BYTES = 1024
_LONGEST_NAME_BYTES = 240
"""While it is written a file has a name that is some letters longer; most systems take 255 bytes."""
_SPARE_BYTES = 16 << 20

Report = Callable[[int, int], None]
"""Told how many bytes of how many are written; they never become fewer."""


def split_model(
    source: Path, folder: Path, *, max_bytes: int, cancellation: Cancellation, report: Report
) -> list[Path]:
    """Write ``source`` as parts of at most ``max_bytes`` into ``folder``; return them, the first one first.

    A tensor that is larger gets a part of its own; ``source`` stays. Not for the GUI thread.

    Raises:
        ModelNotFoundError, ModelFileError: ``source`` is no whole GGUF, or a part of a model.
        ConversionError: "nothing_to_split" (it fits into one part), "too_many_parts", "is_a_part",
            "target_exists", "name_too_long", "no_room".
        StorageError: a part can't be written.
        CancelledError: it was cancelled; nothing is left.
    """
    header = _whole_header(source)
    if read_split_name(source.name) is not None or header.number(SPLIT_COUNT) > 1:
        raise ConversionError(path=str(source), reason="is_a_part")
    kept = [entry for entry in header.entries if entry.key not in _SPLIT_KEYS]
    entries = raw_entries(source, kept)
    groups = plan_parts(
        header.tensors,
        alignment=header.alignment,
        max_bytes=max(max_bytes, _SMALLEST_PART_BYTES),
        metadata_bytes=sum(map(len, entries)),
    )
    if len(groups) < 2 or len(groups) > MAX_PARTS:
        reason = "nothing_to_split" if len(groups) < 2 else "too_many_parts"
        raise ConversionError(path=str(source), reason=reason, num_parts=len(groups))
    pieces = {piece.tensor.name: piece for piece in pieces_of(source, header)}
    plans = [
        _part_plan(number, len(groups), header, entries, [pieces[tensor.name] for tensor in group])
        for number, group in enumerate(groups)
    ]
    name = SplitName(source.stem, 1, len(groups), ".gguf")
    targets = [folder / name.name_of(number) for number in range(1, len(groups) + 1)]
    _write_all(list(zip(targets, plans, strict=True)), cancellation, report)
    return targets


def merge_model(part: Path, target: Path, *, cancellation: Cancellation, report: Report) -> None:
    """Write the model that ``part`` is a part of into one file; the parts stay. Not for the GUI thread.

    Raises:
        ModelNotFoundError, ModelFileError: a part is missing or damaged.
        ConversionError: "not_split", "parts_differ", "target_exists", "name_too_long", "no_room".
        StorageError: the file can't be written.
        CancelledError: it was cancelled; nothing is left.
    """
    first = first_file(part)
    paths = part_files(first)
    headers = [_whole_header(path) for path in paths]
    if len(paths) < 2:
        raise ConversionError(path=str(part), reason="not_split")
    _check_parts(first, headers)
    kept = [entry for entry in headers[0].entries if entry.key not in _SPLIT_KEYS]
    pieces = [piece for path, header in zip(paths, headers, strict=True) for piece in pieces_of(path, header)]
    plan = FilePlan(raw_entries(first, kept), tuple(pieces), headers[0].alignment)
    _write_all([(target, plan)], cancellation, report)


def merged_name(part: Path) -> str:
    """Return how the file is called that the model of ``part`` is merged into."""
    split = read_split_name(part.name)
    return f"{split.stem}{split.ending}" if split is not None else part.name


def plan_parts(
    tensors: Sequence[TensorInfo], *, alignment: int, max_bytes: int, metadata_bytes: int
) -> list[list[TensorInfo]]:
    """Divide tensors, in their order, so that each part's file has at most ``max_bytes`` where that can be.

    The first part has ``metadata_bytes`` besides. No part is without a tensor, but there may be no part.
    """
    parts: list[list[TensorInfo]] = []
    held = metadata_bytes + _SMALLEST_PART_BYTES
    for tensor in tensors:
        size = -(-tensor.size_bytes // alignment) * alignment + tensor_entry_bytes(tensor)
        if not parts:
            parts.append([])
        elif parts[-1] and held + size + alignment > max_bytes:
            parts.append([])
            held = _SMALLEST_PART_BYTES
        parts[-1].append(tensor)
        held += size
    return parts


def _part_plan(
    number: int, count: int, header: GgufHeader, entries: tuple[bytes, ...], pieces: list[TensorPiece]
) -> FilePlan:
    own = [
        uint16_entry(SPLIT_NUMBER, number),
        uint16_entry(SPLIT_COUNT, count),
        int32_entry(SPLIT_TENSORS, header.num_tensors),
    ]
    if number and header.alignment != _DEFAULT_ALIGNMENT:
        own.append(uint32_entry(_ALIGNMENT_KEY, header.alignment))
    return FilePlan((*(entries if number == 0 else ()), *own), tuple(pieces), header.alignment)


def _whole_header(path: Path) -> GgufHeader:
    """Read a header from which every tensor can be copied.

    Raises:
        ModelFileError: it is damaged.
        ConversionError: "type_unknown", the size of some tensors is not known.
    """
    header = read_gguf_header(path, needs_tensors=False, is_whole=True)
    findings = [*inspect_layout(header), *inspect_repeated(header)]
    if any(finding.code is FindingCode.TYPE_UNKNOWN for finding in findings):
        raise ConversionError(path=str(path), reason="type_unknown")
    if any(finding.severity is Severity.UNUSABLE for finding in findings):
        raise ModelFileError(path=str(path), reason="absurd_metadata")
    if any("\ufffd" in tensor.name for tensor in header.tensors):
        raise ModelFileError(path=str(path), reason="absurd_metadata")
    return header


def _check_parts(first: Path, headers: Sequence[GgufHeader]) -> None:
    names = [tensor.name for header in headers for tensor in header.tensors]
    is_one_model = all(
        header.number(SPLIT_NUMBER) == number and header.number(SPLIT_COUNT) == len(headers)
        for number, header in enumerate(headers)
    )
    if not is_one_model or headers[0].number(SPLIT_TENSORS) != len(names) or len(set(names)) != len(names):
        raise ConversionError(path=str(first), reason="parts_differ")


def _write_all(files: Sequence[tuple[Path, FilePlan]], cancellation: Cancellation, report: Report) -> None:
    """Write files, the first one last; what was written is taken away again if one of them fails."""
    for path, _ in files:
        _check_name(path)
    total = sum(plan.size_bytes for _, plan in files)
    check_room(files[0][0], total + _SPARE_BYTES)
    written = 0

    def on_copied(num_bytes: int) -> None:
        nonlocal written
        cancellation.raise_if_cancelled()
        written += num_bytes
        report(written, total)

    with contextlib.ExitStack() as undo:
        for path, plan in reversed(files):
            with replacing(path, is_private=False) as file:
                plan.write(file, on_copied)
            undo.callback(path.unlink, missing_ok=True)
        undo.pop_all()


def _check_name(path: Path) -> None:
    """See that a new file can have this name.

    Raises:
        ConversionError: "target_exists", or "name_too_long".
    """
    try:
        path.lstat()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG or len(os.fsencode(path.name)) > _LONGEST_NAME_BYTES:
            raise ConversionError(path=str(path), reason="name_too_long") from error
        return
    raise ConversionError(path=str(path), reason="target_exists")
