"""What of each step can be drawn as a curve. Without the library that draws it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from PySide6.QtCore import QCoreApplication

from lmstudio_lite.finetune.protocol import StepDone


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
    Measure.LOSS: "Error (loss)",
    Measure.RATE: "Learning rate",
    Measure.NORM: "Size of the change (gradient norm)",
    Measure.SPEED: "Tokens a second",
    Measure.MEMORY: "Memory in GB",
}


def value_of(measure: Measure, step: StepDone) -> float:
    """Return what a step says of ``measure``."""
    return _VALUES[measure](step)


def say_measure(measure: Measure) -> str:
    """Name a curve."""
    return QCoreApplication.translate("Finetune", _NAMES[measure])
