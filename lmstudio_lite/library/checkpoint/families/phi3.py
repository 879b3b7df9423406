"""Phi-3 and Phi-4: queries, keys and values in one matrix, two tables of waves for long texts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmstudio_lite.library.checkpoint.architecture import (
    Architecture,
    ExpectedTensor,
    Sizes,
    is_tied,
    layer_tensors,
    outer_tensors,
)
from lmstudio_lite.library.checkpoint.numbers import Numbers, base_of, kind_of, rotation_of
from lmstudio_lite.library.checkpoint.shards import Checkpoint
from lmstudio_lite.library.gguf.packing import Value

NAMES = {"Phi3ForCausalLM": "phi3"}


def read_phi3(checkpoint: Checkpoint, family: str) -> Architecture:
    """Return what the configuration says.

    Raises:
        ConversionError: "unknown_checkpoint", with what is not known as ``part``; "checkpoint_damaged".
    """
    name, config, numbers = NAMES[family], checkpoint.config, Numbers(checkpoint)
    for key, is_there in (
        ("quantization_config", bool(config.get("quantization_config"))),
        ("hidden_act", config.get("hidden_act", "silu") != "silu"),
    ):
        if is_there:
            raise checkpoint.refuse("unknown_checkpoint", key)
    sizes = Sizes.of(checkpoint, numbers, kv_heads=numbers.whole("num_attention_heads"))
    if sizes.q_rows != sizes.width:
        raise checkpoint.refuse("checkpoint_damaged", "config.json")
    rope, tied = rotation_of(checkpoint), is_tied(checkpoint)
    turned = _num_turned(checkpoint, rope, sizes)
    rotation, factors = _rotation(checkpoint, numbers, rope, turned)
    context = numbers.whole("max_position_embeddings")
    if config.get("sliding_window") is not None:
        # llama.cpp lets every token see all: as far as the window it is the same.
        context = min(context, numbers.whole("sliding_window"))
    entries: dict[str, Value] = {
        **sizes.entries(checkpoint, numbers, name),
        f"{name}.context_length": context,
        f"{name}.rope.dimension_count": turned,
        f"{name}.attention.sliding_window": 0,
        **rotation,
    }
    return Architecture(
        entries=entries,
        vocabulary_size=sizes.vocabulary,
        tensors=(*outer_tensors(sizes, tied=tied), *_layers(sizes)),
        is_tied=tied,
        computed=factors,
    )


def _num_turned(checkpoint: Checkpoint, rope: Mapping[str, Any], sizes: Sizes) -> int:
    """Return how many numbers of a head are rotated."""
    share = rope.get("partial_rotary_factor") or checkpoint.config.get("partial_rotary_factor") or 1.0
    if not isinstance(share, int | float) or not 0 < share <= 1:
        raise checkpoint.refuse("checkpoint_damaged", "partial_rotary_factor")
    turned = int(share * sizes.head_length)
    if turned < 2 or turned % 2:
        raise checkpoint.refuse("checkpoint_damaged", "partial_rotary_factor")
    return turned


def _rotation(
    checkpoint: Checkpoint, numbers: Numbers, rope: Mapping[str, Any], turned: int
) -> tuple[dict[str, Value], dict[str, NDArray[np.float32]]]:
    entries: dict[str, Value] = {"phi3.rope.freq_base": base_of(checkpoint, numbers, rope, 10_000.0)}
    kind = kind_of(rope)
    if kind == "default":
        return entries, {}
    if kind not in ("longrope", "su"):
        raise checkpoint.refuse("unknown_checkpoint", f"rope_type {kind}")
    said = "original_max_position_embeddings"
    trained = numbers.real(rope if rope.get(said) is not None else checkpoint.config, said)
    scale = numbers.whole("max_position_embeddings") / trained
    entries["phi3.rope.scaling.original_context_length"] = round(trained)
    entries["phi3.rope.scaling.attn_factor"] = (
        math.sqrt(1 + math.log(scale) / math.log(trained)) if scale > 1 else 1.0
    )
    return entries, {
        "rope_factors_long.weight": numbers.reals(rope, "long_factor", turned // 2),
        "rope_factors_short.weight": numbers.reals(rope, "short_factor", turned // 2),
    }


def _layers(sizes: Sizes) -> Iterator[ExpectedTensor]:
    shapes: dict[str, tuple[str, tuple[int, ...]]] = {
        "input_layernorm.weight": ("attn_norm.weight", (sizes.width,)),
        "post_attention_layernorm.weight": ("ffn_norm.weight", (sizes.width,)),
        "self_attn.qkv_proj.weight": ("attn_qkv.weight", (sizes.q_rows + 2 * sizes.kv_rows, sizes.width)),
        "self_attn.o_proj.weight": ("attn_output.weight", (sizes.width, sizes.q_rows)),
        "mlp.gate_up_proj.weight": ("ffn_up.weight", (2 * sizes.inner_width, sizes.width)),
        "mlp.down_proj.weight": ("ffn_down.weight", (sizes.width, sizes.inner_width)),
    }
    for layer in range(sizes.num_layers):
        yield from layer_tensors(layer, shapes)
