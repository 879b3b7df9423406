"""Llama, Mistral, Mixtral, Qwen2 and Qwen3: a gated network behind attention, dense or of experts."""

from __future__ import annotations

from collections.abc import Iterator

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
from lmstudio_lite.library.checkpoint.numbers import (
    EXPERTS_MAX,
    Numbers,
    base_of,
    kind_of,
    linear_scaling,
    llama3_factors,
    rotation_of,
)
from lmstudio_lite.library.checkpoint.shards import Checkpoint
from lmstudio_lite.library.gguf.packing import Value

_MIXTRAL = "MixtralForCausalLM"
NAMES = {
    "LlamaForCausalLM": "llama",
    "MistralForCausalLM": "llama",
    _MIXTRAL: "llama",
    "Qwen2ForCausalLM": "qwen2",
    "Qwen3ForCausalLM": "qwen3",
    "Qwen2MoeForCausalLM": "qwen2moe",
    "Qwen3MoeForCausalLM": "qwen3moe",
}
"""llama.cpp's names of the classes that are known here."""
_MISTRALS = ("MistralForCausalLM", _MIXTRAL)
_QWEN3_HEAD_LENGTH = 128
"""What a Qwen3 has whose configuration does not say; all others divide their width by their heads."""
_EXPERTS = frozenset({"qwen2moe", "qwen3moe"})
_MIXTRAL_PARTS = {"gate": "w1", "up": "w3", "down": "w2"}
_QWEN3 = frozenset({"qwen3", "qwen3moe"})


def read_llama(checkpoint: Checkpoint, family: str) -> Architecture:
    """Return what the configuration says.

    Raises:
        ConversionError: "unknown_checkpoint", with what is not known as ``part``; "checkpoint_damaged".
    """
    name = NAMES[family]
    _refuse_unknown(checkpoint)
    numbers = Numbers(checkpoint)
    sizes = Sizes.of(
        checkpoint,
        numbers,
        head_length=_QWEN3_HEAD_LENGTH if name in _QWEN3 else 0,
        kv_heads=numbers.whole("num_attention_heads") if family == "LlamaForCausalLM" else 0,
    )
    if name in ("qwen2", "qwen2moe") and sizes.q_rows != sizes.width:
        raise checkpoint.refuse("checkpoint_damaged", "config.json")
    rotation, factors = _rotation(checkpoint, numbers, name, sizes.head_length)
    tied = is_tied(checkpoint)
    if name == "qwen2moe" and tied:  # llama.cpp reads an output of its own
        raise checkpoint.refuse("unknown_checkpoint", "tie_word_embeddings")
    has_experts = name in _EXPERTS or family == _MIXTRAL
    experts = _Experts(checkpoint, numbers, name) if has_experts else None
    entries: dict[str, Value] = {
        **sizes.entries(checkpoint, numbers, name),
        f"{name}.context_length": _context(checkpoint, numbers, family),
        **rotation,
        **(experts.entries if experts is not None else {}),
    }
    tensors = _Tensors(name, sizes, _biases(checkpoint, name), experts)
    return Architecture(
        entries=entries,
        vocabulary_size=sizes.vocabulary,
        tensors=(*outer_tensors(sizes, tied=tied), *tensors.of_layers()),
        is_tied=tied,
        computed={"rope_freqs.weight": factors} if factors is not None else {},
    )


def _refuse_unknown(checkpoint: Checkpoint) -> None:
    """Refuse what a model of these families may have and llama.cpp would not compute."""
    config = checkpoint.config
    layers = config.get("layer_types") or []
    unknown = {
        "quantization_config": bool(config.get("quantization_config")),
        "use_sliding_window": bool(config.get("use_sliding_window")),
        "layer_types": not isinstance(layers, list) or any(each != "full_attention" for each in layers),
        "hidden_act": config.get("hidden_act", "silu") != "silu",
        "partial_rotary_factor": (config.get("partial_rotary_factor") or 1) != 1,
    }
    found = next((key for key, is_there in unknown.items() if is_there), None)
    if found is not None:
        raise checkpoint.refuse("unknown_checkpoint", found)


def _biases(checkpoint: Checkpoint, name: str) -> frozenset[str]:
    """Return the matrices with a bias, as the models' own code has them."""
    has_attention = bool(checkpoint.config.get("attention_bias"))
    if name in ("qwen2", "qwen2moe"):
        if checkpoint.config.get("qkv_bias") is False:
            return frozenset()
        return frozenset({"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"})
    if name in _QWEN3:
        if has_attention:  # llama.cpp's Qwen3 has no bias after the attention
            raise checkpoint.refuse("unknown_checkpoint", "attention_bias")
        return frozenset()
    if checkpoint.config["architectures"][0] in _MISTRALS:
        return frozenset()
    attention = {f"self_attn.{part}_proj" for part in "qkvo"} if has_attention else set()
    inner = {f"mlp.{part}_proj" for part in ("gate", "up", "down")}
    return frozenset(attention | (inner if checkpoint.config.get("mlp_bias") else set()))


def _context(checkpoint: Checkpoint, numbers: Numbers, family: str) -> int:
    """Return how many tokens it was trained for; the first Mistrals see no further than their window."""
    context = numbers.whole("max_position_embeddings")
    if family not in _MISTRALS or checkpoint.config.get("sliding_window") is None:
        return context
    return min(context, numbers.whole("sliding_window"))


def _rotation(
    checkpoint: Checkpoint, numbers: Numbers, name: str, head_length: int
) -> tuple[dict[str, Value], NDArray[np.float32] | None]:
    rope = rotation_of(checkpoint)
    base, kind = base_of(checkpoint, numbers, rope, 10_000.0), kind_of(rope)
    entries: dict[str, Value] = {f"{name}.rope.freq_base": base}
    if (rope.get("partial_rotary_factor") or 1) != 1:
        raise checkpoint.refuse("unknown_checkpoint", "partial_rotary_factor")
    if kind == "default":
        return entries, None
    if kind == "linear":
        return entries | linear_scaling(numbers, rope, name), None
    if kind == "llama3" and name == "llama":
        return entries, llama3_factors(checkpoint, numbers, rope, base, head_length)
    raise checkpoint.refuse("unknown_checkpoint", f"rope_type {kind}")


class _Experts:
    """How many experts there are and how wide; in Qwen2 one more that every token passes."""

    def __init__(self, checkpoint: Checkpoint, numbers: Numbers, name: str) -> None:
        config = checkpoint.config
        is_mixtral = name == "llama"
        weighs_anew = bool(config.get("norm_topk_prob", is_mixtral))
        unknown = {
            "decoder_sparse_step": config.get("decoder_sparse_step", 1) != 1,
            "mlp_only_layers": bool(config.get("mlp_only_layers")),
            "norm_topk_prob": weighs_anew is (name == "qwen2moe"),
        }
        found = next((key for key, is_there in unknown.items() if is_there), None)
        if found is not None:
            raise checkpoint.refuse("unknown_checkpoint", found)
        count = "num_experts" if config.get("num_experts") is not None else "num_local_experts"
        self.num_experts = numbers.whole(count, at_most=EXPERTS_MAX)
        self.num_used = numbers.whole("num_experts_per_tok", at_most=self.num_experts)
        self.width = numbers.whole("intermediate_size" if is_mixtral else "moe_intermediate_size")
        self.place = "block_sparse_moe" if is_mixtral else "mlp"
        self.parts = _MIXTRAL_PARTS if is_mixtral else {part: f"{part}_proj" for part in _MIXTRAL_PARTS}
        self.shared_width = numbers.whole("shared_expert_intermediate_size") if name == "qwen2moe" else 0
        self.entries: dict[str, Value] = {
            f"{name}.expert_count": self.num_experts,
            f"{name}.expert_used_count": self.num_used,
            f"{name}.expert_feed_forward_length": self.width,
        }
        if self.shared_width:
            self.entries[f"{name}.expert_shared_feed_forward_length"] = self.shared_width


class _Tensors:
    """The tensors of the layers."""

    def __init__(self, name: str, sizes: Sizes, biases: frozenset[str], experts: _Experts | None) -> None:
        self._name, self._sizes, self._biases, self._experts = name, sizes, biases, experts

    def of_layers(self) -> Iterator[ExpectedTensor]:
        for layer in range(self._sizes.num_layers):
            yield from layer_tensors(layer, self._norms())
            yield from self._attention(layer)
            if self._experts is None:
                yield from self._matrices(layer, "mlp", "ffn_{0}", self._sizes.inner_width)
            else:
                yield from self._of_experts(layer, self._experts)

    def _norms(self) -> dict[str, tuple[str, tuple[int, ...]]]:
        width, head = (self._sizes.width,), (self._sizes.head_length,)
        norms: dict[str, tuple[str, tuple[int, ...]]] = {
            "input_layernorm.weight": ("attn_norm.weight", width),
            "post_attention_layernorm.weight": ("ffn_norm.weight", width),
        }
        if self._name in _QWEN3:
            norms["self_attn.q_norm.weight"] = ("attn_q_norm.weight", head)
            norms["self_attn.k_norm.weight"] = ("attn_k_norm.weight", head)
        return norms

    def _attention(self, layer: int) -> Iterator[ExpectedTensor]:
        sizes = self._sizes
        yield from self._matrix(
            layer, "self_attn.q_proj", "attn_q", sizes.q_rows, sizes.width, sizes.num_heads
        )
        for part in "kv":
            heads = sizes.num_kv_heads if part == "k" else 0
            yield from self._matrix(
                layer, f"self_attn.{part}_proj", f"attn_{part}", sizes.kv_rows, sizes.width, heads
            )
        yield from self._matrix(layer, "self_attn.o_proj", "attn_output", sizes.width, sizes.q_rows)

    def _matrices(self, layer: int, place: str, gguf_name: str, inner: int) -> Iterator[ExpectedTensor]:
        width = self._sizes.width
        for part, outputs, inputs in (("gate", inner, width), ("up", inner, width), ("down", width, inner)):
            yield from self._matrix(layer, f"{place}.{part}_proj", gguf_name.format(part), outputs, inputs)

    def _matrix(
        self, layer: int, name: str, gguf_name: str, outputs: int, inputs: int, num_heads: int = 0
    ) -> Iterator[ExpectedTensor]:
        here, there = f"model.layers.{layer}.{name}", f"blk.{layer}.{gguf_name}"
        # llama.cpp rotates neighbours in Llama only: there rows of queries and keys lie otherwise.
        num_heads = num_heads if self._name == "llama" else 0
        yield ExpectedTensor(f"{there}.weight", (f"{here}.weight",), (outputs, inputs), num_heads)
        if name in self._biases:
            yield ExpectedTensor(f"{there}.bias", (f"{here}.bias",), (outputs,), num_heads)

    def _of_experts(self, layer: int, experts: _Experts) -> Iterator[ExpectedTensor]:
        width, inner = self._sizes.width, experts.width
        here, there = f"model.layers.{layer}.{experts.place}", f"blk.{layer}"
        yield ExpectedTensor(
            f"{there}.ffn_gate_inp.weight", (f"{here}.gate.weight",), (experts.num_experts, width)
        )
        for part, shape in (("gate", (inner, width)), ("up", (inner, width)), ("down", (width, inner))):
            names = tuple(
                f"{here}.experts.{number}.{experts.parts[part]}.weight"
                for number in range(experts.num_experts)
            )
            yield ExpectedTensor(f"{there}.ffn_{part}_exps.weight", names, shape)
        if experts.shared_width:
            yield from self._matrices(layer, "mlp.shared_expert", "ffn_{0}_shexp", experts.shared_width)
            yield ExpectedTensor(
                f"{there}.ffn_gate_inp_shexp.weight",
                (f"{here}.shared_expert_gate.weight",),
                (1, width),
                is_flat=True,
            )
