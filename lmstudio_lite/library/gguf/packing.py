"""Packs values into GGUF's metadata entries, and a whole file from entries and tensors made one by one.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

Value = str | bool | int | float | Sequence[str] | Sequence[int] | Sequence[float]
_ALIGNMENT = 32
_UINT32, _INT32, _FLOAT32, _BOOL, _STRING, _ARRAY = 4, 5, 6, 7, 8, 9
_PIECE_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class PackedTensor:
    """``shape`` is outermost first, ``type_number`` ggml's; ``content`` is asked for when it is its turn."""

    name: str
    shape: tuple[int, ...]
    type_number: int
    num_bytes: int
    content: Callable[[], bytes | memoryview]

    @property
    def padded_bytes(self) -> int:
        return _padded(self.num_bytes)


def write_header(file: BinaryIO, entries: Mapping[str, Value], tensors: Sequence[PackedTensor]) -> None:
    """Write everything before the first tensor, padding included."""
    header = [struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(entries))]
    header += [_text(key) + _packed(value) for key, value in entries.items()]
    offset = 0
    for tensor in tensors:
        dimensions = tensor.shape[::-1]
        count = len(dimensions)
        header.append(
            _text(tensor.name) + struct.pack(f"<I{count}QIQ", count, *dimensions, tensor.type_number, offset)
        )
        offset += tensor.padded_bytes
    written = b"".join(header)
    file.write(written)
    file.write(bytes(_padded(len(written)) - len(written)))


def write_tensors(file: BinaryIO, tensors: Sequence[PackedTensor]) -> Iterator[int]:
    """Write the tensors behind a header, one in memory at a time; yield how many bytes came to the file."""
    for tensor in tensors:
        content = memoryview(tensor.content())
        assert len(content) == tensor.num_bytes, tensor.name
        for start in range(0, len(content), _PIECE_BYTES):
            yield file.write(content[start : start + _PIECE_BYTES])
        file.write(bytes(tensor.padded_bytes - tensor.num_bytes))


def _packed(value: Value) -> bytes:
    if isinstance(value, str):
        return struct.pack("<I", _STRING) + _text(value)
    if isinstance(value, bool):
        return struct.pack("<I?", _BOOL, value)
    if isinstance(value, int):
        return struct.pack("<II", _UINT32, value)
    if isinstance(value, float):
        return struct.pack("<If", _FLOAT32, value)
    if value and all(isinstance(item, bool) for item in value):
        return struct.pack(f"<IIQ{len(value)}?", _ARRAY, _BOOL, len(value), *value)
    numbers = [item for item in value if isinstance(item, int)]
    if len(numbers) == len(value) and numbers:
        return struct.pack(f"<IIQ{len(numbers)}i", _ARRAY, _INT32, len(numbers), *numbers)
    fractions = [item for item in value if isinstance(item, float)]
    if len(fractions) == len(value) and fractions:
        return struct.pack(f"<IIQ{len(fractions)}f", _ARRAY, _FLOAT32, len(fractions), *fractions)
    return struct.pack("<IIQ", _ARRAY, _STRING, len(value)) + b"".join(_text(str(item)) for item in value)


def _text(text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    return struct.pack("<Q", len(data)) + data


def _padded(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT
