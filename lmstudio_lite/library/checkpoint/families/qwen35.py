"""Qwen 3.5, as far as it reads text: linear attention with a state in most layers, dense or of experts.

Several values go with one key. Hugging Face has them by key, llama.cpp by turns: the first of each key, then
the second.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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
from lmstudio_lite.library.checkpoint.families.mamba import decay
from lmstudio_lite.library.checkpoint.numbers import EXPERTS_MAX, Numbers, base_of, kind_of, rotation_of
from lmstudio_lite.library.checkpoint.shards import Checkpoint
from lmstudio_lite.library.gguf.packing import Value

NAMES = {"Qwen3_5ForCausalLM": "qwen35", "Qwen3_5MoeForCausalLM": "qwen35moe"}
_HEAD_LENGTH, _TURNED, _INTERVAL = 256, 0.25, 4
_SECTIONS = [11, 11, 10]
_EXPERTS = "qwen35moe"
_Shapes = dict[str, tuple[str, tuple[int, ...]]]


@dataclass(frozen=True, slots=True)
class _State:
    """The linear attention's sizes."""

    num_keys: int
    num_values: int
    key_length: int
    value_length: int
    kernel: int

    @property
    def key_rows(self) -> int:
        return self.num_keys * self.key_length

    @property
    def value_rows(self) -> int:
        return self.num_values * self.value_length

    def by_turns(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return rows that belong to values, in llama.cpp's order of these."""
        heads = values.reshape(self.num_keys, self.num_values // self.num_keys, -1, *values.shape[1:])
        return heads.swapaxes(0, 1).reshape(values.shape)

    def behind_keys(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return rows of queries, keys and values likewise."""
        start = 2 * self.key_rows
        return np.concatenate((values[:start], self.by_turns(values[start:])))


def read_qwen35(checkpoint: Checkpoint, family: str) -> Architecture:
    """Return what the configuration says.

    Raises:
        ConversionError: "unknown_checkpoint", with what is not known as ``part``; "checkpoint_damaged".
    """
    name, numbers, tied = NAMES[family], Numbers(checkpoint), is_tied(checkpoint)
    _refuse_unknown(checkpoint)
    inner = numbers.whole("moe_intermediate_size") if name == _EXPERTS else numbers.whole("intermediate_size")
    sizes = Sizes.of(checkpoint, numbers, head_length=_HEAD_LENGTH, inner_width=inner)
    state = _State(
        num_keys=numbers.whole("linear_num_key_heads", 16),
        num_values=numbers.whole("linear_num_value_heads", 32),
        key_length=numbers.whole("linear_key_head_dim", 128),
        value_length=numbers.whole("linear_value_head_dim", 128),
        kernel=numbers.whole("linear_conv_kernel_dim", 4),
    )
    if state.num_values % state.num_keys or state.key_length != state.value_length:
        raise checkpoint.refuse("unknown_checkpoint", "linear_num_value_heads")
    interval = _interval(checkpoint, sizes.num_layers)
    entries: dict[str, Value] = {
        **sizes.entries(checkpoint, numbers, name),
        f"{name}.context_length": numbers.whole("max_position_embeddings"),
        f"{name}.full_attention_interval": interval,
        f"{name}.ssm.conv_kernel": state.kernel,
        f"{name}.ssm.state_size": state.key_length,
        f"{name}.ssm.group_count": state.num_keys,
        f"{name}.ssm.time_step_rank": state.num_values,
        f"{name}.ssm.inner_size": state.value_rows,
        **_rotation(checkpoint, numbers, sizes, name),
    }
    tensors = [*outer_tensors(sizes, tied=tied, adds_one=True)]
    experts = _Experts(checkpoint, numbers, inner) if name == _EXPERTS else None
    for layer in range(sizes.num_layers):
        tensors += layer_tensors(layer, _norms(sizes), adds_one=True)
        does_attend = (layer + 1) % interval == 0
        tensors += _attention(layer, sizes) if does_attend else _linear(layer, sizes, state)
        if experts is None:
            tensors += layer_tensors(layer, _dense("mlp", "ffn_{0}", inner, sizes.width))
        else:
            tensors += experts.of_layer(layer, sizes.width)
    if experts is not None:
        entries |= experts.entries
    return Architecture(entries, sizes.vocabulary, tuple(tensors), is_tied=tied)


def _refuse_unknown(checkpoint: Checkpoint) -> None:
    config, rope = checkpoint.config, rotation_of(checkpoint)
    checkpoint.refuse_unknown(
        {
            "quantization_config": bool(config.get("quantization_config")),
            "hidden_act": config.get("hidden_act", "silu") != "silu",
            "attention_bias": bool(config.get("attention_bias")),
            f"rope_type {kind_of(rope)}": kind_of(rope) != "default",
            "mrope_interleaved": rope.get("mrope_interleaved") is False,
        }
    )


def _interval(checkpoint: Checkpoint, num_layers: int) -> int:
    """Return every which layer attends to all; llama.cpp knows no other order."""
    kinds = checkpoint.config.get("layer_types")
    said = checkpoint.config.get("full_attention_interval")
    if kinds is None:
        interval = _INTERVAL if said is None else said
    else:
        is_list = isinstance(kinds, list) and len(kinds) == num_layers and "full_attention" in kinds
        interval = kinds.index("full_attention") + 1 if is_list else 0
    if type(interval) is not int or interval < 1:
        raise checkpoint.refuse("unknown_checkpoint", "layer_types")
    usual = [
        "linear_attention" if (layer + 1) % interval else "full_attention" for layer in range(num_layers)
    ]
    if kinds not in (None, usual):
        raise checkpoint.refuse("unknown_checkpoint", "layer_types")
    return interval


def _rotation(checkpoint: Checkpoint, numbers: Numbers, sizes: Sizes, name: str) -> dict[str, Value]:
    rope, config = rotation_of(checkpoint), checkpoint.config
    share = rope.get("partial_rotary_factor") or config.get("partial_rotary_factor") or _TURNED
    turned = int(numbers.real({"partial_rotary_factor": share}, "partial_rotary_factor") * sizes.head_length)
    sections = rope.get("mrope_section", _SECTIONS)
    is_said = (
        isinstance(sections, list) and len(sections) == 3 and all(type(each) is int for each in sections)
    )
    if not 2 <= turned <= sizes.head_length or turned % 2 or not is_said or 2 * sum(sections) != turned:
        raise checkpoint.refuse("checkpoint_damaged", "rope_parameters")
    return {
        f"{name}.rope.freq_base": base_of(checkpoint, numbers, rope, 10_000.0),
        f"{name}.rope.dimension_count": turned,
        f"{name}.rope.dimension_sections": [*sections, 0],
    }


def _norms(sizes: Sizes) -> _Shapes:
    return {
        "input_layernorm.weight": ("attn_norm.weight", (sizes.width,)),
        "post_attention_layernorm.weight": ("post_attention_norm.weight", (sizes.width,)),
    }


def _attention(layer: int, sizes: Sizes) -> Iterator[ExpectedTensor]:
    width, head = sizes.width, (sizes.head_length,)
    matrices: _Shapes = {
        # Queries, and behind each head's a gate of the same length.
        "self_attn.q_proj.weight": ("attn_q.weight", (2 * sizes.q_rows, width)),
        "self_attn.k_proj.weight": ("attn_k.weight", (sizes.kv_rows, width)),
        "self_attn.v_proj.weight": ("attn_v.weight", (sizes.kv_rows, width)),
        "self_attn.o_proj.weight": ("attn_output.weight", (width, sizes.q_rows)),
    }
    norms: _Shapes = {
        "self_attn.q_norm.weight": ("attn_q_norm.weight", head),
        "self_attn.k_norm.weight": ("attn_k_norm.weight", head),
    }
    yield from layer_tensors(layer, matrices)
    yield from layer_tensors(layer, norms, adds_one=True)


def _linear(layer: int, sizes: Sizes, state: _State) -> Iterator[ExpectedTensor]:
    width, rows, channels = sizes.width, state.value_rows, 2 * state.key_rows + state.value_rows
    here, there = f"model.layers.{layer}.linear_attn", f"blk.{layer}"
    turns, count = state.by_turns, state.num_values

    def of_values(gguf_name: str, name: str, *shape: int) -> ExpectedTensor:
        return ExpectedTensor(f"{there}.{gguf_name}", (f"{here}.{name}",), shape, arranged=turns)

    yield ExpectedTensor(f"{there}.ssm_norm.weight", (f"{here}.norm.weight",), (state.value_length,))
    yield of_values("attn_gate.weight", "in_proj_z.weight", rows, width)
    yield of_values("ssm_beta.weight", "in_proj_b.weight", count, width)
    yield of_values("ssm_alpha.weight", "in_proj_a.weight", count, width)
    yield of_values("ssm_dt.bias", "dt_bias", count)
    yield ExpectedTensor(
        *(f"{there}.ssm_a", (f"{here}.A_log",), (count,)), arranged=lambda values: decay(turns(values))
    )
    yield ExpectedTensor(
        *(f"{there}.attn_qkv.weight", (f"{here}.in_proj_qkv.weight",), (channels, width)),
        arranged=state.behind_keys,
    )
    yield ExpectedTensor(
        *(f"{there}.ssm_out.weight", (f"{here}.out_proj.weight",), (width, rows)),
        arranged=lambda values: turns(values.T).T,
    )
    yield ExpectedTensor(
        *(f"{there}.ssm_conv1d.weight", (f"{here}.conv1d.weight",), (channels, 1, state.kernel)),
        arranged=lambda values: state.behind_keys(values[:, 0]),
        gguf=(channels, state.kernel),
        is_float=True,
    )


def _dense(place: str, gguf_name: str, inner: int, width: int) -> _Shapes:
    return {
        f"{place}.{part}_proj.weight": (f"{gguf_name.format(part)}.weight", shape)
        for part, shape in (("gate", (inner, width)), ("up", (inner, width)), ("down", (width, inner)))
    }


class _Experts:
    """Experts one by one or, as newer files have them, all in one; and one that every token passes."""

    def __init__(self, checkpoint: Checkpoint, numbers: Numbers, inner: int) -> None:
        self._tensors = checkpoint.tensors
        self._inner = inner
        self._count = numbers.whole("num_experts", at_most=EXPERTS_MAX)
        self._shared = numbers.whole("shared_expert_intermediate_size")
        self.entries: dict[str, Value] = {
            f"{_EXPERTS}.expert_count": self._count,
            f"{_EXPERTS}.expert_used_count": numbers.whole("num_experts_per_tok", at_most=self._count),
            f"{_EXPERTS}.expert_feed_forward_length": inner,
            f"{_EXPERTS}.expert_shared_feed_forward_length": self._shared,
        }

    def of_layer(self, layer: int, width: int) -> Iterator[ExpectedTensor]:
        here, there = f"model.layers.{layer}.mlp", f"blk.{layer}"
        yield from layer_tensors(layer, _dense("mlp.shared_expert", "ffn_{0}_shexp", self._shared, width))
        yield ExpectedTensor(f"{there}.ffn_gate_inp.weight", (f"{here}.gate.weight",), (self._count, width))
        yield ExpectedTensor(
            *(f"{there}.ffn_gate_inp_shexp.weight", (f"{here}.shared_expert_gate.weight",), (1, width)),
            is_flat=True,
        )
        are_together = f"{here}.experts.gate_up_proj" in self._tensors
        yield from self._together(here, there, width) if are_together else self._apart(here, there, width)

    def _apart(self, here: str, there: str, width: int) -> Iterator[ExpectedTensor]:
        inner = self._inner
        for part, shape in (("gate", (inner, width)), ("up", (inner, width)), ("down", (width, inner))):
            names = tuple(f"{here}.experts.{number}.{part}_proj.weight" for number in range(self._count))
            yield ExpectedTensor(f"{there}.ffn_{part}_exps.weight", names, shape)

    def _together(self, here: str, there: str, width: int) -> Iterator[ExpectedTensor]:
        count, inner = self._count, self._inner
        both = (count, 2 * inner, width)
        for part, rows in (("gate", slice(inner)), ("up", slice(inner, None))):
            yield ExpectedTensor(
                *(f"{there}.ffn_{part}_exps.weight", (f"{here}.experts.gate_up_proj",), both),
                arranged=lambda values, rows=rows: values[:, rows],
                gguf=(count, inner, width),
            )
        yield ExpectedTensor(
            f"{there}.ffn_down_exps.weight", (f"{here}.experts.down_proj",), (count, width, inner)
        )
