"""A model that reads texts in windows of 512 tokens, each from an empty cache: for measuring, not for use.

On the CPU and without repacked weights, so that what differs between two files is the files. The window is
what llama.cpp's own tools use for perplexity and importance matrices, so that figures can be compared.
"""

from __future__ import annotations

from collections.abc import Sequence
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
from lmstudio_lite.errors import ConversionError, DecodeError

WINDOW_TOKENS = 512


class WindowReader:
    """The model at ``path``; a context manager. One thread at a time."""

    def __init__(
        self, path: Path, *, adapter: Path | None = None, strength: float = 1.0, on_node: Any = None
    ) -> None:
        """Load the model and the adapter; ``on_node`` is a ``ggml_backend_sched_eval_callback``.

        Raises:
            ModelNotFoundError, ModelFileError: there is no such file, or it is none.
            ModelLoadError: llama.cpp refuses it, or there is no memory for it.
            AdapterError: llama.cpp refuses the adapter.
        """
        self._weights: Weights | None = None
        self._context: int | None = None
        self._on_node = on_node  # llama.cpp keeps the pointer
        llama_log.install()
        llama_cpp.llama_backend_init()
        options = LoadOptions(rung=Rung.CPU_ONLY)
        try:
            self._weights = Weights(path, options, 0, lambda _: True)
            params = context_params(default_tuning(options, 0), on_gpu=False)
            params.n_ctx = params.n_batch = params.n_ubatch = WINDOW_TOKENS
            params.n_seq_max = 1
            params.offload_kqv = params.op_offload = False
            if on_node is not None:
                params.cb_eval = on_node
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
        """Forget the window before."""
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self._context), True)

    def read(
        self, token_ids: Sequence[int], start: int, *, wants_logits: bool = False
    ) -> NDArray[np.float32] | None:
        """Evaluate tokens from position ``start`` on; return the logits after each, if wanted.

        The array (tokens, vocabulary) is llama.cpp's own and holds until the next call.

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
                batch.logits[row] = wants_logits or row == count - 1
            batch.n_tokens = count
            status = llama_cpp.llama_decode(self._context, batch)
        finally:
            llama_cpp.llama_batch_free(batch)
        if status != 0:
            raise DecodeError(status=int(status))
        if not wants_logits:
            return None
        rows = llama_cpp.llama_get_logits(self._context)
        return np.ctypeslib.as_array(rows, (count, self.vocabulary_size))


def cut_into_windows(tokenizer: Tokenizer, texts: Sequence[str], num_windows_max: int) -> list[list[int]]:
    """Return windows of ``WINDOW_TOKENS``, each from one text and with the token that texts begin with.

    Texts take turns, so that all of them are in it where there is more than ``num_windows_max``.

    Raises:
        ConversionError: no text fills a window ("text_too_short").
    """
    begin = [] if tokenizer.begin_token is None else [tokenizer.begin_token]
    size = WINDOW_TOKENS - len(begin)
    stock = [tokenizer.tokenize(text) for text in texts]
    joined = [token_id for token_ids in stock if len(token_ids) < size for token_id in token_ids]
    stock = [token_ids for token_ids in [*stock, joined] if len(token_ids) >= size]
    windows: list[list[int]] = []
    for round_number in range(max((len(token_ids) // size for token_ids in stock), default=0)):
        for token_ids in stock:
            part = token_ids[round_number * size : (round_number + 1) * size]
            if len(part) == size and len(windows) < num_windows_max:
                windows.append(begin + part)
    if not windows:
        num_tokens = sum(len(tokenizer.tokenize(text)) for text in texts)
        raise ConversionError(reason="text_too_short", num_tokens=num_tokens, needed_tokens=size)
    return windows
