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
_AVERAGE_OUTPUT_BYTES = 0.82
"""A weight's of the output matrix, where it is not known: most makers take Q6_K."""
_WRITING_COST = {
    "F16": 0.75, "BF16": 0.91, "Q8_0": 0.86, "Q6_K": 0.94, "Q5_K": 1.08, "Q5_0": 1.17, "Q5_1": 1.17,
    "Q4_0": 1.03, "Q4_1": 1.05, "IQ4_NL": 1.07, "IQ4_XS": 1.21,
}  # fmt: skip
"""What a byte of a type costs when a token is written, against one of Q4_K (CPU time, Xeon with AVX-512)."""
_READING_COST = {
    "F16": 1.56, "BF16": 1.58, "F32": 2.0, "Q8_0": 1.67, "Q6_K": 0.74, "Q5_K": 0.65, "Q5_0": 2.0, "Q5_1": 3.9,
    "Q4_0": 1.2, "Q4_1": 3.9, "IQ4_NL": 1.2, "IQ4_XS": 0.59,
}  # fmt: skip
"""What a weight of a type costs when a prompt is read, against one of Q4_K, on the same machine."""
_LAYER_COST_BYTES = 0.5e6
_WAITING_COST_BYTES = 1e6
_WAITING_THREADS_MAX = 4
"""What small steps between the products of a layer cost, in bytes of Q4_K, and what each further thread adds
because they wait for each other: measured with one and two, and taken to level off.

All three are of one Xeon, on which one model foretold another within 9 %. On an EPYC of the fifth generation
prompts came within 13 %, but what is written only within a factor of 1.9: there a layer waits for 0.14 ms and
a byte of Q5_0 costs 2.1 of Q4_K. A machine would have to measure its own costs of the types.
"""


@dataclass(frozen=True, slots=True)
class Pace:
    """What was measured with one model: seconds a token, written and read, with nothing before it.

    ``num_threads`` wrote. ``deeper_token_s`` and ``deeper_prompt_s`` come on top behind ``depth`` tokens; 0.0
    where not measured.
    """

    token_s: float
    prompt_s: float
    depth: int = 0
    deeper_token_s: float = 0.0
    deeper_prompt_s: float = 0.0
    num_threads: int = 2


def foretell(facts: ModelFacts, measured: ModelFacts, pace: Pace, context_size: int = 0) -> Speed:
    """Return the speed that a model of ``facts`` should have where that of ``measured`` kept ``pace``."""
    depth = min(TYPICAL_DEPTH, context_size // 2) if context_size else TYPICAL_DEPTH
    num_threads = pace.num_threads
    token_s = pace.token_s * _writing(facts, num_threads) / _writing(measured, num_threads)
    prompt_s = pace.prompt_s * _reading(facts) / _reading(measured)
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


def _writing(facts: ModelFacts, num_threads: int) -> float:
    """Return what a token costs to write, in bytes of Q4_K: layers, and the output matrix."""
    layers = sum(size * _WRITING_COST.get(name, 1.0) for name, size in _types(facts).items())
    output = _output_bytes(facts)
    per_weight = output / max(1, facts.vocabulary_size * number(facts, "embedding_length"))
    output_type = min(_WEIGHTS_PER_BYTE, key=lambda name: abs(1 / _WEIGHTS_PER_BYTE[name] - per_weight))
    written = layers * active_share(facts) + output * _WRITING_COST.get(output_type, 1.0)
    waiting = _WAITING_COST_BYTES * (min(num_threads, _WAITING_THREADS_MAX) - 1)
    return max(1.0, written + (_LAYER_COST_BYTES + waiting) * number(facts, "block_count"))


def _reading(facts: ModelFacts) -> float:
    """Return what a token costs to read, in products with weights of Q4_K: only the last has outputs."""
    layers = sum(
        size * _WEIGHTS_PER_BYTE.get(name, 1.0) * _READING_COST.get(name, 1.0)
        for name, size in _types(facts).items()
    )
    return max(1.0, layers * active_share(facts))


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
