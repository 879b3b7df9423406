"""The embedding model beside the one that writes: found in the library, loaded on first use, idle soon after.

It compares meanings, so that a sentence of a summary or a question finds its passage even where no word is
the same. It is a help, never a condition: without one, or where it fails, words alone are compared.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lmstudio_lite.app.load_profile import LoadProfiles
from lmstudio_lite.app.models.fitting import Fitting
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.embedding import EmbeddingFile, Embeddings
from lmstudio_lite.domain.engine import EngineClient, LoadOptions, Purpose
from lmstudio_lite.errors import ModelError
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
        self._identity = ""
        self._lock = threading.Lock()

    def load(self, path: Path, identity: str = "") -> EngineClient:
        """Load the model at ``path`` beside the one in use; returns its engine.

        Another file may lie there than before: with an ``identity`` the model that is in use is that one.

        Raises:
            ModelNotFoundError, ModelFileError: the file is gone or no usable GGUF.
            ModelTooLargeError: it does not fit into the memory that is free beside the other model.
        """
        file = self._library.describe(path)
        with self._lock:
            engine = self._engine
            if engine is not None and engine.state.path == path and engine.state.failure is None:
                if not identity or identity == self._identity:
                    return engine
                engine.unload_model()
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
            self._identity = identity
            return engine

    def file(self) -> EmbeddingFile | None:
        """Return the model that meanings are compared with, None if the library has none that can be read."""
        entry = self._library.embedding_entry()
        if entry is None or entry.file is None:
            return None
        try:
            return EmbeddingFile(entry.path, entry.file.name, self._library.fingerprint_of(entry))
        except ModelError:
            return None

    def embed(
        self, model: EmbeddingFile, texts: Sequence[str], cancellation: Cancellation, load_timeout_s: float
    ) -> Embeddings:
        """Return the vectors of a few texts; loads the model if it is not.

        Raises:
            AppError: as ``load`` and the engine raise; loading takes longer than ``load_timeout_s``.
            CancelledError: cancelled before.
        """
        cancellation.raise_if_cancelled()
        engine = self.load(model.path, model.identity)
        engine.wait_until_ready(load_timeout_s)
        cancellation.raise_if_cancelled()
        return engine.embed(texts)

    def embedder(self, cancellation: Cancellation) -> Embedder | None:
        """Return how to compare meanings, None if the library has no embedding model.

        The model is loaded when it is first asked, which waits for it and raises what ``load`` and the
        engine raise, and CancelledError.
        """
        model = self.file()
        if model is None:
            return None

        def embed(texts: Sequence[str]) -> Sequence[Sequence[float]]:
            engine = self.load(model.path, model.identity)
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
