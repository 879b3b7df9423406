"""gpt-oss: windows in every second layer, sinks, and experts whose gate and up lie row by row in turn.

Its experts come as MXFP4 (blocks of 32 numbers of 4 bits with one exponent), which GGUF has too: the numbers
stay as they are. Where a configuration says that the rotation's bounds are not rounded (``truncate``),
llama.cpp rounds them all the same, as in every GGUF of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
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
from lmstudio_lite.library.checkpoint.numbers import EXPERTS_MAX, Numbers, base_of, kind_of, rotation_of
from lmstudio_lite.library.checkpoint.shards import Checkpoint
from lmstudio_lite.library.gguf.packing import Value

NAMES = {"GptOssForCausalLM": "gpt-oss"}
_HEAD_LENGTH = 64
_BLOCK = 32
"""How many numbers of MXFP4 share an exponent; they take half as many bytes."""
_BETAS = {"beta_fast": 32.0, "beta_slow": 1.0}
_SWIGLU = {"swiglu_alpha": 1.702, "swiglu_limit": 7.0}
"""llama.cpp has these in its code."""


def read_gpt_oss(checkpoint: Checkpoint, family: str) -> Architecture:
    """Return what the configuration says.

    Raises:
        ConversionError: "unknown_checkpoint", with what is not known as ``part``; "checkpoint_damaged".
    """
    name, config, numbers, rope = (
        NAMES[family],
        checkpoint.config,
        Numbers(checkpoint),
        rotation_of(checkpoint),
    )
    sizes = Sizes.of(
        checkpoint, numbers, head_length=_HEAD_LENGTH, kv_heads=numbers.whole("num_attention_heads")
    )
    _refuse_unknown(checkpoint, sizes.num_layers)
    count = "num_local_experts" if config.get("num_local_experts") is not None else "num_experts"
    num_experts = numbers.whole(count, at_most=EXPERTS_MAX)
    used = "num_experts_per_tok" if config.get("num_experts_per_tok") is not None else "experts_per_token"
    entries: dict[str, Value] = {
        **sizes.entries(checkpoint, numbers, name),
        f"{name}.context_length": numbers.whole("max_position_embeddings"),
        f"{name}.attention.sliding_window": numbers.whole("sliding_window"),
        f"{name}.expert_count": num_experts,
        f"{name}.expert_used_count": numbers.whole(used, at_most=num_experts),
        f"{name}.expert_feed_forward_length": sizes.inner_width,
        f"{name}.rope.freq_base": base_of(checkpoint, numbers, rope, 150_000.0),
    }
    if kind_of(rope) == "yarn":
        length = numbers.real(rope, "original_max_position_embeddings")
        entries[f"{name}.rope.scaling.type"] = "yarn"
        entries[f"{name}.rope.scaling.factor"] = numbers.real(rope, "factor")
        entries[f"{name}.rope.scaling.original_context_length"] = round(length)
    tensors = [*outer_tensors(sizes, tied=False)]
    for layer in range(sizes.num_layers):
        tensors += _attention(layer, sizes)
        tensors += _experts(checkpoint, layer, sizes, num_experts)
    return Architecture(entries, sizes.vocabulary, tuple(tensors), is_tied=False)


def _refuse_unknown(checkpoint: Checkpoint, num_layers: int) -> None:
    config, rope = checkpoint.config, rotation_of(checkpoint)
    quantization = config.get("quantization_config")
    method = quantization.get("quant_method") if isinstance(quantization, dict) else quantization
    kinds = config.get("layer_types")
    usual = ["full_attention" if number % 2 else "sliding_attention" for number in range(num_layers)]
    checkpoint.refuse_unknown(
        {
            f"quantization_config {method}": bool(quantization) and method != "mxfp4",
            "layer_types": kinds is not None and kinds != usual,
            "hidden_act": config.get("hidden_act", "silu") != "silu",
            "attention_bias": config.get("attention_bias") is False,
            "tie_word_embeddings": is_tied(checkpoint),
            f"rope_type {kind_of(rope)}": kind_of(rope) not in ("default", "yarn"),
            "attention_factor": rope.get("attention_factor") is not None,
            **{key: rope.get(key, usually) != usually for key, usually in _BETAS.items()},
            **{key: config.get(key, usually) != usually for key, usually in _SWIGLU.items()},
        }
    )


def _attention(layer: int, sizes: Sizes) -> Iterator[ExpectedTensor]:
    width = sizes.width
    rows = {"q": sizes.q_rows, "k": sizes.kv_rows, "v": sizes.kv_rows}
    shapes: dict[str, tuple[str, tuple[int, ...]]] = {
        "input_layernorm.weight": ("attn_norm.weight", (width,)),
        "post_attention_layernorm.weight": ("post_attention_norm.weight", (width,)),
        "self_attn.sinks": ("attn_sinks.weight", (sizes.num_heads,)),
        "self_attn.o_proj.weight": ("attn_output.weight", (width, sizes.q_rows)),
        "self_attn.o_proj.bias": ("attn_output.bias", (width,)),
    }
    for part, num_rows in rows.items():
        shapes[f"self_attn.{part}_proj.weight"] = (f"attn_{part}.weight", (num_rows, width))
        shapes[f"self_attn.{part}_proj.bias"] = (f"attn_{part}.bias", (num_rows,))
    yield from layer_tensors(layer, shapes)


def _experts(checkpoint: Checkpoint, layer: int, sizes: Sizes, num_experts: int) -> Iterator[ExpectedTensor]:
    width, inner, count = sizes.width, sizes.inner_width, num_experts
    here, there = f"model.layers.{layer}.mlp", f"blk.{layer}"
    for end, shape in (("weight", (count, width)), ("bias", (count,))):
        yield ExpectedTensor(f"{there}.ffn_gate_inp.{end}", (f"{here}.router.{end}",), shape)
    is_packed = f"{here}.experts.down_proj_blocks" in checkpoint.tensors
    for part, stored, first in (
        ("gate", "gate_up_proj", 0),
        ("up", "gate_up_proj", 1),
        ("down", "down_proj", None),
    ):
        rows, columns = (width, inner) if first is None else (inner, width)
        num_stored = rows if first is None else 2 * rows
        every = partial(_every, first=first)
        yield ExpectedTensor(
            *(f"{there}.ffn_{part}_exps.bias", (f"{here}.experts.{stored}_bias",), (count, num_stored)),
            arranged=every,
            gguf=(count, rows),
            is_float=True,
        )
        gguf_name, gguf_shape = f"{there}.ffn_{part}_exps.weight", (count, rows, columns)
        if is_packed:
            if columns % _BLOCK:
                raise checkpoint.refuse("checkpoint_damaged", "config.json")
            yield ExpectedTensor(
                *(gguf_name, (f"{here}.experts.{stored}_blocks", f"{here}.experts.{stored}_scales")),
                shape=(count, num_stored, columns // _BLOCK, _BLOCK // 2),
                arranged=partial(_packed, first=first),
                gguf=gguf_shape,
                is_mxfp4=True,
            )
        else:
            yield ExpectedTensor(
                *(gguf_name, (f"{here}.experts.{stored}",), (count, columns, num_stored)),
                arranged=partial(_turned, first=first),
                gguf=gguf_shape,
            )


def _every(values: NDArray[Any], *, first: int | None) -> NDArray[Any]:
    """Return every second row from ``first`` on, None: all."""
    return values if first is None else values[:, first::2]


def _turned(values: NDArray[Any], *, first: int | None) -> NDArray[Any]:
    return _every(values.swapaxes(1, 2), first=first)


def _packed(blocks: NDArray[Any], scales: NDArray[Any], *, first: int | None) -> NDArray[Any]:
    """Return blocks as GGUF has them: the exponent, then in each byte numbers that are 16 apart, not one."""
    blocks, scales = _every(blocks, first=first), _every(scales, first=first)
    numbers = np.stack((blocks & 0x0F, blocks >> 4), axis=-1).reshape(*blocks.shape[:-1], _BLOCK)
    low, high = numbers[..., : _BLOCK // 2], numbers[..., _BLOCK // 2 :]
    return np.concatenate((scales[..., None], low | high << 4), axis=-1)
