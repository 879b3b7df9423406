"""How many bytes a model takes when it is run: weights, what it keeps of the texts, and buffers.

Buffers are counted as llama.cpp's allocator lays them out: what is never alive at the same time shares a
place, so the largest stage of a micro-batch decides. Stages and what is alive in each were read off its
graphs (``llama-graph.cpp``) and held against what it reports (``tests/library/fit``).
"""

from __future__ import annotations

from lmstudio_lite.domain.fit import MemoryNeed, ModelFacts, RunSizes
from lmstudio_lite.domain.models import KvType
from lmstudio_lite.library.fit.layers import layer_memories, number

_CELLS_STEP = 256
"""llama.cpp rounds a context up to this many cells."""
_BLOCK, _BLOCK_BYTES = 32, 34
"""``q8_0`` stores 32 numbers with a scale in 34 bytes."""
_FLOAT_BYTES = 4


def memory_need(
    facts: ModelFacts, sizes: RunSizes, *, adapter_bytes: int = 0, projector_bytes: int = 0
) -> MemoryNeed:
    """Return what the model takes; ``adapter_bytes`` and ``projector_bytes`` are of files beside it."""
    return MemoryNeed(
        weights_bytes=facts.weights_bytes,
        kv_bytes=kept_bytes(facts, sizes),
        compute_bytes=compute_bytes(facts, sizes),
        adapter_bytes=adapter_bytes,
        projector_bytes=projector_bytes,
    )


def kept_bytes(facts: ModelFacts, sizes: RunSizes) -> int:
    """Return the bytes of the KV cache and of the states."""
    layers = layer_memories(facts)
    cells = -(-sizes.context_size // _CELLS_STEP) * _CELLS_STEP
    # Without flash attention values lie transposed, and all layers' are as wide as the widest.
    widest = 0 if sizes.flash_attention else max((layer.value_width for layer in layers), default=0)
    per_cell = sum(
        _row_bytes(layer.key_width, sizes.kv_type)
        + _row_bytes(max(layer.value_width, widest) if layer.value_width else 0, sizes.kv_type)
        for layer in layers
    )
    return cells * per_cell + sizes.num_sequences * sum(layer.state_bytes for layer in layers)


def compute_bytes(facts: ModelFacts, sizes: RunSizes) -> int:
    """Return the bytes of the buffers: activations of a micro-batch, and logits of every sequence."""
    num_tokens = min(sizes.micro_batch_size, sizes.context_size)
    embedding = number(facts, "embedding_length")
    num_heads = number(facts, "attention.head_count")
    feed_forward = max(number(facts, "feed_forward_length"), _expert_width(facts))
    mask = sizes.context_size * (2 if sizes.flash_attention else _FLOAT_BYTES)
    scores = 0 if sizes.flash_attention else _FLOAT_BYTES * num_heads * sizes.context_size
    stages = (
        _FLOAT_BYTES * (facts.vocabulary_size + 2 * embedding),
        mask + scores + _FLOAT_BYTES * 5 * embedding,
        mask + _FLOAT_BYTES * (2 * feed_forward + 2 * embedding),
    )
    outputs = _FLOAT_BYTES * facts.vocabulary_size * sizes.num_sequences
    return num_tokens * max(stages) + outputs


def _expert_width(facts: ModelFacts) -> int:
    used = number(facts, "expert_used_count")
    return used * number(facts, "expert_feed_forward_length") if used else 0


def _row_bytes(width: int, kv_type: KvType) -> int:
    if kv_type is KvType.F16:
        return 2 * width
    return -(-width // _BLOCK) * _BLOCK_BYTES
