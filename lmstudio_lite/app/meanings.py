"""What texts mean, by the embedding model that is in the library, each computed once.

A help, never a condition: without a model, where it is switched off, does not fit into memory, fails or is
too slow for who waits, the answer is None and words alone are compared. One that failed is let alone for a
while. What is worked out before anybody asks lets replies go first: side by side on two cores they would wait
twice as long for their first word.
"""

from __future__ import annotations

import hashlib
import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lmstudio_lite.app.embedding import EmbeddingModel
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.embedding import EmbeddingFile, MeaningState
from lmstudio_lite.errors import AppError, CancelledError, StorageError
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.storage.text_vectors import TextVectors

if TYPE_CHECKING:
    from lmstudio_lite.tasks.text.meaning import Vectors

log = logging.getLogger(__name__)

TEXTS_AT_ONCE = 16
"""Between them a question that is asked meanwhile gets its turn: a second at most on two busy cores."""
_PATIENCE_S = 30.0
"""Who asks about documents waits no longer for what is new in them; the next question goes on with it."""
_LET_ALONE_S = 600.0
_MOST_YIELDED_S = 60.0
"""Behind what is written without end some texts get their turn all the same."""
_LOOK_AGAIN_S = 0.05


class Meanings:
    """The vectors of texts, kept in one database. Thread-safe; waits, so not for the GUI thread."""

    def __init__(
        self,
        embedding: EmbeddingModel,
        settings: SettingsStore,
        kept: TextVectors,
        is_writing: Callable[[], bool] = lambda: False,
    ) -> None:
        """Compute with ``embedding`` what is not ``kept``; the background waits while one ``is_writing``."""
        self._embedding = embedding
        self._is_writing = is_writing
        self._settings = settings
        self._kept = kept
        self._failed: dict[str, float] = {}
        self._computing = threading.Lock()

    def state(self) -> MeaningState:
        """Return what compares meanings now; reads the library."""
        model = self._embedding.file()
        has_failed = model is not None and time.monotonic() < self._failed.get(model.identity, 0.0)
        return MeaningState(model, self._settings.value.documents.compares_meanings, has_failed)

    def model(self) -> EmbeddingFile | None:
        """Return the model that meanings are compared with now, None for words alone."""
        if not self._settings.value.documents.compares_meanings:
            return None
        state = self.state()
        return state.model if state.compares else None

    def can_compare(self) -> bool:
        """Tell whether there is a model that meanings are compared with now."""
        return self.model() is not None

    def known(self, texts: Sequence[str]) -> Vectors | None:
        """Return what was computed before, None unless that is all; waits for no model."""
        model = self.model()
        if model is None or not texts:
            return None
        keys = [_key(model, text) for text in texts]
        try:
            return _rows(keys, self._kept.find(set(keys)))
        except StorageError as error:
            log.info("kept vectors can't be read: %s", error.code)
            return None

    def prepare(self, texts: Sequence[str], cancellation: Cancellation) -> None:
        """Compute what is new in the background, however long it takes; replies go first.

        Raises:
            CancelledError: what was computed until then is kept.
        """
        self.compute(texts, lambda _done, _total: self.yield_to_replies(cancellation), cancellation, math.inf)

    def yield_to_replies(self, cancellation: Cancellation) -> None:
        """Wait while something is written, a minute at most; for the background, before each step.

        Raises:
            CancelledError: cancelled.
        """
        until = time.monotonic() + _MOST_YIELDED_S
        while self._is_writing() and time.monotonic() < until:
            cancellation.raise_if_cancelled()
            time.sleep(_LOOK_AGAIN_S)

    def compute(
        self,
        texts: Sequence[str],
        report: Callable[[int, int], None],
        cancellation: Cancellation,
        patience_s: float = _PATIENCE_S,
    ) -> Vectors | None:
        """Compute what is new; ``report`` is told, before each step, how many of how many texts that is.

        Raises:
            CancelledError: what was computed until then is kept.
        """
        model = self.model()
        if model is None or not texts:
            return None
        of_key = {_key(model, text): text for text in texts}
        give_up_at = time.monotonic() + patience_s
        try:
            vectors = self._kept.find(of_key)
            self._kept.touch(vectors)
            new = [key for key in of_key if key not in vectors]
            for start in range(0, len(new), TEXTS_AT_ONCE):
                if time.monotonic() > give_up_at:
                    log.info("meanings are not compared this time: %d texts are left", len(new) - start)
                    return None
                report(start, len(new))
                with self._computing:
                    # Another one may be at the same document, which was attached just now.
                    some = new[start : start + TEXTS_AT_ONCE]
                    vectors |= self._kept.find(some)
                    some = [key for key in some if key not in vectors]
                    texts_of_some = [of_key[key] for key in some]
                    found = (
                        self.embed(model, texts_of_some, cancellation, min(patience_s, _PATIENCE_S))
                        if some
                        else []
                    )
                    if found is None:
                        return None
                    computed = dict(zip(some, found, strict=True))
                    self._kept.keep(computed)
                    vectors |= computed
            if new:
                self._kept.shrink()
        except StorageError as error:
            log.info("vectors can't be kept: %s", error.code)
            return None
        return _rows([_key(model, text) for text in texts], vectors)

    def embed(
        self,
        model: EmbeddingFile,
        texts: Sequence[str],
        cancellation: Cancellation,
        patience_s: float = _PATIENCE_S,
    ) -> list[bytes] | None:
        """Return the texts' vectors of 16-bit floats without keeping them, None if the model fails.

        Raises:
            CancelledError: cancelled.
        """
        import numpy as np

        try:
            found = self._embedding.embed(model, texts, cancellation, patience_s)
        except CancelledError:
            raise
        except AppError as error:
            log.info("meanings can't be compared for now: %s", error.code)
            self._failed[model.identity] = time.monotonic() + _LET_ALONE_S
            return None
        rows = np.frombuffer(found.values, np.float32).reshape(len(texts), -1).astype("<f2")
        return [row.tobytes() for row in rows]

    def forget_failures(self) -> None:
        """Try again what failed: the user changed something."""
        self._failed.clear()


def vector_of(kept: bytes) -> bytes:
    """Return a kept vector in 32-bit floats of this machine."""
    import numpy as np

    return np.frombuffer(kept, "<f2").astype(np.float32).tobytes()


def _key(model: EmbeddingFile, text: str) -> str:
    return hashlib.sha256(f"{model.identity}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()


def _rows(keys: Sequence[str], vectors: dict[str, bytes]) -> Vectors | None:
    import numpy as np

    if not all(key in vectors for key in keys):
        return None
    rows = [vectors[key] for key in keys]
    if len({len(row) for row in rows}) != 1:
        return None  # A damaged one; all are of one model.
    return np.frombuffer(b"".join(rows), "<f2").reshape(len(rows), -1).astype(np.float32)
