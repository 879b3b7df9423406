"""Whether a model fits into this machine's memory, before it is loaded.

Estimates err on the high side: a refused model can be tried with less context, a machine that swaps is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psutil

from lmstudio_lite.domain.models import ModelFile
from lmstudio_lite.errors import ModelTooLargeError

DEFAULT_CONTEXT_SIZE = 4096

_BYTES_PER_CACHE_VALUE = 2  # f16
_MICRO_BATCH_SIZE = 512
_ROWS_ALIVE = 3  # float32 activations of the embedding's length, per token of the micro-batch
_BASE_BYTES = 64 << 20  # the library, its graphs, the sampler
_TIGHT_SHARE = 0.8
_UNLIMITED_BYTES = 1 << 60
_CGROUP_LIMITS = (
    # (limit, used, statistics, name of the reclaimable cache) for cgroup v2, then v1
    ("memory.max", "memory.current", "memory.stat", "inactive_file"),
    (
        "memory/memory.limit_in_bytes",
        "memory/memory.usage_in_bytes",
        "memory/memory.stat",
        "total_inactive_file",
    ),
)


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


def available_memory_bytes() -> int:
    """Return how much memory a new model may take: the system's, or less where a container limits it."""
    return max(0, min(int(psutil.virtual_memory().available), container_memory_bytes()))


def container_memory_bytes(
    root: Path = Path("/sys/fs/cgroup"), membership: Path = Path("/proc/self/cgroup")
) -> int:
    """Return what the process's control groups leave; a huge number where there is no limit.

    A container sees its group as the root; elsewhere (a systemd slice) each group above counts as well.
    """
    return min(_group_memory_bytes(folder) for folder in (root, *_own_groups(root, membership)))


def _own_groups(root: Path, membership: Path) -> list[Path]:
    try:
        lines = membership.read_text().splitlines()
    except OSError:
        return []
    own = next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), "")
    names = [name for name in own.split("/") if name and name != ".."]
    return [root.joinpath(*names[:depth]) for depth in range(1, len(names) + 1)]


def _group_memory_bytes(folder: Path) -> int:
    for limit_name, used_name, statistics_name, cache_name in _CGROUP_LIMITS:
        try:
            limit = (folder / limit_name).read_text().strip()
            if limit == "max" or int(limit) >= _UNLIMITED_BYTES:
                continue
            used = int((folder / used_name).read_text())
            statistics = dict(line.split() for line in (folder / statistics_name).read_text().splitlines())
            return int(limit) - used + int(statistics.get(cache_name, 0))
        except (OSError, ValueError):
            continue
    return _UNLIMITED_BYTES
