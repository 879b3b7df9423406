"""What the terminal says about a training: its stages, its end, whether it helped."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lmstudio_lite.finetune.data.problems import Problem
from lmstudio_lite.finetune.protocol import Answered, EndReason, Exported, Gate, Stage, TrainingEnded

_STAGES = {
    Stage.STARTING: "starting",
    Stage.READING_DATA: "reading the examples",
    Stage.TRAINING_TOKENIZER: "learning the words",
    Stage.LOADING_BASE: "loading the model",
    Stage.CHECKING_BASE: "checking the model",
    Stage.MEASURING_BASE: "measuring the model as it is",
    Stage.TRAINING: "training",
    Stage.EVALUATING: "measuring on the way",
    Stage.MEASURING_RESULT: "measuring the result",
    Stage.EXPORTING: "writing",
    Stage.QUANTIZING: "making the file smaller",
    Stage.VERIFYING: "checking what was written",
    Stage.ASKING: "asking it your questions",
}
_ENDINGS = {
    EndReason.DONE: "Trained {0} steps.",
    EndReason.EARLY_STOP: "Stopped after {0} steps: it did not get better any more.",
    EndReason.STOPPED: "Stopped after {0} steps, as you asked.",
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
    """Say whether it helped: how much less, or more, the right words surprise the model."""
    data = _change(gate.data_before, gate.data_after)
    general = _change(gate.general_before, gate.general_after)
    where = "in the examples held back" if gate.held_out else "in the examples it learned from"
    return (
        f"the right words surprise it {_say_change(data)} {where} (choices at each word: "
        f"{_perplexity(gate.data_before)} before, {_perplexity(gate.data_after)} after), "
        f"{_say_change(general)} in other texts "
        f"({_perplexity(gate.general_before)} before, {_perplexity(gate.general_after)} after)"
    )


def say_check(export: Exported) -> str:
    """Say that a file is what was trained, and how near."""
    share = export.kl / export.kl_limit if export.kl_limit > 0 else 0.0
    return f"checked, answers as the trained model (difference {share:.0%} of what is allowed)"


def say_answered(answered: Answered) -> str:
    """Say what the trained model answers to a question, and whether that is what was taught."""
    verdict = "as taught" if answered.knows_now else f"not as taught ({answered.taught})"
    held_out = ", held back from training" if answered.was_held_out else ""
    return f"{answered.question}\n  {answered.after}\n  {verdict}{held_out}"


def say_known(answers: Sequence[Answered]) -> str:
    """Say how many of the questions that were taught come as taught."""
    taught = [answered for answered in answers if not answered.was_held_out]
    known, before = (
        sum(values) for values in zip(*((a.knows_now, a.knew_before) for a in taught), strict=True)
    )
    return f"answers {known} of {len(taught)} questions as taught; before training {before} of {len(taught)}"


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
        return "as much as before"
    return f"{abs(change):.0%} {'less' if change < 0 else 'more'} than before"


def _perplexity(loss: float) -> str:
    return f"{math.exp(min(loss, 20.0)):.2f}"
