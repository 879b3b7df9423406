"""What is said of the data that a model is to learn from: what it was taken for, and what is wrong in it."""

from __future__ import annotations

from lmstudio_lite.finetune.data.figures import DataWarning, WarningKind
from lmstudio_lite.finetune.data.problems import Problem, ProblemKind, Remedy, remedy_of
from lmstudio_lite.finetune.data.records import Shape
from lmstudio_lite.finetune.data.sources import FileFormat, FileSource, ParallelSource, Source
from lmstudio_lite.words.translate import mark, tr, trn

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
    ProblemKind.UNLEARNED: mark("Marked as not to be learned"),
    ProblemKind.PARTIAL_WEIGHT: mark("Counts for a part only, which can't be learned here"),
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
    ProblemKind.PARTIAL_WEIGHT: mark("Learn it like the others"),
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


def say_mended(problem: Problem) -> str:
    """Say on one line where a problem is, what is wrong, and what became of it."""
    end = tr("mended") if problem.is_fixed else tr("left out")
    detail = f" ({problem.detail})" if problem.detail else ""
    return f"{problem.at}: {say_problem(problem.kind)}{detail}: {end}"


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


_WARNINGS = {
    WarningKind.FAR_TOO_SMALL: (
        mark("Only {0} different examples: a model learns little more than these by heart."),
        mark("Add examples; with 50 a manner of answering can be taught, with some hundreds facts."),
    ),
    WarningKind.SMALL: (
        mark("{0} different examples are few."),
        mark("Expect a manner of answering to be learned, not many facts. More examples help most."),
    ),
    WarningKind.REPEATS: (
        mark("{0} of {1} examples are repeats."),
        mark("They are learned once, unless you decide otherwise under Problems."),
    ),
    WarningKind.FEW_ANSWERS: (
        mark("There are only {0} different answers in {1} examples."),
        mark("A model that learns this gives the same answers to everything."),
    ),
    WarningKind.TOO_LONG: (
        mark("{0} of {1} examples are longer than the maximum length and will be cut."),
        mark("Raise the maximum length in the settings, or shorten the examples."),
    ),
    WarningKind.MANY_PROBLEMS: (
        mark("{0} of {1} places could not be used."),
        mark("Look at Problems: most can be mended or are one mistake made often."),
    ),
    WarningKind.NO_VALIDATION: (
        mark("Nothing is held back to measure with."),
        mark("Whether the model really learns can't be told then. Add examples."),
    ),
}


def say_warning(warning: DataWarning) -> tuple[str, str]:
    """Say why the data may disappoint, and what to do."""
    affected, total = f"{warning.num_affected:,}", f"{warning.num_total:,}"
    what, remedy = _WARNINGS[warning.kind]
    return tr(what).format(affected, total), tr(remedy)
