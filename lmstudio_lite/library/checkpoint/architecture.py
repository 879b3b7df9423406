"""What a checkpoint is in GGUF's words: its entries, and every tensor that it must have.

Each family of models has a module of its own (``families``). Keys and names as in llama.cpp's
``llama-arch.cpp``. What would compute otherwise than llama.cpp does (another kind of rotation, weights that
are quantized) is refused rather than guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmstudio_lite.library.checkpoint.numbers import LAYERS_MAX, Numbers
from lmstudio_lite.library.checkpoint.shards import Checkpoint
from lmstudio_lite.library.gguf.packing import Value

EMBEDDING, HEAD = "model.embed_tokens.weight", "lm_head.weight"


@dataclass(frozen=True, slots=True)
class ExpectedTensor:
    """A tensor of the file and where its numbers come from.

    ``names`` are the checkpoint's, several where experts are stacked, each of ``shape``. Rows of
    ``num_heads`` heads are interleaved in GGUF, 0: none. ``adds_one``: the model's code adds 1, llama.cpp
    does not. ``is_flat``: one row that is a vector in GGUF; ``is_transposed``: rows are columns there.
    ``arranged`` makes of the stored numbers those of the file, whose shape is ``gguf`` then; where it does
    more than move them, they are ``is_float``: 32 bit floats whatever the others are. With ``is_mxfp4`` the
    two stored ones are blocks of 4 bit numbers and their exponents, which have one axis less.
    """

    gguf_name: str
    names: tuple[str, ...]
    shape: tuple[int, ...]
    num_heads: int = 0
    adds_one: bool = False
    is_flat: bool = False
    is_transposed: bool = False
    arranged: Callable[..., NDArray[Any]] | None = None
    gguf: tuple[int, ...] = ()
    is_float: bool = False
    is_mxfp4: bool = False

    @property
    def gguf_shape(self) -> tuple[int, ...]:
        """Return the shape in the file, outermost first."""
        if self.gguf:
            return self.gguf
        if self.is_flat:
            return self.shape[-1:]
        if self.is_transposed:
            return self.shape[::-1]
        return self.shape if len(self.names) == 1 else (len(self.names), *self.shape)


@dataclass(frozen=True, slots=True)
class Architecture:
    """``tensors`` are in the order of the layers; ``computed`` follow from the configuration, by name.

    ``unused`` are tensors that may be there although the model's own code reads none of them.
    """

    entries: dict[str, Value]
    vocabulary_size: int
    tensors: tuple[ExpectedTensor, ...]
    is_tied: bool
    computed: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    unused: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sizes:
    """The numbers that all families have."""

    vocabulary: int
    width: int
    inner_width: int
    num_layers: int
    num_heads: int
    num_kv_heads: int
    head_length: int

    @classmethod
    def of(
        cls,
        checkpoint: Checkpoint,
        numbers: Numbers,
        *,
        head_length: int = 0,
        kv_heads: int = 0,
        inner_width: int = 0,
    ) -> Sizes:
        """Read them; where nothing is said, ``head_length``, ``kv_heads`` and ``inner_width`` hold.

        ``head_length`` 0 divides the width by the heads; without ``kv_heads`` their number must be said.

        Raises:
            ConversionError: "checkpoint_damaged".
        """
        width, heads = numbers.whole("hidden_size"), numbers.whole("num_attention_heads")
        sizes = cls(
            vocabulary=numbers.whole("vocab_size"),
            width=width,
            inner_width=numbers.whole("intermediate_size", inner_width),
            num_layers=numbers.whole("num_hidden_layers", at_most=LAYERS_MAX),
            num_heads=heads,
            num_kv_heads=numbers.whole("num_key_value_heads", kv_heads),
            head_length=numbers.whole("head_dim", head_length or width // heads),
        )
        if heads % sizes.num_kv_heads or sizes.head_length % 2:
            raise checkpoint.refuse("checkpoint_damaged", "config.json")
        return sizes

    def entries(self, checkpoint: Checkpoint, numbers: Numbers, name: str) -> dict[str, Value]:
        """Return the entries that follow from them, and from what is named alike everywhere."""
        return {
            "general.architecture": name,
            "general.type": "model",
            "general.name": checkpoint.name,
            f"{name}.block_count": self.num_layers,
            f"{name}.embedding_length": self.width,
            f"{name}.feed_forward_length": self.inner_width,
            f"{name}.attention.head_count": self.num_heads,
            f"{name}.attention.head_count_kv": self.num_kv_heads,
            f"{name}.attention.layer_norm_rms_epsilon": numbers.real(checkpoint.config, "rms_norm_eps", 1e-6),
            f"{name}.attention.key_length": self.head_length,
            f"{name}.attention.value_length": self.head_length,
            f"{name}.rope.dimension_count": self.head_length,
            f"{name}.vocab_size": self.vocabulary,
        }

    @property
    def q_rows(self) -> int:
        return self.num_heads * self.head_length

    @property
    def kv_rows(self) -> int:
        return self.num_kv_heads * self.head_length


def is_tied(checkpoint: Checkpoint) -> bool:
    """Whether the output is the embedding: also where nothing is said and there is no output."""
    said = checkpoint.config.get("tie_word_embeddings")
    return said if isinstance(said, bool) else HEAD not in checkpoint.tensors


def outer_tensors(sizes: Sizes, *, tied: bool, adds_one: bool = False) -> Iterator[ExpectedTensor]:
    """Yield what stands around the layers."""
    yield ExpectedTensor("token_embd.weight", (EMBEDDING,), (sizes.vocabulary, sizes.width))
    yield ExpectedTensor("output_norm.weight", ("model.norm.weight",), (sizes.width,), adds_one=adds_one)
    if not tied:
        yield ExpectedTensor("output.weight", (HEAD,), (sizes.vocabulary, sizes.width))


def layer_tensors(
    layer: int, shapes: Mapping[str, tuple[str, tuple[int, ...]]], *, adds_one: bool = False
) -> Iterator[ExpectedTensor]:
    """Yield tensors of a layer: from each name there ("mlp.up_proj.weight") to GGUF's ("ffn_up.weight")."""
    for name, (gguf_name, shape) in shapes.items():
        yield ExpectedTensor(
            f"blk.{layer}.{gguf_name}", (f"model.layers.{layer}.{name}",), shape, adds_one=adds_one
        )
