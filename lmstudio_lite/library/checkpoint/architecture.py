"""What a checkpoint's configuration and tensors are called in GGUF, for the families known here.

Names as in llama.cpp's ``llama-arch.cpp``. What would compute otherwise than llama.cpp does (another kind of
rotation, windows) is refused rather than guessed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmstudio_lite.library.checkpoint.shards import Checkpoint
from lmstudio_lite.library.gguf.packing import Value

_FAMILIES = {
    "LlamaForCausalLM": "llama",
    "MistralForCausalLM": "llama",
    "Qwen2ForCausalLM": "qwen2",
    "Qwen3ForCausalLM": "qwen3",
}
_OUTER = {
    "model.embed_tokens.weight": "token_embd.weight",
    "model.norm.weight": "output_norm.weight",
    "lm_head.weight": "output.weight",
}
_INNER = {
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_LAYER = re.compile(r"model\.layers\.(\d{1,5})\.(.+)\.(weight|bias)")
_UNUSED = re.compile(r"rotary_emb\.inv_freq$|masked_bias$")
_EXPECTED = ("token_embd.weight", "output_norm.weight")

Order = Callable[[NDArray[Any]], NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Architecture:
    """``name`` by llama.cpp; ``is_interleaved``: rows of queries and keys lie otherwise in GGUF."""

    name: str
    entries: dict[str, Value]
    is_interleaved: bool
    num_heads: int
    num_kv_heads: int
    rotation_factors: NDArray[np.float32] | None

    def order_of(self, gguf_name: str) -> Order:
        """Return what a tensor's rows go through: llama's rotation pairs neighbours, Hugging Face's halves."""
        heads = {"attn_q": self.num_heads, "attn_k": self.num_kv_heads}.get(gguf_name.split(".")[-2], 0)
        if not self.is_interleaved or not heads:
            return lambda values: values

        def interleave(values: NDArray[Any]) -> NDArray[Any]:
            halves = values.reshape(heads, 2, values.shape[0] // heads // 2, *values.shape[1:])
            return np.ascontiguousarray(halves.swapaxes(1, 2)).reshape(values.shape)

        return interleave


def read_architecture(checkpoint: Checkpoint) -> Architecture:
    """Return what the configuration says, in GGUF's words.

    Raises:
        ConversionError: "unknown_checkpoint", with what is not known as ``part``; "checkpoint_damaged".
    """
    config = checkpoint.config
    names = config.get("architectures")
    family = names[0] if isinstance(names, list) and names and isinstance(names[0], str) else ""
    name = _FAMILIES.get(family)
    if name is None:
        raise checkpoint.refuse("unknown_checkpoint", part=family or str(config.get("model_type", "")))
    if config.get("use_sliding_window"):
        raise checkpoint.refuse("unknown_checkpoint", part="use_sliding_window")
    number = _Numbers(checkpoint)
    width, heads = number("hidden_size"), number("num_attention_heads")
    kv_heads = number("num_key_value_heads", heads)
    head_length = number("head_dim", width // max(1, heads))
    context = number("max_position_embeddings")
    window = config.get("sliding_window") if family == "MistralForCausalLM" else None
    rope, base = _rotation(config)
    entries: dict[str, Value] = {
        "general.architecture": name,
        "general.type": "model",
        "general.name": checkpoint.folder.name,
        f"{name}.block_count": number("num_hidden_layers"),
        f"{name}.context_length": min(context, window) if isinstance(window, int) and window else context,
        f"{name}.embedding_length": width,
        f"{name}.feed_forward_length": number("intermediate_size"),
        f"{name}.attention.head_count": heads,
        f"{name}.attention.head_count_kv": kv_heads,
        f"{name}.attention.layer_norm_rms_epsilon": float(config.get("rms_norm_eps", 1e-6)),
        f"{name}.attention.key_length": head_length,
        f"{name}.attention.value_length": head_length,
        f"{name}.rope.dimension_count": head_length,
        f"{name}.rope.freq_base": base,
        f"{name}.vocab_size": number("vocab_size"),
    }
    kind = str(rope.get("rope_type", rope.get("type", "default")))
    factors = None
    if kind == "linear":
        entries |= {
            f"{name}.rope.scaling.type": "linear",
            f"{name}.rope.scaling.factor": float(rope["factor"]),
        }
    elif kind == "llama3":
        factors = _llama3_factors(rope, base, head_length)
    elif kind != "default":
        raise checkpoint.refuse("unknown_checkpoint", part=f"rope {kind}")
    return Architecture(name, entries, name == "llama", heads, kv_heads, factors)


def gguf_names(checkpoint: Checkpoint) -> dict[str, str]:
    """Return GGUF's name of each tensor that is written.

    Raises:
        ConversionError: a tensor is not known ("unknown_checkpoint"), or one is missing.
    """
    is_tied = bool(checkpoint.config.get("tie_word_embeddings"))
    found: dict[str, str] = {}
    for name in checkpoint.tensors:
        if _UNUSED.search(name) or (is_tied and name == "lm_head.weight"):
            continue
        layer = _LAYER.fullmatch(name)
        inner = _INNER.get(layer[2]) if layer is not None else None
        if layer is not None and inner is not None:
            found[name] = f"blk.{int(layer[1])}.{inner}.{layer[3]}"
        elif name in _OUTER:
            found[name] = _OUTER[name]
        else:
            raise checkpoint.refuse("unknown_checkpoint", part=name)
    wanted = (*_EXPECTED, *(() if is_tied else ("output.weight",)))
    missing = next((name for name in wanted if name not in found.values()), None)
    if missing is not None:
        raise checkpoint.refuse("part_missing", part=missing)
    return found


class _Numbers:
    """Whole numbers of the configuration, one by one."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint

    def __call__(self, key: str, otherwise: int = 0) -> int:
        """Return a positive number; raises ``ConversionError`` where there is none."""
        value = self._checkpoint.config.get(key) or otherwise
        if not isinstance(value, int) or not 0 < value < 1 << 31:
            raise self._checkpoint.refuse("checkpoint_damaged", part=key)
        return value


def _rotation(config: dict[str, Any]) -> tuple[dict[str, Any], float]:
    """Return how positions are rotated: newer configurations have it all in one place."""
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    rope = rope if isinstance(rope, dict) else {}
    return rope, float(rope.get("rope_theta") or config.get("rope_theta") or 10_000.0)


def _llama3_factors(rope: dict[str, Any], base: float, head_length: int) -> NDArray[np.float32]:
    """Return how much longer each wave becomes (Llama 3.1; ``_compute_llama3_parameters`` there)."""
    factor, low, high = (float(rope[key]) for key in ("factor", "low_freq_factor", "high_freq_factor"))
    length = float(rope["original_max_position_embeddings"])
    waves = 2 * math.pi * base ** (np.arange(0, head_length, 2) / head_length)
    smooth = (length / waves - low) / (high - low)
    between = 1 / ((1 - smooth) / factor + smooth)
    found = np.where(waves < length / high, 1.0, np.where(waves > length / low, factor, between))
    return np.asarray(found, np.float32)
