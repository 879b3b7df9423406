"""What a model runs with: the defaults before anything was measured, and what the user and a rung allow."""

from __future__ import annotations

import os
import sys
from dataclasses import replace

import psutil

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.models import KvType, Rung, Tuning
from lmstudio_lite.engine.llama.sizing import MICRO_BATCH_SIZES, ModelShape

_WITHOUT_FLASH_ATTENTION = frozenset(
    {Rung.NO_FLASH_ATTENTION, Rung.FEWER_GPU_LAYERS, Rung.CPU_ONLY, Rung.SMALLER_CONTEXT}
)


def default_tuning(options: LoadOptions, num_gpu_layers: int) -> Tuning:
    """Return what to run with before anything was measured.

    Flash attention passes over cells of other sequences; without it a CPU multiplies them with nought. It
    is about as fast for one text alone (at depth 4,096: prompts 10 % faster, tokens 10 % slower).
    """
    threads = options.num_threads or num_usable_cores()
    return Tuning(
        flash_attention=True,
        num_threads=threads,
        num_threads_batch=threads,
        micro_batch_size=MICRO_BATCH_SIZES[0],
        num_gpu_layers=num_gpu_layers,
    )


def cautious(tuning: Tuning, options: LoadOptions) -> Tuning:
    """Return ``tuning`` within what the user wants and the rung allows."""
    flash = tuning.flash_attention if options.flash_attention is None else options.flash_attention
    flash = flash and options.rung not in _WITHOUT_FLASH_ATTENTION
    kv_type = (options.kv_type or tuning.kv_type) if flash else KvType.F16
    return replace(
        tuning,
        flash_attention=flash,
        kv_type=kv_type,
        num_threads=options.num_threads or tuning.num_threads,
        num_threads_batch=options.num_threads or tuning.num_threads_batch,
        micro_batch_size=options.micro_batch_size or tuning.micro_batch_size,
    )


def fitting_cache(tuning: Tuning, shape: ModelShape) -> Tuning:
    """Return ``tuning`` with a cache that can be made for a model of ``shape``."""
    return tuning if shape.can_quantize_cache else replace(tuning, kv_type=KvType.F16)


def useful_rungs(tuning: Tuning) -> tuple[Rung, ...]:
    """Return the rungs that would change anything for a model that runs with ``tuning``."""
    rungs = [Rung.NO_EXTRA_BUFFERS, Rung.LESS_MEMORY]
    if tuning.flash_attention:
        rungs.append(Rung.NO_FLASH_ATTENTION)
    if tuning.num_gpu_layers > 0:
        rungs += [Rung.FEWER_GPU_LAYERS, Rung.CPU_ONLY]
    return (*rungs, Rung.SMALLER_CONTEXT)


def needs_context(before: Tuning, after: Tuning) -> bool:
    """Whether the change takes another context; threads can be changed in place."""
    return replace(before, num_threads=after.num_threads, num_threads_batch=after.num_threads_batch) != after


def num_usable_cores() -> int:
    """Physical cores that this process may use; hyper-threads slow matrix products down."""
    physical = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    return max(1, min(physical, num_usable_threads()))


def num_usable_threads() -> int:
    """Hardware threads that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
