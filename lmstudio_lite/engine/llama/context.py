"""How a model is put into memory: which layers where, and a context of what size and kind.

The numbers come from ``sizing``, what they are computed from is read here.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import llama_cpp
import psutil

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.models import KvType, Rung, Tuning
from lmstudio_lite.engine.llama import log as llama_log
from lmstudio_lite.engine.llama.devices import gpu_devices
from lmstudio_lite.engine.llama.model_path import model_parts
from lmstudio_lite.engine.llama.refusal import load_error
from lmstudio_lite.engine.llama.sizing import (
    MICRO_BATCH_SIZES,
    ModelShape,
    Sizes,
    plan_gpu_layers,
    plan_sizes,
    shrink,
)
from lmstudio_lite.errors import CancelledError

_KV_TYPES = {KvType.F16: 1, KvType.Q8_0: 8}  # enum ggml_type
_WITHOUT_FLASH_ATTENTION = frozenset(
    {Rung.NO_FLASH_ATTENTION, Rung.FEWER_GPU_LAYERS, Rung.CPU_ONLY, Rung.SMALLER_CONTEXT}
)
_WITHOUT_GPU = frozenset({Rung.CPU_ONLY, Rung.SMALLER_CONTEXT})


def load_weights(
    path: Path, options: LoadOptions, num_gpu_layers: int, progress: Callable[[float], bool]
) -> int:
    """Load a model; returns llama.cpp's handle.

    Raises:
        ModelLoadError: llama.cpp refuses the file, or there is no memory for it.
        CancelledError: ``progress`` said no.
    """
    went_on = True

    def on_progress(fraction: float, _user: object) -> bool:
        nonlocal went_on
        went_on = progress(fraction)
        return went_on

    params = llama_cpp.llama_model_default_params()
    callback = llama_cpp.llama_progress_callback(on_progress)
    params.progress_callback = callback
    params.n_gpu_layers = num_gpu_layers
    params.use_extra_bufts = options.rung is Rung.NORMAL
    no_devices = (ctypes.c_void_p * 1)(None)
    if options.rung in _WITHOUT_GPU:
        params.devices = ctypes.cast(no_devices, ctypes.c_void_p)
    llama_log.take_last_error()
    model: int | None = llama_cpp.llama_model_load_from_file(os.fsencode(path), params)
    if model:
        return model
    if not went_on:
        raise CancelledError
    raise load_error(path)


def plan_layers(path: Path, options: LoadOptions) -> int:
    """Return how many layers to put on the GPUs, from the memory that is free on them now."""
    if options.rung in _WITHOUT_GPU or options.num_gpu_layers == 0:
        return 0
    devices = gpu_devices()
    if not devices:
        return 0
    params = llama_cpp.llama_model_default_params()
    params.vocab_only = True
    llama_log.take_last_error()
    header = llama_cpp.llama_model_load_from_file(os.fsencode(path), params)
    if not header:
        raise load_error(path)
    try:
        shape = replace(read_shape(header), weights_bytes=_file_bytes(path))
    finally:
        llama_cpp.llama_model_free(header)
    kv_type = options.kv_type or KvType.F16
    free = [device.free_bytes for device in devices]
    return plan_gpu_layers(shape, options, device_free_bytes=free, kv_type=kv_type)


def read_shape(model: int | None) -> ModelShape:
    """Read a loaded model's sizes."""
    num_heads = max(1, llama_cpp.llama_model_n_head(model))
    embedding_length = int(llama_cpp.llama_model_n_embd(model))
    architecture = metadata(model, "general.architecture")
    head_length = embedding_length // num_heads
    key_length = _number(model, f"{architecture}.attention.key_length") or head_length
    return ModelShape(
        weights_bytes=int(llama_cpp.llama_model_size(model)),
        num_layers=int(llama_cpp.llama_model_n_layer(model)) + 1,
        num_heads=num_heads,
        # Hybrid models have none in their recurrent layers, the first of which may be asked about here.
        num_kv_heads=int(llama_cpp.llama_model_n_head_kv(model)) or num_heads,
        key_length=key_length,
        value_length=_number(model, f"{architecture}.attention.value_length") or key_length,
        embedding_length=embedding_length,
        vocabulary_size=int(llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))),
        trained_context=int(llama_cpp.llama_model_n_ctx_train(model)),
        has_state=bool(llama_cpp.llama_model_is_recurrent(model) or llama_cpp.llama_model_is_hybrid(model)),
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


def create_context(
    model: int | None, shape: ModelShape, options: LoadOptions, tuning: Tuning, *, free_bytes: int
) -> tuple[int, Sizes, str] | None:
    """Make a context as large as planned, or smaller where that can't be had; None if none can.

    ``free_bytes`` is what was free before the weights were loaded: they are mapped, and come in later.
    Returns llama.cpp's handle, its sizes, and what a saved state of it depends on.
    """
    on_gpu = tuning.num_gpu_layers >= shape.num_layers
    if on_gpu:
        free_bytes = sum(device.free_bytes for device in gpu_devices())
    else:
        free_bytes -= shape.weights_bytes * (shape.num_layers - tuning.num_gpu_layers) // shape.num_layers
    sizes: Sizes | None = plan_sizes(
        shape,
        options,
        free_bytes=free_bytes,
        flash_attention=tuning.flash_attention,
        kv_type=tuning.kv_type,
        on_gpu=on_gpu,
    )
    while sizes is not None:
        sizes = replace(sizes, micro_batch_size=min(sizes.micro_batch_size, tuning.micro_batch_size))
        params = context_params(tuning, on_gpu=on_gpu)
        params.n_ctx = sizes.context_size
        params.n_batch = sizes.batch_size
        params.n_ubatch = sizes.micro_batch_size
        params.n_seq_max = sizes.num_sequence_ids
        params.offload_kqv = params.op_offload = options.rung not in _WITHOUT_GPU
        context: int | None = llama_cpp.llama_init_from_model(model, params)
        if context:
            form = f"{params.type_k} {params.type_v} {params.flash_attn_type} {params.swa_full}"
            return context, sizes, form
        sizes = shrink(sizes)
    return None


def create_lane_context(model: int | None, tuning: Tuning, sizes: Sizes) -> int | None:
    """Make a context with ``sizes.context_size`` cells for each sequence; None if it can't be had."""
    params = context_params(tuning, on_gpu=False)
    params.kv_unified = False
    params.n_ctx = sizes.context_size * sizes.num_sequence_ids
    params.n_batch = sizes.batch_size
    params.n_ubatch = sizes.micro_batch_size
    params.n_seq_max = sizes.num_sequence_ids
    params.offload_kqv = params.op_offload = False
    return llama_cpp.llama_init_from_model(model, params) or None


def context_params(tuning: Tuning, *, on_gpu: bool) -> Any:
    """Return llama.cpp's parameters for ``tuning``; the sizes are still its defaults."""
    params = llama_cpp.llama_context_default_params()
    params.kv_unified = True
    params.swa_full = True
    params.no_perf = True
    params.n_threads = tuning.num_threads
    params.n_threads_batch = tuning.num_threads_batch
    params.type_k = params.type_v = _KV_TYPES[tuning.kv_type]
    wanted = llama_cpp.LLAMA_FLASH_ATTN_TYPE_AUTO if on_gpu else llama_cpp.LLAMA_FLASH_ATTN_TYPE_ENABLED
    off = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
    params.flash_attn_type = wanted if tuning.flash_attention else off
    return params


def num_usable_cores() -> int:
    """Physical cores that this process may use; hyper-threads slow matrix products down."""
    physical = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    return max(1, min(physical, num_usable_threads()))


def num_usable_threads() -> int:
    """Hardware threads that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def metadata(model: int | None, key: str) -> str:
    """Return a value of the model file's header as text, "" if it is not there."""
    buffer = ctypes.create_string_buffer(512)
    size = llama_cpp.llama_model_meta_val_str(model, key.encode(), buffer, len(buffer))
    return buffer.value.decode("utf-8", "replace") if size >= 0 else ""


def _number(model: int | None, key: str) -> int:
    value = metadata(model, key)
    return int(value) if value.isdecimal() else 0


def _file_bytes(path: Path) -> int:
    return sum(part.stat().st_size for part in model_parts(path))
