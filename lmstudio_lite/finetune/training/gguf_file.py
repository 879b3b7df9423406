"""GGUF files read as they are and written again: metadata byte for byte, tensors by their place.

``gguf``'s own reader takes five seconds to make objects of a tokenizer's word list; here the metadata of the
base is copied unread, so that nothing of it can be lost or changed. Format:
https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import gguf
import numpy as np
from numpy.typing import NDArray

from lmstudio_lite.engine.llama.model_path import check_model_path
from lmstudio_lite.errors import ModelFileError
from lmstudio_lite.files import open_regular
from lmstudio_lite.paths import replacing

Value = str | bool | int | float | Sequence[str] | Sequence[int] | Sequence[float]
_ALIGNMENT = 32
_STRING, _ARRAY, _BOOL, _UINT32, _INT32, _FLOAT32 = 8, 9, 7, 4, 5, 6
_SCALARS = {
    0: "<B",
    1: "<b",
    2: "<H",
    3: "<h",
    4: "<I",
    5: "<i",
    6: "<f",
    7: "<?",
    10: "<Q",
    11: "<q",
    12: "<d",
}
_WIDTHS = {kind: struct.calcsize(form) for kind, form in _SCALARS.items()}
_COPY_BYTES = 16 << 20
_TYPES = {"F32": gguf.GGMLQuantizationType.F32, "F16": gguf.GGMLQuantizationType.F16}


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """A tensor as it lies in the file: ``shape`` outermost first, ``start`` from the file's beginning."""

    name: str
    shape: tuple[int, ...]
    type: gguf.GGMLQuantizationType
    start: int
    num_bytes: int


class GgufFile:
    """The header of the file at ``path``, and its tensors one at a time."""

    def __init__(self, path: Path) -> None:
        """Read the header.

        Raises:
            ModelNotFoundError: there is no such file.
            ModelFileError: it is no GGUF.
        """
        self.path = path
        check_model_path(path)
        try:
            self._map = _mapped(path)
            self._data = np.frombuffer(self._map, np.uint8)
            self._read_header()
        except (ValueError, struct.error, KeyError, OverflowError, MemoryError) as error:
            raise ModelFileError(path=str(path), reason="absurd_metadata") from error

    def dequantized(self, tensor: TensorInfo) -> NDArray[np.float32]:
        """Return a tensor's values."""
        values = gguf.dequantize(self.raw(tensor), tensor.type)
        return np.asarray(values, dtype=np.float32).reshape(tensor.shape)

    def raw(self, tensor: TensorInfo) -> NDArray[Any]:
        """Return a tensor's bytes, as rows of its type's blocks; read from the disk when touched."""
        data = self._data[tensor.start : tensor.start + tensor.num_bytes]
        if tensor.type is gguf.GGMLQuantizationType.F32:
            return data.view("<f4").reshape(tensor.shape)
        if tensor.type is gguf.GGMLQuantizationType.F16:
            return data.view("<f2").reshape(tensor.shape)
        rows = gguf.quant_shape_to_byte_shape(tensor.shape, tensor.type)
        return data.reshape(rows)

    def text(self, key: str) -> str:
        value = self.scalars.get(key)
        return value if isinstance(value, str) else ""

    def numbers(self, key: str) -> list[int | float | bool]:
        """Return an array of numbers, of a single number a list of it, of what is not there an empty one."""
        if key in self.array_lengths:
            entry = self.entries[key]
            item, length = struct.unpack_from("<IQ", entry, 8 + len(key.encode()) + 4)
            if item not in _SCALARS:
                return []
            values = struct.unpack_from(f"<{length}{_SCALARS[item][1]}", entry, 8 + len(key.encode()) + 16)
            return list(values)
        value = self.scalars.get(key)
        return [] if value is None or isinstance(value, str) else [value]

    def _read_header(self) -> None:
        magic, version, num_tensors, num_entries = struct.unpack_from("<4sIQQ", self._map, 0)
        if magic != b"GGUF" or version not in (2, 3):
            raise ValueError(version)
        self.scalars: dict[str, str | int | float | bool] = {}
        self.entries: dict[str, bytes] = {}
        self.array_lengths: dict[str, int] = {}
        at = 24
        for _ in range(num_entries):
            start = at
            key, at = self._string(at)
            at = self._value(key, at)
            self.entries[key] = self._map[start:at]
        infos = []
        for _ in range(num_tensors):
            name, at = self._string(at)
            (num_dimensions,) = struct.unpack_from("<I", self._map, at)
            dimensions = struct.unpack_from(f"<{num_dimensions}Q", self._map, at + 4)
            at += 4 + 8 * num_dimensions
            kind, offset = struct.unpack_from("<IQ", self._map, at)
            at += 12
            infos.append((name, tuple(reversed(dimensions)), gguf.GGMLQuantizationType(kind), offset))
        alignment = int(self.scalars.get("general.alignment", _ALIGNMENT))
        data_start = -(-at // alignment) * alignment
        self.tensors = [
            TensorInfo(name, shape, kind, data_start + offset, _num_bytes(shape, kind))
            for name, shape, kind, offset in infos
        ]
        if any(tensor.start + tensor.num_bytes > len(self._data) for tensor in self.tensors):
            raise ModelFileError(path=str(self.path), reason="truncated")

    def _value(self, key: str, at: int) -> int:
        (kind,) = struct.unpack_from("<I", self._map, at)
        at += 4
        if kind == _STRING:
            self.scalars[key], at = self._string(at)
            return at
        if kind != _ARRAY:
            (self.scalars[key],) = struct.unpack_from(_SCALARS[kind], self._map, at)
            return at + _WIDTHS[kind]
        item, length = struct.unpack_from("<IQ", self._map, at)
        at += 12
        self.array_lengths[key] = length
        if item != _STRING:
            return int(at + length * _WIDTHS[item])
        unpack = struct.Struct("<Q").unpack_from
        for _ in range(length):
            at += 8 + unpack(self._map, at)[0]
        return int(at)

    def _string(self, at: int) -> tuple[str, int]:
        (length,) = struct.unpack_from("<Q", self._map, at)
        end = at + 8 + length
        return self._map[at + 8 : end].decode("utf-8", "replace"), end


@dataclass(frozen=True, slots=True)
class NewTensor:
    """A tensor to write: its values, in the raw form of ``type``, are asked for when it is its turn."""

    name: str
    shape: tuple[int, ...]
    type: gguf.GGMLQuantizationType
    values: Callable[[], NDArray[Any]]


def float_type(name: str) -> gguf.GGMLQuantizationType:
    """Return the type for "F32" or "F16"."""
    return _TYPES[name]


def as_type(values: NDArray[np.float32], kind: gguf.GGMLQuantizationType) -> NDArray[Any]:
    """Return values in a floating point type's raw form."""
    return values.astype("<f2" if kind is gguf.GGMLQuantizationType.F16 else "<f4")


def copied(source: GgufFile, tensor: TensorInfo) -> NewTensor:
    """Return a tensor that is written as it lies in ``source``."""
    return NewTensor(tensor.name, tensor.shape, tensor.type, lambda: source.raw(tensor))


def write_gguf(
    path: Path, entries: Mapping[str, bytes], tensors: Sequence[NewTensor], *, alignment: int = _ALIGNMENT
) -> None:
    """Write a file, whole or not at all; one tensor is in memory at a time.

    Raises:
        StorageError: it can't be written.
    """
    with replacing(path, is_private=False) as file:
        for part in _parts(entries, tensors, alignment):
            _write(file, part)


def encode_entry(key: str, value: Value) -> bytes:
    """Return a metadata entry: texts, booleans, whole numbers as 32 bits, other numbers as f32, arrays of
    these.
    """
    return _text(key) + _encoded(value)


def _mapped(path: Path) -> mmap.mmap:
    with open_regular(path) as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _parts(
    entries: Mapping[str, bytes], tensors: Sequence[NewTensor], alignment: int
) -> Iterator[bytes | NDArray[Any]]:
    header = [struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(entries)), *entries.values()]
    offset = 0
    for tensor in tensors:
        dimensions = tensor.shape[::-1]
        header.append(
            _text(tensor.name)
            + struct.pack(f"<I{len(dimensions)}QIQ", len(dimensions), *dimensions, tensor.type, offset)
        )
        offset += _padded(_num_bytes(tensor.shape, tensor.type), alignment)
    joined = b"".join(header)
    yield joined + bytes(_padded(len(joined), alignment) - len(joined))
    for tensor in tensors:
        data = np.ascontiguousarray(tensor.values())
        assert data.nbytes == _num_bytes(tensor.shape, tensor.type), tensor.name
        yield data.reshape(-1).view(np.uint8)
        yield bytes(_padded(data.nbytes, alignment) - data.nbytes)


def _write(file: BinaryIO, part: bytes | NDArray[Any]) -> None:
    view = memoryview(part)  # type: ignore[arg-type]
    for start in range(0, len(view), _COPY_BYTES):
        file.write(view[start : start + _COPY_BYTES])


def _encoded(value: Value) -> bytes:
    if isinstance(value, str):
        return struct.pack("<I", _STRING) + _text(value)
    if isinstance(value, bool):
        return struct.pack("<I?", _BOOL, value)
    if isinstance(value, int):
        return struct.pack("<II", _UINT32, value)
    if isinstance(value, float):
        return struct.pack("<If", _FLOAT32, value)
    return _encoded_array(value)


def _encoded_array(values: Iterable[str | int | float]) -> bytes:
    items = list(values)
    if all(isinstance(item, str) for item in items):
        body = b"".join(_text(str(item)) for item in items)
        return struct.pack("<IIQ", _ARRAY, _STRING, len(items)) + body
    if all(isinstance(item, bool) for item in items):
        return struct.pack(f"<IIQ{len(items)}?", _ARRAY, _BOOL, len(items), *items)
    if all(isinstance(item, int) for item in items):
        return struct.pack(f"<IIQ{len(items)}i", _ARRAY, _INT32, len(items), *items)
    return struct.pack(f"<IIQ{len(items)}f", _ARRAY, _FLOAT32, len(items), *items)


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _num_bytes(shape: tuple[int, ...], kind: gguf.GGMLQuantizationType) -> int:
    block, size = gguf.GGML_QUANT_SIZES[kind]
    return prod(shape) // block * size


def _padded(size: int, alignment: int) -> int:
    return -(-size // alignment) * alignment
