"""A model's folder as Hugging Face's libraries write it: JSON files and safetensors, read without trust.

A safetensors file is a JSON header with its length in 8 bytes before it, then the numbers
(https://huggingface.co/docs/safetensors). Pickled weights (``.bin``, ``.pt``) run code when they are opened
and are refused.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Mapping
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
_HEADER_BYTES_MAX = 16 << 20
"""Some hundred times what the largest models need; read as JSON it takes ten times as much memory."""
_LENGTH = struct.Struct("<Q")
BYTES = "U8"
"""Numbers of 4 bits, two in each; who expects no such thing refuses them."""
_ITEM_BYTES = {"F32": 4, "F16": 2, "BF16": 2, BYTES: 1}
_KINDS: dict[str, str] = {"F32": "<f4", "F16": "<f2", "BF16": "<u2", BYTES: "<u1"}
_SINGLE, _INDEX = "model.safetensors", "model.safetensors.index.json"
_SHARD = "model-*-of-*.safetensors"
_PICKLED = ("*.bin", "*.pt", "*.pth", "*.ckpt")
_SHARDS_MAX = 10_000
_SAID_LETTERS_MAX = 80
_SNAPSHOTS, _STORED_NAME = "snapshots", "models--"
"""In Hugging Face's cache a model's folder is ``models--OWNER--NAME/snapshots/COMMIT``."""


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """``kind`` is "F32", "F16", "BF16" or "U8"; ``start`` counts from the file's beginning."""

    path: Path
    kind: str
    shape: tuple[int, ...]
    start: int

    @property
    def item_bytes(self) -> int:
        """How many bytes one number has."""
        return _ITEM_BYTES[self.kind]

    @property
    def num_bytes(self) -> int:
        return prod(self.shape) * self.item_bytes

    def read(self) -> NDArray[Any]:
        """Return the numbers; those of "BF16" as 16 bits that numpy has no type for.

        Raises:
            ConversionError: "checkpoint_damaged", the file has changed.
        """
        try:
            with open_regular(self.path) as file:
                file.seek(self.start)
                content = file.read(self.num_bytes)
        except OSError as error:
            raise _damaged(self.path) from error
        if len(content) != self.num_bytes:
            raise _damaged(self.path)
        return np.frombuffer(content, _KINDS[self.kind]).reshape(self.shape)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A folder's files, as far as they are wanted. Missing JSON files are empty objects.

    ``is_text_only``: what it has for pictures and sound was left out.
    """

    folder: Path
    config: dict[str, Any]
    tokenizer: dict[str, Any]
    tokenizer_config: dict[str, Any]
    generation_config: dict[str, Any]
    template: str
    tensors: dict[str, StoredTensor]
    is_text_only: bool = False

    @property
    def name(self) -> str:
        """What the model is called: as its folder is, in Hugging Face's cache as its repository is."""
        folder = self.folder.absolute()
        repository = folder.parent.parent.name
        if folder.parent.name == _SNAPSHOTS and repository.startswith(_STORED_NAME):
            return repository.rpartition("--")[2]
        return folder.resolve().name

    @property
    def num_bytes(self) -> int:
        """How large its weights are."""
        return sum(tensor.num_bytes for tensor in self.tensors.values())

    def refuse(self, reason: str, part: str) -> ConversionError:
        """Return the error that this folder can't be converted; ``part`` is what of it is meant."""
        return _refusal(self.folder, reason, part)

    def refuse_unknown(self, unknown: Mapping[str, bool]) -> None:
        """Raise "unknown_checkpoint" for the first of these parts that is there."""
        found = next((part for part, is_there in unknown.items() if is_there), None)
        if found is not None:
            raise self.refuse("unknown_checkpoint", found)


def is_checkpoint(folder: Path) -> bool:
    """Tell whether a folder looks like a model that Hugging Face's libraries saved; nothing of it is read."""
    return (folder / "config.json").is_file() and next(folder.glob("*.safetensors"), None) is not None


def open_checkpoint(folder: Path) -> Checkpoint:
    """Read all of a folder but its weights.

    Raises:
        ConversionError: "no_checkpoint" (nothing of the kind), "pickled", "part_missing" (``part``),
            "checkpoint_damaged" (``part``) or "unknown_numbers" (``part``).
    """
    config = _json(folder / "config.json", _CONFIG_BYTES_MAX)
    if not config:
        raise _refusal(folder, "no_checkpoint")
    places = _places(folder)
    tensors: dict[str, StoredTensor] = {}
    for path in _shards(folder, places):
        found = _read_header(path)
        if tensors.keys() & found.keys():
            raise _damaged(path)
        tensors |= found
    missing = next((name for name in places if name not in tensors), None)
    if missing is not None:
        raise _refusal(folder, "part_missing", missing)
    template_file = folder / "chat_template.jinja"
    return Checkpoint(
        folder,
        config,
        _json(folder / "tokenizer.json", _TOKENIZER_BYTES_MAX),
        _json(folder / "tokenizer_config.json", _TOKENIZER_BYTES_MAX),
        _json(folder / "generation_config.json", _CONFIG_BYTES_MAX),
        _read(template_file, _CONFIG_BYTES_MAX).decode("utf-8", "replace")
        if os.path.exists(template_file)
        else "",
        tensors,
    )


def _places(folder: Path) -> dict[str, str]:
    """Return which file has which tensor, as a model in several files says; nothing for one in one file."""
    index = _json(folder / _INDEX, _TOKENIZER_BYTES_MAX)
    if not index:
        return {}
    places = index.get("weight_map")
    if not isinstance(places, dict) or not places:
        raise _damaged(folder / _INDEX)
    if not all(isinstance(name, str) and name and Path(name).name == name for name in places.values()):
        raise _damaged(folder / _INDEX)
    return places


def _shards(folder: Path, places: dict[str, str]) -> list[Path]:
    """Return the files with weights, all of them there."""
    if not places:
        if os.path.exists(folder / _SINGLE):
            return [folder / _SINGLE]
        if any(folder.glob(_SHARD)):
            raise _refusal(folder, "part_missing", _INDEX)
        is_pickled = any(any(folder.glob(pattern)) for pattern in _PICKLED)
        raise _refusal(folder, "pickled" if is_pickled else "no_checkpoint")
    files = sorted(set(places.values()))
    if len(files) > _SHARDS_MAX:
        raise _damaged(folder / _INDEX)
    missing = next((name for name in files if not os.path.exists(folder / name)), None)
    if missing is not None:
        raise _refusal(folder, "part_missing", missing)
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
            is_shape = len(shape) <= 4 and all(type(each) is int and each >= 0 for each in shape)
            if not is_shape or not 0 <= begin <= end or start + end > size_bytes:
                raise _damaged(path)
            if kind not in _ITEM_BYTES:
                raise _refusal(path.parent, "unknown_numbers", kind)
            found = StoredTensor(path, kind, tuple(shape), start + begin)
            if found.num_bytes == end - begin:
                return found
    raise _damaged(path)


def _json(path: Path, limit_bytes: int) -> dict[str, Any]:
    return _parsed(path, _read(path, limit_bytes)) if os.path.exists(path) else {}


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
    return _refusal(path.parent, "checkpoint_damaged", path.name)


def _refusal(folder: Path, reason: str, part: str = "") -> ConversionError:
    """Return an error; ``part`` may come from a file and be of any length."""
    said: Detail = part if len(part) <= _SAID_LETTERS_MAX else f"{part[:_SAID_LETTERS_MAX]}…"
    return ConversionError(path=str(folder.absolute()), reason=reason, part=said)
