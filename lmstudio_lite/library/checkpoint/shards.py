"""A model's folder as Hugging Face's libraries write it: JSON files and safetensors, read without trust.

A safetensors file is a JSON header with its length in 8 bytes before it, then the numbers
(https://huggingface.co/docs/safetensors). Pickled weights (``.bin``, ``.pt``) run code when they are opened
and are refused.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmstudio_lite.errors import ConversionError, Detail
from lmstudio_lite.files import open_regular, read_regular

_CONFIG_BYTES_MAX = 4 << 20
_TOKENIZER_BYTES_MAX = 64 << 20
_HEADER_BYTES_MAX = 100 << 20
"""What the safetensors library itself allows."""
_LENGTH = struct.Struct("<Q")
_ITEM_BYTES = {"F32": 4, "F16": 2, "BF16": 2}
_KINDS: dict[str, str] = {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}
_SINGLE, _INDEX = "model.safetensors", "model.safetensors.index.json"
_PICKLED = ("*.bin", "*.pt", "*.pth", "*.ckpt")
_SHARDS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """``kind`` is "F32", "F16" or "BF16"; ``start`` counts from the file's beginning."""

    path: Path
    kind: str
    shape: tuple[int, ...]
    start: int

    @property
    def num_bytes(self) -> int:
        return prod(self.shape) * _ITEM_BYTES[self.kind]

    def read(self) -> NDArray[Any]:
        """Return the numbers; those of "BF16" as 16 bits that numpy has no type for."""
        with open_regular(self.path) as file:
            file.seek(self.start)
            return np.frombuffer(file.read(self.num_bytes), _KINDS[self.kind]).reshape(self.shape)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A folder's files, as far as they are wanted. Missing JSON files are empty objects."""

    folder: Path
    config: dict[str, Any]
    tokenizer: dict[str, Any]
    tokenizer_config: dict[str, Any]
    generation_config: dict[str, Any]
    template: str
    tensors: dict[str, StoredTensor]

    def refuse(self, reason: str, **details: Detail) -> ConversionError:
        """Return the error that this folder can't be converted."""
        return ConversionError(path=str(self.folder), reason=reason, **details)


def open_checkpoint(folder: Path) -> Checkpoint:
    """Read all of a folder but its weights.

    Raises:
        ConversionError: "no_checkpoint" (nothing of the kind), "pickled", "part_missing" (``part``) or
            "checkpoint_damaged" (``part``).
    """
    config = _json(folder / "config.json", _CONFIG_BYTES_MAX)
    if not config:
        raise ConversionError(path=str(folder), reason="no_checkpoint")
    tensors: dict[str, StoredTensor] = {}
    for path in _shards(folder):
        tensors |= _read_header(path)
    template_file = folder / "chat_template.jinja"
    return Checkpoint(
        folder,
        config,
        _json(folder / "tokenizer.json", _TOKENIZER_BYTES_MAX),
        _json(folder / "tokenizer_config.json", _TOKENIZER_BYTES_MAX),
        _json(folder / "generation_config.json", _CONFIG_BYTES_MAX),
        _read(template_file, _CONFIG_BYTES_MAX).decode("utf-8", "replace") if template_file.exists() else "",
        tensors,
    )


def _shards(folder: Path) -> list[Path]:
    """Return the files with weights, all of them there."""
    index = _json(folder / _INDEX, _TOKENIZER_BYTES_MAX)
    if not index:
        if (folder / _SINGLE).exists():
            return [folder / _SINGLE]
        is_pickled = any(any(folder.glob(pattern)) for pattern in _PICKLED)
        raise ConversionError(path=str(folder), reason="pickled" if is_pickled else "no_checkpoint")
    names = index.get("weight_map")
    if not isinstance(names, dict) or not all(isinstance(name, str) for name in names.values()):
        raise _damaged(folder / _INDEX)
    files = sorted(set(names.values()))
    if not files or len(files) > _SHARDS_MAX or any(Path(name).name != name for name in files):
        raise _damaged(folder / _INDEX)
    missing = next((name for name in files if not (folder / name).exists()), None)
    if missing is not None:
        raise ConversionError(path=str(folder), reason="part_missing", part=missing)
    return [folder / name for name in files]


def _read_header(path: Path) -> dict[str, StoredTensor]:
    try:
        with open_regular(path) as file:
            size_bytes = file.seek(0, 2)
            file.seek(0)
            beginning = file.read(_LENGTH.size)
            if len(beginning) < _LENGTH.size:
                raise _damaged(path)
            (length,) = _LENGTH.unpack(beginning)
            if length > min(_HEADER_BYTES_MAX, size_bytes - _LENGTH.size):
                raise _damaged(path)
            header = _parsed(path, file.read(length))
    except OSError as error:
        raise _damaged(path) from error
    start = _LENGTH.size + length
    return {
        name: _tensor(path, entry, start, size_bytes)
        for name, entry in header.items()
        if name != "__metadata__"
    }


def _tensor(path: Path, entry: object, start: int, size_bytes: int) -> StoredTensor:
    match entry:
        case {"dtype": str(kind), "shape": list(shape), "data_offsets": [int(begin), int(end)]}:
            is_shape = len(shape) <= 4 and all(isinstance(each, int) and each >= 0 for each in shape)
            if not is_shape or not 0 <= begin <= end or start + end > size_bytes:
                raise _damaged(path)
            if kind not in _ITEM_BYTES:
                raise ConversionError(path=str(path), reason="unknown_numbers", part=kind)
            found = StoredTensor(path, kind, tuple(shape), start + begin)
            if found.num_bytes == end - begin:
                return found
    raise _damaged(path)


def _json(path: Path, limit_bytes: int) -> dict[str, Any]:
    return _parsed(path, _read(path, limit_bytes)) if path.exists() else {}


def _read(path: Path, limit_bytes: int) -> bytes:
    try:
        return read_regular(path, limit_bytes)
    except OSError as error:
        raise _damaged(path) from error


def _parsed(path: Path, content: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _damaged(path) from error
    if not isinstance(parsed, dict):
        raise _damaged(path)
    return parsed


def _damaged(path: Path) -> ConversionError:
    return ConversionError(path=str(path), reason="checkpoint_damaged", part=path.name)
