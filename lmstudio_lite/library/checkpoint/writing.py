"""Writes a checkpoint as one GGUF file: its numbers as they are, vectors as 32 bit floats."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from lmstudio_lite.library.checkpoint.architecture import Architecture, gguf_names, read_architecture
from lmstudio_lite.library.checkpoint.shards import Checkpoint, StoredTensor
from lmstudio_lite.library.checkpoint.tokens import read_tokenizer
from lmstudio_lite.library.gguf.packing import PackedTensor, Value, write_file

FILE_TYPES = {"F32": 0, "F16": 1, "BF16": 32}
_TYPE_NUMBERS = {"F32": 0, "F16": 1, "BF16": 30}


class CheckpointPlan:
    """All that will be written; whatever is not known is refused when it is made."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        """Raises ``ConversionError``, as ``architecture`` and ``tokens`` do."""
        architecture = read_architecture(checkpoint)
        names = gguf_names(checkpoint)
        _check_vocabulary(checkpoint, architecture)
        kinds = [tensor.kind for tensor in checkpoint.tensors.values() if len(tensor.shape) > 1]
        self.file_type = max(set(kinds), key=kinds.count)
        self.entries: dict[str, Value] = {
            **architecture.entries,
            "general.file_type": FILE_TYPES[self.file_type],
            **read_tokenizer(checkpoint),
        }
        self._tensors = [
            _packed(checkpoint.tensors[name], gguf_name, architecture) for name, gguf_name in names.items()
        ]
        factors = architecture.rotation_factors
        if factors is not None:
            content = partial(bytes, factors.astype("<f4").tobytes())
            self._tensors.append(PackedTensor("rope_freqs.weight", factors.shape, 0, factors.nbytes, content))

    @property
    def size_bytes(self) -> int:
        """About how large the file becomes: its tensors."""
        return sum(tensor.num_bytes for tensor in self._tensors)

    def write(self, file: BinaryIO, report: Callable[[float], None]) -> None:
        """Write the file; ``report`` is told how much is done, 0 to 1, and may raise to stop."""
        total, done = max(1, self.size_bytes), 0
        told: list[PackedTensor] = []
        for tensor in self._tensors:
            told.append(_telling(tensor, partial(report, done / total)))
            done += tensor.num_bytes
        write_file(file, self.entries, told)
        report(1.0)


def _telling(tensor: PackedTensor, tell: Callable[[], None]) -> PackedTensor:
    """Return the tensor with a word before it is read."""

    def content() -> bytes:
        tell()
        return tensor.content()

    return PackedTensor(tensor.name, tensor.shape, tensor.type_number, tensor.num_bytes, content)


def _packed(stored: StoredTensor, gguf_name: str, architecture: Architecture) -> PackedTensor:
    order = architecture.order_of(gguf_name)
    if len(stored.shape) > 1:
        return PackedTensor(
            *(gguf_name, stored.shape, _TYPE_NUMBERS[stored.kind], stored.num_bytes),
            content=lambda: order(stored.read()).tobytes(),
        )
    num_bytes = 4 * (stored.shape[0] if stored.shape else 1)
    return PackedTensor(
        *(gguf_name, stored.shape, 0, num_bytes), content=lambda: order(_floats(stored)).tobytes()
    )


def _floats(stored: StoredTensor) -> NDArray[Any]:
    """Return a tensor as 32 bit floats: those of 16 bits ("BF16") are their upper half."""
    values = stored.read()
    if stored.kind == "BF16":
        return (values.astype("<u4") << 16).view("<f4")
    return values.astype("<f4")


def _check_vocabulary(checkpoint: Checkpoint, architecture: Architecture) -> None:
    embedding = checkpoint.tensors["model.embed_tokens.weight"]
    expected = (checkpoint.config["vocab_size"], checkpoint.config["hidden_size"])
    if embedding.shape != expected or architecture.num_heads % architecture.num_kv_heads:
        raise checkpoint.refuse("checkpoint_damaged", part="config.json")
    for name, tensor in checkpoint.tensors.items():
        if not tensor.shape or np.prod(tensor.shape) == 0 or len(tensor.shape) > 2:
            raise checkpoint.refuse("checkpoint_damaged", part=name)
