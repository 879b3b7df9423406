"""What weights of each quantization type cost on this machine, measured in idle slices once for all models.

Costs depend on how wide a model is: the rows of a narrow one are short, and its threads wait for each other
more often. So each type is measured in models of several widths. Where other programs compute, those threads
wait for a processor too, up to seventeen times as long: then nothing is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from lmstudio_lite.domain.fit import TRIAL_WIDTHS, MachineCosts, TypeCost
from lmstudio_lite.engine.tuning.search import Probe

PROMPT_TOKENS = 64
_NUM_TOKENS, _NUM_PROMPTS = 7, 2
LEAST_SHARE = 0.7
"""Of the time of its threads that a prompt computes: 0.87 and more on two idle cores, 0.2 to 0.5 beside a
program with two threads.
"""


class Trial(Protocol):
    """A model of one type: bytes read to write a token, weights multiplied for a token of a prompt."""

    @property
    def bytes_read(self) -> int: ...
    @property
    def weights_multiplied(self) -> int: ...
    def open_probe(self) -> Probe | None: ...
    def close(self) -> None: ...


@dataclass(slots=True)
class CostMeter:
    """``step`` is called while there is nothing else to do; ``open_trial`` gets a type and a width.

    ``open_trial`` returns None where a trial can't be had: its type is left out then. ``num_threads`` read
    prompts, 0 where a GPU does. ``is_machine_busy``: something else computed, so what was measured is wrong.
    """

    type_names: Iterable[str]
    open_trial: Callable[[str, int], Trial | None]
    num_threads: int = 0
    costs: MachineCosts = field(default_factory=MachineCosts)
    is_machine_busy: bool = field(default=False, init=False)
    _steps: Generator[None, None, None] = field(init=False)

    def __post_init__(self) -> None:
        self._steps = self._measure()

    def step(self) -> bool:
        """Measure one thing; False when all is measured."""
        try:
            next(self._steps)
        except StopIteration:
            return False
        return True

    def close(self) -> None:
        """Give up what is under way; idempotent."""
        self._steps.close()

    def _measure(self) -> Generator[None, None, None]:
        for type_name in self.type_names:
            costs: list[TypeCost] = []
            for width in TRIAL_WIDTHS:
                trial = self.open_trial(type_name, width)
                if trial is None:
                    break
                try:
                    yield
                    cost = yield from self._cost(trial)
                finally:
                    trial.close()
                if self.is_machine_busy:
                    return
                if cost is None:
                    break
                costs.append(cost)
            else:
                self.costs.of_types[type_name] = tuple(costs)

    def _cost(self, trial: Trial) -> Generator[None, None, TypeCost | None]:
        probe = trial.open_probe()
        if probe is None:
            return None
        try:
            tokens: list[float] = []
            prompts: list[float] = []
            yield from _sample(tokens, probe.generate, _NUM_TOKENS)
            share = yield from _sample(prompts, lambda: probe.read(PROMPT_TOKENS), _NUM_PROMPTS)
        finally:
            probe.close()
        self.is_machine_busy = share < LEAST_SHARE * self.num_threads
        return TypeCost(
            writing_ms=round(1e12 * min(tokens) / trial.bytes_read, 3),
            reading_ms=round(1e12 * min(prompts) / PROMPT_TOKENS / trial.weights_multiplied, 3),
        )


def _sample(
    samples: list[float], measure: Callable[[], float | None], count: int
) -> Generator[None, None, float]:
    """Measure ``count`` times; return on how many processors this process computed meanwhile."""
    elapsed_s = computed_s = 0.0
    for _ in range(count):
        began, computed = time.perf_counter(), time.process_time()
        while (seconds := measure()) is None:
            yield
            began, computed = time.perf_counter(), time.process_time()
        elapsed_s += time.perf_counter() - began
        computed_s += time.process_time() - computed
        samples.append(seconds)
        yield
    return computed_s / max(1e-9, elapsed_s)
