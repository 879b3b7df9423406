"""BLOOM and Falcon: queries, keys and values in one matrix, group after group."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmstudio_lite.library.checkpoint.architecture import HEAD, Architecture, ExpectedTensor, is_tied
from lmstudio_lite.library.checkpoint.numbers import LAYERS_MAX, Numbers, base_of, kind_of, rotation_of
from lmstudio_lite.library.checkpoint.shards import Checkpoint
from lmstudio_lite.library.gguf.packing import Value

NAMES = {"BloomForCausalLM": "bloom", "FalconForCausalLM": "falcon", "RWForCausalLM": "falcon"}
_CONTEXT = 2048
"""What both were trained for where nothing is said."""


def read_bloom(checkpoint: Checkpoint, family: str) -> Architecture:
    """Return what the configuration says.

    Raises:
        ConversionError: "unknown_checkpoint", with what is not known as ``part``; "checkpoint_damaged".
    """
    config, numbers = checkpoint.config, Numbers(checkpoint)
    if NAMES[family] == "falcon":
        return _read_falcon(checkpoint, numbers)
    checkpoint.refuse_unknown(
        {
            "quantization_config": bool(config.get("quantization_config")),
            "apply_residual_connection_post_layernorm": bool(
                config.get("apply_residual_connection_post_layernorm")
            ),
            "tie_word_embeddings": config.get("tie_word_embeddings") is False,
        }
    )
    width, heads = (
        numbers.whole_of("hidden_size", "n_embed"),
        numbers.whole_of("n_head", "num_attention_heads"),
    )
    layers = numbers.whole_of("n_layer", "num_hidden_layers", at_most=LAYERS_MAX)
    if width % heads:
        raise checkpoint.refuse("checkpoint_damaged", "config.json")
    vocabulary = numbers.whole("vocab_size")
    entries = _entries(checkpoint, "bloom", width, heads, heads, layers, 4 * width, vocabulary)
    entries["bloom.context_length"] = numbers.whole("seq_length", _CONTEXT)
    entries["bloom.attention.layer_norm_epsilon"] = numbers.real(config, "layer_norm_epsilon", 1e-5)
    prefix = _prefix(checkpoint)
    tensors = [
        *_outer(prefix, vocabulary, width),
        *_both("token_embd_norm", f"{prefix}word_embeddings_layernorm", width),
    ]
    for layer in range(layers):
        here, there = f"{prefix}h.{layer}", f"blk.{layer}"
        tensors += _both(f"{there}.attn_norm", f"{here}.input_layernorm", width)
        tensors += _both(f"{there}.ffn_norm", f"{here}.post_attention_layernorm", width)
        tensors += _matrices(here, there, width, 4 * width, width // heads, heads, 1, has_bias=True)
    return Architecture(entries, vocabulary, tuple(tensors), is_tied=True)


def _read_falcon(checkpoint: Checkpoint, numbers: Numbers) -> Architecture:
    config = checkpoint.config
    is_newer, rope = bool(config.get("new_decoder_architecture")), rotation_of(checkpoint)
    checkpoint.refuse_unknown(
        {
            "quantization_config": bool(config.get("quantization_config")),
            "alibi": bool(config.get("alibi")),
            "bias": bool(config.get("bias")),
            "parallel_attn": config.get("parallel_attn") is False,
            "activation": config.get("activation", "gelu") != "gelu",
            f"rope_type {kind_of(rope)}": kind_of(rope) != "default",
        }
    )
    width, heads = numbers.whole("hidden_size"), numbers.whole_of("num_attention_heads", "n_head")
    layers = numbers.whole_of("num_hidden_layers", "n_layer", at_most=LAYERS_MAX)
    shares_all = config.get("multi_query", True) and not is_newer
    groups = 1 if shares_all else numbers.whole_of("num_kv_heads", "n_head_kv", otherwise=heads)
    inner, vocabulary = numbers.whole("ffn_hidden_size", 4 * width), numbers.whole("vocab_size")
    if width % heads or heads % groups:
        raise checkpoint.refuse("checkpoint_damaged", "config.json")
    entries = _entries(checkpoint, "falcon", width, heads, groups, layers, inner, vocabulary)
    entries["falcon.context_length"] = numbers.whole("max_position_embeddings", _CONTEXT)
    entries["falcon.attention.layer_norm_epsilon"] = numbers.real(config, "layer_norm_epsilon", 1e-5)
    entries["falcon.rope.freq_base"] = base_of(checkpoint, numbers, rope, 10_000.0)
    entries["falcon.rope.dimension_count"] = width // heads
    prefix, tied = _prefix(checkpoint), is_tied(checkpoint)
    tensors = _outer(prefix, vocabulary, width)
    if not tied:
        tensors.append(ExpectedTensor("output.weight", (HEAD,), (vocabulary, width)))
    num_norms = config.get("num_ln_in_parallel_attn")
    has_two = is_newer and (2 if num_norms is None else num_norms) == 2
    for layer in range(layers):
        here, there = f"{prefix}h.{layer}", f"blk.{layer}"
        tensors += _both(f"{there}.attn_norm", f"{here}.{'ln_mlp' if has_two else 'input_layernorm'}", width)
        if has_two:
            tensors += _both(f"{there}.attn_norm_2", f"{here}.ln_attn", width)
        tensors += _matrices(here, there, width, inner, width // heads, groups, heads // groups)
    return Architecture(entries, vocabulary, tuple(tensors), is_tied=tied)


def _prefix(checkpoint: Checkpoint) -> str:
    return "transformer." if "transformer.word_embeddings.weight" in checkpoint.tensors else ""


def _entries(
    checkpoint: Checkpoint,
    name: str,
    width: int,
    heads: int,
    kv_heads: int,
    layers: int,
    inner: int,
    vocabulary: int,
) -> dict[str, Value]:
    return {
        "general.architecture": name,
        "general.type": "model",
        "general.name": checkpoint.name,
        f"{name}.block_count": layers,
        f"{name}.embedding_length": width,
        f"{name}.feed_forward_length": inner,
        f"{name}.attention.head_count": heads,
        f"{name}.attention.head_count_kv": kv_heads,
        f"{name}.vocab_size": vocabulary,
    }


def _outer(prefix: str, vocabulary: int, width: int) -> list[ExpectedTensor]:
    return [
        ExpectedTensor("token_embd.weight", (f"{prefix}word_embeddings.weight",), (vocabulary, width)),
        *_both("output_norm", f"{prefix}ln_f", width),
    ]


def _both(gguf_name: str, name: str, width: int) -> list[ExpectedTensor]:
    return [ExpectedTensor(f"{gguf_name}.{end}", (f"{name}.{end}",), (width,)) for end in ("weight", "bias")]


def _matrices(
    here: str,
    there: str,
    width: int,
    inner: int,
    head_length: int,
    num_groups: int,
    num_queries: int,
    *,
    has_bias: bool = False,
) -> Iterator[ExpectedTensor]:
    """Yield a layer's matrices; a group is ``num_queries`` heads and the key and the value they share."""
    rows = num_groups * (num_queries + 2) * head_length
    in_rows = partial(_apart, num_groups=num_groups, num_queries=num_queries)
    shapes = {
        "self_attention.query_key_value": ("attn_qkv", (rows, width)),
        "self_attention.dense": ("attn_output", (width, width)),
        "mlp.dense_h_to_4h": ("ffn_up", (inner, width)),
        "mlp.dense_4h_to_h": ("ffn_down", (width, inner)),
    }
    for name, (gguf_name, shape) in shapes.items():
        arranged = in_rows if gguf_name == "attn_qkv" else None
        for end, its_shape in (("weight", shape), ("bias", shape[:1])):
            if end == "weight" or has_bias:
                yield ExpectedTensor(
                    *(f"{there}.{gguf_name}.{end}", (f"{here}.{name}.{end}",), its_shape), arranged=arranged
                )


def _apart(values: NDArray[Any], *, num_groups: int, num_queries: int) -> NDArray[Any]:
    """Return all queries, then all keys, then all values, as llama.cpp wants them."""
    groups = values.reshape(num_groups, num_queries + 2, -1, *values.shape[1:])
    parts = (groups[:, :-2], groups[:, -2:-1], groups[:, -1:])
    return np.concatenate([part.reshape(-1, *values.shape[1:]) for part in parts])
