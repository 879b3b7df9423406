"""A model that reads token after token on the CPU, for comparing files and implementations, not for use.

One sequence, without repacked weights and without a GPU, so that what differs between two answers is the
model and not the way in which it runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import llama_cpp
import numpy as np
from numpy.typing import NDArray

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.generation import AdapterUse
from lmstudio_lite.domain.models import Rung
from lmstudio_lite.engine.llama import log as llama_log
from lmstudio_lite.engine.llama.context import context_params, use_adapters
from lmstudio_lite.engine.llama.refusal import context_error
from lmstudio_lite.engine.llama.tokenizer import Tokenizer
from lmstudio_lite.engine.llama.tuning_limits import default_tuning
from lmstudio_lite.engine.llama.weights import Weights
from lmstudio_lite.errors import DecodeError

_MICRO_BATCH_MAX = 512
_TYPE_F32 = 0
"""``GGML_TYPE_F32``."""


@dataclass(frozen=True, slots=True)
class ReaderOptions:
    """``context_size`` is in tokens. ``has_exact_cache`` keeps the KV cache in F32, so that it adds no error.

    ``on_node`` is a ``ggml_backend_sched_eval_callback``.
    """

    context_size: int
    has_exact_cache: bool = False
    on_node: Any = None


class PlainReader:
    """The model at ``path``; a context manager. One thread at a time."""

    def __init__(
        self, path: Path, options: ReaderOptions, *, adapter: Path | None = None, strength: float = 1.0
    ) -> None:
        """Load the model and the adapter.

        Raises:
            ModelNotFoundError, ModelFileError: there is no such file, or it is none.
            ModelLoadError: llama.cpp refuses it, or there is no memory for it.
            AdapterError: llama.cpp refuses the adapter.
        """
        self._weights: Weights | None = None
        self._context: int | None = None
        self._on_node = options.on_node  # llama.cpp keeps the pointer
        llama_log.install()
        llama_cpp.llama_backend_init()
        load_options = LoadOptions(rung=Rung.CPU_ONLY)
        try:
            self._weights = Weights(path, load_options, 0, lambda _: True)
            params = context_params(default_tuning(load_options, 0), on_gpu=False)
            params.n_ctx = params.n_batch = options.context_size
            params.n_ubatch = min(options.context_size, _MICRO_BATCH_MAX)
            params.n_seq_max = 1
            params.offload_kqv = params.op_offload = False
            if options.has_exact_cache:
                params.type_k = params.type_v = _TYPE_F32
            if options.on_node is not None:
                params.cb_eval = options.on_node
            llama_log.take_last_error()
            self._context = llama_cpp.llama_init_from_model(self._weights.handle, params)
            if not self._context:
                raise context_error(path)
            if adapter is not None:
                self._weights.load_adapter(adapter)
                use_adapters(self._context, self._weights, (AdapterUse(adapter, strength),))
        except BaseException:
            self.close()
            raise
        self.tokenizer: Tokenizer = self._weights.tokenizer
        self.vocabulary_size = self.tokenizer.size
        self.context_size = int(llama_cpp.llama_n_ctx(self._context))

    def __enter__(self) -> Self:
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

    def begin(self) -> None:
        """Forget what was read."""
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self._context), True)

    def read(self, token_ids: Sequence[int], start: int, *, wants_all: bool = False) -> NDArray[np.float32]:
        """Evaluate tokens from position ``start`` on; return the logits after the last, or after each.

        The array (1 or tokens, vocabulary) is llama.cpp's own and holds until the next call.

        Raises:
            DecodeError: llama.cpp could not evaluate them.
        """
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
        rows = llama_cpp.llama_get_logits(self._context)
        return np.ctypeslib.as_array(rows, (count if wants_all else 1, self.vocabulary_size))
