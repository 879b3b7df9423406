"""What is said of a training: its stages, how long it takes, and what came of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from lmstudio_lite.domain.training import Phase
from lmstudio_lite.finetune.estimate import ShapeProblem, TimeEstimate, shape_problem
from lmstudio_lite.finetune.protocol import (
    Answered,
    Delay,
    EndReason,
    Export,
    Exported,
    FinetuneSettings,
    Gate,
    Method,
    ScratchSettings,
    Stage,
    StepDone,
    TrainingEnded,
)
from lmstudio_lite.words.saying import begin_sentence, say_duration
from lmstudio_lite.words.translate import mark, tr, trn

_ENOUGH_KNOWN = 0.8
"""Four of five: below that a user who asks will meet a wrong answer soon."""
_PASSES_FOR_FACTS = 8
"""What the preset for facts goes through the data."""


class Run(Protocol):
    """What ``app.train.RunRecord`` is to this module, which imports nothing of the application."""

    @property
    def phase(self) -> Phase: ...
    @property
    def stage(self) -> Stage: ...
    @property
    def fraction(self) -> float: ...
    @property
    def settings(self) -> FinetuneSettings: ...
    @property
    def steps(self) -> Sequence[StepDone]: ...
    @property
    def gate(self) -> Gate | None: ...
    @property
    def answers(self) -> Sequence[Answered]: ...
    @property
    def exporting(self) -> Export | None: ...


_SHAPE_PROBLEMS = {
    ShapeProblem.WIDTH: mark(
        "The widths must be multiples of 32: files are made smaller in blocks of that many."
    ),
    ShapeProblem.HEADS: mark("The numbers that stand for a token must divide evenly among the heads."),
    ShapeProblem.KV_HEADS: mark("The heads must share evenly those that are looked at."),
}


def say_shape_problem(shape: ScratchSettings) -> str:
    """Say why a model from nothing can't have these sizes, "" if it can."""
    problem = shape_problem(shape)
    return tr(_SHAPE_PROBLEMS[problem]) if problem is not None else ""


_STAGES = {
    Stage.STARTING: mark("starting"),
    Stage.READING_DATA: mark("reading the examples"),
    Stage.TRAINING_TOKENIZER: mark("learning the words"),
    Stage.LOADING_BASE: mark("loading the model"),
    Stage.CHECKING_BASE: mark("checking the model"),
    Stage.MEASURING_BASE: mark("measuring the model before training"),
    Stage.TRAINING: mark("training"),
    Stage.EVALUATING: mark("measuring"),
    Stage.MEASURING_RESULT: mark("measuring what was learned"),
    Stage.EXPORTING: mark("writing the files"),
    Stage.QUANTIZING: mark("making the file smaller"),
    Stage.VERIFYING: mark("checking the files"),
    Stage.ASKING: mark("asking it your questions"),
}
_PHASES = {
    Phase.PAUSED: mark("paused"),
    Phase.DONE: mark("done"),
    Phase.STOPPED: mark("stopped; it can be continued"),
    Phase.FAILED: mark("failed"),
    Phase.INTERRUPTED: mark("interrupted; it can be continued"),
}


def say_stage(stage: Stage) -> str:
    """Say what is being done, as a part of a sentence: "reading the examples"."""
    return tr(_STAGES[stage])


def say_state(run: Run) -> str:
    """Say where a run stands: "Reading the examples", "Paused"."""
    return begin_sentence(_say_state(run))


def _say_state(run: Run) -> str:
    return tr(_STAGES[run.stage]) if run.phase is Phase.RUNNING else tr(_PHASES[run.phase])


def say_training(run: Run) -> str:
    """Say where the training of a run stands, which is over while a further file is written."""
    return begin_sentence(tr(_PHASES[Phase.DONE])) if run.exporting is not None else say_state(run)


def say_short(run: Run) -> str:
    """Say it in the main window's top bar: "Training 34 %, 6 min"."""
    if run.phase is Phase.RUNNING and run.stage in (Stage.TRAINING, Stage.EVALUATING) and run.steps:
        left = say_duration(run.steps[-1].seconds_left)
        return tr("Training {0} %, {1}").format(round(run.fraction * 100), left)
    if run.phase is Phase.PAUSED:
        return tr("Training paused at {0} %").format(round(run.fraction * 100))
    said = tr("Further file: {0}") if run.exporting is not None else tr("Training: {0}")
    return said.format(_say_state(run))


def say_verdict(run: Run) -> tuple[str, str, str]:
    """Say what training did: the verdict, its reasons, and "info", "warning" or "danger" for it.

    Where questions were asked, how many came as taught is the verdict; the errors are its reasons.
    """
    gate = run.gate
    assert gate is not None
    if run.settings.method is Method.SCRATCH and gate.data_after < gate.data_before:
        return _say_birth(gate)
    what, kind = _say_learned(gate)
    reasons = say_reasons(gate)
    asked = [answer for answer in run.answers if not answer.was_held_out]
    if asked:
        what = say_num_known(asked)
        if sum(answer.knows_now for answer in asked) < _ENOUGH_KNOWN * len(asked):
            kind = "danger" if kind == "danger" else "warning"
            reasons = f"{reasons} {_advice(run)}"
    return what, reasons, kind


def say_gate(gate: Gate, method: Method) -> str:
    """Say whether it helped, and by how much, in sentences."""
    if method is Method.SCRATCH and gate.data_after < gate.data_before:
        return " ".join(_say_birth(gate)[:2])
    return f"{_say_learned(gate)[0]} {say_reasons(gate)}"


def say_reasons(gate: Gate) -> str:
    """Say how much less, or more, the right words surprise the model."""
    data = _surprise(_change(gate.data_before, gate.data_after))
    general = _surprise(_change(gate.general_before, gate.general_after))
    if gate.held_out:
        said = tr("In examples that were held back the right words surprise it {0}; in other texts {1}.")
        return said.format(data, general)
    said = tr(
        "In the examples it learned from the right words surprise it {0}; in other texts {1}. Nothing was "
        "held back, so it may have learned by heart."
    )
    return said.format(data, general)


def say_perplexity(gate: Gate) -> str:
    """Say among how many tokens, at each place, the model was undecided before and is after."""
    figures = (gate.data_before, gate.data_after, gate.general_before, gate.general_after)
    said = tr("Tokens it hesitates among (perplexity): {0} before, {1} after; in other texts {2}, then {3}.")
    return said.format(*(f"{math.exp(min(loss, 20.0)):.2f}" for loss in figures))


def say_num_known(asked: Sequence[Answered]) -> str:
    """Say how many of the questions that were taught come as taught."""
    return tr("It answers {0} of {1} of your questions as taught; before training {2} of {1}.").format(
        sum(answer.knows_now for answer in asked), len(asked), sum(answer.knew_before for answer in asked)
    )


def _say_learned(gate: Gate) -> tuple[str, str]:
    data = _change(gate.data_before, gate.data_after)
    general = _change(gate.general_before, gate.general_after)
    if data >= -0.01:
        return tr("It learned nothing that helps."), "danger"
    if general > 0.25:
        return tr("It learned, but forgot a lot."), "warning"
    if general > 0.05:
        return tr("It learned, and forgot a little."), "info"
    return tr("It learned, and forgot nothing."), "info"


def _surprise(change: float) -> str:
    percent = f"{abs(change) * 100:,.0f}" if math.isfinite(change) else "∞"
    if abs(change) < 0.005:
        return tr("as much as before")
    return (tr("{0} % less than before") if change < 0 else tr("{0} % more than before")).format(percent)


def _advice(run: Run) -> str:
    """Say what makes more of the taught answers come, with what this run did."""
    passes = run.steps[-1].epoch if run.steps else run.settings.epochs
    if passes < _PASSES_FOR_FACTS:
        return tr(
            "To make it firmer, go through the data more often: it was {0} times, facts take about {1} "
            "(Thorough, or more steps)."
        ).format(f"{passes:.1f}", _PASSES_FOR_FACTS)
    return tr(
        "To make it firmer, say the same in several examples with other words, or raise the learning rate "
        "({0})."
    ).format(f"{run.settings.learning_rate:g}")


def say_known(answer: Answered) -> str:
    """Say whether an answer is the taught one, and whether the question was new to the model."""
    if answer.knows_now:
        said = tr("as taught, as before") if answer.knew_before else tr("as taught")
    else:
        said = tr("not as taught")
    return tr("{0}, held back from training").format(said) if answer.was_held_out else said


def say_answered(answer: Answered) -> str:
    """Say in lines what the trained model answers to a question, and whether that is what was taught."""
    taught = "" if answer.knows_now else f" ({answer.taught})"
    return f"{answer.question}\n  {answer.after}\n  {say_known(answer)}{taught}"


def say_ending(ended: TrainingEnded) -> str:
    """Say why training ended, and which step counts."""
    match ended.reason:
        case EndReason.EARLY_STOP:
            said = trn(
                "Stopped after {n} step: it did not get better any more.",
                "Stopped after {n} steps: it did not get better any more.",
                ended.step,
            )
        case EndReason.STOPPED:
            said = trn(
                "Stopped after {n} step, as you asked.", "Stopped after {n} steps, as you asked.", ended.step
            )
        case EndReason.DONE:
            said = trn("Trained {n} step.", "Trained {n} steps.", ended.step)
    if ended.best_step == ended.step:
        return said
    return f"{said} {tr('Step {0} was the best and is kept.').format(f'{ended.best_step:,}')}"


def say_check(export: Exported) -> str:
    """Say that a file is what was trained, and how near."""
    share = export.kl / export.kl_limit if export.kl_limit > 0 else 0.0
    return tr("checked, answers as the trained model (difference {0} of what is allowed)").format(
        f"{share:.0%}"
    )


def _say_birth(gate: Gate) -> tuple[str, str, str]:
    """Say what became of a model that knew nothing: among how many words it is undecided."""
    before, after = (math.exp(min(loss, 50.0)) for loss in (gate.data_before, gate.data_after))
    general = math.exp(min(gate.general_after, 50.0))
    where = tr("texts that it never saw") if gate.held_out else tr("the texts that it learned from")
    said = tr(
        "On {0} it was undecided among {1} tokens at every place, and now is among {2}; on general text "
        "among {3}."
    ).format(where, f"{before:,.0f}", f"{after:,.1f}", f"{general:,.1f}")
    return tr("A model was born."), said, "info"


def _change(before: float, after: float) -> float:
    """Return by which share the perplexity changed."""
    try:
        return math.exp(after - before) - 1
    except OverflowError:
        return math.inf


def say_range(low_s: float, high_s: float) -> str:
    """Word what something takes, no finer than it is known: "about 4 to 8 min"."""
    low, high = say_duration(low_s), say_duration(high_s)
    if low == high:
        return tr("about {0}").format(high)
    if low.rpartition(" ")[2] == high.rpartition(" ")[2] and " " not in low.partition(" ")[2]:
        low = low.partition(" ")[0]
    return tr("about {0} to {1}").format(low, high)


def say_times(times: TimeEstimate) -> str:
    """Word how long a whole run takes, and of what that consists."""
    parts = tr("start {0}, training {1}, measuring {2}, files {3}").format(
        *map(say_duration, (times.begin_s, times.train_s, times.measure_s, times.write_s))
    )
    return tr("Takes {0} in all: {1}").format(say_range(*times.range_s), parts)


_DELAYS = {
    Delay.SPEED: mark(
        "takes longer than said: its steps have become slower, other programs may use the processor"
    ),
    Delay.MEMORY: mark("memory ran short; it goes on in smaller parts"),
}


def say_delay(delay: Delay) -> str:
    """Say why a run takes longer than was said."""
    return tr(_DELAYS[delay])
