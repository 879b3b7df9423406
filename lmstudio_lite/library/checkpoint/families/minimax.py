"""MiniMax M2: experts that are chosen by a sigmoid and a bias, and norms over all heads together."""

from __future__ import annotations

from collections.abc import Iterator

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
    rotation_of,
)
from lmstudio_lite.library.checkpoint.shards import Checkpoint
from lmstudio_lite.library.gguf.packing import Value

NAMES = {"MiniMaxM2ForCausalLM": "minimax-m2"}
_SIGMOID = 2
_EXPERT_PARTS = {"w1": "gate", "w3": "up", "w2": "down"}


def read_minimax(checkpoint: Checkpoint, family: str) -> Architecture:
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
    tied = is_tied(checkpoint)
    checkpoint.refuse_unknown(
        {
            "quantization_config": bool(config.get("quantization_config")),
            "hidden_act": config.get("hidden_act", "silu") != "silu",
            "scoring_func": config.get("scoring_func", "sigmoid") != "sigmoid",
            "use_qk_norm": config.get("use_qk_norm") is False,
            "qk_norm_type": config.get("qk_norm_type", "per_layer") != "per_layer",
            "use_routing_bias": config.get("use_routing_bias") is False,
            "shared_intermediate_size": bool(config.get("shared_intermediate_size")),
            "tie_word_embeddings": tied,
            f"rope_type {kind_of(rope)}": kind_of(rope) != "default",
        }
    )
    sizes = Sizes.of(checkpoint, numbers, kv_heads=numbers.whole("num_attention_heads"))
    num_experts = numbers.whole("num_local_experts", at_most=EXPERTS_MAX)
    share = rope.get("partial_rotary_factor") or config.get("partial_rotary_factor") or 1.0
    turned = int(numbers.real({"partial_rotary_factor": share}, "partial_rotary_factor") * sizes.head_length)
    turned = numbers.whole("rotary_dim", turned)
    if turned > sizes.head_length or turned % 2:
        raise checkpoint.refuse("checkpoint_damaged", "rotary_dim")
    entries: dict[str, Value] = {
        **sizes.entries(checkpoint, numbers, name),
        f"{name}.context_length": numbers.whole("max_position_embeddings"),
        f"{name}.rope.dimension_count": turned,
        f"{name}.rope.freq_base": base_of(checkpoint, numbers, rope, 5_000_000.0),
        f"{name}.expert_count": num_experts,
        f"{name}.expert_used_count": numbers.whole("num_experts_per_tok", at_most=num_experts),
        f"{name}.expert_feed_forward_length": sizes.inner_width,
        f"{name}.expert_gating_func": _SIGMOID,
    }
    layers = [tensor for layer in range(sizes.num_layers) for tensor in _layer(layer, sizes, num_experts)]
    return Architecture(
        entries, sizes.vocabulary, (*outer_tensors(sizes, tied=False), *layers), is_tied=False
    )


def _layer(layer: int, sizes: Sizes, num_experts: int) -> Iterator[ExpectedTensor]:
    width, inner = sizes.width, sizes.inner_width
    shapes: dict[str, tuple[str, tuple[int, ...]]] = {
        "input_layernorm.weight": ("attn_norm.weight", (width,)),
        "post_attention_layernorm.weight": ("ffn_norm.weight", (width,)),
        "self_attn.q_norm.weight": ("attn_q_norm.weight", (sizes.q_rows,)),
        "self_attn.k_norm.weight": ("attn_k_norm.weight", (sizes.kv_rows,)),
        "self_attn.q_proj.weight": ("attn_q.weight", (sizes.q_rows, width)),
        "self_attn.k_proj.weight": ("attn_k.weight", (sizes.kv_rows, width)),
        "self_attn.v_proj.weight": ("attn_v.weight", (sizes.kv_rows, width)),
        "self_attn.o_proj.weight": ("attn_output.weight", (width, sizes.q_rows)),
        "block_sparse_moe.gate.weight": ("ffn_gate_inp.weight", (num_experts, width)),
        "block_sparse_moe.e_score_correction_bias": ("exp_probs_b.bias", (num_experts,)),
    }
    yield from layer_tensors(layer, shapes)
    here = f"model.layers.{layer}.block_sparse_moe.experts"
    for part, gguf_part in _EXPERT_PARTS.items():
        names = tuple(f"{here}.{number}.{part}.weight" for number in range(num_experts))
        shape = (width, inner) if part == "w2" else (inner, width)
        yield ExpectedTensor(f"blk.{layer}.ffn_{gguf_part}_exps.weight", names, shape)
