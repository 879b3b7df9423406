"""Gemma 2 and 3, as far as they read text: norms on both sides of each half of a layer, and windows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lmstudio_lite.library.checkpoint.architecture import (
    HEAD,
    Architecture,
    ExpectedTensor,
    Sizes,
    layer_tensors,
    outer_tensors,
)
from lmstudio_lite.library.checkpoint.numbers import (
    Numbers,
    base_of,
    kind_of,
    linear_scaling,
    rotation_of,
)
from lmstudio_lite.library.checkpoint.shards import Checkpoint
from lmstudio_lite.library.gguf.packing import Value

NAMES = {"Gemma2ForCausalLM": "gemma2", "Gemma3ForCausalLM": "gemma3"}
_WINDOW_PATTERN = {"gemma2": 2, "gemma3": 6}
"""Every so many layers one sees all; llama.cpp takes it from the name."""
_LARGEST_LAYERS = {"gemma2": 46, "gemma3": 62}
"""Of the 27B, whose scores llama.cpp scales by width and heads."""
_SCALAR = 256
_HEAD_LENGTH = 256
_LOCAL_BASE = 10_000.0


def read_gemma(checkpoint: Checkpoint, family: str) -> Architecture:
    """Return what the configuration says.

    Raises:
        ConversionError: "unknown_checkpoint", with what is not known as ``part``; "checkpoint_damaged".
    """
    name, config, numbers = NAMES[family], checkpoint.config, Numbers(checkpoint)
    sizes = Sizes.of(checkpoint, numbers, head_length=_HEAD_LENGTH)
    _refuse_unknown(checkpoint, sizes, name)
    entries: dict[str, Value] = {
        **sizes.entries(checkpoint, numbers, name),
        f"{name}.context_length": numbers.whole("max_position_embeddings"),
        f"{name}.attention.sliding_window": numbers.whole("sliding_window"),
        **_rotation(checkpoint, numbers, name),
    }
    for key, where in (("attn_logit_softcapping", "attn"), ("final_logit_softcapping", "final")):
        if config.get(key) is not None:
            entries[f"{name}.{where}_logit_softcapping"] = numbers.real(config, key)
    return Architecture(
        entries=entries,
        vocabulary_size=sizes.vocabulary,
        tensors=(*outer_tensors(sizes, tied=True, adds_one=True), *_layers(sizes, name)),
        is_tied=True,
    )


def _refuse_unknown(checkpoint: Checkpoint, sizes: Sizes, name: str) -> None:
    config, pattern = checkpoint.config, _WINDOW_PATTERN[name]
    layers = config.get("layer_types")
    usual = [
        "full_attention" if (number + 1) % pattern == 0 else "sliding_attention"
        for number in range(sizes.num_layers)
    ]
    is_largest = sizes.num_layers == _LARGEST_LAYERS[name]
    scalar = sizes.width / sizes.num_heads if is_largest else sizes.head_length
    caps = config.get("attn_logit_softcapping")
    unknown = {
        "quantization_config": bool(config.get("quantization_config")),
        "layer_types": layers is not None and layers != usual,
        "sliding_window_pattern": config.get("sliding_window_pattern", pattern) != pattern,
        "hidden_activation": config.get("hidden_activation", "gelu_pytorch_tanh") != "gelu_pytorch_tanh",
        "query_pre_attn_scalar": config.get("query_pre_attn_scalar", _SCALAR) != scalar,
        "attention_bias": bool(config.get("attention_bias")),
        "use_bidirectional_attention": bool(config.get("use_bidirectional_attention")),
        # llama.cpp caps the scores of Gemma 2 always, of Gemma 3 never.
        "attn_logit_softcapping": (caps is None) is (name == "gemma2"),
        "tie_word_embeddings": config.get("tie_word_embeddings") is False and HEAD in checkpoint.tensors,
    }
    found = next((key for key, is_there in unknown.items() if is_there), None)
    if found is not None:
        raise checkpoint.refuse("unknown_checkpoint", found)


def _rotation(checkpoint: Checkpoint, numbers: Numbers, name: str) -> dict[str, Value]:
    """Return how positions are rotated: in Gemma 3 otherwise within windows."""
    rope = rotation_of(checkpoint)
    whole = _of_kind(rope, "full_attention")
    base = base_of(checkpoint, numbers, whole, 1_000_000.0 if name == "gemma3" else 10_000.0)
    entries: dict[str, Value] = {f"{name}.rope.freq_base": base}
    kind = kind_of(whole)
    if kind == "linear" and name == "gemma3":
        entries |= linear_scaling(numbers, whole, name)
    elif kind != "default":
        raise checkpoint.refuse("unknown_checkpoint", f"rope_type {kind}")
    if name == "gemma3":
        local = _of_kind(rope, "sliding_attention") if "sliding_attention" in rope else {}
        if kind_of(local) != "default":
            raise checkpoint.refuse("unknown_checkpoint", f"rope_type {kind_of(local)}")
        otherwise = numbers.real(checkpoint.config, "rope_local_base_freq", _LOCAL_BASE)
        entries[f"{name}.rope.freq_base_swa"] = numbers.real(local, "rope_theta", otherwise)
    return entries


def _of_kind(rope: Mapping[str, Any], layers: str) -> Mapping[str, Any]:
    found = rope.get(layers, rope)
    return found if isinstance(found, dict) else {}


def _layers(sizes: Sizes, name: str) -> Iterator[ExpectedTensor]:
    width, head = (sizes.width,), (sizes.head_length,)
    norms: dict[str, tuple[str, tuple[int, ...]]] = {
        "input_layernorm.weight": ("attn_norm.weight", width),
        "post_attention_layernorm.weight": ("post_attention_norm.weight", width),
        "pre_feedforward_layernorm.weight": ("ffn_norm.weight", width),
        "post_feedforward_layernorm.weight": ("post_ffw_norm.weight", width),
    }
    if name == "gemma3":
        norms["self_attn.q_norm.weight"] = ("attn_q_norm.weight", head)
        norms["self_attn.k_norm.weight"] = ("attn_k_norm.weight", head)
    matrices: dict[str, tuple[str, tuple[int, ...]]] = {
        "self_attn.q_proj.weight": ("attn_q.weight", (sizes.q_rows, sizes.width)),
        "self_attn.k_proj.weight": ("attn_k.weight", (sizes.kv_rows, sizes.width)),
        "self_attn.v_proj.weight": ("attn_v.weight", (sizes.kv_rows, sizes.width)),
        "self_attn.o_proj.weight": ("attn_output.weight", (sizes.width, sizes.q_rows)),
        "mlp.gate_proj.weight": ("ffn_gate.weight", (sizes.inner_width, sizes.width)),
        "mlp.up_proj.weight": ("ffn_up.weight", (sizes.inner_width, sizes.width)),
        "mlp.down_proj.weight": ("ffn_down.weight", (sizes.width, sizes.inner_width)),
    }
    for layer in range(sizes.num_layers):
        yield from layer_tensors(layer, norms, adds_one=True)
        yield from layer_tensors(layer, matrices)
