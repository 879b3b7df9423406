"""What weights of each quantization type cost on this machine, measured in idle slices once for all models.

Costs depend on how wide a model is: the rows of a narrow one are short, and its threads wait for each other
more often. So each type is measured in models of several widths.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from lmstudio_lite.domain.fit import TRIAL_WIDTHS, MachineCosts, TypeCost
from lmstudio_lite.engine.tuning.search import Probe

PROMPT_TOKENS = 64
_NUM_TOKENS, _NUM_PROMPTS = 7, 2


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

    ``open_trial`` returns None where a trial can't be had: its type is left out then.
    """

    type_names: Iterable[str]
    open_trial: Callable[[str, int], Trial | None]
    costs: MachineCosts = field(default_factory=MachineCosts)
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
                    cost = yield from _cost(trial)
                finally:
                    trial.close()
                if cost is None:
                    break
                costs.append(cost)
            else:
                self.costs.of_types[type_name] = tuple(costs)


def _cost(trial: Trial) -> Generator[None, None, TypeCost | None]:
    probe = trial.open_probe()
    if probe is None:
        return None
    try:
        tokens: list[float] = []
        prompts: list[float] = []
        yield from _sample(tokens, probe.generate, _NUM_TOKENS)
        yield from _sample(prompts, lambda: probe.read(PROMPT_TOKENS), _NUM_PROMPTS)
    finally:
        probe.close()
    return TypeCost(
        writing_ms=round(1e12 * min(tokens) / trial.bytes_read, 3),
        reading_ms=round(1e12 * min(prompts) / PROMPT_TOKENS / trial.weights_multiplied, 3),
    )


def _sample(
    samples: list[float], measure: Callable[[], float | None], count: int
) -> Generator[None, None, None]:
    for _ in range(count):
        while (seconds := measure()) is None:
            yield
        samples.append(seconds)
        yield
