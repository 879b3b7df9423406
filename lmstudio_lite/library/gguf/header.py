"""The values that a GGUF header is read into."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

Scalar = int | float | bool | str

EMBEDDING_TENSOR, OUTPUT_TENSOR = "token_embd.weight", "output.weight"
LAYER_EMBEDDING_TENSOR = "per_layer_token_embd.weight"
"""Gemma 3n's second table of embeddings."""


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """A tensor as the header announces it.

    ``shape`` is in the file's order, the dimension whose elements lie side by side first. ``offset`` counts
    bytes from the header's ``data_start``. ``size_bytes`` is 0 for a type that is newer than this program.
    """

    name: str
    shape: tuple[int, ...]
    type_name: str
    offset: int
    size_bytes: int
    type_number: int = 0

    @property
    def num_elements(self) -> int:
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class MetadataEntry:
    """A key with its value; of an array ``values`` are the first ones and ``length`` counts all.

    ``type_name`` is GGUF's ("uint32", "string"), of an array its items'. The whole entry lies at ``offset``
    of the file, ``size_bytes`` long.
    """

    key: str
    type_name: str
    values: tuple[Scalar, ...]
    is_array: bool = False
    length: int = 1
    offset: int = 0
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """``metadata`` holds the scalar values, ``array_lengths`` how long each array is.

    Arrays of at most 1,024 numbers are kept in ``number_arrays`` (heads per layer, rope sections), and those
    that were asked for whatever their length; of texts only these, in ``text_arrays``.
    ``named_parameters`` are the elements of the embedding and of the output matrix, where there are such, and
    ``named_bytes`` their sizes. ``expert_bytes`` are those of all experts of which a token uses a few,
    ``layer_type_bytes`` those of all but the named tensors, by their type. ``tensor_type`` is the one that
    most of the weights' bytes have; ``tensor_bytes`` is their sum and ``size_bytes`` the file's size.
    ``entries`` and ``tensors`` are there only if the whole header was asked for: every key in the file's
    order, repeated ones too, and every tensor.
    """

    version: int
    size_bytes: int
    metadata: dict[str, Scalar]
    array_lengths: dict[str, int]
    number_arrays: dict[str, tuple[float, ...]]
    num_tensors: int
    num_parameters: int
    tensor_bytes: int
    tensor_type: str
    text_arrays: dict[str, tuple[str, ...]] = field(default_factory=dict)
    named_parameters: dict[str, int] = field(default_factory=dict)
    named_bytes: dict[str, int] = field(default_factory=dict)
    expert_bytes: int = 0
    layer_type_bytes: dict[str, int] = field(default_factory=dict)
    alignment: int = 32
    data_start: int = 0
    entries: tuple[MetadataEntry, ...] = ()
    tensors: tuple[TensorInfo, ...] = ()

    @property
    def architecture(self) -> str:
        return self.text("general.architecture")

    def text(self, key: str) -> str:
        """Return the text under ``key``, "" if there is none."""
        value = self.metadata.get(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> int:
        """Return the whole number under ``key``, of an array its largest, 0 if there is none."""
        value = self.metadata.get(key)
        if isinstance(value, (int, float)) and math.isfinite(value):
            return int(value)
        return int(
            max((value for value in self.number_arrays.get(key, ()) if math.isfinite(value)), default=0)
        )
