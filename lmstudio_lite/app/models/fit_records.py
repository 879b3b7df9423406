"""What models took and how fast they were, kept from what the engine says of itself while it works."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from lmstudio_lite.app.load_profile import machine_name
from lmstudio_lite.app.models.fitting import Fitting
from lmstudio_lite.app.models.forecasting import SpeedForecasts
from lmstudio_lite.app.models.model_facts import FactsOfFiles
from lmstudio_lite.domain.fit import MeasuredLoad, Speed
from lmstudio_lite.domain.models import EngineState, KvType, LoadedModel, ModelPhase, TakenMemory, UsedTime
from lmstudio_lite.errors import AppError
from lmstudio_lite.storage.model_measures import ModelMeasures

log = logging.getLogger(__name__)

TOKENS_MIN = 200
"""Generated, and read, before real use says more of a model's speed than a forecast."""


class FitRecords:
    """Thread-safe; ``on_state`` returns at once, the work is done by ``run_later``."""

    def __init__(
        self,
        fitting: Fitting,
        forecasts: SpeedForecasts,
        facts: FactsOfFiles,
        measures: ModelMeasures,
        run_later: Callable[[Callable[[], None]], object],
    ) -> None:
        self._fitting = fitting
        self._forecasts = forecasts
        self._facts = facts
        self._measures = measures
        self._run_later = run_later
        self._lock = threading.Lock()
        self._noted: tuple[Path, int, TakenMemory] | None = None
        self._loads: dict[tuple[Path, int], MeasuredLoad] = {}
        self._saved_use: dict[Path, UsedTime] = {}

    def on_state(self, state: EngineState) -> None:
        """Take up what the engine says; its listener, on the client's thread."""
        model = state.model
        if state.phase is not ModelPhase.READY or model is None or model.taken is None:
            return
        noted = (model.path, model.context_size, model.taken)  # tuning may change what it takes
        with self._lock:
            is_new, self._noted = self._noted != noted, noted
            saved = self._saved_use.get(model.path, UsedTime())
            is_used = _is_enough(state.used) and state.used.num_generated >= 2 * saved.num_generated
            if is_used:
                self._saved_use[model.path] = state.used
        if is_new:
            self._run_later(lambda: self._keep_load(model))
        if is_used:
            self._run_later(lambda: self._keep_use(model.path, state.used))

    def load_of(self, model: LoadedModel) -> MeasuredLoad | None:
        """Return what was promised of a loaded model and what it took, None while that is not known."""
        with self._lock:
            return self._loads.get((model.path, model.context_size))

    def _keep_load(self, model: LoadedModel) -> None:
        assert model.taken is not None
        try:
            load = MeasuredLoad(
                device=model.device,
                context_size=model.context_size,
                kv_type=_kv_type(model),
                promised_bytes=self._fitting.promised_bytes(model),
                taken_bytes=model.taken.total_bytes,
            )
            with self._lock:
                self._loads[model.path, model.context_size] = load
            self._measures.keep_load(self._facts.fingerprint(model.path), machine_name(), load)
        except AppError as error:
            log.info("what a model took is not kept: %s", error)

    def _keep_use(self, path: Path, used: UsedTime) -> None:
        speed = Speed(used.num_generated / used.generation_s, used.num_read / used.prompt_s, is_measured=True)
        try:
            self._forecasts.keep_used(path, speed, used.num_generated)
        except AppError as error:
            log.info("how fast a model was is not kept: %s", error)


def _is_enough(used: UsedTime) -> bool:
    has_time = used.generation_s > 0 and used.prompt_s > 0
    return has_time and min(used.num_generated, used.num_read) >= TOKENS_MIN


def _kv_type(model: LoadedModel) -> KvType:
    return model.tuning.kv_type if model.tuning is not None else KvType.F16
