"""Reads a header out of its bytes, whole or as far as they make sense."""

from __future__ import annotations

import math
import re
import struct
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from lmstudio_lite.errors import ModelFileError
from lmstudio_lite.library.gguf.cursor import MAX_FILE_BYTES, Cursor
from lmstudio_lite.library.gguf.header import (
    EMBEDDING_TENSOR,
    LAYER_EMBEDDING_TENSOR,
    OUTPUT_TENSOR,
    GgufHeader,
    MetadataEntry,
    Scalar,
    TensorInfo,
)
from lmstudio_lite.library.gguf.source import ByteSource, open_model_file
from lmstudio_lite.library.gguf.types import GGML_TYPES
from lmstudio_lite.library.gguf.values import MAX_KEY_BYTES, ValueReader

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_MAX_METADATA = 1 << 14
_MAX_TENSORS = 1 << 17
_MAX_DIMENSIONS = 4
_PLACES = tuple(struct.Struct(f"<{count}QIQ") for count in range(_MAX_DIMENSIONS + 1))
"""A tensor's dimensions, type and offset, by how many dimensions it has."""
_MAX_ALIGNMENT = 1 << 20
_DEFAULT_ALIGNMENT = 32
_MAX_ELEMENTS = 1 << 44
_NAMED = frozenset((EMBEDDING_TENSOR, OUTPUT_TENSOR, LAYER_EMBEDDING_TENSOR))
_EXPERTS = re.compile(r"_(?:ch)?exps\.|\.ffn_(?:gate|up|down)\.\d+\.")
"""Experts in one tensor, or, as the first Mixtrals were written, one tensor each."""
_OTHER_KINDS = (
    (b"<", "web_page"),
    (b"version https://git-lfs", "lfs_pointer"),
    (b"PK\x03\x04", "zip"),
    (b"\x1f\x8b", "zip"),
    (b"lmgg", "old_ggml"),
    (b"fmgg", "old_ggml"),
    (b"tjgg", "old_ggml"),
    (b"algg", "old_ggml"),
    (bytes(8), "zeros"),
)
"""What is found under the name of a model: how a file begins, and what it is then."""


def read_gguf_header(
    path: Path,
    *,
    needs_tensors: bool = True,
    kept_arrays: frozenset[str] = frozenset(),
    is_whole: bool = False,
) -> GgufHeader:
    """Read the header of the GGUF file at ``path``. Any thread; takes 1 ms to about a second.

    ``needs_tensors`` is False for one part of a model split over several files. ``kept_arrays`` are keys
    whose arrays are wanted whole. ``is_whole``: with all ``entries`` and ``tensors``.

    Raises:
        ModelNotFoundError: there is no such file.
        ModelFileError: ``reason`` is one of the package's list.
    """
    with open_model_file(path) as source:
        return read_header(
            source,
            path=str(path),
            needs_tensors=needs_tensors,
            kept_arrays=kept_arrays,
            is_whole=is_whole,
        )


def read_header(
    source: ByteSource,
    *,
    path: str,
    needs_tensors: bool = True,
    kept_arrays: frozenset[str] = frozenset(),
    is_whole: bool = False,
) -> GgufHeader:
    """Read a header wherever its bytes lie; ``path`` names it in errors. See ``read_gguf_header``.

    A header of 8 MB costs six reads, of 256 KiB to 2 MiB each.

    Raises:
        ModelFileError: as ``read_gguf_header``; what ``source`` raises passes through.
    """
    reader = _HeaderReader(source, path, kept_arrays, is_whole=is_whole)
    reader.read()
    if needs_tensors and not reader.num_tensors:
        raise ModelFileError(path=path, reason="no_tensors")
    return reader.header()


def read_as_far_as_possible(
    source: ByteSource, *, path: str, kept_arrays: frozenset[str] = frozenset()
) -> tuple[GgufHeader, ModelFileError | None]:
    """Read the whole header, or what comes before the place that makes no sense, and why it makes none.

    What ``source`` raises passes through. A header without tensors is no failure here.
    """
    reader = _HeaderReader(source, path, kept_arrays, is_whole=True)
    try:
        reader.read()
    except ModelFileError as error:
        return reader.header(), error
    return reader.header(), None


@dataclass(slots=True)
class _Sums:
    """What is added up over the tensors while they are read."""

    num_parameters: int = 0
    expert_bytes: int = 0
    end: int = 0


class _HeaderReader:
    """Holds what has been read so far, so that a broken header can be shown up to where it breaks."""

    def __init__(self, source: ByteSource, path: str, kept_arrays: frozenset[str], *, is_whole: bool) -> None:
        self._source = source
        self._cursor = Cursor(source, path)
        self._kept_arrays = kept_arrays
        self._values = ValueReader(self._cursor, kept_arrays, shows_texts=is_whole)
        self._is_whole = is_whole
        self.num_tensors = 0
        self._version = 0
        self._metadata: dict[str, Scalar] = {}
        self._array_lengths: dict[str, int] = {}
        self._number_arrays: dict[str, tuple[float, ...]] = {}
        self._text_arrays: dict[str, tuple[str, ...]] = {}
        self._entries: list[MetadataEntry] = []
        self._tensors: list[TensorInfo] = []
        self._named_parameters: dict[str, int] = {}
        self._named_bytes: dict[str, int] = {}
        self._bytes_of_type: Counter[str] = Counter()
        self._layer_bytes_of_type: Counter[str] = Counter()
        self._sums = _Sums()
        self._alignment = _DEFAULT_ALIGNMENT
        self._data_start = 0

    def read(self) -> None:
        cursor = self._cursor
        self._read_version()
        num_tensors = cursor.count(_MAX_TENSORS)
        for _ in range(cursor.count(_MAX_METADATA)):
            self._keep(self._values.entry())
        alignment = self._metadata.get("general.alignment", _DEFAULT_ALIGNMENT)
        if not isinstance(alignment, int) or not 0 < alignment <= _MAX_ALIGNMENT:
            cursor.fail("absurd_metadata")
        self._alignment = alignment
        for _ in range(num_tensors):
            self._add(self._tensor())
        self._data_start = -(-cursor.position // alignment) * alignment
        needed_bytes = self._data_start + self._sums.end
        if num_tensors and needed_bytes > cursor.size_bytes:
            cursor.fail("truncated", size_bytes=cursor.size_bytes, needed_bytes=needed_bytes)

    def header(self) -> GgufHeader:
        """Return what has been read so far."""
        bytes_of_type = self._bytes_of_type
        return GgufHeader(
            version=self._version,
            size_bytes=self._cursor.size_bytes,
            metadata=self._metadata,
            array_lengths=self._array_lengths,
            number_arrays=self._number_arrays,
            num_tensors=self.num_tensors,
            num_parameters=self._sums.num_parameters,
            tensor_bytes=bytes_of_type.total(),
            tensor_type=max(bytes_of_type, key=lambda name: bytes_of_type[name], default=""),
            text_arrays=self._text_arrays,
            named_parameters=self._named_parameters,
            named_bytes=self._named_bytes,
            expert_bytes=self._sums.expert_bytes,
            layer_type_bytes=dict(self._layer_bytes_of_type),
            alignment=self._alignment,
            data_start=self._data_start,
            entries=tuple(self._entries),
            tensors=tuple(self._tensors),
        )

    def _read_version(self) -> None:
        cursor = self._cursor
        size_bytes = cursor.size_bytes
        if size_bytes == 0:
            cursor.fail("empty")
        if cursor.bytes(min(4, size_bytes)) != _MAGIC[:size_bytes]:
            self._fail_as_other_kind()
        version = cursor.uint32()
        if version not in _VERSIONS:
            swapped = int.from_bytes(version.to_bytes(4, "little"), "big")
            if swapped in _VERSIONS:
                cursor.fail("big_endian")
            cursor.fail("unsupported_version", version=version)
        self._version = version

    def _fail_as_other_kind(self) -> NoReturn:
        """Say what the file is instead of a model, as far as its first bytes tell."""
        start = self._source.read(0, min(32, self._cursor.size_bytes))
        kind = next((kind for beginning, kind in _OTHER_KINDS if start.startswith(beginning)), "")
        if start[8:9] == b"{":  # its header's length in 8 bytes, then JSON
            kind = "safetensors"
        if kind:
            self._cursor.fail("not_gguf", kind=kind)
        self._cursor.fail("not_gguf")

    def _keep(self, entry: MetadataEntry) -> None:
        """Take an entry in; of a repeated key the last one counts."""
        key = entry.key
        if self._is_whole:
            self._entries.append(entry)
        if not entry.is_array:
            (self._metadata[key],) = entry.values
            return
        self._array_lengths[key] = entry.length
        if entry.type_name == "string":
            if key in self._kept_arrays:
                self._text_arrays[key] = tuple(str(value) for value in entry.values)
        elif entry.values and len(entry.values) == entry.length:
            self._number_arrays[key] = tuple(value for value in entry.values if not isinstance(value, str))

    def _add(self, tensor: TensorInfo) -> None:
        sums, size = self._sums, tensor.size_bytes
        self.num_tensors += 1
        sums.num_parameters += tensor.num_elements
        sums.end = max(sums.end, tensor.offset + size)
        self._bytes_of_type[tensor.type_name] += size
        if tensor.name in _NAMED:
            self._named_parameters[tensor.name] = tensor.num_elements
            self._named_bytes[tensor.name] = size
        else:
            self._layer_bytes_of_type[tensor.type_name] += size
        if _EXPERTS.search(tensor.name):
            sums.expert_bytes += size
        if self._is_whole:
            self._tensors.append(tensor)

    def _tensor(self) -> TensorInfo:
        cursor = self._cursor
        name = cursor.text(MAX_KEY_BYTES)
        num_dimensions = cursor.uint32()
        if num_dimensions > _MAX_DIMENSIONS:
            cursor.fail("absurd_metadata")
        place = _PLACES[num_dimensions]
        *dimensions, type_number, offset = place.unpack(cursor.bytes(place.size))
        shape = tuple(dimensions)
        num_elements = math.prod(shape)
        known = GGML_TYPES.get(type_number)
        # Of a type newer than this program the size can't be checked: llama.cpp decides.
        size = -(-num_elements // known.block_length) * known.block_bytes if known is not None else 0
        if num_elements > _MAX_ELEMENTS or size + offset > MAX_FILE_BYTES:
            cursor.fail("absurd_metadata")
        type_name = known.name if known is not None else f"type {type_number}"
        return TensorInfo(name, shape, type_name, offset, size, type_number)
