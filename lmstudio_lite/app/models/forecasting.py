"""How fast models are here: measured in real use, else foretold from what tuning measured with others."""

from __future__ import annotations

import logging
import math
import threading
from pathlib import Path

from lmstudio_lite.app.load_profile import LoadProfiles, machine_name
from lmstudio_lite.app.models.model_facts import FactsOfFiles
from lmstudio_lite.domain.fit import ModelFacts, Speed
from lmstudio_lite.engine.llama.tuning_store import Entry
from lmstudio_lite.errors import AppError, StorageError
from lmstudio_lite.library.fit.speed import USUAL_COSTS, Pace, foretell
from lmstudio_lite.storage.model_measures import ModelMeasures

log = logging.getLogger(__name__)


class SpeedForecasts:
    """Thread-safe. Reads files, so not for the GUI thread."""

    def __init__(self, profiles: LoadProfiles, facts: FactsOfFiles, measures: ModelMeasures) -> None:
        self._profiles = profiles
        self._facts = facts
        self._measures = measures
        self._lock = threading.Lock()
        self._used: dict[str, Speed | None] = {}

    def speed(self, path: Path | None, facts: ModelFacts, context_size: int = 0) -> Speed | None:
        """Return the speed of a model whose header says ``facts``; ``path`` is its file, None elsewhere.

        None where nothing was measured on this machine yet.
        """
        if path is not None and (used := self._in_use(path)) is not None:
            return used
        content = self._content(path) if path is not None else ""
        found = [
            (*basis, bool(content) and entry.content == content)
            for entry in self._profiles.paces()
            if (basis := self._basis(entry, facts if entry.content == content else None))
        ]
        if not found:
            return None
        # Its own measurement, or that of the model most like it in size: the closer, the less is foretold.
        measured, pace, _ = min(found, key=lambda basis: (not basis[2], _distance(basis[0], facts)))
        return foretell(facts, measured, pace, context_size, self._profiles.type_costs() or USUAL_COSTS)

    def keep_used(self, path: Path, speed: Speed, num_tokens: int) -> None:
        """Keep what real use measured of the model at ``path``.

        Raises:
            StorageError: it can't be kept.
            ModelNotFoundError, ModelFileError: the file is gone.
        """
        name = self._facts.fingerprint(path)
        self._measures.keep_speed(name, machine_name(), speed, num_tokens)
        with self._lock:
            self._used[name] = speed

    def _in_use(self, path: Path) -> Speed | None:
        try:
            name = self._facts.fingerprint(path)
            with self._lock:
                if name in self._used:
                    return self._used[name]
            found = self._measures.speed(name, machine_name())
        except (AppError, StorageError):
            return None  # Who needs the file is told elsewhere; a speed is a help, not a condition.
        with self._lock:
            self._used.setdefault(name, found)
        return found

    def _content(self, path: Path) -> str:
        try:
            return self._facts.fingerprint(path)
        except AppError:
            return ""

    def _basis(self, entry: Entry, known: ModelFacts | None) -> tuple[ModelFacts, Pace] | None:
        """Return what was measured with which model; ``known`` is what its header says, if that was read."""
        figures = entry.figures
        if figures.get("token_ms", 0.0) <= 0 or figures.get("prompt_ms", 0.0) <= 0:
            return None
        try:
            if known is None and self._content(Path(entry.path)) != entry.content:
                return None  # Gone, or another model by now: what was measured is nobody's.
            facts = known or self._facts.of(Path(entry.path))
        except AppError:
            return None
        is_deep = {"token_ms_deep", "prompt_ms_deep", "prompt_ms_short"} <= figures.keys()
        pace = Pace(
            token_s=figures["token_ms"] / 1000,
            prompt_s=figures["prompt_ms"] / 1000,
            depth=int(figures.get("depth", 0)) if is_deep else 0,
            deeper_token_s=_difference_s(figures, "token_ms_deep", "token_ms") if is_deep else 0.0,
            deeper_prompt_s=_difference_s(figures, "prompt_ms_deep", "prompt_ms_short") if is_deep else 0.0,
        )
        return facts, pace


def _difference_s(figures: dict[str, float], deep: str, shallow: str) -> float:
    return max(0.0, figures[deep] - figures[shallow]) / 1000


def _distance(measured: ModelFacts, facts: ModelFacts) -> float:
    return abs(math.log(max(1, measured.weights_bytes) / max(1, facts.weights_bytes)))
