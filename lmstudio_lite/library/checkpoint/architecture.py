"""What a checkpoint's configuration says, in GGUF's words, for the families known here.

Keys as in llama.cpp's ``llama-arch.cpp``. What would compute otherwise than llama.cpp does (another kind of
rotation, windows, weights that are quantized) is refused rather than guessed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
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
_LAYERS_MAX = 512
"""llama.cpp's own bound (``LLAMA_MAX_LAYERS``)."""
_REAL_MAX = 1e30
_QWEN3_HEAD_LENGTH = 128
"""What a Qwen3 has whose configuration does not say; all others divide their width by their heads."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """``name`` by llama.cpp. ``biases`` are the matrices of a layer that have one, as the folder says it."""

    name: str
    entries: dict[str, Value]
    width: int
    inner_width: int
    num_layers: int
    num_heads: int
    num_kv_heads: int
    head_length: int
    vocabulary_size: int
    is_tied: bool
    biases: frozenset[str]
    rotation_factors: NDArray[np.float32] | None

    @property
    def is_interleaved(self) -> bool:
        """Whether llama.cpp rotates neighbours: rows of queries and keys then lie otherwise in GGUF."""
        return self.name == "llama"


def read_architecture(checkpoint: Checkpoint) -> Architecture:
    """Return what the configuration says.

    Raises:
        ConversionError: "unknown_checkpoint", with what is not known as ``part``; "checkpoint_damaged".
    """
    config = checkpoint.config
    names = config.get("architectures")
    family = names[0] if isinstance(names, list) and names and isinstance(names[0], str) else ""
    name = _FAMILIES.get(family)
    if name is None:
        raise checkpoint.refuse("unknown_checkpoint", family or str(config.get("model_type", "")))
    _refuse_unknown(checkpoint)
    numbers = _Numbers(checkpoint)
    width, heads = numbers.whole("hidden_size"), numbers.whole("num_attention_heads")
    kv_heads = numbers.whole("num_key_value_heads", heads if family == "LlamaForCausalLM" else 0)
    head_length = numbers.whole("head_dim", _QWEN3_HEAD_LENGTH if name == "qwen3" else width // heads)
    num_layers = numbers.whole("num_hidden_layers", at_most=_LAYERS_MAX)
    is_square = name != "qwen2" or head_length * heads == width
    if heads % kv_heads or head_length % 2 or not is_square:
        raise checkpoint.refuse("checkpoint_damaged", "config.json")
    inner_width, vocabulary_size = numbers.whole("intermediate_size"), numbers.whole("vocab_size")
    rotation, factors = _rotation(checkpoint, numbers, name, head_length)
    entries: dict[str, Value] = {
        "general.architecture": name,
        "general.type": "model",
        "general.name": checkpoint.name,
        f"{name}.block_count": num_layers,
        f"{name}.context_length": _context(checkpoint, numbers, family),
        f"{name}.embedding_length": width,
        f"{name}.feed_forward_length": inner_width,
        f"{name}.attention.head_count": heads,
        f"{name}.attention.head_count_kv": kv_heads,
        f"{name}.attention.layer_norm_rms_epsilon": numbers.real(config, "rms_norm_eps", 1e-6),
        f"{name}.attention.key_length": head_length,
        f"{name}.attention.value_length": head_length,
        f"{name}.rope.dimension_count": head_length,
        f"{name}.vocab_size": vocabulary_size,
        **rotation,
    }
    return Architecture(
        *(name, entries, width, inner_width, num_layers, heads, kv_heads, head_length, vocabulary_size),
        is_tied=_is_tied(checkpoint),
        biases=_biases(checkpoint, name),
        rotation_factors=factors,
    )


class _Numbers:
    """Numbers of the configuration, one by one."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint

    def whole(self, key: str, otherwise: int = 0, *, at_most: int = (1 << 31) - 1) -> int:
        """Return a positive number; raises ``ConversionError`` where there is none."""
        value = self._checkpoint.config.get(key)
        value = otherwise if value is None else value
        if type(value) is not int or not 0 < value <= at_most:
            raise self._checkpoint.refuse("checkpoint_damaged", key)
        return value

    def real(self, place: Mapping[str, Any], key: str, otherwise: float | None = None) -> float:
        """Return a positive number that is finite; raises ``ConversionError`` where there is none."""
        value = place.get(key)
        value = otherwise if value is None else value
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < _REAL_MAX:
            return float(value)
        raise self._checkpoint.refuse("checkpoint_damaged", key)


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


def _is_tied(checkpoint: Checkpoint) -> bool:
    """Whether the output is the embedding: also where nothing is said and there is no output."""
    said = checkpoint.config.get("tie_word_embeddings")
    return said if isinstance(said, bool) else "lm_head.weight" not in checkpoint.tensors


def _biases(checkpoint: Checkpoint, name: str) -> frozenset[str]:
    """Return the matrices with a bias, as the models' own code has them."""
    has_attention = bool(checkpoint.config.get("attention_bias"))
    if name == "qwen2":
        return frozenset({"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"})
    if name == "qwen3":
        if has_attention:  # llama.cpp's Qwen3 has no bias after the attention
            raise checkpoint.refuse("unknown_checkpoint", "attention_bias")
        return frozenset()
    if checkpoint.config["architectures"][0] == "MistralForCausalLM":
        return frozenset()
    attention = {f"self_attn.{part}_proj" for part in "qkvo"} if has_attention else set()
    inner = {f"mlp.{part}_proj" for part in ("gate", "up", "down")}
    return frozenset(attention | (inner if checkpoint.config.get("mlp_bias") else set()))


def _context(checkpoint: Checkpoint, numbers: _Numbers, family: str) -> int:
    """Return how many tokens it was trained for; the first Mistrals see no further than their window."""
    context = numbers.whole("max_position_embeddings")
    if family != "MistralForCausalLM" or checkpoint.config.get("sliding_window") is None:
        return context
    return min(context, numbers.whole("sliding_window"))


def _rotation(
    checkpoint: Checkpoint, numbers: _Numbers, name: str, head_length: int
) -> tuple[dict[str, Value], NDArray[np.float32] | None]:
    """Return how positions are rotated: newer configurations have it all in one place."""
    config = checkpoint.config
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    if not isinstance(rope, dict):
        raise checkpoint.refuse("checkpoint_damaged", "rope_parameters")
    base = numbers.real(rope if rope.get("rope_theta") is not None else config, "rope_theta", 10_000.0)
    entries: dict[str, Value] = {f"{name}.rope.freq_base": base}
    kind = str(rope.get("rope_type", rope.get("type", "default")))
    if (rope.get("partial_rotary_factor") or 1) != 1:
        raise checkpoint.refuse("unknown_checkpoint", "partial_rotary_factor")
    if kind == "default":
        return entries, None
    if kind == "linear":
        entries[f"{name}.rope.scaling.type"] = "linear"
        entries[f"{name}.rope.scaling.factor"] = numbers.real(rope, "factor")
        return entries, None
    if kind == "llama3" and name == "llama":
        return entries, _llama3_factors(checkpoint, numbers, rope, base, head_length)
    raise checkpoint.refuse("unknown_checkpoint", f"rope_type {kind}")


def _llama3_factors(
    checkpoint: Checkpoint, numbers: _Numbers, rope: Mapping[str, Any], base: float, head_length: int
) -> NDArray[np.float32]:
    """Return how much longer each wave becomes (Llama 3.1; ``_compute_llama3_parameters`` there)."""
    factor, low, high = (numbers.real(rope, key) for key in ("factor", "low_freq_factor", "high_freq_factor"))
    length = numbers.real(rope, "original_max_position_embeddings")
    if high <= low:
        raise checkpoint.refuse("checkpoint_damaged", "high_freq_factor")
    waves = 2 * math.pi * base ** (np.arange(0, head_length, 2) / head_length)
    smooth = np.clip((length / waves - low) / (high - low), 0.0, 1.0)
    return np.asarray(1 / ((1 - smooth) / factor + smooth), np.float32)
