"""Finds the tensors that an architecture must have in a checkpoint, and puts their numbers as GGUF has them.

A checkpoint has exactly these tensors: one that llama.cpp would not read is a part of a model that is not
known here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmstudio_lite.library.checkpoint.architecture import HEAD, Architecture, ExpectedTensor
from lmstudio_lite.library.checkpoint.shards import BYTES, Checkpoint, StoredTensor

_COMPUTED = re.compile(r"rotary_emb\.inv_freq$|masked_bias$|^(?:transformer\.)?h\.\d+\.attn\.bias$")
"""What older checkpoints hold although it follows from the configuration."""


@dataclass(frozen=True, slots=True)
class PlacedTensor:
    """A tensor of the file and the stored ones that it is made of, several where experts are stacked."""

    expected: ExpectedTensor
    stored: tuple[StoredTensor, ...]

    @property
    def is_float(self) -> bool:
        """Whether it is kept as 32 bit floats: vectors are."""
        return self.expected.is_float or len(self.expected.gguf_shape) == 1

    @property
    def kind(self) -> str:
        return self.stored[0].kind

    def ordered(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the numbers of one stored tensor with rows as in GGUF.

        Hugging Face's llama rotates the first half of a head against the second, llama.cpp's neighbours
        (``LLAMA_ROPE_TYPE_NORM``): row i of the first half becomes row 2i, that of the second 2i + 1.
        """
        if self.expected.arranged is not None:
            return np.ascontiguousarray(self.expected.arranged(values))
        if self.expected.is_transposed:
            return np.ascontiguousarray(values.T)
        num_heads = self.expected.num_heads
        if not num_heads:
            return values
        halves = values.reshape(num_heads, 2, -1, *values.shape[1:])
        return np.ascontiguousarray(halves.swapaxes(1, 2)).reshape(values.shape)


def place_tensors(checkpoint: Checkpoint, architecture: Architecture) -> list[PlacedTensor]:
    """Return all tensors, in the architecture's order.

    Raises:
        ConversionError: one is missing ("part_missing"), has another shape than the configuration says, or
            another kind of numbers than those it is stacked with ("checkpoint_damaged"), or is not known
            ("unknown_checkpoint").
    """
    placed: list[PlacedTensor] = []
    wanted = {HEAD, *architecture.unused} if architecture.is_tied else set(architecture.unused)
    for expected in architecture.tensors:
        stored: list[StoredTensor] = []
        for name in expected.names:
            found = checkpoint.tensors.get(name)
            if found is None:
                raise checkpoint.refuse("part_missing", name)
            if (found.kind == BYTES) is not expected.is_mxfp4:
                raise checkpoint.refuse("unknown_numbers", found.kind)
            shape = expected.shape[:-1] if expected.is_mxfp4 and stored else expected.shape
            if found.shape != shape or (stored and found.kind != stored[0].kind):
                raise checkpoint.refuse("checkpoint_damaged", name)
            stored.append(found)
        wanted.update(expected.names)
        placed.append(PlacedTensor(expected, tuple(stored)))
    for name in checkpoint.tensors:
        if name not in wanted and not _COMPUTED.search(name):
            raise checkpoint.refuse("unknown_checkpoint", name)
    return placed
