"""What was learned as GGUF: an adapter beside the base, or the base's own file with it merged in.

A merged file is the base's, tensor for tensor and entry for entry, but for the matrices that were trained:
these are dequantized from the base, changed, and written in floating point. Every other tensor stays as it
was, byte for byte, unless llama.cpp quantizes the file afterwards.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import gguf
import numpy as np
from numpy.typing import NDArray

from lmstudio_lite import __version__
from lmstudio_lite.errors import ExportImpossibleError
from lmstudio_lite.finetune.protocol import ExportKind, FinetuneSettings, Method
from lmstudio_lite.finetune.training.gguf_file import (
    GgufFile,
    NewTensor,
    TensorInfo,
    as_type,
    copied,
    encode_entry,
    float_type,
    write_gguf,
)
from lmstudio_lite.finetune.training.lora import TunedModel
from lmstudio_lite.finetune.training.tensor_map import Floats

NOTE_KEY = "lmstudio_lite.finetune"
"""Metadata entry with the note of how a file was made: JSON."""
_FILE_TYPE_NUMBERS = {"F32": 0, "F16": 1}


def note_of(settings: FinetuneSettings, base: GgufFile, *, step: int, num_examples: int) -> dict[str, object]:
    """Return how a file is made, for its metadata."""
    return {
        "program": f"LM Studio Lite {__version__}",
        "made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "base_file": base.path.name,
        "base_bytes": base.path.stat().st_size,
        "method": settings.method.value,
        "rank": settings.rank,
        "alpha": settings.alpha,
        "learning_rate": settings.learning_rate,
        "steps": step,
        "examples": num_examples,
        "max_length": settings.max_length,
        "seed": settings.seed,
    }


def write_adapter(
    path: Path, tuned: TunedModel, base: GgufFile, file_type: str, note: Mapping[str, object]
) -> None:
    """Write what was learned as a LoRA adapter for ``base``; ``file_type`` is "F32" or "F16".

    llama.cpp adds ``alpha / rank * b @ a``, so that alpha carries rsLoRA's other scaling as well. Rows of b
    are outputs of the matrix, columns of a its inputs: both go into the file's order.

    Raises:
        ExportImpossibleError: the method changes more than an adapter can hold.
        StorageError: the file can't be written.
    """
    if tuned.settings.method not in (Method.LORA, Method.RSLORA):
        raise ExportImpossibleError(method=tuned.settings.method.value, kind=ExportKind.ADAPTER.value)
    low_rank = tuned.low_rank()
    scaling = next(iter(low_rank.values())).scaling
    kind = float_type(file_type)
    entries = {
        "general.type": "adapter",
        "general.architecture": tuned.base.architecture,
        "general.name": f"{_base_name(base)} adapter",
        "adapter.type": "lora",
        "adapter.lora.alpha": float(scaling * tuned.settings.rank),
        **_lineage(base),
        "general.file_type": _FILE_TYPE_NUMBERS[file_type],
        NOTE_KEY: json.dumps(note, ensure_ascii=False),
    }
    tensors = []
    for name, learned in low_rank.items():
        place = tuned.base.places[name]
        for part, values in (("a", place.columns_to_file(learned.a)), ("b", place.rows_to_file(learned.b))):
            shape = (int(values.shape[0]), int(values.shape[1]))
            tensors.append(
                NewTensor(f"{place.gguf_name}.lora_{part}", shape, kind, partial(as_type, values, kind))
            )
    write_gguf(path, {key: encode_entry(key, value) for key, value in entries.items()}, tensors)


def write_merged(
    path: Path, tuned: TunedModel, base: GgufFile, file_type: str, note: Mapping[str, object]
) -> None:
    """Write ``base`` with what was learned in it; what was trained becomes ``file_type``, "F32" or "F16".

    Raises:
        StorageError: the file can't be written.
    """
    names = {place.gguf_name: name for name, place in tuned.base.places.items()}
    changed = tuned.changed_names if tuned.is_low_rank else frozenset(tuned.trainable)
    kind = float_type(file_type)
    tensors = [
        _changed(tuned, base, tensor, names[tensor.name], kind)
        if names.get(tensor.name) in changed
        else copied(base, tensor)
        for tensor in base.tensors
    ]
    entries = _entries(tuned.settings.method, base, file_type, note)
    write_gguf(path, entries, tensors, alignment=_alignment(base))


def write_float_copy(path: Path, base: GgufFile, file_type: str, report: Callable[[int], None]) -> None:
    """Write ``base`` with all its matrices in floating point: what it stands for, without quantization.

    Raises:
        StorageError: the file can't be written.
    """
    kind = float_type(file_type)
    tensors = []
    for number, tensor in enumerate(base.tensors):
        report(number)
        is_matrix = len(tensor.shape) > 1
        tensors.append(
            NewTensor(tensor.name, tensor.shape, kind, partial(_dequantized, base, tensor, kind))
            if is_matrix
            else copied(base, tensor)
        )
    entries = base.entries | {
        "general.file_type": encode_entry("general.file_type", _FILE_TYPE_NUMBERS[file_type])
    }
    write_gguf(path, entries, tensors, alignment=_alignment(base))


def _changed(
    tuned: TunedModel, base: GgufFile, tensor: TensorInfo, name: str, kind: gguf.GGMLQuantizationType
) -> NewTensor:
    if len(tensor.shape) == 1:
        kind = gguf.GGMLQuantizationType.F32  # llama.cpp keeps vectors so
    return NewTensor(tensor.name, tensor.shape, kind, partial(_merge, tuned, base, tensor, name, kind))


def _merge(
    tuned: TunedModel, base: GgufFile, tensor: TensorInfo, name: str, kind: gguf.GGMLQuantizationType
) -> NDArray[np.float32]:
    place = tuned.base.places[name]
    values: Floats
    if tuned.is_low_rank:
        values = base.dequantized(tensor) + place.change_to_file(tuned.change_of(name)) / np.float32(
            place.scale
        )
    else:
        values = place.to_file(tuned.trainable[name].detach().float().cpu().numpy())
    return as_type(values, kind)


def _dequantized(base: GgufFile, tensor: TensorInfo, kind: gguf.GGMLQuantizationType) -> NDArray[np.float32]:
    return as_type(base.dequantized(tensor), kind)


def _entries(method: Method, base: GgufFile, file_type: str, note: Mapping[str, object]) -> dict[str, bytes]:
    """Return all of the base's entries, its template and tokenizer untouched, with ours.

    A model from nothing has a name of its own, and no one that it comes from.
    """
    changed: dict[str, str | int] = {
        "general.file_type": _FILE_TYPE_NUMBERS[file_type],
        NOTE_KEY: json.dumps(note, ensure_ascii=False),
    }
    if method is not Method.SCRATCH:
        changed |= {"general.name": f"{_base_name(base)} fine-tuned", **_lineage(base)}
    return base.entries | {key: encode_entry(key, value) for key, value in changed.items()}


def _lineage(base: GgufFile) -> dict[str, str | int]:
    known: dict[str, str | int] = {
        "general.base_model.count": 1,
        "general.base_model.0.name": _base_name(base),
    }
    organization = base.text("general.organization")
    return known | ({"general.base_model.0.organization": organization} if organization else {})


def _base_name(base: GgufFile) -> str:
    return base.text("general.name") or base.path.stem


def _alignment(base: GgufFile) -> int:
    return int(base.scalars.get("general.alignment", 32))
