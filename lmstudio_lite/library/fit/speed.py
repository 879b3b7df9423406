"""How fast a model writes and reads on a machine, by what was measured there with another one.

Writing a token reads every weight in use once and the cache of what was written before; reading a prompt
multiplies with every weight in use for each token. What a type of quantization costs in either is measured
once on each machine (``MachineCosts``), in models of three sizes of layers. What small layers pay on top, for
steps that wait for each other, is paid for each layer. The model that was measured tells how far the machine
keeps to that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from lmstudio_lite.domain.fit import TRIAL_LAYER_WEIGHTS, MachineCosts, ModelFacts, Speed, TypeCost
from lmstudio_lite.library.fit.layers import is_windowed, layer_memories, number
from lmstudio_lite.library.gguf.types import GGML_TYPES

TYPICAL_DEPTH = 1024
"""Tokens of context that a forecast is for: a conversation of some turns."""
_CACHE_BYTES = 2
_WEIGHTS_PER_BYTE = {
    known.name: known.block_length / known.block_bytes for known in GGML_TYPES.values() if known.block_bytes
}
_AVERAGE_TYPE = "Q4_K"
_AVERAGE_OUTPUT_BYTES = 0.82
"""A weight's of the output matrix, where it is not known: most makers take Q6_K."""
USUAL_COSTS = MachineCosts(
    {
        "Q4_K": (TypeCost(57.4, 6.5), TypeCost(30.7, 5.1), TypeCost(23.7, 4.8)),
        "Q6_K": (TypeCost(57.6, 6.4), TypeCost(32.2, 4.8), TypeCost(26.1, 4.5)),
        "Q8_0": (TypeCost(42.9, 9.7), TypeCost(29.5, 8.2), TypeCost(22.5, 7.8)),
        "Q5_K": (TypeCost(69.5, 5.9), TypeCost(43.5, 3.8), TypeCost(33.7, 3.5)),
        "Q4_0": (TypeCost(60.0, 5.4), TypeCost(31.5, 4.2), TypeCost(24.9, 3.8)),
        "F16": (TypeCost(29.0, 8.9), TypeCost(21.7, 6.9), TypeCost(18.7, 6.3)),
        "Q5_0": (TypeCost(68.7, 11.7), TypeCost(44.2, 10.3), TypeCost(35.6, 10.3)),
        "Q4_1": (TypeCost(72.3, 19.8), TypeCost(47.0, 17.8), TypeCost(36.6, 17.3)),
        "Q5_1": (TypeCost(67.0, 22.8), TypeCost(42.5, 19.9), TypeCost(33.2, 19.1)),
        "IQ4_NL": (TypeCost(60.3, 5.5), TypeCost(31.1, 4.2), TypeCost(24.6, 3.8)),
        "IQ4_XS": (TypeCost(81.7, 5.5), TypeCost(54.6, 3.8), TypeCost(42.6, 3.4)),
        "Q3_K": (TypeCost(114.9, 6.3), TypeCost(68.6, 4.7), TypeCost(50.0, 4.2)),
        "BF16": (TypeCost(26.6, 7.5), TypeCost(17.3, 5.0), TypeCost(16.5, 4.3)),
        "Q2_K": (TypeCost(99.1, 7.6), TypeCost(53.3, 6.2), TypeCost(37.1, 6.0)),
    }
)
"""Of two cores of an EPYC of the fifth generation: they stand in until a machine's own are measured."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What was measured with one model: seconds a token, written and read, with nothing before it.

    ``deeper_token_s`` and ``deeper_prompt_s`` come on top behind ``depth`` tokens; 0.0
    where not measured.
    """

    token_s: float
    prompt_s: float
    depth: int = 0
    deeper_token_s: float = 0.0
    deeper_prompt_s: float = 0.0


def foretell(
    facts: ModelFacts,
    measured: ModelFacts,
    pace: Pace,
    context_size: int = 0,
    costs: MachineCosts = USUAL_COSTS,
) -> Speed:
    """Return the speed that a model of ``facts`` should have where that of ``measured`` kept ``pace``."""
    depth = min(TYPICAL_DEPTH, context_size // 2) if context_size else TYPICAL_DEPTH
    token_s = pace.token_s * _writing_ms(facts, costs) / _writing_ms(measured, costs)
    prompt_s = pace.prompt_s * _reading_ms(facts, costs) / _reading_ms(measured, costs)
    if pace.depth:
        before = _cells_bytes(measured, pace.depth)
        share = _cells_bytes(facts, depth) / before if before else 0.0
        token_s += share * pace.deeper_token_s
        prompt_s += share * pace.deeper_prompt_s
    return Speed(1 / token_s, 1 / prompt_s)


def active_share(facts: ModelFacts) -> float:
    """Return which share of its layers' weights a token needs: of many experts only those that are used."""
    num_experts, in_layers = number(facts, "expert_count"), max(1, _layer_bytes(facts))
    unused = 1 - min(1.0, number(facts, "expert_used_count") / num_experts) if num_experts else 0.0
    return max(0.0, 1 - unused * min(1.0, facts.expert_bytes / in_layers))


def _writing_ms(facts: ModelFacts, costs: MachineCosts) -> float:
    """Return what a token should cost to write: the layers, and the output matrix, whose rows are many."""
    in_layer = _weights_in_layer(facts)
    layers = sum(size * _cost(name, in_layer, costs).writing_ms for name, size in _types(facts).items())
    output = _output_bytes(facts)
    per_weight = output / max(1, facts.vocabulary_size * number(facts, "embedding_length"))
    output_cost = _cost(_type_of(per_weight), TRIAL_LAYER_WEIGHTS[-1], costs)
    return max(1.0, layers * active_share(facts) + output * output_cost.writing_ms) / 1e9


def _reading_ms(facts: ModelFacts, costs: MachineCosts) -> float:
    """Return what a token should cost to read: only the last has outputs."""
    in_layer = _weights_in_layer(facts)
    layers = sum(
        size * _WEIGHTS_PER_BYTE.get(name, 1.0) * _cost(name, in_layer, costs).reading_ms
        for name, size in _types(facts).items()
    )
    return max(1.0, layers * active_share(facts)) / 1e9


def _weights_in_layer(facts: ModelFacts) -> float:
    weights = sum(size * _WEIGHTS_PER_BYTE.get(name, 1.0) for name, size in _types(facts).items())
    return weights * active_share(facts) / max(1, number(facts, "block_count"))


def _cost(type_name: str, in_layer: float, costs: MachineCosts) -> TypeCost:
    """Return what a type costs in layers of so many weights; one not measured, what the next in size does."""
    measured = costs.of_types or USUAL_COSTS.of_types
    if type_name not in measured:
        per_byte = _WEIGHTS_PER_BYTE.get(type_name, _WEIGHTS_PER_BYTE[_AVERAGE_TYPE])
        type_name = min(measured, key=lambda name: abs(math.log(_WEIGHTS_PER_BYTE[name] / per_byte)))
    in_layer = min(max(in_layer, TRIAL_LAYER_WEIGHTS[0]), TRIAL_LAYER_WEIGHTS[-1])
    known = list(zip(TRIAL_LAYER_WEIGHTS, measured[type_name], strict=True))
    (less, small), (more, large) = next(pair for pair in pairwise(known) if in_layer <= pair[1][0])
    share = (1 / less - 1 / in_layer) / (1 / less - 1 / more)
    return TypeCost(
        small.writing_ms + share * (large.writing_ms - small.writing_ms),
        small.reading_ms + share * (large.reading_ms - small.reading_ms),
    )


def _type_of(bytes_per_weight: float) -> str:
    return min(_WEIGHTS_PER_BYTE, key=lambda name: abs(1 / _WEIGHTS_PER_BYTE[name] - bytes_per_weight))


def _layer_bytes(facts: ModelFacts) -> int:
    if facts.type_bytes:
        return sum(facts.type_bytes.values())
    output = facts.vocabulary_size * number(facts, "embedding_length") * _AVERAGE_OUTPUT_BYTES
    return max(0, facts.weights_bytes - facts.embedding_bytes - round(output))


def _output_bytes(facts: ModelFacts) -> int:
    return max(0, facts.weights_bytes - facts.embedding_bytes - _layer_bytes(facts))


def _types(facts: ModelFacts) -> dict[str, int]:
    return facts.type_bytes or {_AVERAGE_TYPE: _layer_bytes(facts)}


def _cells_bytes(facts: ModelFacts, depth: int) -> int:
    """Return the bytes of the cache that a token behind ``depth`` others looks at."""
    window = number(facts, "attention.sliding_window") or depth
    return _CACHE_BYTES * sum(
        (layer.key_width + layer.value_width) * (min(depth, window) if is_windowed(facts, index) else depth)
        for index, layer in enumerate(layer_memories(facts))
    )
