"""One measuring of one loaded model: whether it is due, its notes on disk, what it changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Self

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.models import Rung, Tuning
from lmstudio_lite.engine.backend import Model
from lmstudio_lite.engine.llama.tuning_store import TuningStore, identify
from lmstudio_lite.engine.tuning.search import Tuner, thread_candidates
from lmstudio_lite.errors import ModelFileError, ModelNotFoundError
from lmstudio_lite.fingerprint import fingerprint


class TuningRun:
    """``step`` until it says False, then ``finish``; or ``close`` to leave it off."""

    def __init__(self, store: TuningStore, content: str, path: Path, tuner: Tuner, machine: str) -> None:
        self._store = store
        self._content = content
        self._identity = identify(content, machine)
        self._path = path
        self._tuner = tuner
        self._machine = machine
        self._has_begun = False
        self._is_measuring = False

    @classmethod
    def begin(cls, model: Model, options: LoadOptions, is_interrupted: Callable[[], bool]) -> Self | None:
        """Return what there is to measure, None where nothing is.

        Nothing is measured on a rung below the first: what runs cautiously stays as it is.
        """
        from lmstudio_lite.engine.llama.model import LlamaModel
        from lmstudio_lite.engine.llama.tuning_limits import num_usable_cores, num_usable_threads

        info = model.info
        if not isinstance(model, LlamaModel) or options.tuning_path is None:
            return None
        if options.rung is not Rung.NORMAL or info.is_tuned or info.tuning is None:
            return None
        try:
            content = fingerprint(info.path)
        except (ModelNotFoundError, ModelFileError):
            return None  # Deleted since it was loaded.
        store = TuningStore(options.tuning_path)
        if not store.may_measure(identify(content, options.machine)):
            return None
        tuner = Tuner(
            model=model,
            start=info.tuning,
            options=options,
            thread_counts=thread_candidates(num_usable_cores(), num_usable_threads()),
            trained_context=model.trained_context,
            is_interrupted=is_interrupted,
        )
        return cls(store, content, info.path, tuner, options.machine)

    @property
    def is_measuring(self) -> bool:
        """Whether a measurement is under way, which a command should break off. Any thread."""
        return self._is_measuring

    @property
    def takes_context(self) -> bool:
        """Whether the result takes another context than the one in use."""
        from lmstudio_lite.engine.llama.tuning_limits import needs_context

        return needs_context(self._tuner.start, self._tuner.best)

    def step(self) -> bool:
        """Measure one thing; False when all is measured."""
        if not self._has_begun:
            self._store.begin(self._identity, self._content, self._path)
            self._has_begun = True
        self._is_measuring = True
        try:
            return self._tuner.step()
        finally:
            self._is_measuring = False

    def finish(self) -> Tuning:
        """Remember the result and return it."""
        self._tuner.close()
        figures = {name: round(value, 4) for name, value in self._tuner.figures.items()}
        figures["spent_s"] = round(self._tuner.spent_s, 1)
        self._store.remember(
            *(self._identity, self._content, self._path), self._tuner.best, figures, self._machine
        )
        return self._tuner.best

    def close(self) -> None:
        """Leave off; the next load begins anew. Idempotent."""
        self._tuner.close()
        if self._has_begun:
            self._store.give_up(self._identity)
            self._has_begun = False
