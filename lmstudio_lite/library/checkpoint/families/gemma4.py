"""Gemma 4, as far as it reads text: two lengths of heads, layers that share keys, an input for each layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lmstudio_lite.library.checkpoint.architecture import (
    HEAD,
    Architecture,
    ExpectedTensor,
    Sizes,
    layer_tensors,
    outer_tensors,
)
from lmstudio_lite.library.checkpoint.numbers import EXPERTS_MAX, Numbers, base_of, kind_of, rotation_of
from lmstudio_lite.library.checkpoint.shards import Checkpoint
from lmstudio_lite.library.gguf.packing import Value

NAMES = {"Gemma4ForCausalLM": "gemma4"}
_NAME = "gemma4"
_HEAD_LENGTH, _WHOLE_HEAD_LENGTH = 256, 512
_HEAD_LENGTH_MAX = 1 << 16
_WINDOW = "sliding_attention"
_UNTURNED = 1e30
"""By what a wave is divided so that it stands still."""
_Shapes = dict[str, tuple[str, tuple[int, ...]]]


@dataclass(frozen=True, slots=True)
class _Layers:
    """``windows`` says which layers see a window only; the last ``num_shared`` use the keys of earlier ones.

    ``input_width`` is how wide what each layer gets for itself is, ``num_experts`` 0 where there are none.
    """

    windows: tuple[bool, ...]
    window_head: int
    whole_head: int
    window_kv: int
    whole_kv: int
    num_shared: int
    are_wider: bool
    keys_are_values: bool
    input_width: int
    num_experts: int
    expert_width: int

    def head_length(self, layer: int) -> int:
        return self.window_head if self.windows[layer] else self.whole_head

    def kv_heads(self, layer: int) -> int:
        return self.window_kv if self.windows[layer] else self.whole_kv

    def is_shared(self, layer: int) -> bool:
        return layer >= len(self.windows) - self.num_shared

    def inner_width(self, layer: int, inner: int) -> int:
        return 2 * inner if self.are_wider and self.is_shared(layer) else inner


def read_gemma4(checkpoint: Checkpoint, family: str) -> Architecture:
    """Return what the configuration says.

    Raises:
        ConversionError: "unknown_checkpoint", with what is not known as ``part``; "checkpoint_damaged".
    """
    numbers = Numbers(checkpoint)
    sizes = Sizes.of(checkpoint, numbers, head_length=_HEAD_LENGTH)
    layers = _layers_of(checkpoint, numbers, sizes)
    _refuse_unknown(checkpoint, sizes)
    rotation, turned = _rotation(checkpoint, numbers, layers)
    tensors = [*outer_tensors(sizes, tied=True)]
    if layers.input_width:
        width = layers.input_width
        all_widths = sizes.num_layers * width
        for name, gguf_name, shape in (
            ("embed_tokens_per_layer", "per_layer_token_embd", (sizes.vocabulary, all_widths)),
            ("per_layer_model_projection", "per_layer_model_proj", (all_widths, sizes.width)),
            ("per_layer_projection_norm", "per_layer_proj_norm", (width,)),
        ):
            tensors.append(ExpectedTensor(f"{gguf_name}.weight", (f"model.{name}.weight",), shape))
    for layer in range(sizes.num_layers):
        tensors += _layer(layer, layers, sizes)
    waves = np.full(layers.whole_head // 2, _UNTURNED, np.float32)
    waves[: turned // 2] = 1.0
    return Architecture(
        entries={**_entries(checkpoint, numbers, sizes, layers), **rotation},
        vocabulary_size=sizes.vocabulary,
        tensors=tuple(tensors),
        is_tied=True,
        computed={"rope_freqs.weight": waves},
        unused=_unused(layers),
    )


def _layers_of(checkpoint: Checkpoint, numbers: Numbers, sizes: Sizes) -> _Layers:
    config = checkpoint.config
    kinds = config.get("layer_types")
    if kinds is None:
        kinds = [
            _WINDOW if (layer + 1) % 6 and layer + 1 < sizes.num_layers else "full_attention"
            for layer in range(sizes.num_layers)
        ]
    is_list = isinstance(kinds, list) and len(kinds) == sizes.num_layers
    if not is_list or not all(kind in (_WINDOW, "full_attention") for kind in kinds):
        raise checkpoint.refuse("unknown_checkpoint", "layer_types")
    windows = tuple(kind == _WINDOW for kind in kinds)
    of_whole = _of_whole_layers(checkpoint, windows)
    keys_are_values = bool(config.get("attention_k_eq_v"))
    whole_kv = sizes.num_kv_heads
    if keys_are_values and of_whole.get("num_key_value_heads") is not None:
        whole_kv = numbers.whole_in(of_whole, "num_key_value_heads")
    num_shared = config.get("num_kv_shared_layers") or 0
    if type(num_shared) is not int or not 0 <= num_shared < sizes.num_layers or sizes.num_heads % whole_kv:
        raise checkpoint.refuse("checkpoint_damaged", "config.json")
    has_experts = bool(config.get("enable_moe_block"))
    per_layer = config.get("hidden_size_per_layer_input", 256)
    return _Layers(
        windows,
        window_head=sizes.head_length,
        whole_head=numbers.whole_in(of_whole, "head_dim", at_most=_HEAD_LENGTH_MAX),
        window_kv=sizes.num_kv_heads,
        whole_kv=whole_kv,
        num_shared=num_shared,
        are_wider=bool(config.get("use_double_wide_mlp")),
        keys_are_values=keys_are_values,
        input_width=numbers.whole("hidden_size_per_layer_input", 256) if per_layer else 0,
        num_experts=numbers.whole("num_experts", at_most=EXPERTS_MAX) if has_experts else 0,
        expert_width=numbers.whole("moe_intermediate_size") if has_experts else 0,
    )


def _of_whole_layers(checkpoint: Checkpoint, windows: tuple[bool, ...]) -> Mapping[str, Any]:
    """Return what the layers without a window have otherwise; newer configurations say it layer by layer."""
    config = checkpoint.config
    said = config.get("per_layer_config")
    if said is None:
        length = config.get("global_head_dim", _WHOLE_HEAD_LENGTH)
        return {"head_dim": length, "num_key_value_heads": config.get("num_global_key_value_heads")}
    whole = [str(layer) for layer, sees_window in enumerate(windows) if not sees_window]
    if not isinstance(said, dict) or set(said) != set(whole) or not whole:
        raise checkpoint.refuse("unknown_checkpoint", "per_layer_config")
    found = said[whole[0]]
    is_same = isinstance(found, dict) and all(said[layer] == found for layer in whole)
    if not is_same or not set(found) <= {"head_dim", "num_key_value_heads"}:
        raise checkpoint.refuse("unknown_checkpoint", "per_layer_config")
    return {"head_dim": config.get("head_dim", _HEAD_LENGTH), **found}


def _refuse_unknown(checkpoint: Checkpoint, sizes: Sizes) -> None:
    config = checkpoint.config
    per_layer = config.get("vocab_size_per_layer_input")
    checkpoint.refuse_unknown(
        {
            "quantization_config": bool(config.get("quantization_config")),
            "hidden_activation": config.get("hidden_activation", "gelu_pytorch_tanh") != "gelu_pytorch_tanh",
            "attention_bias": bool(config.get("attention_bias")),
            "use_bidirectional_attention": config.get("use_bidirectional_attention") == "all",
            "vocab_size_per_layer_input": bool(config.get("hidden_size_per_layer_input", 256))
            and per_layer not in (None, sizes.vocabulary),
            "tie_word_embeddings": config.get("tie_word_embeddings") is False and HEAD in checkpoint.tensors,
        }
    )


def _entries(checkpoint: Checkpoint, numbers: Numbers, sizes: Sizes, layers: _Layers) -> dict[str, Value]:
    every = range(sizes.num_layers)
    entries: dict[str, Value] = {
        **sizes.entries(checkpoint, numbers, _NAME),
        f"{_NAME}.context_length": numbers.whole("max_position_embeddings"),
        f"{_NAME}.feed_forward_length": [layers.inner_width(layer, sizes.inner_width) for layer in every],
        f"{_NAME}.attention.head_count_kv": [layers.kv_heads(layer) for layer in every],
        f"{_NAME}.attention.sliding_window": numbers.whole("sliding_window", 512),
        f"{_NAME}.attention.sliding_window_pattern": list(layers.windows),
        f"{_NAME}.attention.key_length": layers.whole_head,
        f"{_NAME}.attention.value_length": layers.whole_head,
        f"{_NAME}.attention.key_length_swa": layers.window_head,
        f"{_NAME}.attention.value_length_swa": layers.window_head,
        f"{_NAME}.attention.shared_kv_layers": layers.num_shared,
        f"{_NAME}.rope.dimension_count": layers.whole_head,
        f"{_NAME}.rope.dimension_count_swa": layers.window_head,
        f"{_NAME}.embedding_length_per_layer_input": layers.input_width,
    }
    if checkpoint.config.get("final_logit_softcapping") is not None:
        cap = numbers.real(checkpoint.config, "final_logit_softcapping")
        entries[f"{_NAME}.final_logit_softcapping"] = cap
    if layers.num_experts:
        entries |= {
            f"{_NAME}.expert_count": layers.num_experts,
            f"{_NAME}.expert_used_count": numbers.whole("top_k_experts", at_most=layers.num_experts),
            f"{_NAME}.expert_feed_forward_length": layers.expert_width,
        }
    return entries


def _rotation(checkpoint: Checkpoint, numbers: Numbers, layers: _Layers) -> tuple[dict[str, Value], int]:
    """Return the bases, and how many numbers of a head that sees all are turned."""
    rope = rotation_of(checkpoint)
    whole, local = (
        found if isinstance(found := rope.get(kind, {}), dict) else {} for kind in ("full_attention", _WINDOW)
    )
    kinds = kind_of(whole or {"rope_type": "proportional"}), kind_of(local)
    if kinds != ("proportional", "default"):
        raise checkpoint.refuse("unknown_checkpoint", f"rope_type {kinds[0]}")
    share = numbers.real(whole, "partial_rotary_factor", 0.25)
    local_share = numbers.real(local, "partial_rotary_factor", 1.0)
    if share > 1 or local_share != 1:
        raise checkpoint.refuse("checkpoint_damaged", "partial_rotary_factor")
    return {
        f"{_NAME}.rope.freq_base": base_of(checkpoint, numbers, whole, 1_000_000.0),
        f"{_NAME}.rope.freq_base_swa": numbers.real(local, "rope_theta", 10_000.0),
    }, int(share * layers.whole_head)


def _layer(layer: int, layers: _Layers, sizes: Sizes) -> Iterator[ExpectedTensor]:
    width, inner = (sizes.width,), layers.inner_width(layer, sizes.inner_width)
    shapes: _Shapes = {
        "input_layernorm.weight": ("attn_norm.weight", width),
        "post_attention_layernorm.weight": ("post_attention_norm.weight", width),
        "pre_feedforward_layernorm.weight": ("ffn_norm.weight", width),
        "post_feedforward_layernorm.weight": ("post_ffw_norm.weight", width),
        "layer_scalar": ("layer_output_scale.weight", (1,)),
        "mlp.gate_proj.weight": ("ffn_gate.weight", (inner, sizes.width)),
        "mlp.up_proj.weight": ("ffn_up.weight", (inner, sizes.width)),
        "mlp.down_proj.weight": ("ffn_down.weight", (sizes.width, inner)),
        **_attention(layer, layers, sizes),
    }
    if layers.input_width:
        shapes |= {
            "per_layer_input_gate.weight": ("inp_gate.weight", (layers.input_width, sizes.width)),
            "per_layer_projection.weight": ("proj.weight", (sizes.width, layers.input_width)),
            "post_per_layer_input_norm.weight": ("post_norm.weight", width),
        }
    if layers.num_experts:
        shapes |= _experts(layers, sizes)
    yield from layer_tensors(layer, shapes)


def _attention(layer: int, layers: _Layers, sizes: Sizes) -> _Shapes:
    head, kv_rows = layers.head_length(layer), layers.kv_heads(layer) * layers.head_length(layer)
    rows = sizes.num_heads * head
    shapes: _Shapes = {
        "self_attn.q_proj.weight": ("attn_q.weight", (rows, sizes.width)),
        "self_attn.o_proj.weight": ("attn_output.weight", (sizes.width, rows)),
        "self_attn.q_norm.weight": ("attn_q_norm.weight", (head,)),
    }
    if layers.is_shared(layer):
        return shapes
    shapes["self_attn.k_norm.weight"] = ("attn_k_norm.weight", (head,))
    shapes["self_attn.k_proj.weight"] = ("attn_k.weight", (kv_rows, sizes.width))
    if layers.windows[layer] or not layers.keys_are_values:
        shapes["self_attn.v_proj.weight"] = ("attn_v.weight", (kv_rows, sizes.width))
    return shapes


def _experts(layers: _Layers, sizes: Sizes) -> _Shapes:
    count, inner, width = layers.num_experts, layers.expert_width, sizes.width
    return {
        "post_feedforward_layernorm_1.weight": ("post_ffw_norm_1.weight", (width,)),
        "post_feedforward_layernorm_2.weight": ("post_ffw_norm_2.weight", (width,)),
        "pre_feedforward_layernorm_2.weight": ("pre_ffw_norm_2.weight", (width,)),
        "router.proj.weight": ("ffn_gate_inp.weight", (count, width)),
        "router.scale": ("ffn_gate_inp.scale", (width,)),
        "router.per_expert_scale": ("ffn_down_exps.scale", (count,)),
        "experts.gate_up_proj": ("ffn_gate_up_exps.weight", (count, 2 * inner, width)),
        "experts.down_proj": ("ffn_down_exps.weight", (count, width, inner)),
    }


def _unused(layers: _Layers) -> frozenset[str]:
    """Return the keys and values of layers that use those of others: older files hold them."""
    shared = [layer for layer in range(len(layers.windows)) if layers.is_shared(layer)]
    parts = ("k_proj", "v_proj", "k_norm", "v_norm")
    return frozenset(f"model.layers.{layer}.self_attn.{part}.weight" for layer in shared for part in parts)
