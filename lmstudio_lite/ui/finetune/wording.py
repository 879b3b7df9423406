"""The words of the Fine-tune window for what lower rooms say in codes."""

from __future__ import annotations

import math

from lmstudio_lite.app.train import Phase, RunRecord
from lmstudio_lite.finetune.data.figures import DataWarning, WarningKind
from lmstudio_lite.finetune.data.problems import Problem, ProblemKind, Remedy, remedy_of
from lmstudio_lite.finetune.data.records import Shape
from lmstudio_lite.finetune.data.sources import FileFormat, FileSource, ParallelSource, Source
from lmstudio_lite.finetune.estimate import ShapeProblem, TimeEstimate, shape_problem
from lmstudio_lite.finetune.protocol import Answered, Delay, Gate, Method, ScratchSettings, Stage
from lmstudio_lite.words import say_duration
from lmstudio_lite.words.translate import mark, tr, trn

_ENOUGH_KNOWN = 0.8
"""Four of five: below that a user who asks will meet a wrong answer soon."""
_PASSES_FOR_FACTS = 8
"""What the preset for facts goes through the data."""


_PROBLEMS = {
    ProblemKind.UNREADABLE: mark("The file can't be read"),
    ProblemKind.NOT_UTF8: mark("Not written in UTF-8"),
    ProblemKind.LINE_TOO_LONG: mark("Longer than 16 million characters"),
    ProblemKind.NOT_JSON: mark("Not valid JSON"),
    ProblemKind.TRAILING_COMMA: mark("A comma too many at the end"),
    ProblemKind.PYTHON_LITERAL: mark("Python's notation instead of JSON"),
    ProblemKind.NOT_AN_OBJECT: mark("Not an object with fields"),
    ProblemKind.UNKNOWN_FIELDS: mark("Fields that mean nothing here"),
    ProblemKind.NOT_TEXT: mark("A field that holds no text"),
    ProblemKind.TOOL_USE: mark("Uses tools, which can't be learned here"),
    ProblemKind.UNKNOWN_ROLE: mark("Nobody knows who speaks"),
    ProblemKind.NO_QUESTION: mark("An answer without a question"),
    ProblemKind.NO_ANSWER: mark("No answer to learn from"),
    ProblemKind.EMPTY_QUESTION: mark("An empty question"),
    ProblemKind.EMPTY_ANSWER: mark("An empty answer"),
    ProblemKind.EMPTY_SYSTEM: mark("An empty instruction"),
    ProblemKind.ENDS_WITH_QUESTION: mark("Ends with a question"),
    ProblemKind.SAME_ROLE_TWICE: mark("The same speaker twice in a row"),
    ProblemKind.SYSTEM_NOT_FIRST: mark("The instruction is not at the beginning"),
    ProblemKind.WRONG_COLUMNS: mark("Columns missing"),
    ProblemKind.OPEN_QUOTE: mark("A quotation mark that is never closed"),
    ProblemKind.UNEQUAL_FILES: mark("More lines than the other file"),
    ProblemKind.UNTRANSLATED: mark("Not translated: both texts are the same"),
    ProblemKind.NO_PAIR: mark("One of the two languages is missing"),
    ProblemKind.BROKEN_XML: mark("Broken XML"),
    ProblemKind.ENTITIES: mark("Declares entities, which are not read for safety"),
    ProblemKind.EMPTY_TEXT: mark("An empty text"),
    ProblemKind.DUPLICATE: mark("The same example again"),
}
_FIXES = {
    ProblemKind.NOT_UTF8: mark("Read it as Windows text"),
    ProblemKind.TRAILING_COMMA: mark("Leave the comma out"),
    ProblemKind.PYTHON_LITERAL: mark("Read Python's notation"),
    ProblemKind.EMPTY_SYSTEM: mark("Leave the instruction out"),
    ProblemKind.ENDS_WITH_QUESTION: mark("Leave the last question out"),
    ProblemKind.SAME_ROLE_TWICE: mark("Join what they say"),
    ProblemKind.SYSTEM_NOT_FIRST: mark("Put it at the beginning"),
    ProblemKind.DUPLICATE: mark("Learn it once"),
}
_REMEDIES = {
    Remedy.EDIT: mark("Left out. Correct it in the file and add it again."),
    Remedy.CHOOSE_COLUMNS: mark("Left out. Choose which columns hold what."),
    Remedy.LEAVE_OUT: mark("Left out."),
}


def say_problem(kind: ProblemKind) -> str:
    """Say what is wrong, without a full stop."""
    return tr(_PROBLEMS[kind])


def say_num_problems(count: int) -> str:
    return trn("{n} problem", "{n} problems", count)


def say_fix(kind: ProblemKind) -> str:
    """Say what mending would do, "" where the program can't."""
    return tr(_FIXES[kind]) if kind in _FIXES else ""


def say_remedy(kind: ProblemKind) -> str:
    """Say what becomes of a place that is not mended."""
    return tr(_REMEDIES.get(remedy_of(kind), "Left out."))


def say_place(problem: Problem) -> str:
    """Say where a problem is, and quote what is odd."""
    detail = f": {problem.detail}" if problem.detail else ""
    return f"{problem.at}{detail}"


_SHAPES = {
    Shape.CHAT: mark("conversations"),
    Shape.SHAREGPT: mark("conversations (ShareGPT)"),
    Shape.ALPACA: mark("instructions (Alpaca)"),
    Shape.PAIR: mark("questions and answers"),
    Shape.TRANSLATION: mark("translations"),
    Shape.TEXT: mark("texts"),
}
_FORMATS = {
    FileFormat.JSON_LINES: mark("JSON lines"),
    FileFormat.JSON_VALUES: mark("JSON"),
    FileFormat.TABLE: mark("table"),
    FileFormat.SPREADSHEET: mark("spreadsheet"),
    FileFormat.TMX: mark("translation memory"),
    FileFormat.TEXT: mark("text, learned whole"),
    FileFormat.DOCUMENT: mark("document, learned whole"),
}


def say_source(source: Source) -> str:
    """Say what a source was taken for."""
    if isinstance(source, ParallelSource):
        return tr("lines that translate each other, {0} to {1}").format(*source.languages)
    if not isinstance(source, FileSource):
        return tr("from this program")
    words = tr(_FORMATS[source.format])
    if source.shape is not None:
        words = f"{words}, {tr(_SHAPES[source.shape])}"
    if source.mapping is not None and source.mapping.languages is not None:
        words = f"{words}, {source.mapping.languages[0]} to {source.mapping.languages[1]}"
    return words


def say_warning(warning: DataWarning) -> tuple[str, str]:
    """Say why the data may disappoint, and what to do."""
    affected, total = f"{warning.num_affected:,}", f"{warning.num_total:,}"
    what, remedy = {
        WarningKind.FAR_TOO_SMALL: (
            "Only {0} different examples: a model learns little more than these by heart.",
            "Add examples; with 50 a manner of answering can be taught, with some hundreds facts.",
        ),
        WarningKind.SMALL: (
            "{0} different examples are few.",
            "Expect a manner of answering to be learned, not many facts. More examples help most.",
        ),
        WarningKind.REPEATS: (
            "{0} of {1} examples are repeats.",
            "They are learned once, unless you decide otherwise under Problems.",
        ),
        WarningKind.FEW_ANSWERS: (
            "There are only {0} different answers in {1} examples.",
            "A model that learns this gives the same answers to everything.",
        ),
        WarningKind.TOO_LONG: (
            "{0} of {1} examples are longer than the maximum length and will be cut.",
            "Raise the maximum length in the settings, or shorten the examples.",
        ),
        WarningKind.MANY_PROBLEMS: (
            "{0} of {1} places could not be used.",
            "Look at Problems: most can be mended or are one mistake made often.",
        ),
        WarningKind.NO_VALIDATION: (
            "Nothing is held back to measure with.",
            "Whether the model really learns can't be told then. Add examples.",
        ),
    }[warning.kind]
    return tr(what).format(affected, total), tr(remedy)


_OBSTACLES = {
    "unknown": mark("this architecture can't be trained here"),
    "no_class": mark("the training components know its files, but not the model"),
    "not_causal": mark("it does not write text onwards"),
}


def say_obstacle(code: str) -> str:
    """Say why a model can't be trained."""
    return tr(_OBSTACLES.get(code, _OBSTACLES["unknown"]))


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
    Stage.STARTING: mark("Starting"),
    Stage.READING_DATA: mark("Reading the examples"),
    Stage.TRAINING_TOKENIZER: mark("Learning the words"),
    Stage.LOADING_BASE: mark("Loading the model"),
    Stage.CHECKING_BASE: mark("Checking the model"),
    Stage.MEASURING_BASE: mark("Measuring the model before training"),
    Stage.TRAINING: mark("Training"),
    Stage.EVALUATING: mark("Measuring"),
    Stage.MEASURING_RESULT: mark("Measuring what was learned"),
    Stage.EXPORTING: mark("Writing the files"),
    Stage.QUANTIZING: mark("Making the file smaller"),
    Stage.VERIFYING: mark("Checking the files"),
    Stage.ASKING: mark("Asking it your questions"),
}


def say_stage(record: RunRecord) -> str:
    """Say where a run stands."""
    match record.phase:
        case Phase.PAUSED:
            return tr("Paused")
        case Phase.DONE:
            return tr("Done")
        case Phase.STOPPED:
            return tr("Stopped; it can be continued")
        case Phase.FAILED:
            return tr("Failed")
        case Phase.INTERRUPTED:
            return tr("Interrupted; it can be continued")
        case Phase.RUNNING:
            return tr(_STAGES[record.stage])


def say_training(record: RunRecord) -> str:
    """Say where the training of a run stands, which is over while a further file is written."""
    return tr("Done") if record.exporting is not None else say_stage(record)


def say_short(record: RunRecord) -> str:
    """Say it in the main window's top bar: "Training 34 %, 6 min"."""
    if record.phase is Phase.RUNNING and record.stage in (Stage.TRAINING, Stage.EVALUATING) and record.steps:
        left = say_duration(record.steps[-1].seconds_left)
        return tr("Training {0} %, {1}").format(round(record.fraction * 100), left)
    if record.phase is Phase.PAUSED:
        return tr("Training paused at {0} %").format(round(record.fraction * 100))
    if record.exporting is not None:
        return tr("Further file: {0}").format(say_stage(record).lower())
    return tr("Training: {0}").format(say_stage(record).lower())


def say_verdict(record: RunRecord) -> tuple[str, str, str]:
    """Say what training did: the verdict, its reasons, and "info", "warning" or "danger" for it.

    Where questions were asked, how many came as taught is the verdict; the errors are its reasons.
    """
    gate = record.gate
    assert gate is not None
    if record.settings.method is Method.SCRATCH and gate.data_after < gate.data_before:
        return _say_birth(gate)
    data = _change(gate.data_before, gate.data_after)
    general = _change(gate.general_before, gate.general_after)
    what, kind = _say_learned(data, general)
    reasons = [
        tr("{0} the right words surprise it {1}; in other texts {2}.").format(
            tr("In examples that were held back") if gate.held_out else tr("In the examples it learned from"),
            _surprise(data),
            _surprise(general),
        )
    ]
    if not gate.held_out:
        reasons.append(tr("Nothing was held back, so it may have learned by heart."))
    asked = [answer for answer in record.answers if not answer.was_held_out]
    if asked:
        known = sum(answer.knows_now for answer in asked)
        what = tr("It answers {0} of {1} of your questions as taught; before training {2} of {1}.").format(
            known, len(asked), sum(answer.knew_before for answer in asked)
        )
        if known < _ENOUGH_KNOWN * len(asked):
            kind = "danger" if kind == "danger" else "warning"
            reasons.append(_advice(record))
    return what, " ".join(reasons), kind


def _say_learned(data: float, general: float) -> tuple[str, str]:
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
    return tr("{0} % less than before" if change < 0 else "{0} % more than before").format(percent)


def _advice(record: RunRecord) -> str:
    """Say what makes more of the taught answers come, with what this run did."""
    passes = record.steps[-1].epoch if record.steps else record.settings.epochs
    if passes < _PASSES_FOR_FACTS:
        return tr(
            "To make it firmer, go through the data more often: it was {0} times, facts take about {1} "
            "(Thorough, or more steps)."
        ).format(f"{passes:.1f}", _PASSES_FOR_FACTS)
    return tr(
        "To make it firmer, say the same in several examples with other words, or raise the learning rate "
        "({0})."
    ).format(f"{record.settings.learning_rate:g}")


def say_known(answer: Answered) -> str:
    """Say whether an answer is the taught one, and whether the question was new to the model."""
    if answer.knows_now:
        said = tr("as taught, as before") if answer.knew_before else tr("as taught")
    else:
        said = tr("not as taught")
    return tr("{0}, held back from training").format(said) if answer.was_held_out else said


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
