"""The embedding model beside the one that writes: found in the library, loaded on first use, idle soon after.

It compares meanings, so that a sentence of a summary finds its passage even where no word is the same. It
is a help, never a condition: without one, or where it fails, words alone are compared.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lmstudio_lite.app.load_profile import LoadProfiles
from lmstudio_lite.app.models.fitting import Fitting
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.engine import EngineClient, LoadOptions, Purpose
from lmstudio_lite.library.models import ModelLibrary
from lmstudio_lite.settings import SettingsStore

if TYPE_CHECKING:
    from lmstudio_lite.tasks.evidence.index import Embedder

_CONTEXT_SIZE = 2048
_UNLOAD_AFTER_S = 300.0
_LOAD_TIMEOUT_S = 120.0
_TEXTS_PER_CALL = 64


class EmbeddingModel:
    """An engine of its own for embedding. Thread-safe; reads files, so not for the GUI thread."""

    def __init__(
        self,
        library: ModelLibrary,
        memory: LoadProfiles,
        fitting: Fitting,
        settings: SettingsStore,
        open_engine: Callable[[], EngineClient],
    ) -> None:
        """Open nothing yet; ``open_engine`` is called for the first model."""
        self._library = library
        self._memory = memory
        self._fitting = fitting
        self._settings = settings
        self._open_engine = open_engine
        self._engine: EngineClient | None = None
        self._lock = threading.Lock()

    def load(self, path: Path) -> EngineClient:
        """Load the model at ``path`` beside the one in use; returns its engine.

        Raises:
            ModelNotFoundError, ModelFileError: the file is gone or no usable GGUF.
            ModelTooLargeError: it does not fit into the memory that is free beside the other model.
        """
        file = self._library.describe(path)
        with self._lock:
            engine = self._engine
            if engine is not None and engine.state.path == path and engine.state.failure is None:
                return engine
            self._fitting.check(file.path, _CONTEXT_SIZE)
            if engine is None:
                engine = self._engine = self._open_engine()
            options = LoadOptions(
                purpose=Purpose.EMBED,
                rung=self._memory.rung_of(path),
                hang_s=float(self._settings.value.engine.hang_after_s),
                unload_after_s=_UNLOAD_AFTER_S,
            )
            engine.load_model(path, options)
            return engine

    def embedder(self, cancellation: Cancellation) -> Embedder | None:
        """Return how to compare meanings, None if the library has no embedding model.

        The model is loaded when it is first asked, which waits for it and raises what ``load`` and the
        engine raise, and CancelledError.
        """
        path = self._library.embedding_path()
        if path is None:
            return None

        def embed(texts: Sequence[str]) -> Sequence[Sequence[float]]:
            engine = self.load(path)
            engine.wait_until_ready(_LOAD_TIMEOUT_S)
            vectors: list[Sequence[float]] = []
            for start in range(0, len(texts), _TEXTS_PER_CALL):
                cancellation.raise_if_cancelled()
                found = engine.embed(texts[start : start + _TEXTS_PER_CALL])
                vectors += (found.vector(index) for index in range(len(found)))
            return vectors

        return embed

    def close(self) -> None:
        """End its engine. Idempotent."""
        with self._lock:
            if self._engine is not None:
                self._engine.close()
