"""``Context`` on llama.cpp's low-level C API: cells, a batch, and a flag that breaks a decode off.

There are two kinds. In a unified one all sequences share the cells, and attention passes over every cell of
every text, if only to find it masked. In streams (llama.cpp's word) each sequence has cells of its own and
sees nothing else. What is paid is memory, and that a prefix is copied, not shared: only whole streams can be,
so the rest is cut off again.

Built on llama.h as bound by llama-cpp-python. The traps named in the design bind here: partial copies need
``kv_unified``; a partial removal may empty the sequence, so what remains is asked for.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import llama_cpp
import numpy as np
from numpy.typing import NDArray

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.fit import RunSizes
from lmstudio_lite.domain.generation import AdapterUse, Sampling
from lmstudio_lite.domain.models import KvType, Tuning
from lmstudio_lite.engine.backend import Batch, DecodeStatus, Model
from lmstudio_lite.engine.llama.abort import AbortFlag
from lmstudio_lite.engine.llama.devices import gpu_devices
from lmstudio_lite.engine.llama.sampler import LlamaSampler
from lmstudio_lite.engine.llama.sizing import Sizes, plan_sizes, plan_streams, shrink
from lmstudio_lite.engine.llama.state_key import state_key
from lmstudio_lite.engine.llama.weights import WITHOUT_GPU, Weights
from lmstudio_lite.memory import available_memory_bytes

_NEAR = 5.0
"""Logits this far below the largest are 150 times less likely: most often there are enough above."""
_KV_TYPES = {KvType.F16: 1, KvType.Q8_0: 8}  # enum ggml_type


class LlamaContext:
    """A unified context; see ``backend.Context``. ``model`` outlives it."""

    shares_cells = True

    def __init__(
        self, model: Model, weights: Weights, handle: int, sizes: Sizes, *, abort: AbortFlag, state_key: str
    ) -> None:
        """Take over llama.cpp's ``handle``, which was made with ``sizes``."""
        self.model = model
        self.state_key = state_key
        self.context_size = self.context_size_asked = sizes.context_size
        self.num_sequences_max = sizes.num_sequences
        self.num_scored_max = sizes.num_scored
        self.num_sequence_ids = int(llama_cpp.llama_n_seq_max(handle))
        self.batch_size = int(llama_cpp.llama_n_batch(handle))
        self._weights = weights
        self._handle: int | None = handle
        self._memory = llama_cpp.llama_get_memory(handle)
        self._abort = abort
        abort.watch(handle)
        self._batch: llama_cpp.llama_batch | None = None
        self._create_batch()

    # Choosing tokens

    def create_sampler(self, sampling: Sampling, history: list[int], begun: list[int]) -> LlamaSampler:
        return LlamaSampler(self._handle, self._weights.tokenizer.vocab, sampling, history, begun)

    def log_probabilities(self, row: int, token_id: int, count: int) -> tuple[float, list[tuple[int, float]]]:
        logits, total = self._logits(row)
        best = _largest(logits, min(count, len(logits)))
        ordered = sorted(map(int, best), key=lambda found: -float(logits[found]))
        return float(logits[token_id]) - total, [(found, float(logits[found]) - total) for found in ordered]

    def token_log_probabilities(self, row: int, token_ids: Sequence[int]) -> list[float]:
        logits, total = self._logits(row)
        return [float(logits[token_id]) - total for token_id in token_ids]

    def _logits(self, row: int) -> tuple[NDArray[np.float32], float]:
        """Return a row's logits, llama.cpp's own until the next decode, and the log of their sum."""
        size = self._weights.tokenizer.size
        logits = np.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(self._handle, row), (size,))
        peak = float(logits.max())
        return logits, peak + math.log(float(np.exp(logits - peak).sum(dtype=np.float64)))

    # Evaluating

    def decode(self, batch: Batch) -> DecodeStatus:
        native = self._batch
        assert native is not None
        count = len(batch)
        self._token_ids[:count] = batch.token_ids
        self._positions[:count] = batch.positions
        for row, sequence_id in zip(self._sequence_rows, batch.sequence_ids, strict=False):
            row[0] = sequence_id
        self._wants_logits[:count] = batch.wants_logits
        for place, others in batch.joined.items():
            native.n_seq_id[place] = 1 + len(others)
            for at, sequence_id in enumerate(others, 1):
                self._sequence_rows[place][at] = sequence_id
        native.n_tokens = count
        status = llama_cpp.llama_decode(self._handle, native)
        self._abort.clear()
        for place in batch.joined:
            native.n_seq_id[place] = 1
        if status == 0:
            return DecodeStatus.OK
        if status == 1:
            return DecodeStatus.NO_ROOM
        return DecodeStatus.ABORTED if status == 2 else DecodeStatus.FAILED

    def abort(self) -> None:
        self._abort.set()

    def set_threads(self, num_threads: int, num_threads_batch: int) -> None:
        """Compute with so many threads from now on: single tokens, and prompts."""
        llama_cpp.llama_set_n_threads(self._handle, num_threads, num_threads_batch)

    def use_adapters(self, adapters: tuple[AdapterUse, ...]) -> None:
        use_adapters(self._handle, self._weights, adapters)

    # Cells

    def remove(self, sequence_id: int, start: int) -> int:
        llama_cpp.llama_memory_seq_rm(self._memory, sequence_id, start, -1)
        return self._num_positions(sequence_id)

    def copy_prefix(self, source: int, target: int, length: int) -> int:
        llama_cpp.llama_memory_seq_cp(self._memory, source, target, 0, length)
        return self._num_positions(target)

    def save_state(self, sequence_id: int) -> bytes:
        size = llama_cpp.llama_state_seq_get_size(self._handle, sequence_id)
        buffer = (ctypes.c_uint8 * size)()
        written = llama_cpp.llama_state_seq_get_data(self._handle, buffer, size, sequence_id)
        return bytes(memoryview(buffer)[:written])

    def restore_state(self, sequence_id: int, state: bytes) -> int:
        source = ctypes.cast(ctypes.c_char_p(state), ctypes.POINTER(ctypes.c_uint8))  # no copy
        if not llama_cpp.llama_state_seq_set_data(self._handle, source, len(state), sequence_id):
            return self.remove(sequence_id, 0)
        return self._num_positions(sequence_id)

    def close(self) -> None:
        if self._batch is not None:
            llama_cpp.llama_batch_free(self._batch)
            self._batch = None
        if self._handle is not None:
            llama_cpp.llama_free(self._handle)
            self._handle = None

    def _num_positions(self, sequence_id: int) -> int:
        return int(llama_cpp.llama_memory_seq_pos_max(self._memory, sequence_id)) + 1

    def _create_batch(self) -> None:
        size = self.batch_size
        batch = llama_cpp.llama_batch_init(size, 0, self.num_sequence_ids if self.shares_cells else 1)
        self._batch = batch
        self._token_ids = np.ctypeslib.as_array(batch.token, (size,))
        self._positions = np.ctypeslib.as_array(batch.pos, (size,))
        self._wants_logits = np.ctypeslib.as_array(batch.logits, (size,))
        self._sequence_rows = [batch.seq_id[row] for row in range(size)]
        for row in range(size):
            batch.n_seq_id[row] = 1


class StreamsContext(LlamaContext):
    """A context in which every sequence has ``context_size`` cells of its own."""

    shares_cells = False

    def copy_prefix(self, source: int, target: int, length: int) -> int:
        llama_cpp.llama_memory_seq_cp(self._memory, source, target, -1, -1)
        return self.remove(target, length)


def open_unified(
    model: Model,
    weights: Weights,
    options: LoadOptions,
    tuning: Tuning,
    *,
    free_bytes: int,
    abort: AbortFlag,
) -> LlamaContext | None:
    """Make a context as large as planned, or smaller where that can't be had; None if none can.

    ``free_bytes`` is what was free before the weights were loaded: they are mapped, and come in later.
    """
    shape = weights.shape
    on_gpu = tuning.num_gpu_layers >= shape.num_layers
    if on_gpu:
        free_bytes = sum(device.free_bytes for device in gpu_devices())
    else:
        free_bytes -= shape.weights_bytes * (shape.num_layers - tuning.num_gpu_layers) // shape.num_layers
    planned = plan_sizes(
        shape,
        options,
        free_bytes=free_bytes,
        flash_attention=tuning.flash_attention,
        kv_type=tuning.kv_type,
        on_gpu=on_gpu,
    )
    sizes: Sizes | None = planned
    asked = options.context_size or planned.context_size
    while sizes is not None:
        sizes = replace(sizes, micro_batch_size=min(sizes.micro_batch_size, tuning.micro_batch_size))
        params = context_params(tuning, on_gpu=on_gpu)
        params.n_ctx = sizes.context_size
        params.n_batch = sizes.batch_size
        params.n_ubatch = sizes.micro_batch_size
        params.n_seq_max = sizes.num_sequence_ids
        params.offload_kqv = params.op_offload = options.rung not in WITHOUT_GPU
        handle: int | None = llama_cpp.llama_init_from_model(weights.handle, params)
        if handle:
            form = f"{params.type_k} {params.type_v} {params.flash_attn_type} {params.swa_full}"
            sizes = replace(sizes, context_size=int(llama_cpp.llama_n_ctx(handle)))
            key = state_key(weights.path, form)
            context = LlamaContext(model, weights, handle, sizes, abort=abort, state_key=key)
            context.context_size_asked = asked
            return context
        sizes = shrink(sizes)
    return None


def open_streams(
    model: Model, weights: Weights, options: LoadOptions, tuning: Tuning, num_cells: int
) -> StreamsContext | None:
    """Make a context with ``num_cells`` for each sequence; None where it can't be had or is no gain."""
    if not weights.can_cut:
        return None
    sizes = plan_streams(
        weights.shape, tuning, options, num_cells=num_cells, free_bytes=available_memory_bytes()
    )
    if sizes is None:
        return None
    params = context_params(tuning, on_gpu=False)
    params.kv_unified = False
    params.n_ctx = sizes.context_size * sizes.num_sequence_ids
    params.n_batch = sizes.batch_size
    params.n_ubatch = sizes.micro_batch_size
    params.n_seq_max = sizes.num_sequence_ids
    params.offload_kqv = params.op_offload = False
    handle = llama_cpp.llama_init_from_model(weights.handle, params)
    if not handle:
        return None
    return StreamsContext(model, weights, handle, sizes, abort=AbortFlag(), state_key="")


def use_adapters(handle: int | None, weights: Weights, adapters: tuple[AdapterUse, ...]) -> None:
    """Let llama.cpp's context compute with ``adapters``, which ``weights`` has loaded, and no others."""
    count = len(adapters)
    handles: Any = (llama_cpp.llama_adapter_lora_p_ctypes * count)()
    for at, use in enumerate(adapters):
        handles[at] = weights.adapter(use.path)
    strengths = (ctypes.c_float * count)(*(use.strength for use in adapters))
    llama_cpp.llama_set_adapters_lora(handle, handles, count, strengths)


def _largest(logits: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """Return where the ``count`` largest are, in no order; few of a vocabulary come near the largest one."""
    if not count:
        return np.array([], np.intp)
    near = np.flatnonzero(logits > logits.max() - _NEAR)
    if near.size < count:
        near = np.arange(logits.size)
    values = logits[near]
    return near[np.argpartition(values, values.size - count)[values.size - count :]]


def planning_params(sizes: RunSizes) -> Any:
    """Return llama.cpp's parameters for a unified context of ``sizes`` that is only laid out."""
    tuning = Tuning(
        flash_attention=sizes.flash_attention,
        num_threads=1,
        num_threads_batch=1,
        micro_batch_size=sizes.micro_batch_size,
        kv_type=sizes.kv_type,
        num_gpu_layers=sizes.num_gpu_layers,
    )
    params = context_params(tuning, on_gpu=sizes.num_gpu_layers > 0)
    params.n_ctx = sizes.context_size
    params.n_batch = params.n_ubatch = min(sizes.micro_batch_size, sizes.context_size)
    params.n_seq_max = sizes.num_sequences
    params.offload_kqv = params.op_offload = sizes.num_gpu_layers > 0
    return params


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
