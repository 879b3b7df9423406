"""How large a model's context, batches and share of a GPU are made. Pure arithmetic over measured numbers.

Memory is counted as llama.cpp allocates it: per cell a key and a value of every layer, and per token of
a micro-batch the larger of its logits and, without flash attention, its attention scores over the whole
context, beside a few rows of activations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.models import KvType, Rung, Tuning

CONTEXT_SIZE_MIN = 512
CONTEXT_SIZE_MAX_CPU = 16_384
"""Deeper, a CPU takes seconds for a token; who wants that says so."""
CONTEXT_SIZE_MAX_GPU = 131_072
CONTEXT_SIZE_CAUTIOUS = 2048
CONTEXT_STEP = 256
MEMORY_SHARE = 1 / 3
"""Of what is free once the weights are loaded; the rest stays for other programs and the page cache."""
GPU_MEMORY_SHARE = 0.8
GPU_RESERVE_BYTES = 512 << 20
"""Per device, for its compute buffers and the driver."""
TOKENS_PER_SEQUENCE = 512
SEQUENCES_MAX = 16
SEQUENCES_MAX_WITH_STATE = 4
IDLE_SEQUENCES = 8
IDLE_SEQUENCES_WITH_STATE = 2
SCORED_SEQUENCES = 32
"""Short texts that are only read: a batch of 30 takes 8 % less time a token than one of 15, one of 60 another
3 %. llama.cpp keeps a row of logits for each: 0.6 MB where the vocabulary has 150,000 tokens."""
SEQUENCE_IDS_MAX = 256  # LLAMA_MAX_SEQ
STREAMS_SEQUENCES = (16, 12, 8)
STREAMS_IDLE_SEQUENCES = 2
STREAMS_MEMORY_SHARE = 1 / 8
BATCH_SIZE_CPU = 512
BATCH_SIZE_GPU = 2048
MICRO_BATCH_SIZES = (512, 256, 128, 64)
MICRO_BATCH_SIZE_CAUTIOUS = 128
_ROWS_ALIVE = 3
_BLOCK = 32
_BYTES_PER_VALUE = {KvType.F16: 2.0, KvType.Q8_0: 34 / 32}


@dataclass(frozen=True, slots=True)
class ModelShape:
    """A model's sizes as its file says them. ``num_layers`` counts the output layer.

    ``has_state`` is true for recurrent and hybrid models, which keep a state per sequence.
    """

    weights_bytes: int
    num_layers: int
    num_heads: int
    num_kv_heads: int
    key_length: int
    value_length: int
    embedding_length: int
    vocabulary_size: int
    trained_context: int
    has_state: bool = False

    @property
    def can_quantize_cache(self) -> bool:
        """Whether heads are as wide as whole blocks of a quantized cache: llama.cpp makes none otherwise."""
        return self.key_length % _BLOCK == 0 and self.value_length % _BLOCK == 0

    def cell_bytes(self, kv_type: KvType) -> int:
        """Bytes that one token of context takes in the KV cache."""
        width = self.num_kv_heads * (self.key_length + self.value_length)
        return max(1, round(max(1, self.num_layers - 1) * width * _BYTES_PER_VALUE[kv_type]))

    def compute_bytes(self, micro_batch_size: int, context_size: int, *, flash_attention: bool) -> int:
        """Bytes of the buffers that hold one micro-batch's activations."""
        scores = 0 if flash_attention else self.num_heads * context_size
        row = max(self.vocabulary_size, scores) + _ROWS_ALIVE * self.embedding_length
        return 4 * micro_batch_size * row


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of one llama.cpp context, in tokens.

    ``num_sequence_ids`` includes the idle ones and the ``num_scored`` that are kept for texts only read.
    """

    context_size: int
    batch_size: int
    micro_batch_size: int
    num_sequences: int
    num_sequence_ids: int
    num_scored: int = 0


def plan_sizes(
    shape: ModelShape,
    options: LoadOptions,
    *,
    free_bytes: int,
    flash_attention: bool,
    kv_type: KvType,
    on_gpu: bool,
) -> Sizes:
    """Choose what ``options`` leave open. ``free_bytes`` is what is left where the cache will lie.

    What the user asked for is kept, within what the model was trained for, except on the two rungs that
    are there to need less.
    """
    budget = int(max(0, free_bytes) * (GPU_MEMORY_SHARE if on_gpu else MEMORY_SHARE))
    if options.rung is Rung.LESS_MEMORY:
        budget //= 2
    micro_batch = _micro_batch_size(shape, options, budget, flash_attention=flash_attention)
    limit = CONTEXT_SIZE_MAX_GPU if on_gpu else CONTEXT_SIZE_MAX_CPU
    trained = shape.trained_context or limit
    if options.context_size:
        wanted = min(options.context_size, trained)
    else:
        fixed = shape.compute_bytes(micro_batch, 0, flash_attention=flash_attention)
        score_bytes = 0 if flash_attention else 4 * micro_batch * shape.num_heads
        affordable = max(0, budget - fixed) // (shape.cell_bytes(kv_type) + score_bytes)
        wanted = min(trained, limit, affordable)
    if options.rung is Rung.LESS_MEMORY:
        wanted //= 2
    elif options.rung is Rung.SMALLER_CONTEXT:
        wanted = min(wanted // 2, CONTEXT_SIZE_CAUTIOUS)
    context_size = max(min(CONTEXT_SIZE_MIN, trained), wanted)
    if context_size > CONTEXT_STEP:
        context_size = context_size // CONTEXT_STEP * CONTEXT_STEP
    most = SEQUENCES_MAX_WITH_STATE if shape.has_state else SEQUENCES_MAX
    automatic = max(2, min(most, context_size // TOKENS_PER_SEQUENCE))
    num_sequences = options.num_sequences_max or automatic
    num_idle = IDLE_SEQUENCES_WITH_STATE if shape.has_state else IDLE_SEQUENCES
    num_ids = num_sequences + num_idle
    num_scored = 0 if shape.has_state else max(0, min(SCORED_SEQUENCES, SEQUENCE_IDS_MAX - num_ids))
    batch_size = min(BATCH_SIZE_GPU if on_gpu else BATCH_SIZE_CPU, context_size)
    return Sizes(
        context_size=context_size,
        batch_size=batch_size,
        micro_batch_size=min(micro_batch, batch_size),
        num_sequences=num_sequences,
        num_sequence_ids=num_ids + num_scored,
        num_scored=num_scored,
    )


def plan_streams(
    shape: ModelShape, tuning: Tuning, options: LoadOptions, *, num_cells: int, free_bytes: int
) -> Sizes | None:
    """Choose the sizes of a context for bulk work whose sequences have ``num_cells`` of their own each.

    Attention then sees nothing of the other texts, which on a CPU saves a fifth of a step of 16 short ones
    and more of long ones. None where it is no gain (few sequences, a GPU, a model with a state).
    """
    if shape.has_state or tuning.num_gpu_layers > 0 or options.rung is not Rung.NORMAL:
        return None
    own_cells = max(CONTEXT_SIZE_MIN, -(-num_cells // CONTEXT_STEP) * CONTEXT_STEP)
    per_sequence = own_cells * shape.cell_bytes(tuning.kv_type)
    affordable = int(max(0, free_bytes) * STREAMS_MEMORY_SHARE) // per_sequence - STREAMS_IDLE_SEQUENCES
    num_sequences = next((count for count in STREAMS_SEQUENCES if count <= affordable), None)
    if num_sequences is None:
        return None
    return Sizes(
        context_size=own_cells,
        batch_size=BATCH_SIZE_CPU,
        micro_batch_size=min(tuning.micro_batch_size, BATCH_SIZE_CPU),
        num_sequences=num_sequences,
        num_sequence_ids=num_sequences + STREAMS_IDLE_SEQUENCES,
    )


def shrink(sizes: Sizes) -> Sizes | None:
    """Return the next smaller sizes to try when a context can't be had, None below the smallest."""
    context_size = sizes.context_size // 2 // CONTEXT_STEP * CONTEXT_STEP
    if context_size < CONTEXT_SIZE_MIN:
        return None
    return Sizes(
        context_size=context_size,
        batch_size=min(sizes.batch_size, context_size),
        micro_batch_size=min(sizes.micro_batch_size, MICRO_BATCH_SIZE_CAUTIOUS),
        num_sequences=sizes.num_sequences,
        num_sequence_ids=sizes.num_sequence_ids,
        num_scored=sizes.num_scored,
    )


def plan_gpu_layers(
    shape: ModelShape, options: LoadOptions, *, device_free_bytes: Sequence[int], kv_type: KvType
) -> int:
    """Choose how many layers lie on the GPUs: as many as fit beside the context, by their free memory.

    ``device_free_bytes`` is what each GPU reports as free. Layers are taken as equally large; each
    brings its share of the cache along, for a context of the cautious size at least.
    """
    if options.rung in (Rung.CPU_ONLY, Rung.SMALLER_CONTEXT) or not device_free_bytes:
        return 0
    context_size = options.context_size or min(shape.trained_context or 4096, 4096)
    cache_bytes = shape.cell_bytes(kv_type) * max(context_size, CONTEXT_SIZE_CAUTIOUS)
    layer_bytes = max(1, (shape.weights_bytes + cache_bytes) // max(1, shape.num_layers))
    room = sum(max(0, free - GPU_RESERVE_BYTES) // layer_bytes for free in device_free_bytes)
    num_layers = min(shape.num_layers, room)
    if options.num_gpu_layers is not None:
        num_layers = min(options.num_gpu_layers, shape.num_layers)
    return num_layers // 2 if options.rung is Rung.FEWER_GPU_LAYERS else num_layers


def gpu_layer_steps(num_layers: int) -> tuple[int, ...]:
    """Return what to try, one after the other, when ``num_layers`` turn out not to fit after all."""
    steps = (num_layers, num_layers * 3 // 4, num_layers // 2, num_layers // 4, 0)
    return tuple(dict.fromkeys(steps))


def _micro_batch_size(shape: ModelShape, options: LoadOptions, budget: int, *, flash_attention: bool) -> int:
    """The largest whose buffers take at most half of the budget with a small context."""
    if options.rung is Rung.SMALLER_CONTEXT:
        return MICRO_BATCH_SIZE_CAUTIOUS
    if options.micro_batch_size:
        return options.micro_batch_size
    for size in MICRO_BATCH_SIZES:
        needed = shape.compute_bytes(size, CONTEXT_SIZE_CAUTIOUS, flash_attention=flash_attention)
        if needed <= budget // 2:
            return size
    return MICRO_BATCH_SIZES[-1]
