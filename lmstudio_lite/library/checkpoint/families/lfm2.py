"""LFM2: short convolutions in most layers, attention in some."""

from __future__ import annotations

from collections.abc import Iterator

from lmstudio_lite.library.checkpoint.architecture import (
    EMBEDDING,
    HEAD,
    Architecture,
    ExpectedTensor,
    layer_tensors,
)
from lmstudio_lite.library.checkpoint.families.mamba import convolution
from lmstudio_lite.library.checkpoint.numbers import LAYERS_MAX, Numbers, base_of, kind_of, rotation_of
from lmstudio_lite.library.checkpoint.shards import Checkpoint
from lmstudio_lite.library.gguf.packing import Value

NAMES = {"Lfm2ForCausalLM": "lfm2"}
_KINDS = ("conv", "full_attention")
_Shapes = dict[str, tuple[str, tuple[int, ...]]]


def read_lfm2(checkpoint: Checkpoint, family: str) -> Architecture:
    """Return what the configuration says.

    Raises:
        ConversionError: "unknown_checkpoint", with what is not known as ``part``; "checkpoint_damaged".
    """
    config, numbers, rope = checkpoint.config, Numbers(checkpoint), rotation_of(checkpoint)
    width, heads = numbers.whole("hidden_size"), numbers.whole("num_attention_heads")
    kv_heads = numbers.whole("num_key_value_heads", heads)
    attends = _attending(checkpoint, numbers.whole("num_hidden_layers", at_most=LAYERS_MAX))
    checkpoint.refuse_unknown(
        {
            "quantization_config": bool(config.get("quantization_config")),
            "conv_bias": bool(config.get("conv_bias")),
            f"rope_type {kind_of(rope)}": kind_of(rope) != "default",
        }
    )
    if width % heads or heads % kv_heads or (width // heads) % 2:
        raise checkpoint.refuse("checkpoint_damaged", "config.json")
    inner, kernel = _inner_width(checkpoint, numbers), numbers.whole("conv_L_cache", 3)
    vocabulary = numbers.whole("vocab_size")
    entries: dict[str, Value] = {
        "general.architecture": "lfm2",
        "general.type": "model",
        "general.name": checkpoint.name,
        "lfm2.block_count": len(attends),
        "lfm2.context_length": numbers.whole("max_position_embeddings"),
        "lfm2.embedding_length": width,
        "lfm2.feed_forward_length": inner,
        "lfm2.attention.head_count": heads,
        "lfm2.attention.head_count_kv": [kv_heads if each else 0 for each in attends],
        "lfm2.attention.layer_norm_rms_epsilon": numbers.real(config, "norm_eps", 1e-5),
        "lfm2.rope.dimension_count": width // heads,
        "lfm2.rope.freq_base": base_of(checkpoint, numbers, rope, 1_000_000.0),
        "lfm2.shortconv.l_cache": kernel,
        "lfm2.vocab_size": vocabulary,
    }
    said = config.get("tie_embedding", config.get("tie_word_embeddings"))
    tied = said if isinstance(said, bool) else HEAD not in checkpoint.tensors
    tensors = [
        ExpectedTensor("token_embd.weight", (EMBEDDING,), (vocabulary, width)),
        ExpectedTensor("token_embd_norm.weight", ("model.embedding_norm.weight",), (width,)),
    ]
    if not tied:
        tensors.append(ExpectedTensor("output.weight", (HEAD,), (vocabulary, width)))
    for layer, does_attend in enumerate(attends):
        tensors += layer_tensors(layer, _common(width, inner))
        if does_attend:
            tensors += layer_tensors(layer, _attention(width, width // heads, kv_heads))
        else:
            tensors += _convolution(layer, width, kernel)
    return Architecture(entries, vocabulary, tuple(tensors), is_tied=tied)


def _attending(checkpoint: Checkpoint, num_layers: int) -> list[bool]:
    """Return which layers attend: newer configurations name each one's kind, older ones only these."""
    kinds, numbered = checkpoint.config.get("layer_types"), checkpoint.config.get("full_attn_idxs")
    if isinstance(kinds, list) and len(kinds) == num_layers and all(kind in _KINDS for kind in kinds):
        return [kind == "full_attention" for kind in kinds]
    if kinds is None and isinstance(numbered, list):
        return [number in numbered for number in range(num_layers)]
    raise checkpoint.refuse("unknown_checkpoint", "layer_types")


def _inner_width(checkpoint: Checkpoint, numbers: Numbers) -> int:
    """Return the width that the model's code makes of the one that is said (``Lfm2MLP`` there)."""
    config = checkpoint.config
    inner = numbers.whole_of("block_ff_dim", "intermediate_size")
    if not config.get("block_auto_adjust_ff_dim", True):
        return inner
    inner = int(2 * inner / 3)
    if config.get("block_ffn_dim_multiplier") is not None:
        inner = int(numbers.real(config, "block_ffn_dim_multiplier") * inner)
    unit = numbers.whole("block_multiple_of", 256)
    return -(-inner // unit) * unit


def _common(width: int, inner: int) -> _Shapes:
    return {
        "operator_norm.weight": ("attn_norm.weight", (width,)),
        "ffn_norm.weight": ("ffn_norm.weight", (width,)),
        "feed_forward.w1.weight": ("ffn_gate.weight", (inner, width)),
        "feed_forward.w3.weight": ("ffn_up.weight", (inner, width)),
        "feed_forward.w2.weight": ("ffn_down.weight", (width, inner)),
    }


def _attention(width: int, head_length: int, kv_heads: int) -> _Shapes:
    rows = kv_heads * head_length
    return {
        "self_attn.q_proj.weight": ("attn_q.weight", (width, width)),
        "self_attn.k_proj.weight": ("attn_k.weight", (rows, width)),
        "self_attn.v_proj.weight": ("attn_v.weight", (rows, width)),
        "self_attn.out_proj.weight": ("attn_output.weight", (width, width)),
        "self_attn.q_layernorm.weight": ("attn_q_norm.weight", (head_length,)),
        "self_attn.k_layernorm.weight": ("attn_k_norm.weight", (head_length,)),
    }


def _convolution(layer: int, width: int, kernel: int) -> Iterator[ExpectedTensor]:
    matrices: _Shapes = {
        "conv.in_proj.weight": ("shortconv.in_proj.weight", (3 * width, width)),
        "conv.out_proj.weight": ("shortconv.out_proj.weight", (width, width)),
    }
    yield from layer_tensors(layer, matrices)
    yield convolution(
        f"blk.{layer}.shortconv.conv.weight", f"model.layers.{layer}.conv.conv.weight", width, kernel
    )
