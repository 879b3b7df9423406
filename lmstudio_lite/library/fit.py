"""Whether a model fits into this machine's memory, before it is loaded.

Estimates err on the high side: a refused model can be tried with less context, a machine that swaps is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lmstudio_lite.domain.models import ModelFile
from lmstudio_lite.errors import ModelTooLargeError
from lmstudio_lite.memory import available_memory_bytes

DEFAULT_CONTEXT_SIZE = 4096

_BYTES_PER_CACHE_VALUE = 2  # f16
_MICRO_BATCH_SIZE = 512
_ROWS_ALIVE = 3  # float32 activations of the embedding's length, per token of the micro-batch
_BASE_BYTES = 64 << 20  # the library, its graphs, the sampler
_TIGHT_SHARE = 0.8


class Fit(StrEnum):
    """TIGHT runs, but leaves the rest of the machine little room."""

    FITS = "fits"
    TIGHT = "tight"
    TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class MemoryEstimate:
    """All in bytes: the weights, the KV cache in f16, and the buffers of one micro-batch."""

    weights_bytes: int
    kv_bytes: int
    compute_bytes: int

    @property
    def total_bytes(self) -> int:
        return self.weights_bytes + self.kv_bytes + self.compute_bytes


def estimate_memory(file: ModelFile, context_size: int) -> MemoryEstimate:
    """Estimate what ``file`` needs with ``context_size`` tokens of context; 0 stands for the default.

    The cache holds a key and a value per token, layer and KV head; models that slide a window over it or
    keep a state instead need less. For three models (135M to 0.5B, 4,096 tokens) the cache came out as
    llama.cpp reports it, and the buffers as it reports them plus the base.
    """
    context_size = context_size or min(DEFAULT_CONTEXT_SIZE, file.context_length or DEFAULT_CONTEXT_SIZE)
    head_length = file.embedding_length // file.num_heads if file.num_heads else 0
    key_length = file.key_length or head_length
    per_token = file.num_layers * file.num_kv_heads * (key_length + (file.value_length or key_length))
    # Attention scores and logits are never alive together: llama.cpp's allocator gives them one place.
    values_per_token = max(file.vocabulary_size, file.num_heads * context_size)
    values_per_token += _ROWS_ALIVE * file.embedding_length
    return MemoryEstimate(
        weights_bytes=file.size_bytes,
        kv_bytes=per_token * context_size * _BYTES_PER_CACHE_VALUE,
        compute_bytes=_BASE_BYTES + 4 * _MICRO_BATCH_SIZE * values_per_token,
    )


def judge_fit(file: ModelFile, context_size: int, available_bytes: int | None = None) -> Fit:
    """Judge against ``available_bytes``, by default what is available now."""
    available = available_memory_bytes() if available_bytes is None else available_bytes
    needed = estimate_memory(file, context_size).total_bytes
    if needed > available:
        return Fit.TOO_LARGE
    return Fit.TIGHT if needed > available * _TIGHT_SHARE else Fit.FITS


def check_fits(file: ModelFile, context_size: int, available_bytes: int | None = None) -> None:
    """Raise ``ModelTooLargeError`` with the numbers if ``file`` does not fit."""
    available = available_memory_bytes() if available_bytes is None else available_bytes
    needed = estimate_memory(file, context_size).total_bytes
    if needed > available:
        raise ModelTooLargeError(path=str(file.path), needed_bytes=needed, available_bytes=available)
