"""A model, with or without an adapter, asked for its whole next-token distributions.

For comparing llama.cpp with another implementation of the same model: plain sequences, one at a time, from
an empty cache, on the CPU and without repacked weights, so that what differs is the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import llama_cpp
import numpy as np
from numpy.typing import NDArray

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.generation import AdapterUse
from lmstudio_lite.domain.models import Rung
from lmstudio_lite.engine.llama import log as llama_log
from lmstudio_lite.engine.llama.context import context_params, use_adapters
from lmstudio_lite.engine.llama.refusal import context_error
from lmstudio_lite.engine.llama.tuning_limits import default_tuning
from lmstudio_lite.engine.llama.weights import Weights
from lmstudio_lite.errors import DecodeError

_TYPE_F32 = 0
"""``GGML_TYPE_F32``: the cache is to add no error of its own."""


class LogitsReader:
    """The model at ``path``; a context manager. One thread at a time."""

    def __init__(
        self, path: Path, *, adapter: Path | None = None, strength: float = 1.0, context_size: int = 1024
    ) -> None:
        """Load the model and the adapter.

        Raises:
            ModelNotFoundError, ModelFileError: there is no such file, or it is none.
            ModelLoadError: llama.cpp refuses it, or there is no memory for it.
            AdapterError: llama.cpp refuses the adapter.
        """
        self._weights: Weights | None = None
        self._context: int | None = None
        llama_log.install()
        llama_cpp.llama_backend_init()
        options = LoadOptions(rung=Rung.CPU_ONLY)
        try:
            self._weights = Weights(path, options, 0, lambda _: True)
            params = context_params(default_tuning(options, 0), on_gpu=False)
            params.n_ctx = params.n_batch = context_size
            params.n_ubatch = min(context_size, 512)
            params.n_seq_max = 1
            params.type_k = params.type_v = _TYPE_F32
            params.offload_kqv = params.op_offload = False
            llama_log.take_last_error()
            self._context = llama_cpp.llama_init_from_model(self._weights.handle, params)
            if not self._context:
                raise context_error(path)
            if adapter is not None:
                self._use_adapter(self._weights, adapter, strength)
        except BaseException:
            self.close()
            raise
        self._tokenizer = self._weights.tokenizer
        self.context_size = int(llama_cpp.llama_n_ctx(self._context))
        self.vocabulary_size = self._tokenizer.size

    def __enter__(self) -> LogitsReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the memory back. Idempotent."""
        if self._context:
            llama_cpp.llama_free(self._context)
        self._context = None
        if self._weights is not None:
            self._weights.close()

    def logits(self, token_ids: Sequence[int]) -> NDArray[np.float32]:
        """Return the logits after each of ``token_ids``: an array (tokens, vocabulary).

        Raises:
            DecodeError: llama.cpp could not evaluate them.
        """
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self._context), True)
        self._decode(token_ids, 0, wants_all=True)
        rows = llama_cpp.llama_get_logits(self._context)
        return np.ctypeslib.as_array(rows, (len(token_ids), self.vocabulary_size)).copy()

    def generate(self, token_ids: Sequence[int], max_tokens: int) -> list[int]:
        """Return the likeliest tokens that follow ``token_ids``, up to the end of generation.

        Raises:
            DecodeError: llama.cpp could not evaluate them.
        """
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self._context), True)
        generated: list[int] = []
        pending, position = list(token_ids), 0
        while len(generated) < max_tokens and position + len(pending) <= self.context_size:
            self._decode(pending, position, wants_all=False)
            position += len(pending)
            last = llama_cpp.llama_get_logits_ith(self._context, -1)
            token_id = int(np.ctypeslib.as_array(last, (self.vocabulary_size,)).argmax())
            if self._tokenizer.is_end_of_generation(token_id):
                break
            generated.append(token_id)
            pending = [token_id]
        return generated

    def _use_adapter(self, weights: Weights, path: Path, strength: float) -> None:
        weights.load_adapter(path)
        use_adapters(self._context, weights, (AdapterUse(path, strength),))

    def _decode(self, token_ids: Sequence[int], start: int, *, wants_all: bool) -> None:
        count = len(token_ids)
        batch = llama_cpp.llama_batch_init(count, 0, 1)
        try:
            for row, token_id in enumerate(token_ids):
                batch.token[row] = token_id
                batch.pos[row] = start + row
                batch.n_seq_id[row] = 1
                batch.seq_id[row][0] = 0
                batch.logits[row] = wants_all or row == count - 1
            batch.n_tokens = count
            status = llama_cpp.llama_decode(self._context, batch)
        finally:
            llama_cpp.llama_batch_free(batch)
        if status != 0:
            raise DecodeError(status=int(status))
