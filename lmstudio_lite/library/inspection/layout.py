"""Whether the tensors lie in their file as llama.cpp demands: one behind the other, aligned, in whole blocks.

The demands are those of ``gguf_init_from_file`` in ggml's ``gguf.cpp``, which refuses a file for each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from lmstudio_lite.domain.inspection import Finding, FindingCode, Severity
from lmstudio_lite.errors import Detail
from lmstudio_lite.library.gguf import GgufHeader, TensorInfo
from lmstudio_lite.library.gguf.types import GGML_TYPES

_MAX_NAME_BYTES = 63
_LEFT_OVER_BYTES = 1 << 16
"""Less than this behind the last tensor is somebody's padding."""
_BLOCK_LENGTHS = {kind.name: kind.block_length for kind in GGML_TYPES.values()}
_REMOVED_TYPES = frozenset(f"type {number}" for number in (4, 5, 31, 32, 33, 36, 37, 38))


def inspect_layout(header: GgufHeader) -> Iterator[Finding]:
    """Judge a header that was read whole."""
    tensors = header.tensors
    if header.alignment & (header.alignment - 1):
        yield _unusable(FindingCode.BAD_ALIGNMENT, alignment=header.alignment)
    yield from _twice(tensors)
    for code, bad in (
        (FindingCode.TENSOR_NAME_LONG, [t for t in tensors if len(t.name.encode()) > _MAX_NAME_BYTES]),
        (FindingCode.TYPE_REMOVED, [t for t in tensors if t.type_name in _REMOVED_TYPES]),
        (FindingCode.TYPE_UNKNOWN, [t for t in tensors if _is_unknown(t)]),
        (FindingCode.ODD_ROWS, [t for t in tensors if _has_odd_rows(t)]),
        (FindingCode.TENSORS_UNALIGNED, [t for t in tensors if t.offset % header.alignment]),
    ):
        if bad:
            yield _unusable(code, name=bad[0].name, count=len(bad), type=bad[0].type_name)
    if header.data_start:
        yield from _places(header)


def _twice(tensors: Sequence[TensorInfo]) -> Iterator[Finding]:
    again = [name for name, count in Counter(tensor.name for tensor in tensors).items() if count > 1]
    if again:
        yield _unusable(FindingCode.TENSOR_TWICE, name=again[0], count=len(again))


def _places(header: GgufHeader) -> Iterator[Finding]:
    """Compare each tensor's place with the end of the one before."""
    room = header.size_bytes - header.data_start
    past = [tensor for tensor in header.tensors if tensor.offset + tensor.size_bytes > room]
    if past:
        yield _unusable(
            FindingCode.TENSORS_PAST_END, name=past[0].name, count=len(past), total=len(header.tensors)
        )
    overlapping: list[TensorInfo] = []
    apart: list[TensorInfo] = []
    end, is_known = 0, True
    for tensor in sorted(header.tensors, key=lambda tensor: (tensor.offset, tensor.size_bytes)):
        if tensor.offset < end:
            overlapping.append(tensor)
        elif tensor.offset > end and is_known:
            apart.append(tensor)
        padded = -(-tensor.size_bytes // header.alignment) * header.alignment
        end = max(end, tensor.offset + padded)
        is_known = not _is_unknown(tensor)  # Of a type that is not known the end is not known.
    for code, bad in ((FindingCode.TENSORS_OVERLAP, overlapping), (FindingCode.TENSORS_APART, apart)):
        if bad:
            yield _unusable(code, name=bad[0].name, count=len(bad))
    left_over = room - end
    if header.tensors and is_known and left_over > _LEFT_OVER_BYTES:
        details: dict[str, Detail] = {"size_bytes": left_over}
        yield Finding(FindingCode.BYTES_LEFT_OVER, Severity.NOTE, details)


def _is_unknown(tensor: TensorInfo) -> bool:
    return tensor.type_name not in _BLOCK_LENGTHS and tensor.type_name not in _REMOVED_TYPES


def _has_odd_rows(tensor: TensorInfo) -> bool:
    """Tell whether a row ends within a block of weights."""
    return bool(tensor.shape) and tensor.shape[0] % _BLOCK_LENGTHS.get(tensor.type_name, 1) != 0


def _unusable(code: FindingCode, **details: Detail) -> Finding:
    return Finding(code, Severity.UNUSABLE, details)
