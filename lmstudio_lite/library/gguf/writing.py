"""Writes GGUF files out of pieces of others: metadata and tensors byte for byte, only their places are new.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Nothing is decoded but the header.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lmstudio_lite.errors import ModelFileError
from lmstudio_lite.library.gguf.header import GgufHeader, MetadataEntry, TensorInfo
from lmstudio_lite.library.gguf.source import open_model_file

_PIECE_BYTES = 4 << 20
_UINT16, _INT32, _UINT32 = 2, 5, 4

OnCopied = Callable[[int], None]
"""Told how many bytes came to the new file; may raise to stop."""


@dataclass(frozen=True, slots=True)
class TensorPiece:
    """A tensor in the file that it is copied from."""

    path: Path
    tensor: TensorInfo
    start: int


@dataclass(frozen=True, slots=True)
class FilePlan:
    """A file to write: raw ``entries``, then ``pieces`` in this order."""

    entries: tuple[bytes, ...]
    pieces: tuple[TensorPiece, ...]
    alignment: int

    @property
    def size_bytes(self) -> int:
        """How large the file becomes."""
        return len(self.header()) + sum(self._padded(piece.tensor.size_bytes) for piece in self.pieces)

    def header(self) -> bytes:
        """Return everything before the first tensor, padding included."""
        parts = [struct.pack("<4sIQQ", b"GGUF", 3, len(self.pieces), len(self.entries)), *self.entries]
        offset = 0
        for piece in self.pieces:
            parts.append(_tensor_entry(piece.tensor, offset))
            offset += self._padded(piece.tensor.size_bytes)
        header = b"".join(parts)
        return header + bytes(self._padded(len(header)) - len(header))

    def write(self, file: BinaryIO, on_copied: OnCopied) -> None:
        """Write the file.

        Raises:
            ModelFileError: "truncated" or "unreadable": a file that is copied from has changed.
            OSError: it can't be written.
        """
        header = self.header()
        file.write(header)
        on_copied(len(header))
        for path, pieces in _by_file(self.pieces):
            for data in _read_pieces(path, pieces, self.alignment):
                file.write(data)
                on_copied(len(data))

    def _padded(self, size: int) -> int:
        return _padded(size, self.alignment)


def pieces_of(path: Path, header: GgufHeader) -> tuple[TensorPiece, ...]:
    """Return all tensors of the file at ``path``, whose ``header`` was read whole."""
    return tuple(TensorPiece(path, tensor, header.data_start + tensor.offset) for tensor in header.tensors)


def raw_entries(path: Path, entries: Sequence[MetadataEntry]) -> tuple[bytes, ...]:
    """Return entries of the file at ``path`` as they stand there.

    Raises:
        ModelNotFoundError, ModelFileError: it can't be read, or has changed.
    """
    with open_model_file(path) as source:
        raw = tuple(source.read(entry.offset, entry.size_bytes) for entry in entries)
    if any(len(data) != entry.size_bytes for data, entry in zip(raw, entries, strict=True)):
        raise ModelFileError(path=str(path), reason="truncated")
    return raw


def uint16_entry(key: str, value: int) -> bytes:
    """Return a metadata entry; llama.cpp reads a part's number and count in this type only."""
    return _text(key) + struct.pack("<IH", _UINT16, value)


def int32_entry(key: str, value: int) -> bytes:
    """Return a metadata entry; llama.cpp reads the number of tensors in this type only."""
    return _text(key) + struct.pack("<Ii", _INT32, value)


def uint32_entry(key: str, value: int) -> bytes:
    return _text(key) + struct.pack("<II", _UINT32, value)


def tensor_entry_bytes(tensor: TensorInfo) -> int:
    """Return how long a tensor's entry in the header is."""
    return len(_tensor_entry(tensor, 0))


def _tensor_entry(tensor: TensorInfo, offset: int) -> bytes:
    count = len(tensor.shape)
    place = struct.pack(f"<I{count}QIQ", count, *tensor.shape, tensor.type_number, offset)
    return _text(tensor.name) + place


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _padded(size: int, alignment: int) -> int:
    return -(-size // alignment) * alignment


def _by_file(pieces: Sequence[TensorPiece]) -> Iterator[tuple[Path, list[TensorPiece]]]:
    """Yield neighbours of one file together, so that it is opened once."""
    run: list[TensorPiece] = []
    for piece in pieces:
        if run and piece.path != run[0].path:
            yield run[0].path, run
            run = []
        run.append(piece)
    if run:
        yield run[0].path, run


def _read_pieces(path: Path, pieces: Sequence[TensorPiece], alignment: int) -> Iterator[bytes]:
    """Yield the tensors' bytes, each padded, in portions of some megabytes."""
    with open_model_file(path) as source:
        for piece in pieces:
            size = piece.tensor.size_bytes
            for done in range(0, size, _PIECE_BYTES):
                wanted = min(_PIECE_BYTES, size - done)
                data = source.read(piece.start + done, wanted)
                if len(data) != wanted:
                    raise ModelFileError(path=str(path), reason="truncated", size_bytes=source.size_bytes)
                yield data
            padding = bytes(_padded(size, alignment) - size)
            if padding:
                yield padding
