"""StarCoder2, StableLM 2 and Nemotron: norms that have a bias, a matrix or two before a layer's last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class _Family:
    """``inner`` are the matrices behind attention and their names in GGUF.

    ``turned`` is the part of a head that is rotated where nothing is said.
    """

    name: str
    epsilon: str
    activation: str
    inner: dict[str, str]
    turned: float
    adds_one: bool = False
    may_tie: bool = False


_FAMILIES = {
    "Starcoder2ForCausalLM": _Family(
        "starcoder2",
        "norm_epsilon",
        "gelu_pytorch_tanh",
        {"c_fc": "ffn_up", "c_proj": "ffn_down"},
        1.0,
        may_tie=True,
    ),
    "StableLmForCausalLM": _Family(
        "stablelm",
        "layer_norm_eps",
        "silu",
        {"gate_proj": "ffn_gate", "up_proj": "ffn_up", "down_proj": "ffn_down"},
        0.25,
    ),
    "NemotronForCausalLM": _Family(
        "nemotron", "norm_eps", "relu2", {"up_proj": "ffn_up", "down_proj": "ffn_down"}, 0.5, adds_one=True
    ),
}
NAMES = {family: found.name for family, found in _FAMILIES.items()}
"""llama.cpp's names of the classes that are known here."""


def read_layer_norms(checkpoint: Checkpoint, family: str) -> Architecture:
    """Return what the configuration says.

    Raises:
        ConversionError: "unknown_checkpoint", with what is not known as ``part``; "checkpoint_damaged".
    """
    of, config, numbers = _FAMILIES[family], checkpoint.config, Numbers(checkpoint)
    tied = is_tied(checkpoint)
    rope = rotation_of(checkpoint)
    unknown = {
        "quantization_config": bool(config.get("quantization_config")),
        "hidden_act": config.get("hidden_act", of.activation) != of.activation,
        "qk_layernorm": bool(config.get("qk_layernorm")),
        "use_parallel_residual": bool(config.get("use_parallel_residual")),
        "tie_word_embeddings": tied and not of.may_tie,
        f"rope_type {kind_of(rope)}": kind_of(rope) != "default",
    }
    found = next((key for key, is_there in unknown.items() if is_there), None)
    if found is not None:
        raise checkpoint.refuse("unknown_checkpoint", found)
    sizes = Sizes.of(checkpoint, numbers, kv_heads=numbers.whole("num_attention_heads"))
    if sizes.q_rows != sizes.width:
        raise checkpoint.refuse("checkpoint_damaged", "config.json")
    share = rope.get("partial_rotary_factor") or config.get("partial_rotary_factor") or of.turned
    turned = int(numbers.real({"partial_rotary_factor": share}, "partial_rotary_factor") * sizes.head_length)
    if not 2 <= turned <= sizes.head_length or turned % 2:
        raise checkpoint.refuse("checkpoint_damaged", "partial_rotary_factor")
    context = numbers.whole("max_position_embeddings")
    if config.get("sliding_window") is not None:
        context = min(context, numbers.whole("sliding_window"))  # llama.cpp has no windows here
    entries: dict[str, Value] = {
        **sizes.entries(checkpoint, numbers, of.name),
        f"{of.name}.context_length": context,
        f"{of.name}.attention.layer_norm_epsilon": numbers.real(config, of.epsilon, 1e-5),
        f"{of.name}.rope.dimension_count": turned,
        f"{of.name}.rope.freq_base": base_of(checkpoint, numbers, rope, 10_000.0),
    }
    del entries[f"{of.name}.attention.layer_norm_rms_epsilon"]
    if of.name == "stablelm":
        entries["stablelm.use_parallel_residual"] = False
    tensors = [
        *outer_tensors(sizes, tied=tied, adds_one=of.adds_one),
        ExpectedTensor("output_norm.bias", ("model.norm.bias",), (sizes.width,)),
        *_layers(of, sizes, _biases(checkpoint, of)),
    ]
    return Architecture(entries, sizes.vocabulary, tuple(tensors), is_tied=tied)


def _biases(checkpoint: Checkpoint, of: _Family) -> frozenset[str]:
    """Return the matrices with a bias."""
    config = checkpoint.config
    attention = {f"self_attn.{part}_proj" for part in "qkv"}
    if of.name == "stablelm":
        return frozenset(attention if config.get("use_qkv_bias") else ())
    if of.name == "starcoder2":
        if config.get("use_bias") is False:  # llama.cpp reads them
            raise checkpoint.refuse("unknown_checkpoint", "use_bias")
        return frozenset({*attention, "self_attn.o_proj", *(f"mlp.{name}" for name in of.inner)})
    inner = {f"mlp.{name}" for name in of.inner} if config.get("mlp_bias") else set()
    return frozenset(inner | ({*attention, "self_attn.o_proj"} if config.get("attention_bias") else set()))


def _layers(of: _Family, sizes: Sizes, biases: frozenset[str]) -> Iterator[ExpectedTensor]:
    width, vector = sizes.width, (sizes.width,)
    names = {"input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm"}
    matrices = {
        "self_attn.q_proj": ("attn_q", (sizes.q_rows, width)),
        "self_attn.k_proj": ("attn_k", (sizes.kv_rows, width)),
        "self_attn.v_proj": ("attn_v", (sizes.kv_rows, width)),
        "self_attn.o_proj": ("attn_output", (width, sizes.q_rows)),
    }
    for name, gguf_name in of.inner.items():
        is_last = gguf_name == "ffn_down"
        shape = (width, sizes.inner_width) if is_last else (sizes.inner_width, width)
        matrices[f"mlp.{name}"] = (gguf_name, shape)
    weights = {f"{name}.weight": (f"{gguf_name}.weight", vector) for name, gguf_name in names.items()}
    others: dict[str, tuple[str, tuple[int, ...]]] = {
        f"{name}.bias": (f"{gguf_name}.bias", vector) for name, gguf_name in names.items()
    }
    for name, (gguf_name, shape) in matrices.items():
        others[f"{name}.weight"] = (f"{gguf_name}.weight", shape)
        if name in biases:
            others[f"{name}.bias"] = (f"{gguf_name}.bias", shape[:1])
    for layer in range(sizes.num_layers):
        yield from layer_tensors(layer, weights, adds_one=of.adds_one)
        yield from layer_tensors(layer, others)
