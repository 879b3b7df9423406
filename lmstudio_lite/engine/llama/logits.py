"""A model, with or without an adapter, asked for its whole next-token distributions.

For comparing llama.cpp with another implementation of the same model: plain sequences, one at a time, each
from an empty cache (``plain_reader``).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from lmstudio_lite.engine.llama.plain_reader import PlainReader, ReaderOptions


class LogitsReader:
    """The model at ``path``; a context manager. One thread at a time."""

    def __init__(
        self, path: Path, *, adapter: Path | None = None, strength: float = 1.0, context_size: int = 1024
    ) -> None:
        """Load the model and the adapter; raises as ``PlainReader``."""
        options = ReaderOptions(context_size, has_exact_cache=True)
        self._reader = PlainReader(path, options, adapter=adapter, strength=strength)
        self.context_size = self._reader.context_size
        self.vocabulary_size = self._reader.vocabulary_size

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the memory back. Idempotent."""
        self._reader.close()

    def logits(self, token_ids: Sequence[int]) -> NDArray[np.float32]:
        """Return the logits after each of ``token_ids``: an array (tokens, vocabulary).

        Raises:
            DecodeError: llama.cpp could not evaluate them.
        """
        self._reader.begin()
        return self._reader.read(token_ids, 0, wants_all=True).copy()

    def generate(self, token_ids: Sequence[int], max_tokens: int) -> list[int]:
        """Return the likeliest tokens that follow ``token_ids``, up to the end of generation.

        Raises:
            DecodeError: llama.cpp could not evaluate them.
        """
        self._reader.begin()
        generated: list[int] = []
        pending, position = list(token_ids), 0
        while len(generated) < max_tokens and position + len(pending) <= self.context_size:
            token_id = int(self._reader.read(pending, position)[0].argmax())
            position += len(pending)
            if self._reader.tokenizer.is_end_of_generation(token_id):
                break
            generated.append(token_id)
            pending = [token_id]
        return generated
