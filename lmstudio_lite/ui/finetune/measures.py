"""What of each step can be drawn as a curve. Without the library that draws it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from lmstudio_lite.finetune.protocol import StepDone
from lmstudio_lite.words.translate import mark, tr


class Measure(StrEnum):
    LOSS = "loss"
    RATE = "rate"
    NORM = "norm"
    SPEED = "speed"
    MEMORY = "memory"


_VALUES: dict[Measure, Callable[[StepDone], float]] = {
    Measure.LOSS: lambda step: step.loss,
    Measure.RATE: lambda step: step.learning_rate,
    Measure.NORM: lambda step: step.grad_norm,
    Measure.SPEED: lambda step: step.tokens_per_s,
    Measure.MEMORY: lambda step: step.memory_bytes / 1e9,
}
_NAMES = {
    Measure.LOSS: mark("Error (loss)"),
    Measure.RATE: mark("Learning rate"),
    Measure.NORM: mark("Size of the change (gradient norm)"),
    Measure.SPEED: mark("Tokens a second"),
    Measure.MEMORY: mark("Memory in GB"),
}


def value_of(measure: Measure, step: StepDone) -> float:
    """Return what a step says of ``measure``."""
    return _VALUES[measure](step)


def say_measure(measure: Measure) -> str:
    """Name a curve."""
    return tr(_NAMES[measure])
