"""How many bytes a model takes when it is run: weights, what it keeps of the texts, and buffers.

Buffers are counted as llama.cpp's allocator lays them out: what is never alive at the same time shares a
place, so the largest stage of a micro-batch decides. Stages and what is alive in each were read off its
graphs (``llama-graph.cpp``) and held against what it reports (``tests/library/fit``).
"""

from __future__ import annotations

from collections.abc import Sequence

from lmstudio_lite.domain.fit import MemoryNeed, ModelFacts, RunSizes
from lmstudio_lite.domain.models import KvType
from lmstudio_lite.library.fit.layers import (
    LAYERS_MAX,
    LayerMemory,
    convolved_width,
    is_windowed,
    layer_memories,
    number,
)

_CELLS_STEP = 256
"""llama.cpp rounds a context up to this many cells."""
_BLOCK, _BLOCK_BYTES = 32, 34
"""``q8_0`` stores 32 numbers with a scale in 34 bytes."""
_FLOAT_BYTES = 4
_INPUTS_BYTES = 20
"""A token's number, position and place among the outputs."""


def memory_need(facts: ModelFacts, sizes: RunSizes) -> MemoryNeed:
    """Return what the model takes alone, without an adapter or a projector."""
    layers = layer_memories(facts)
    return MemoryNeed(
        weights_bytes=facts.weights_bytes,
        kv_bytes=_kept_bytes(layers, sizes),
        compute_bytes=_compute_bytes(facts, sizes, layers),
    )


def _kept_bytes(layers: Sequence[LayerMemory], sizes: RunSizes) -> int:
    """Return the bytes of the KV cache and of the states."""
    cells = -(-sizes.context_size // _CELLS_STEP) * _CELLS_STEP
    # Without flash attention values lie transposed, and all layers' are as wide as the widest.
    widest = 0 if sizes.flash_attention else max((layer.value_width for layer in layers), default=0)
    per_cell = sum(
        _row_bytes(layer.key_width, sizes.kv_type)
        + _row_bytes(max(layer.value_width, widest) if layer.value_width else 0, sizes.kv_type)
        for layer in layers
    )
    return cells * per_cell + sizes.num_sequences * sum(layer.state_bytes for layer in layers)


def _compute_bytes(facts: ModelFacts, sizes: RunSizes, layers: Sequence[LayerMemory]) -> int:
    """Return the bytes of the buffers: activations of a micro-batch, and logits of every sequence."""
    # llama.cpp plans for equally long pieces of all sequences.
    num_sequences = max(1, sizes.num_sequences)
    num_tokens = -(-min(sizes.micro_batch_size, sizes.context_size) // num_sequences) * num_sequences
    mask = _mask_bytes(facts, sizes) if any(layer.key_width for layer in layers) else 0
    # Masks are alive until the last layer has attended: beside all stages but the last.
    stages = (
        _FLOAT_BYTES * (facts.vocabulary_size + 2 * number(facts, "embedding_length")),
        mask + _attending_bytes(facts, sizes, layers),
        mask + _FLOAT_BYTES * _feeding_width(facts),
        mask + _FLOAT_BYTES * _state_width(facts),
    )
    # The states in use are copied, and what is convolved once more, before the tokens that follow it.
    convolved = max(0, number(facts, "ssm.conv_kernel") - 1) * convolved_width(facts)
    state_bytes = max((layer.state_bytes for layer in layers), default=0) + _FLOAT_BYTES * convolved
    states = num_sequences * state_bytes
    outputs = _FLOAT_BYTES * facts.vocabulary_size * num_sequences
    return num_tokens * (max(stages) + _INPUTS_BYTES) + states + outputs


def _mask_bytes(facts: ModelFacts, sizes: RunSizes) -> int:
    """Return the bytes a token of the masks that say what it may look at, one more behind windows."""
    num_layers = min(number(facts, "block_count"), LAYERS_MAX)
    num_masks = 2 if any(is_windowed(facts, layer) for layer in range(num_layers)) else 1
    return num_masks * sizes.context_size * (2 if sizes.flash_attention else _FLOAT_BYTES)


def _attending_bytes(facts: ModelFacts, sizes: RunSizes, layers: Sequence[LayerMemory]) -> int:
    """Return the bytes a token while a layer attends; scores are held only without flash attention."""
    embedding, num_heads = number(facts, "embedding_length"), number(facts, "attention.head_count")
    query = num_heads * number(facts, "attention.key_length", default=embedding // max(1, num_heads))
    kept = max((layer.key_width + layer.value_width for layer in layers), default=0)
    scores = 0 if sizes.flash_attention else num_heads * sizes.context_size
    return _FLOAT_BYTES * (scores + 2 * embedding + 3 * query + kept) if kept else 0


def _feeding_width(facts: ModelFacts) -> int:
    """Return the floats a token while a layer feeds forward: gate, up, their product, and the others."""
    embedding, width = number(facts, "embedding_length"), number(facts, "feed_forward_length")
    # How many rows the allocator finds no better place for depends on how wide the others are.
    others = min(4, 1 + -(-width // max(1, embedding)))
    dense = 3 * width + others * embedding if width else 0
    used = number(facts, "expert_used_count")
    if not used:
        return dense
    expert = number(facts, "expert_feed_forward_length") or width
    mixed = max(3 * used * expert + 4 * embedding, 2 * used * embedding + 2 * embedding)
    return mixed if expert == width else max(mixed, dense)


def _state_width(facts: ModelFacts) -> int:
    """Return the floats a token while a recurrent layer takes it into its state."""
    inner = convolved_width(facts)
    return 6 * inner + number(facts, "embedding_length") if inner else 0


def _row_bytes(width: int, kv_type: KvType) -> int:
    if kv_type is KvType.F16:
        return 2 * width
    return -(-width // _BLOCK) * _BLOCK_BYTES
