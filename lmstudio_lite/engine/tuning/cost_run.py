"""One measuring of what quantization types cost on this machine: whether it is due, its notes on disk."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Self

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.models import Rung
from lmstudio_lite.engine.backend import Model
from lmstudio_lite.engine.llama.tuning_store import TuningStore
from lmstudio_lite.engine.tuning.machine_costs import CostMeter
from lmstudio_lite.memory import available_memory_bytes

ROOM_BYTES = 1 << 30
"""Memory that must be free: the largest model takes a fourth of it."""


class CostRun:
    """``step`` until it says False; or ``close`` to leave it off."""

    def __init__(self, store: TuningStore, machine: str, meter: CostMeter) -> None:
        self._store = store
        self._machine = machine
        self._meter = meter
        self._has_begun = False
        self._is_measuring = False

    @classmethod
    def begin(cls, model: Model, options: LoadOptions, is_interrupted: Callable[[], bool]) -> Self | None:
        """Return what there is to measure with the tuning of ``model``, None where nothing is."""
        from lmstudio_lite.engine.llama.model import LlamaModel
        from lmstudio_lite.engine.llama.trial_model import TYPE_NUMBERS

        if not isinstance(model, LlamaModel) or options.tuning_path is None:
            return None
        store = TuningStore(options.tuning_path)
        if options.rung is not Rung.NORMAL or not store.may_measure_costs(options.machine):
            return None
        if available_memory_bytes() < ROOM_BYTES:
            return None
        open_trial = partial(model.open_trial, is_interrupted=is_interrupted)
        tuning = model.info.tuning
        num_threads = tuning.num_threads_batch if tuning and not tuning.num_gpu_layers else 0
        return cls(store, options.machine, CostMeter(TYPE_NUMBERS, open_trial, num_threads))

    @property
    def is_measuring(self) -> bool:
        """Whether a measurement is under way, which a command should break off. Any thread."""
        return self._is_measuring

    def step(self) -> bool:
        """Measure one thing; False when all is measured and kept, or the machine was too busy for that."""
        if not self._has_begun:
            self._store.begin_costs(self._machine)
            self._has_begun = True
        self._is_measuring = True
        try:
            if self._meter.step():
                return True
        finally:
            self._is_measuring = False
        if self._meter.is_machine_busy:
            self.close()
            return False
        self._store.remember_costs(self._machine, self._meter.costs)
        self._has_begun = False
        return False

    def close(self) -> None:
        """Leave off; the next load begins anew. Idempotent."""
        self._meter.close()
        if self._has_begun:
            self._store.give_up_costs(self._machine)
            self._has_begun = False
