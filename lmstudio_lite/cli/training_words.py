"""What the terminal says about a training: its stages, its end, whether it helped."""

from __future__ import annotations

import math

from lmstudio_lite.finetune.data.problems import Problem
from lmstudio_lite.finetune.protocol import Gate, Stage, TrainingEnded

_STAGES = {
    Stage.STARTING: "starting",
    Stage.READING_DATA: "reading the examples",
    Stage.TRAINING_TOKENIZER: "learning the words",
    Stage.LOADING_BASE: "loading the model",
    Stage.CHECKING_BASE: "comparing the model with the engine's",
    Stage.MEASURING_BASE: "measuring the model as it is",
    Stage.TRAINING: "training",
    Stage.EVALUATING: "measuring on the way",
    Stage.MEASURING_RESULT: "measuring the result",
    Stage.EXPORTING: "writing",
    Stage.QUANTIZING: "quantizing",
    Stage.VERIFYING: "checking what was written",
}
_ENDINGS = {
    "done": "Trained {0} steps.",
    "early_stop": "Stopped after {0} steps: it did not get better any more.",
    "stopped": "Stopped after {0} steps, as you asked.",
}


def say_stage(stage: Stage) -> str:
    """Say what is being done."""
    return _STAGES[stage]


def say_ending(ended: TrainingEnded) -> str:
    """Say why training ended, and which step counts."""
    said = _ENDINGS[ended.reason].format(ended.step)
    return (
        said if ended.best_step == ended.step else f"{said} Step {ended.best_step} was the best and is kept."
    )


def say_gate(gate: Gate) -> str:
    """Say whether it helped: "better on your data by 31 %, general text worse by 2 %"."""
    data = _change(gate.data_before, gate.data_after)
    general = _change(gate.general_before, gate.general_after)
    where = "on the data held back" if gate.held_out else "on the data it learned from"
    return (
        f"{_say_change(data)} {where} (perplexity {_perplexity(gate.data_before)} to "
        f"{_perplexity(gate.data_after)}), {_say_change(general)} on general text "
        f"({_perplexity(gate.general_before)} to {_perplexity(gate.general_after)})"
    )


def say_problem(problem: Problem) -> str:
    """Say what is wrong with a place in the data, and what became of it."""
    what = problem.kind.value.replace("_", " ")
    detail = f" ({problem.detail})" if problem.detail else ""
    return f"{problem.at}: {what}{detail}: {'mended' if problem.is_fixed else 'left out'}"


def _change(before: float, after: float) -> float:
    """Return by which share the perplexity changed."""
    return math.expm1(min(after - before, 20.0))


def _say_change(change: float) -> str:
    if abs(change) < 0.005:
        return "no change"
    return f"{'better' if change < 0 else 'worse'} by {abs(change):.0%}"


def _perplexity(loss: float) -> str:
    return f"{math.exp(min(loss, 20.0)):.2f}"
