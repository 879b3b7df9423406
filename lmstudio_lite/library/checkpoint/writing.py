"""Writes a checkpoint as one GGUF file: its matrices as they are, vectors as 32 bit floats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from math import prod
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from lmstudio_lite.library.checkpoint.layout import PlacedTensor, place_tensors
from lmstudio_lite.library.checkpoint.reading import read_architecture
from lmstudio_lite.library.checkpoint.shards import BYTES, Checkpoint, StoredTensor
from lmstudio_lite.library.checkpoint.text_part import text_part
from lmstudio_lite.library.checkpoint.tokens import read_tokenizer
from lmstudio_lite.library.gguf.packing import PackedTensor, Value, write_header, write_tensors

_MXFP4 = "MXFP4"
_FILE_TYPE_NUMBERS = {"F32": 0, "F16": 1, "BF16": 32, _MXFP4: 38}
"""``llama_ftype``, and for one tensor ``ggml_type``."""
_TYPE_NUMBERS = {"F32": 0, "F16": 1, "BF16": 30, BYTES: 39}
_BLOCK_NUMBERS, _BLOCK_BYTES = 32, 17
"""Of MXFP4."""


class CheckpointPlan:
    """All that will be written; whatever is not known is refused when it is made."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        """Raises ``ConversionError``, as ``architecture``, ``layout`` and ``tokens`` do."""
        checkpoint = text_part(checkpoint)
        self.is_text_only = checkpoint.is_text_only
        """Whether a part for pictures and sound is left out."""
        architecture = read_architecture(checkpoint)
        placed = place_tensors(checkpoint, architecture)
        kinds = Counter(tensor.kind for tensor in placed if not tensor.is_float)
        self.file_type = _MXFP4 if BYTES in kinds else kinds.most_common(1)[0][0]
        """What the numbers are kept as, a name of ``ALL_FILE_TYPES``."""
        self._entries: dict[str, Value] = {
            **architecture.entries,
            "general.file_type": _FILE_TYPE_NUMBERS[self.file_type],
            **read_tokenizer(
                checkpoint, architecture.vocabulary_size, str(architecture.entries["general.architecture"])
            ),
        }
        self._tensors = [_packed(tensor) for tensor in placed]
        for name, factors in architecture.computed.items():
            content = partial(_bytes_of, factors.astype("<f4"))
            self._tensors.append(PackedTensor(name, factors.shape, 0, factors.nbytes, content))

    @property
    def size_bytes(self) -> int:
        """About how large the file becomes: its tensors."""
        return sum(tensor.num_bytes for tensor in self._tensors)

    def outline(self, file: BinaryIO) -> None:
        """Write a file of the right length without its numbers, from which llama.cpp can foretell others."""
        write_header(file, self._entries, self._tensors)
        file.truncate(file.tell() + sum(tensor.padded_bytes for tensor in self._tensors))

    def write(self, file: BinaryIO, report: Callable[[float], None]) -> None:
        """Write the file; ``report`` is told how much is done, 0 to 1, and may raise to stop.

        Raises:
            ConversionError: "checkpoint_damaged", a file has changed since it was opened.
            OSError: the file can't be written.
        """
        total, done = max(1, self.size_bytes), 0
        write_header(file, self._entries, self._tensors)
        report(0.0)
        for num_bytes in write_tensors(file, self._tensors):
            done += num_bytes
            report(min(1.0, done / total))


def _packed(tensor: PlacedTensor) -> PackedTensor:
    shape = tensor.expected.gguf_shape
    if tensor.is_float:
        return PackedTensor(tensor.expected.gguf_name, shape, 0, 4 * prod(shape), lambda: _vector(tensor))
    return PackedTensor(
        *(tensor.expected.gguf_name, shape, _TYPE_NUMBERS[tensor.kind]),
        num_bytes=(
            prod(shape) // _BLOCK_NUMBERS * _BLOCK_BYTES
            if tensor.expected.is_mxfp4
            else tensor.stored[0].item_bytes * prod(shape)
        ),
        content=lambda: _matrices(tensor),
    )


def _vector(tensor: PlacedTensor) -> memoryview:
    values = tensor.ordered(_floats(tensor.stored[0]))
    return _bytes_of(values + np.float32(1) if tensor.expected.adds_one else values)


def _matrices(tensor: PlacedTensor) -> bytes | memoryview:
    if tensor.expected.is_mxfp4:
        assert tensor.expected.arranged is not None
        return _bytes_of(tensor.expected.arranged(*(stored.read() for stored in tensor.stored)))
    if len(tensor.stored) == 1:
        return _bytes_of(tensor.ordered(tensor.stored[0].read()))
    return b"".join(_bytes_of(tensor.ordered(stored.read())) for stored in tensor.stored)


def _floats(stored: StoredTensor) -> NDArray[Any]:
    """Return a tensor as 32 bit floats: those of 16 bits ("BF16") are their upper half."""
    values = stored.read()
    if stored.kind == "BF16":
        return (values.astype("<u4") << 16).view("<f4")
    return values.astype("<f4")


def _bytes_of(values: NDArray[Any]) -> memoryview:
    return np.ascontiguousarray(values).data.cast("B")
