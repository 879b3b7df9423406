"""What a GGUF file says of itself, read without loading it and without trusting it.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. A header is a few megabytes, most of it the
tokenizer's word list, which is walked over and not kept. Every count and length is checked against a
limit and against the file's size before anything is read or allocated, so that any bytes at all give an
answer or a ``ModelFileError`` in about a second and a few megabytes. Read with plain reads: a memory map
of a file that shrinks kills the process.

``ModelFileError.reason``:
    empty                no bytes
    not_gguf             another magic number; ``kind`` says what it is, where that can be told
    big_endian           written for big-endian machines
    unsupported_version  version 1, or one from the future; ``version`` says which
    truncated            ends inside the header, or before the last tensor does: after ``size_bytes`` of
                         ``needed_bytes``, if the header says how many
    absurd_metadata      counts, lengths, types or offsets that no real model has
    no_tensors           a header without weights (a vocabulary-only file)
    unreadable           the system refuses to read it
    not_a_file           a folder, a pipe or a device
"""

from __future__ import annotations

import math
import struct
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NoReturn

from lmstudio_lite.errors import Detail, ModelFileError, ModelNotFoundError
from lmstudio_lite.files import IrregularFileError, open_regular
from lmstudio_lite.library.gguf_types import GGML_TYPES

Scalar = int | float | bool | str

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_MAX_HEADER_BYTES = 256 << 20
_MAX_METADATA = 1 << 14
_MAX_TENSORS = 1 << 17
_MAX_KEY_BYTES = (1 << 16) - 1
_MAX_KEPT_TEXT_BYTES = 1 << 20
_MAX_KEPT_NUMBERS = 1024
_MAX_STRINGS = 3 << 20
_MAX_DIMENSIONS = 4
_MAX_ALIGNMENT = 1 << 20
_DEFAULT_ALIGNMENT = 32
_MAX_ELEMENTS = 1 << 44
_MAX_FILE_BYTES = 1 << 44
_READ_SIZE_BYTES = 1 << 20
EMBEDDING_TENSOR, OUTPUT_TENSOR = "token_embd.weight", "output.weight"
_NAMED = frozenset((EMBEDDING_TENSOR, OUTPUT_TENSOR))
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

_UINT32 = struct.Struct("<I")
_UINT64 = struct.Struct("<Q")
_STRING, _ARRAY = 8, 9
_NUMBERS = {
    0: struct.Struct("<B"),
    1: struct.Struct("<b"),
    2: struct.Struct("<H"),
    3: struct.Struct("<h"),
    4: struct.Struct("<I"),
    5: struct.Struct("<i"),
    6: struct.Struct("<f"),
    7: struct.Struct("<?"),
    10: struct.Struct("<Q"),
    11: struct.Struct("<q"),
    12: struct.Struct("<d"),
}


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """``metadata`` holds the scalar values, ``array_lengths`` how long each array is.

    Arrays of at most 1,024 numbers are kept in ``number_arrays`` (heads per layer, rope sections), and those
    that were asked for whatever their length; of texts only these, in ``text_arrays``.
    ``named_parameters`` are the elements of the embedding and of the output matrix, where there are such.
    ``tensor_type`` names the type that most of the weights' bytes have; ``tensor_bytes`` is their sum and
    ``size_bytes`` the file's size.
    """

    version: int
    size_bytes: int
    metadata: dict[str, Scalar]
    array_lengths: dict[str, int]
    number_arrays: dict[str, tuple[float, ...]]
    num_tensors: int
    num_parameters: int
    tensor_bytes: int
    tensor_type: str
    text_arrays: dict[str, tuple[str, ...]] = field(default_factory=dict)
    named_parameters: dict[str, int] = field(default_factory=dict)

    def text(self, key: str) -> str:
        """Return the text under ``key``, "" if there is none."""
        value = self.metadata.get(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> int:
        """Return the whole number under ``key``, of an array its largest, 0 if there is none."""
        value = self.metadata.get(key)
        if isinstance(value, (int, float)) and math.isfinite(value):
            return int(value)
        return int(
            max((value for value in self.number_arrays.get(key, ()) if math.isfinite(value)), default=0)
        )


def read_gguf_header(
    path: Path, *, needs_tensors: bool = True, kept_arrays: frozenset[str] = frozenset()
) -> GgufHeader:
    """Read the header of the GGUF file at ``path``. Any thread; takes 1 ms to about a second.

    ``needs_tensors`` is False for one part of a model split over several files. ``kept_arrays`` are keys
    whose arrays are wanted whole.

    Raises:
        ModelNotFoundError: there is no such file.
        ModelFileError: ``reason`` is one of the module's list.
    """
    try:
        with open_regular(path) as file:
            size_bytes = file.seek(0, 2)
            file.seek(0)
            header = _Reader(file, path, size_bytes, kept_arrays).header()
    except FileNotFoundError:
        raise ModelNotFoundError(path=str(path)) from None
    except IrregularFileError:
        raise ModelFileError(path=str(path), reason="not_a_file") from None
    except (OSError, ValueError):
        raise ModelFileError(path=str(path), reason="unreadable") from None
    if needs_tensors and header.num_tensors == 0:
        raise ModelFileError(path=str(path), reason="no_tensors")
    return header


class _Reader:
    """Reads forwards through a buffer that never holds more than a read's worth beyond what is asked for."""

    def __init__(self, file: BinaryIO, path: Path, size_bytes: int, kept_arrays: frozenset[str]) -> None:
        self._kept_arrays = kept_arrays
        self._text_arrays: dict[str, tuple[str, ...]] = {}
        self._file = file
        self._path = path
        self._size_bytes = size_bytes
        self._buffer = b""
        self._offset = 0  # within the buffer
        self._buffer_start = 0  # within the file
        self._num_strings = 0
        self._named_parameters: dict[str, int] = {}

    def header(self) -> GgufHeader:
        version = self._version()
        num_tensors = self._count(_MAX_TENSORS)
        num_metadata = self._count(_MAX_METADATA)
        metadata: dict[str, Scalar] = {}
        array_lengths: dict[str, int] = {}
        number_arrays: dict[str, tuple[float, ...]] = {}
        for _ in range(num_metadata):
            key = self._text(_MAX_KEY_BYTES)
            value_type = self._uint32()
            if value_type == _ARRAY:
                array_lengths[key], number_arrays[key] = self._array(key)
            elif value_type == _STRING:
                metadata[key] = self._kept_text()
            else:
                metadata[key] = self._number(value_type)
        alignment = metadata.get("general.alignment", _DEFAULT_ALIGNMENT)
        if not isinstance(alignment, int) or not 0 < alignment <= _MAX_ALIGNMENT:
            self._fail("absurd_metadata")
        tensors = [self._tensor() for _ in range(num_tensors)]
        data_start = math.ceil(self._position() / alignment) * alignment
        needed_bytes = data_start + max((offset + size for _, _, offset, size in tensors), default=0)
        if tensors and needed_bytes > self._size_bytes:
            self._fail("truncated", size_bytes=self._size_bytes, needed_bytes=needed_bytes)
        bytes_of_type: Counter[str] = Counter()
        for _, tensor_type, _, size in tensors:
            bytes_of_type[tensor_type] += size
        return GgufHeader(
            version=version,
            size_bytes=self._size_bytes,
            metadata=metadata,
            array_lengths=array_lengths,
            number_arrays={key: numbers for key, numbers in number_arrays.items() if numbers},
            num_tensors=num_tensors,
            num_parameters=sum(num_elements for num_elements, _, _, _ in tensors),
            tensor_bytes=bytes_of_type.total(),
            tensor_type=max(bytes_of_type, key=lambda name: bytes_of_type[name], default=""),
            text_arrays=self._text_arrays,
            named_parameters=self._named_parameters,
        )

    def _version(self) -> int:
        if self._size_bytes == 0:
            self._fail("empty")
        if self._bytes(min(4, self._size_bytes)) != _MAGIC[: self._size_bytes]:
            self._fail_as_other_kind()
        version = self._uint32()
        if version not in _VERSIONS:
            swapped = int.from_bytes(version.to_bytes(4, "little"), "big")
            if swapped in _VERSIONS:
                self._fail("big_endian")
            self._fail("unsupported_version", version=version)
        return version

    def _fail_as_other_kind(self) -> NoReturn:
        """Say what the file is instead of a model, as far as its first bytes tell."""
        self._file.seek(0)
        start = self._file.read(32)
        kind = next((kind for beginning, kind in _OTHER_KINDS if start.startswith(beginning)), "")
        if start[8:9] == b"{":  # its header's length in 8 bytes, then JSON
            kind = "safetensors"
        if kind:
            self._fail("not_gguf", kind=kind)
        self._fail("not_gguf")

    def _tensor(self) -> tuple[int, str, int, int]:
        """Return a tensor's number of elements, type, offset into the data and size, both in bytes."""
        name = self._text(_MAX_KEY_BYTES)
        num_dimensions = self._uint32()
        if num_dimensions > _MAX_DIMENSIONS:
            self._fail("absurd_metadata")
        num_elements = math.prod(self._uint64() for _ in range(num_dimensions))
        if name in _NAMED:
            self._named_parameters[name] = num_elements
        type_number = self._uint32()
        offset = self._uint64()
        known = GGML_TYPES.get(type_number)
        if known is None:
            # A type newer than this program: llama.cpp decides, only the size can't be checked.
            return num_elements, f"type {type_number}", offset, 0
        size = math.ceil(num_elements / known.block_length) * known.block_bytes
        if num_elements > _MAX_ELEMENTS or size + offset > _MAX_FILE_BYTES:
            self._fail("absurd_metadata")
        return num_elements, known.name, offset, size

    def _array(self, key: str) -> tuple[int, tuple[float, ...]]:
        item_type = self._uint32()
        length = self._uint64()
        if item_type == _STRING:
            if key in self._kept_arrays:
                self._text_arrays[key] = self._strings(length)
            else:
                self._skip_strings(length)
            return length, ()
        number = _NUMBERS.get(item_type)
        if number is None:
            self._fail("absurd_metadata")
        if length <= (_MAX_STRINGS if key in self._kept_arrays else _MAX_KEPT_NUMBERS):
            return length, tuple(value for (value,) in number.iter_unpack(self._bytes(length * number.size)))
        self._skip(length * number.size)
        return length, ()

    def _strings(self, count: int) -> tuple[str, ...]:
        self._num_strings += count
        if self._num_strings > _MAX_STRINGS:
            self._fail("absurd_metadata")
        return tuple(self._text(_MAX_KEY_BYTES) for _ in range(count))

    def _skip_strings(self, count: int) -> None:
        self._num_strings += count
        if self._num_strings > _MAX_STRINGS:
            self._fail("absurd_metadata")
        unpack = _UINT64.unpack_from
        for _ in range(count):
            if len(self._buffer) - self._offset < 8:
                self._fill(8)
            (length,) = unpack(self._buffer, self._offset)
            self._offset += 8
            if length <= len(self._buffer) - self._offset:
                self._offset += length
            else:
                self._skip(length)

    def _number(self, value_type: int) -> Scalar:
        number = _NUMBERS.get(value_type)
        if number is None:
            self._fail("absurd_metadata")
        (value,) = number.unpack(self._bytes(number.size))
        scalar: Scalar = value
        return scalar

    def _kept_text(self) -> str:
        length = self._uint64()
        kept = self._bytes(min(length, _MAX_KEPT_TEXT_BYTES))
        self._skip(length - len(kept))
        return kept.decode("utf-8", errors="replace")

    def _text(self, limit_bytes: int) -> str:
        length = self._uint64()
        if length > limit_bytes:
            self._fail("absurd_metadata")
        return self._bytes(length).decode("utf-8", errors="replace")

    def _count(self, limit: int) -> int:
        count = self._uint64()
        if count > limit:
            self._fail("absurd_metadata")
        return count

    def _uint32(self) -> int:
        (value,) = _UINT32.unpack(self._bytes(4))
        return int(value)

    def _uint64(self) -> int:
        (value,) = _UINT64.unpack(self._bytes(8))
        return int(value)

    def _bytes(self, size: int) -> bytes:
        if len(self._buffer) - self._offset < size:
            self._fill(size)
        start = self._offset
        self._offset += size
        return self._buffer[start : self._offset]

    def _skip(self, size: int) -> None:
        held = len(self._buffer) - self._offset
        if size <= held:
            self._offset += size
            return
        target = self._position() + size
        self._check_reach(target)
        self._file.seek(target)
        self._buffer, self._offset, self._buffer_start = b"", 0, target

    def _fill(self, size: int) -> None:
        """Make at least ``size`` bytes available in the buffer."""
        self._check_reach(self._position() + size)
        rest = self._buffer[self._offset :]
        self._buffer_start += self._offset
        self._offset = 0
        parts, held = [rest], len(rest)
        while held < size:
            part = self._file.read(max(_READ_SIZE_BYTES, size - held))
            if not part:
                self._fail("truncated", size_bytes=self._size_bytes)
            parts.append(part)
            held += len(part)
        self._buffer = b"".join(parts)

    def _check_reach(self, end: int) -> None:
        if end > self._size_bytes:
            if end > _MAX_FILE_BYTES:
                self._fail("absurd_metadata")
            self._fail("truncated", size_bytes=self._size_bytes)
        if end > _MAX_HEADER_BYTES:
            self._fail("absurd_metadata")

    def _position(self) -> int:
        return self._buffer_start + self._offset

    def _fail(self, reason: str, **numbers: Detail) -> NoReturn:
        raise ModelFileError(path=str(self._path), reason=reason, **numbers)
