"""Which tensors a checkpoint must have, how they are called in GGUF, and how their rows lie there.

Names as in llama.cpp's ``llama-arch.cpp``. A checkpoint has exactly these tensors: one that llama.cpp would
not read is a part of a model that is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmstudio_lite.library.checkpoint.architecture import Architecture
from lmstudio_lite.library.checkpoint.shards import Checkpoint, StoredTensor

_HEAD = "lm_head.weight"
_NORMS = {"input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm"}
_HEAD_NORMS = {"self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm"}
_MATRICES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_COMPUTED = re.compile(r"rotary_emb\.inv_freq$|masked_bias$")
"""What older checkpoints hold although it follows from the configuration."""


@dataclass(frozen=True, slots=True)
class PlacedTensor:
    """A tensor and its name in GGUF; rows of ``num_heads`` heads are interleaved there, 0: none."""

    gguf_name: str
    stored: StoredTensor
    num_heads: int

    def ordered(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return ``values`` with rows as in GGUF.

        Hugging Face's llama rotates the first half of a head against the second, llama.cpp's neighbours
        (``LLAMA_ROPE_TYPE_NORM``): row i of the first half becomes row 2i, that of the second 2i + 1.
        """
        if not self.num_heads:
            return values
        halves = values.reshape(self.num_heads, 2, -1, *values.shape[1:])
        return np.ascontiguousarray(halves.swapaxes(1, 2)).reshape(values.shape)


def place_tensors(checkpoint: Checkpoint, architecture: Architecture) -> list[PlacedTensor]:
    """Return all tensors, in the order of the layers.

    Raises:
        ConversionError: one is missing ("part_missing"), has another shape than the configuration says
            ("checkpoint_damaged") or is not known ("unknown_checkpoint").
    """
    placed: list[PlacedTensor] = []
    wanted: set[str] = set()
    for name, gguf_name, shape in _expected(architecture):
        stored = checkpoint.tensors.get(name)
        if stored is None:
            raise checkpoint.refuse("part_missing", name)
        if stored.shape != shape:
            raise checkpoint.refuse("checkpoint_damaged", name)
        wanted.add(name)
        placed.append(PlacedTensor(gguf_name, stored, _num_heads(gguf_name, architecture)))
    if architecture.is_tied:
        wanted.add(_HEAD)
    for name in checkpoint.tensors:
        if name not in wanted and not _COMPUTED.search(name):
            raise checkpoint.refuse("unknown_checkpoint", name)
    return placed


def _expected(of: Architecture) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Yield each tensor's name, its name in GGUF and its shape, outputs first."""
    yield "model.embed_tokens.weight", "token_embd.weight", (of.vocabulary_size, of.width)
    for layer in range(of.num_layers):
        here, there = f"model.layers.{layer}.", f"blk.{layer}."
        for name, gguf_name in _NORMS.items():
            yield f"{here}{name}.weight", f"{there}{gguf_name}.weight", (of.width,)
        for name, gguf_name in _HEAD_NORMS.items() if of.name == "qwen3" else ():
            yield f"{here}{name}.weight", f"{there}{gguf_name}.weight", (of.head_length,)
        for name, gguf_name in _MATRICES.items():
            outputs, inputs = _shape(gguf_name, of)
            yield f"{here}{name}.weight", f"{there}{gguf_name}.weight", (outputs, inputs)
            if name in of.biases:
                yield f"{here}{name}.bias", f"{there}{gguf_name}.bias", (outputs,)
    yield "model.norm.weight", "output_norm.weight", (of.width,)
    if not of.is_tied:
        yield _HEAD, "output.weight", (of.vocabulary_size, of.width)


def _shape(gguf_name: str, of: Architecture) -> tuple[int, int]:
    match gguf_name:
        case "attn_q":
            return of.num_heads * of.head_length, of.width
        case "attn_k" | "attn_v":
            return of.num_kv_heads * of.head_length, of.width
        case "attn_output":
            return of.width, of.num_heads * of.head_length
        case "ffn_down":
            return of.width, of.inner_width
        case _:
            return of.inner_width, of.width


def _num_heads(gguf_name: str, of: Architecture) -> int:
    if not of.is_interleaved:
        return 0
    return {"attn_q": of.num_heads, "attn_k": of.num_kv_heads}.get(gguf_name.split(".")[-2], 0)
