"""An importance matrix: how strongly each column of each weight matrix is used, and llama.cpp's file of it.

For every matrix the file holds ``<name>.in_sum2``, the sum of the squares of what each column was multiplied
with, and ``<name>.counts``, of how many rows; for a mixture of experts, of each expert
(``tools/imatrix/README.md``). The format before it (``.dat``) is not read.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmstudio_lite.domain.conversion import MatrixFacts
from lmstudio_lite.engine.llama import ggml
from lmstudio_lite.errors import ConversionError
from lmstudio_lite.files import check_regular, open_regular
from lmstudio_lite.paths import replacing

Floats = NDArray[np.float32]

_ALIGNMENT = 32
_STRING, _ARRAY, _UINT32 = 8, 9, 4
_SUMS, _COUNTS = ".in_sum2", ".counts"
_DATASETS, _CHUNK_COUNT, _CHUNK_SIZE = "imatrix.datasets", "imatrix.chunk_count", "imatrix.chunk_size"
_VALUES_MAX = 1 << 28


@dataclass(frozen=True, slots=True)
class Entry:
    """``sums``: (experts, columns) squares added up, ``counts``: (experts,) rows that went in."""

    sums: Floats
    counts: Floats


@dataclass(slots=True)
class ImportanceMatrix:
    """Entries by the names of their weights; ``datasets`` names the texts, ``file_name`` where it lies."""

    entries: dict[str, Entry]
    datasets: tuple[str, ...] = ()
    num_chunks: int = 0
    chunk_size: int = 0
    file_name: str = field(default="")

    def columns(self) -> dict[str, Floats]:
        """Return the mean square of each column; ones for an expert that no token went to."""
        found = {}
        for name, entry in self.entries.items():
            counts = entry.counts[:, None]
            means = np.divide(entry.sums, counts, out=np.ones_like(entry.sums), where=counts > 0)
            found[name] = np.ascontiguousarray(means.reshape(-1), np.float32)
        return found

    def facts(self) -> MatrixFacts:
        blank = sum(int((entry.counts == 0).sum()) for entry in self.entries.values())
        num_tokens = self.num_chunks * self.chunk_size
        return MatrixFacts(len(self.entries), num_tokens, blank, self.datasets)


def write_matrix(path: Path, matrix: ImportanceMatrix) -> None:
    """Write a matrix as llama.cpp's own tool does, whole or not at all.

    Raises:
        StorageError: it can't be written.
    """
    tensors: list[tuple[str, Floats]] = []
    for name, entry in sorted(matrix.entries.items()):
        tensors += [(name + _SUMS, entry.sums), (name + _COUNTS, entry.counts[:, None])]
    entries = [
        _text("general.type") + struct.pack("<I", _STRING) + _text("imatrix"),
        _text(_DATASETS)
        + struct.pack("<IIQ", _ARRAY, _STRING, len(matrix.datasets))
        + b"".join(map(_text, matrix.datasets)),
        _text(_CHUNK_COUNT) + struct.pack("<II", _UINT32, matrix.num_chunks),
        _text(_CHUNK_SIZE) + struct.pack("<II", _UINT32, matrix.chunk_size),
    ]
    header = [struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(entries)), *entries]
    offset = 0
    for name, values in tensors:
        rows, columns = values.shape
        header.append(_text(name) + struct.pack("<IQQIQ", 2, columns, rows, ggml.TYPE_F32, offset))
        offset += _padded(values.nbytes)
    joined = b"".join(header)
    with replacing(path, is_private=False) as file:
        file.write(joined + bytes(_padded(len(joined)) - len(joined)))
        for _, values in tensors:
            data = np.ascontiguousarray(values, "<f4").tobytes()
            file.write(data + bytes(_padded(len(data)) - len(data)))


def read_matrix(path: Path) -> ImportanceMatrix:
    """Read a matrix that llama.cpp's tool or this program wrote.

    Raises:
        ConversionError: "matrix_missing", "matrix_old" (the format before GGUF) or "not_a_matrix".
    """
    try:
        check_regular(path)
        with open_regular(path) as file:
            is_gguf = file.read(4) == b"GGUF"
    except OSError:
        raise ConversionError(path=str(path), reason="matrix_missing") from None
    if not is_gguf:
        reason = "matrix_old" if path.suffix == ".dat" else "not_a_matrix"
        raise ConversionError(path=str(path), reason=reason)
    with _opened(path) as handle:
        values = dict(_tensors(handle, path))
        found = ImportanceMatrix(
            _entries(values, path),
            _texts(handle, _DATASETS),
            _number(handle, _CHUNK_COUNT),
            _number(handle, _CHUNK_SIZE),
            path.name,
        )
    if not found.entries:
        raise ConversionError(path=str(path), reason="not_a_matrix")
    return found


def _entries(values: dict[str, Floats], path: Path) -> dict[str, Entry]:
    found = {}
    for name, sums in values.items():
        counts = values.get(name.removesuffix(_SUMS) + _COUNTS)
        if not name.endswith(_SUMS) or counts is None:
            continue
        if counts.size == 0 or sums.size % counts.size or not (np.isfinite(sums).all() and (sums >= 0).all()):
            raise ConversionError(path=str(path), reason="not_a_matrix")
        found[name.removesuffix(_SUMS)] = Entry(sums.reshape(counts.size, -1), counts.reshape(-1))
    return found


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    handle = ggml.gguf_open(os.fsencode(path), ggml.GgufParams(True, None))
    if not handle:
        raise ConversionError(path=str(path), reason="not_a_matrix")
    try:
        yield handle
    finally:
        ggml.gguf_free(handle)


def _tensors(handle: Any, path: Path) -> Iterator[tuple[str, Floats]]:
    start = ggml.gguf_data_offset(handle)
    with open_regular(path) as file:
        size_bytes = file.seek(0, 2)
        for number in range(ggml.gguf_num_tensors(handle)):
            name = ggml.gguf_tensor_name(handle, number).decode("utf-8", "replace")
            if not name.endswith((_SUMS, _COUNTS)):
                continue
            at, length = (
                start + ggml.gguf_tensor_offset(handle, number),
                ggml.gguf_tensor_size(handle, number),
            )
            is_whole = at + length <= size_bytes and length % 4 == 0 and length <= 4 * _VALUES_MAX
            if not is_whole or ggml.gguf_tensor_type(handle, number) != ggml.TYPE_F32:
                raise ConversionError(path=str(path), reason="not_a_matrix")
            file.seek(at)
            yield name, np.frombuffer(file.read(length), "<f4").astype(np.float32)


def _texts(handle: Any, key: str) -> tuple[str, ...]:
    at = ggml.gguf_find_key(handle, key.encode())
    if at < 0 or ggml.gguf_kv_type(handle, at) != _ARRAY or ggml.gguf_array_type(handle, at) != _STRING:
        return ()
    count = min(ggml.gguf_array_length(handle, at), 100)
    return tuple(
        ggml.gguf_array_text(handle, at, number).decode("utf-8", "replace") for number in range(count)
    )


def _number(handle: Any, key: str) -> int:
    at = ggml.gguf_find_key(handle, key.encode())
    if at < 0 or ggml.gguf_kv_type(handle, at) != _UINT32:
        return 0
    return int(ggml.gguf_u32(handle, at))


def _text(text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    return struct.pack("<Q", len(data)) + data


def _padded(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT
