"""How fast a model writes and reads on a machine, by what was measured there with another one.

Writing a token reads every weight in use once and the cache of what was written before; on processors it is
bound by how fast memory is read and numbers are unpacked. Reading a prompt multiplies with every weight in
use for each token; it is bound by arithmetic. What a byte and a multiplication cost follows from the measured
model; what the types of quantization cost against each other was measured (``_WRITING_COST`` and
``_READING_COST``), as ratios, for the machine's own speed is in the measurement.
"""

from __future__ import annotations

from dataclasses import dataclass

from lmstudio_lite.domain.fit import ModelFacts, Speed
from lmstudio_lite.library.fit.layers import is_windowed, layer_memories, number
from lmstudio_lite.library.gguf.types import GGML_TYPES

TYPICAL_DEPTH = 1024
"""Tokens of context that a forecast is for: a conversation of some turns."""
_CACHE_BYTES = 2
_WEIGHTS_PER_BYTE = {
    known.name: known.block_length / known.block_bytes for known in GGML_TYPES.values() if known.block_bytes
}
_AVERAGE_TYPE = "Q4_K"
_WRITING_COST: dict[str, float] = {}
"""What a byte of a type costs when a token is written, against one of Q4_K."""
_READING_COST: dict[str, float] = {}
"""What a weight of a type costs when a prompt is read, against one of Q4_K."""
_LAYER_COST_BYTES = 0.0
"""What the steps between the products cost, in bytes of Q4_K a layer."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What was measured with one model: seconds a token, written and read, with nothing before it.

    ``deeper_token_s`` and ``deeper_prompt_s`` come on top behind ``depth`` tokens; 0.0 where not measured.
    """

    token_s: float
    prompt_s: float
    depth: int = 0
    deeper_token_s: float = 0.0
    deeper_prompt_s: float = 0.0


def foretell(facts: ModelFacts, measured: ModelFacts, pace: Pace, context_size: int = 0) -> Speed:
    """Return the speed that a model of ``facts`` should have where that of ``measured`` kept ``pace``."""
    depth = min(TYPICAL_DEPTH, context_size // 2) if context_size else TYPICAL_DEPTH
    token_s = pace.token_s * _writing(facts) / _writing(measured)
    prompt_s = pace.prompt_s * _reading(facts) / _reading(measured)
    if pace.depth:
        before = _cells_bytes(measured, pace.depth)
        share = _cells_bytes(facts, depth) / before if before else 0.0
        token_s += share * pace.deeper_token_s
        prompt_s += share * pace.deeper_prompt_s
    return Speed(1 / token_s, 1 / prompt_s)


def active_share(facts: ModelFacts) -> float:
    """Return which share of the weights a token needs: not a table of rows, nor experts that are not used."""
    num_experts = number(facts, "expert_count")
    used = number(facts, "expert_used_count") / num_experts if num_experts else 1.0
    active = facts.weights_bytes - facts.embedding_bytes - facts.expert_bytes * (1 - min(1.0, used))
    return max(active, 1.0) / max(facts.weights_bytes, 1)


def _writing(facts: ModelFacts) -> float:
    """Return what a token costs to write, in bytes of Q4_K."""
    weights = sum(size * _WRITING_COST.get(name, 1.0) for name, size in _types(facts).items())
    return max(1.0, weights * active_share(facts) + _LAYER_COST_BYTES * number(facts, "block_count"))


def _reading(facts: ModelFacts) -> float:
    """Return what a token costs to read, in multiplications with weights of Q4_K."""
    weights = sum(
        size * _WEIGHTS_PER_BYTE.get(name, 1.0) * _READING_COST.get(name, 1.0)
        for name, size in _types(facts).items()
    )
    return max(1.0, weights * active_share(facts))


def _types(facts: ModelFacts) -> dict[str, int]:
    return facts.type_bytes or {_AVERAGE_TYPE: facts.weights_bytes}


def _cells_bytes(facts: ModelFacts, depth: int) -> int:
    """Return the bytes of the cache that a token behind ``depth`` others looks at."""
    window = number(facts, "attention.sliding_window") or depth
    return _CACHE_BYTES * sum(
        (layer.key_width + layer.value_width) * (min(depth, window) if is_windowed(facts, index) else depth)
        for index, layer in enumerate(layer_memories(facts))
    )
