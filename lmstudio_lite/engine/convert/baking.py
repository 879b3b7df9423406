"""Adds a LoRA adapter to a model's weights for good, in a file of 32 bit floats, tensor by tensor in place.

What is added is what llama.cpp adds while it computes: ``strength * alpha / rank * B @ A``, of the embedding
``A @ B^T`` (``llama-adapter.cpp``, ``build_lora_mm``). numpy does it; no torch is needed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmstudio_lite.engine.llama import ggml
from lmstudio_lite.engine.llama.model_path import check_adapter_path, check_model_path
from lmstudio_lite.errors import AdapterError, ModelFileError

Floats = NDArray[np.float32]

_A, _B = ".lora_a", ".lora_b"
_EMBEDDING = "token_embd.weight"
_TYPES = {ggml.TYPE_F32: "<f4", ggml.TYPE_F16: "<f2"}
_STRING, _FLOAT = 8, 6
_ROWS_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class _Place:
    """A tensor in a file: ``shape`` outermost first, without leading ones; ``start`` in bytes."""

    shape: tuple[int, ...]
    type: int
    start: int

    def mapped(self, path: Path, mode: str) -> NDArray[Any]:
        """Return the tensor as the file has it."""
        return np.memmap(path, _TYPES[self.type], mode, self.start, self.shape)  # type: ignore[call-overload, no-any-return]


def bake(
    model: Path, adapter: Path, strength: float, report: Callable[[float], None] = lambda fraction: None
) -> int:
    """Add ``adapter`` to ``model``; return how many matrices changed.

    Raises:
        ModelNotFoundError, ModelFileError, AdapterError: a file is missing or can't be read, or the adapter
            was made for another model ("other_base").
    """
    check_model_path(model)
    check_adapter_path(adapter)
    with _opened(model) as handle:
        if handle is None:
            raise ModelFileError(path=str(model), reason="absurd_metadata")
        weights, architecture = dict(_places(handle, model)), _text(handle, "general.architecture")
    with _opened(adapter) as handle:
        if handle is None or _text(handle, "general.type") != "adapter":
            raise AdapterError(path=str(adapter), reason="no_adapter")
        if _text(handle, "general.architecture") != architecture:
            raise AdapterError(path=str(adapter), reason="other_base")
        parts, alpha = dict(_places(handle, adapter)), _alpha(handle)
    names = [name.removesuffix(_A) for name in parts if name.endswith(_A)]
    if not names:
        raise AdapterError(path=str(adapter), reason="no_adapter")
    for number, name in enumerate(names):
        report(number / len(names))
        if name not in weights or name + _B not in parts:
            raise AdapterError(path=str(adapter), reason="other_base", detail=name)
        a, b = (parts[name + part].mapped(adapter, "r").astype(np.float32) for part in (_A, _B))
        _add(weights[name].mapped(model, "r+"), name, a, b, alpha, strength, adapter)
    report(1.0)
    return len(names)


def _add(
    target: NDArray[Any], name: str, a: Floats, b: Floats, alpha: float, strength: float, adapter: Path
) -> None:
    rank = b.shape[-1]
    scale = np.float32(strength * alpha / rank if alpha else strength)
    left, right = (a, np.swapaxes(b, -1, -2)) if name == _EMBEDDING else (b, a)
    is_fit = left.ndim == right.ndim == target.ndim and left.shape[-1] == right.shape[-2]
    if not is_fit or (*left.shape[:-1], right.shape[-1]) != target.shape:
        raise AdapterError(path=str(adapter), reason="other_base", detail=name)
    with np.errstate(over="ignore", invalid="ignore"):
        for rows in _slices(target.shape[-2]):
            target[..., rows, :] += scale * (left[..., rows, :] @ right)
    target.flush()  # type: ignore[attr-defined]


def _slices(length: int) -> Iterator[slice]:
    for start in range(0, length, _ROWS_AT_ONCE):
        yield slice(start, start + _ROWS_AT_ONCE)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    handle = ggml.gguf_open(os.fsencode(path), ggml.GgufParams(True, None))
    try:
        yield handle
    finally:
        if handle:
            ggml.gguf_free(handle)


def _places(handle: Any, path: Path) -> Iterator[tuple[str, _Place]]:
    """Yield the tensors of floating point; one that ends past the file is none."""
    start, size_bytes = ggml.gguf_data_offset(handle), path.stat().st_size
    for number in range(ggml.gguf_num_tensors(handle)):
        name = ggml.gguf_tensor_name(handle, number).decode("utf-8", "replace")
        kind = ggml.gguf_tensor_type(handle, number)
        at = start + ggml.gguf_tensor_offset(handle, number)
        if kind not in _TYPES or at + ggml.gguf_tensor_size(handle, number) > size_bytes:
            continue
        lengths = [int(length) for length in reversed(ggml.gguf_tensor_lengths(handle, number)[:4])]
        while len(lengths) > 2 and lengths[0] == 1:
            del lengths[0]
        yield name, _Place(tuple(lengths), kind, at)


def _text(handle: Any, key: str) -> str:
    at = ggml.gguf_find_key(handle, key.encode())
    if at < 0 or ggml.gguf_kv_type(handle, at) != _STRING:
        return ""
    return str(ggml.gguf_text(handle, at).decode("utf-8", "replace"))


def _alpha(handle: Any) -> float:
    at = ggml.gguf_find_key(handle, b"adapter.lora.alpha")
    if at < 0 or ggml.gguf_kv_type(handle, at) != _FLOAT:
        return 0.0
    return float(ggml.gguf_f32(handle, at))
