"""Texts to vectors, with a model of its own: BERT-like encoders, embedding models on causal ones, any GGUF.

What a text's tokens say is pooled as the model file wishes, or by their mean where it wishes nothing, and
scaled to length 1. Several texts are evaluated in one batch, a sequence each.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np
import numpy.typing as npt
import psutil

from lmstudio_lite.domain.embedding import Embeddings
from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.models import LoadedModel
from lmstudio_lite.engine.llama import log as llama_log
from lmstudio_lite.engine.llama.context import context_params
from lmstudio_lite.engine.llama.refusal import context_error
from lmstudio_lite.engine.llama.tuning_limits import cautious, default_tuning, useful_rungs
from lmstudio_lite.engine.llama.weights import Weights, plan_layers
from lmstudio_lite.errors import BadRequestError, DecodeError, ModelLoadError
from lmstudio_lite.memory import available_memory_bytes

TOKENS_MAX = 2048
"""Longer texts are cut; the model's own limit may be lower."""
TEXTS_PER_BATCH = 32
_MEMORY_SHARE = 1 / 3


class LlamaEmbedder:
    """A model that is loaded to embed. Made by ``load_embedder``; belongs to the engine thread."""

    def __init__(self, path: Path, options: LoadOptions, progress: Callable[[float], bool]) -> None:
        """Load ``path``; see ``backend.BackendLoader`` for what may be raised."""
        self._weights: Weights | None = None
        self._context: int | None = None
        self._batch: llama_cpp.llama_batch | None = None
        used_before = psutil.Process().memory_info().rss
        try:
            num_layers = plan_layers(path, options)
            self._weights = Weights(path, options, num_layers, progress)
            self._tokenizer = self._weights.tokenizer
            self._tuning = cautious(default_tuning(options, num_layers), options)
            self._create_context(self._weights, options)
        except BaseException:
            self.close()
            raise
        self.info = self._describe(self._weights, psutil.Process().memory_info().rss - used_before)

    def embed(self, texts: Sequence[str], go_on: Callable[[], bool] = lambda: True) -> Embeddings:
        """Return a vector per text; ``go_on`` is asked between batches.

        Raises:
            DecodeError: llama.cpp fails.
            BadRequestError: ``go_on`` said no.
        """
        tokens = [self._tokenize(text) for text in texts]
        rows = np.zeros((len(texts), self._dimension), np.float32)
        for indices in self._batches(tokens):
            if not go_on():
                raise BadRequestError(reason="given up")
            self._evaluate([tokens[index][: self._limit] for index in indices])
            for sequence_id, index in enumerate(indices):
                rows[index] = self._pooled(sequence_id)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        rows /= np.where(lengths > 0, lengths, 1)
        read = tuple(min(len(found), self._limit) for found in tokens)
        dropped = tuple(max(0, len(found) - self._limit) for found in tokens)
        return Embeddings(self._dimension, rows.tobytes(), read, dropped)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(self._tokenize(text)) for text in texts]

    def close(self) -> None:
        """Free all native memory; idempotent."""
        if self._batch is not None:
            llama_cpp.llama_batch_free(self._batch)
            self._batch = None
        if self._context is not None:
            llama_cpp.llama_free(self._context)
            self._context = None
        if self._weights is not None:
            self._weights.close()

    def _create_context(self, weights: Weights, options: LoadOptions) -> None:
        shape, path = weights.shape, weights.path
        self._dimension = int(llama_cpp.llama_model_n_embd_out(weights.handle))
        wanted = min(options.context_size or TOKENS_MAX, shape.trained_context or TOKENS_MAX)
        row_bytes = shape.cell_bytes(self._tuning.kv_type) + 4 * (
            shape.num_heads * wanted + 3 * shape.embedding_length
        )
        affordable = int(available_memory_bytes() * _MEMORY_SHARE) // row_bytes
        self._limit = max(min(128, wanted), min(wanted, affordable))
        params = context_params(self._tuning, on_gpu=self._tuning.num_gpu_layers > 0)
        # Every token of a text must be in one micro-batch where it may look ahead.
        params.n_ctx = params.n_batch = params.n_ubatch = self._limit
        params.n_seq_max = TEXTS_PER_BATCH
        params.embeddings = True
        self._context = llama_cpp.llama_init_from_model(weights.handle, params) or None
        pooling = llama_cpp.llama_pooling_type(self._context) if self._context else None
        if pooling == llama_cpp.LLAMA_POOLING_TYPE_NONE:
            llama_cpp.llama_free(self._context)
            params.pooling_type = llama_cpp.LLAMA_POOLING_TYPE_MEAN
            self._context = llama_cpp.llama_init_from_model(weights.handle, params) or None
        if pooling == llama_cpp.LLAMA_POOLING_TYPE_RANK:
            raise ModelLoadError(path=str(path), reason="ranks_only")
        if self._context is None:
            raise context_error(path)
        self._batch = llama_cpp.llama_batch_init(self._limit, 0, 1)

    def _tokenize(self, text: str) -> list[int]:
        return self._tokenizer.tokenize(text, add_special=True)

    def _batches(self, tokens: Sequence[list[int]]) -> Iterator[list[int]]:
        """Pack texts of like length together, as many as a batch holds; empty ones are left out."""
        batch: list[int] = []
        room = self._limit
        for index in sorted(range(len(tokens)), key=lambda at: len(tokens[at])):
            size = min(len(tokens[index]), self._limit)
            if size == 0:
                continue
            if batch and (size > room or len(batch) == TEXTS_PER_BATCH):
                yield batch
                batch, room = [], self._limit
            batch.append(index)
            room -= size
        if batch:
            yield batch

    def _evaluate(self, rows: Sequence[list[int]]) -> None:
        batch: Any = self._batch
        at = 0
        for sequence_id, token_ids in enumerate(rows):
            for position, token_id in enumerate(token_ids):
                batch.token[at] = token_id
                batch.pos[at] = position
                batch.n_seq_id[at] = 1
                batch.seq_id[at][0] = sequence_id
                batch.logits[at] = True
                at += 1
        batch.n_tokens = at
        memory = llama_cpp.llama_get_memory(self._context)
        if memory:
            llama_cpp.llama_memory_clear(memory, True)
        status = llama_cpp.llama_decode(self._context, batch)
        if status != 0:
            raise DecodeError(status=int(status))

    def _pooled(self, sequence_id: int) -> npt.NDArray[np.float32]:
        pointer = llama_cpp.llama_get_embeddings_seq(self._context, sequence_id)
        if not pointer:
            raise DecodeError(status="no embedding")
        floats = ctypes.cast(pointer, ctypes.POINTER(ctypes.c_float))
        found: npt.NDArray[np.float32] = np.ctypeslib.as_array(floats, (self._dimension,)).copy()
        return found

    def _describe(self, weights: Weights, memory_bytes: int) -> LoadedModel:
        return LoadedModel(
            path=weights.path,
            name=weights.metadata("general.name") or weights.path.stem,
            architecture=weights.metadata("general.architecture") or "unknown",
            context_size=self._limit,
            num_sequences_max=TEXTS_PER_BATCH,
            batch_size=self._limit,
            device="GPU" if self._tuning.num_gpu_layers else "CPU",
            has_chat_template=False,
            memory_bytes=max(memory_bytes, weights.size_bytes),
            tuning=self._tuning,
            useful_rungs=useful_rungs(self._tuning),
        )


def load_embedder(path: Path, options: LoadOptions, progress: Callable[[float], bool]) -> LlamaEmbedder:
    """Load a GGUF file to embed texts with."""
    llama_log.install()
    llama_cpp.llama_backend_init()
    return LlamaEmbedder(Path(os.fspath(path)), options, progress)
