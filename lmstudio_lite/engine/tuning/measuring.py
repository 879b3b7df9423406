"""What is measured while a model is idle: first how to run it, then what types of weights cost here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.engine.backend import Model
from lmstudio_lite.engine.tuning.cost_run import CostRun
from lmstudio_lite.engine.tuning.run import TuningRun


class Measuring:
    """``step`` until ``is_over``, or ``close`` to leave it off."""

    def __init__(self, tuning: TuningRun | None, begin_costs: Callable[[], CostRun | None]) -> None:
        self._tuning = tuning
        self._begin_costs = begin_costs
        self._costs = None if tuning is not None else begin_costs()

    @classmethod
    def begin(cls, model: Model, options: LoadOptions, is_interrupted: Callable[[], bool]) -> Self:
        """Find out what there is to measure."""
        return cls(
            TuningRun.begin(model, options, is_interrupted),
            lambda: CostRun.begin(model, options, is_interrupted),
        )

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to measure."""
        return self._tuning is None and self._costs is None

    @property
    def is_measuring(self) -> bool:
        """Whether a measurement is under way, which a command should break off. Any thread."""
        tuning, costs = self._tuning, self._costs
        return (tuning is not None and tuning.is_measuring) or (costs is not None and costs.is_measuring)

    def step(self) -> TuningRun | None:
        """Measure one thing; return the tuning's run when it has just ended, to be finished."""
        if self._tuning is not None:
            tuning = self._tuning
            if tuning.step():
                return None
            self._tuning, self._costs = None, self._begin_costs()
            return tuning
        if self._costs is not None and not self._costs.step():
            self._costs = None
        return None

    def close(self) -> None:
        """Leave off; the next load begins anew. Idempotent."""
        for run in (self._tuning, self._costs):
            if run is not None:
                run.close()
        self._tuning = self._costs = None
