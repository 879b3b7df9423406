"""A second, small context on a loaded model, to measure in without disturbing the one in use.

Deep contexts are not evaluated but made: the state of a sequence is copied behind itself, shifted, until
it is as deep as wanted. What it then says means nothing, but a step takes as long as it would (2,200
tokens in 0.3 s instead of 17 s).
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable

import llama_cpp
import numpy as np
import numpy.typing as npt

from lmstudio_lite.domain.models import Tuning
from lmstudio_lite.engine.llama.abort import AbortFlag
from lmstudio_lite.engine.llama.context import context_params

BATCH_SIZE = 512
_FIRST_TOKENS = 64
_ROOM = 64


class LlamaProbe:
    """Every measurement returns seconds, or None when it was interrupted and may be repeated."""

    def __init__(
        self, model: int | None, context: int, abort: AbortFlag, is_interrupted: Callable[[], bool]
    ) -> None:
        self._context = context
        self._memory = llama_cpp.llama_get_memory(context)
        self._abort = abort
        self._is_interrupted = is_interrupted
        self._batch = llama_cpp.llama_batch_init(BATCH_SIZE, 0, 1)
        self._vocabulary_size = int(llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model)))
        self._can_deepen = bool(
            llama_cpp.llama_memory_can_shift(self._memory)
            and not llama_cpp.llama_model_is_recurrent(model)
            and not llama_cpp.llama_model_is_hybrid(model)
        )
        self.context_size = int(llama_cpp.llama_n_ctx(context))

    @classmethod
    def open(
        cls,
        model: int | None,
        tuning: Tuning,
        context_size: int,
        *,
        abort: AbortFlag,
        is_interrupted: Callable[[], bool],
    ) -> LlamaProbe | None:
        """Make a context of ``context_size`` cells that runs with ``tuning``; None if it can't be had."""
        params = context_params(tuning, on_gpu=tuning.num_gpu_layers > 0)
        params.n_ctx = context_size
        params.n_batch = min(BATCH_SIZE, context_size)
        params.n_ubatch = min(tuning.micro_batch_size, params.n_batch)
        params.n_seq_max = 2
        context: int | None = llama_cpp.llama_init_from_model(model, params)
        if not context:
            return None
        abort.watch(context)
        return cls(model, context, abort, is_interrupted)

    @property
    def depth(self) -> int:
        """How many tokens the sequence holds."""
        return int(llama_cpp.llama_memory_seq_pos_max(self._memory, 0)) + 1

    def set_threads(self, num_threads: int, num_threads_batch: int) -> None:
        llama_cpp.llama_set_n_threads(self._context, num_threads, num_threads_batch)

    def read(self, num_tokens: int) -> float | None:
        """Evaluate a prompt chunk behind what is there, and forget it again."""
        depth = self.depth
        token_ids = [self._token(depth + at) for at in range(num_tokens)]
        seconds = self._decode(token_ids, all_logits=False)
        llama_cpp.llama_memory_seq_rm(self._memory, 0, depth, -1)
        return seconds

    def generate(self) -> float | None:
        """Evaluate one token behind what is there, and forget it again."""
        return self.read(1)

    def deepen(self, depth: int) -> bool:
        """Fill the sequence to at least ``depth`` tokens, or as far as the model allows; False if cut off."""
        if self.depth < _FIRST_TOKENS:
            llama_cpp.llama_memory_clear(self._memory, False)
            if self._decode([self._token(at) for at in range(_FIRST_TOKENS)], all_logits=False) is None:
                llama_cpp.llama_memory_clear(self._memory, False)
                return False
        while self._can_deepen and self.depth < depth and 2 * self.depth + _ROOM <= self.context_size:
            before = self.depth
            if not self._double():
                return False
            if self.depth <= before:
                break
        return True

    def distributions(self, token_ids: list[int]) -> npt.NDArray[np.float64] | None:
        """Return the log probabilities after each of ``token_ids`` (rows), read from the beginning."""
        llama_cpp.llama_memory_clear(self._memory, False)
        if self._decode(token_ids, all_logits=True) is None:
            return None
        rows = []
        for row in range(len(token_ids)):
            pointer = llama_cpp.llama_get_logits_ith(self._context, row)
            logits = np.ctypeslib.as_array(pointer, (self._vocabulary_size,)).astype(np.float64)
            logits -= logits.max()
            rows.append(logits - np.log(np.exp(logits).sum()))
        llama_cpp.llama_memory_clear(self._memory, False)
        return np.array(rows)

    def close(self) -> None:
        if self._context:
            llama_cpp.llama_batch_free(self._batch)
            llama_cpp.llama_free(self._context)
            self._context = 0

    def _double(self) -> bool:
        """Put a copy of the sequence behind itself, and a token that makes the shift happen."""
        length = self.depth
        size = llama_cpp.llama_state_seq_get_size(self._context, 0)
        state = (ctypes.c_uint8 * size)()
        llama_cpp.llama_state_seq_get_data(self._context, state, size, 0)
        if not llama_cpp.llama_state_seq_set_data(self._context, state, size, 1):
            return True
        llama_cpp.llama_memory_seq_add(self._memory, 1, 0, -1, length)
        llama_cpp.llama_memory_seq_cp(self._memory, 1, 0, -1, -1)
        llama_cpp.llama_memory_seq_rm(self._memory, 1, -1, -1)
        return self._decode([self._token(self.depth)], all_logits=False) is not None

    def _decode(self, token_ids: list[int], *, all_logits: bool) -> float | None:
        batch, start = self._batch, self.depth
        for row, token_id in enumerate(token_ids):
            batch.token[row] = token_id
            batch.pos[row] = start + row
            batch.n_seq_id[row] = 1
            batch.seq_id[row][0] = 0
            batch.logits[row] = all_logits or row == len(token_ids) - 1
        batch.n_tokens = len(token_ids)
        # In this order: who interrupts queues its command first and sets the flag then.
        self._abort.clear()
        if self._is_interrupted():
            return None
        began = time.perf_counter()
        status = llama_cpp.llama_decode(self._context, batch)
        llama_cpp.llama_synchronize(self._context)
        seconds = time.perf_counter() - began
        if status != 0:
            llama_cpp.llama_memory_seq_rm(self._memory, 0, start, -1)
            return None
        return seconds

    def _token(self, at: int) -> int:
        return (at * 7 + 100) % min(1000, self._vocabulary_size)
