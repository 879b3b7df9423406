"""Mamba and Falcon Mamba: state spaces instead of attention.

Falcon Mamba's inner norms may have a smaller epsilon than the others (``mixer_rms_eps``); llama.cpp has one
for all, as in every GGUF of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmstudio_lite.library.checkpoint.architecture import HEAD, Architecture, ExpectedTensor
from lmstudio_lite.library.checkpoint.numbers import LAYERS_MAX, Numbers
from lmstudio_lite.library.checkpoint.shards import Checkpoint
from lmstudio_lite.library.gguf.packing import Value

NAMES = {"MambaForCausalLM": "mamba", "FalconMambaForCausalLM": "mamba"}
_CONTEXT = 1 << 20
"""A state has no length; what llama.cpp's own tool writes."""


def read_mamba(checkpoint: Checkpoint, family: str) -> Architecture:
    """Return what the configuration says.

    Raises:
        ConversionError: "unknown_checkpoint", with what is not known as ``part``; "checkpoint_damaged".
    """
    config, numbers = checkpoint.config, Numbers(checkpoint)
    width, vocabulary = numbers.whole_of("hidden_size", "d_model"), numbers.whole("vocab_size")
    inner, states = (
        numbers.whole_of("intermediate_size", "d_inner", 2 * width),
        numbers.whole("state_size", 16),
    )
    layers, kernel = (
        numbers.whole_of("num_hidden_layers", "n_layer", at_most=LAYERS_MAX),
        numbers.whole("conv_kernel", 4),
    )
    is_auto = config.get("time_step_rank") in (None, "auto")
    rank = -(-width // 16) if is_auto else numbers.whole("time_step_rank")
    checkpoint.refuse_unknown(
        {
            "quantization_config": bool(config.get("quantization_config")),
            "use_bias": bool(config.get("use_bias")),
            "use_conv_bias": config.get("use_conv_bias") is False,
            "hidden_act": config.get("hidden_act", "silu") != "silu",
            "intermediate_size": inner != 2 * width,  # llama.cpp knows no other
        }
    )
    entries: dict[str, Value] = {
        "general.architecture": "mamba",
        "general.type": "model",
        "general.name": checkpoint.name,
        "mamba.block_count": layers,
        "mamba.context_length": _CONTEXT,
        "mamba.embedding_length": width,
        "mamba.feed_forward_length": 0,
        "mamba.attention.head_count": 0,
        "mamba.attention.head_count_kv": 0,
        "mamba.attention.layer_norm_rms_epsilon": numbers.real(config, "layer_norm_epsilon", 1e-5),
        "mamba.ssm.conv_kernel": kernel,
        "mamba.ssm.inner_size": inner,
        "mamba.ssm.state_size": states,
        "mamba.ssm.time_step_rank": rank,
        "mamba.ssm.dt_b_c_rms": family == "FalconMambaForCausalLM",
        "mamba.vocab_size": vocabulary,
    }
    tied = config.get("tie_word_embeddings", HEAD not in checkpoint.tensors) is not False
    names = [
        ("token_embd.weight", "backbone.embeddings.weight", (vocabulary, width)),
        ("output_norm.weight", "backbone.norm_f.weight", (width,)),
    ]
    if not tied:
        names.append(("output.weight", HEAD, (vocabulary, width)))
    tensors = [ExpectedTensor(gguf_name, (name,), shape) for gguf_name, name, shape in names]
    for layer in range(layers):
        tensors += _layer(layer, width, inner, states, rank, kernel)
    return Architecture(entries, vocabulary, tuple(tensors), is_tied=tied)


def _layer(
    layer: int, width: int, inner: int, states: int, rank: int, kernel: int
) -> Iterator[ExpectedTensor]:
    here, there = f"backbone.layers.{layer}", f"blk.{layer}"
    shapes: dict[str, tuple[str, tuple[int, ...]]] = {
        "norm.weight": ("attn_norm.weight", (width,)),
        "mixer.in_proj.weight": ("ssm_in.weight", (2 * inner, width)),
        "mixer.conv1d.bias": ("ssm_conv1d.bias", (inner,)),
        "mixer.x_proj.weight": ("ssm_x.weight", (rank + 2 * states, inner)),
        "mixer.dt_proj.weight": ("ssm_dt.weight", (inner, rank)),
        "mixer.dt_proj.bias": ("ssm_dt.bias", (inner,)),
        "mixer.D": ("ssm_d", (inner,)),
        "mixer.out_proj.weight": ("ssm_out.weight", (width, inner)),
    }
    for name, (gguf_name, shape) in shapes.items():
        yield ExpectedTensor(f"{there}.{gguf_name}", (f"{here}.{name}",), shape)
    yield convolution(f"{there}.ssm_conv1d.weight", f"{here}.mixer.conv1d.weight", inner, kernel)
    yield ExpectedTensor(
        *(f"{there}.ssm_a", (f"{here}.mixer.A_log",), (inner, states)),
        arranged=decay,
        gguf=(inner, states),
        is_float=True,
    )


def convolution(gguf_name: str, name: str, channels: int, kernel: int) -> ExpectedTensor:
    """Return a convolution's kernel, one row for each channel there."""
    return ExpectedTensor(
        *(gguf_name, (name,), (channels, 1, kernel)),
        arranged=lambda values: values[:, 0],
        gguf=(channels, kernel),
        is_float=True,
    )


def decay(values: NDArray[Any]) -> NDArray[Any]:
    """Return how states decay; checkpoints hold the logarithm of how far that is below zero."""
    decays: NDArray[Any] = -np.exp(values)
    return decays
