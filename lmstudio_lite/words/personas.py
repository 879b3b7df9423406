"""What is said of personas: the built-in ones by their names and starters, and files that are none."""

from __future__ import annotations

from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.saying import Details, Explanation, Wording, file_name
from lmstudio_lite.words.translate import mark, tr

BUILT_IN_NAMES = {
    "writer": mark("Writer"),
    "reviewer": mark("Translation reviewer"),
    "tutor": mark("Tutor"),
    "interviewer": mark("Interviewer"),
    "coder": mark("Code helper"),
}
_STARTERS = {
    "writer": (
        mark("Write the opening of a story about a lighthouse keeper who finds a letter"),
        mark("Make this paragraph clearer: "),
        mark("Suggest five titles for an article about growing vegetables in the city"),
    ),
    "reviewer": (
        mark("Compare this source and its translation, and list what is wrong: "),
        mark("Does this sentence read naturally, and what would you change? "),
    ),
    "tutor": (
        mark("Teach me how interest on a loan works, step by step"),
        mark("Ask me questions about the water cycle until I know it"),
        mark("I don't understand fractions. Start with what I know"),
    ),
    "interviewer": (
        mark("Interview me for a job as a nurse"),
        mark("Interview me about a book that I want to write"),
    ),
    "coder": (
        mark("Explain what this code does: "),
        mark("Write a Python function that finds duplicate lines in a file"),
        mark("Why does this fail? "),
    ),
}


def say_name(built_in: str) -> str:
    """Return what a built-in persona is called."""
    return tr(BUILT_IN_NAMES[built_in])


def say_starters(built_in: str) -> tuple[str, ...]:
    """Return what a built-in persona proposes to begin with; one that ends with a space waits for more."""
    return tuple(tr(text) for text in _STARTERS[built_in])


def say_missing_model(persona: str, model: str) -> str:
    """Say that a persona's model is not here."""
    return tr(
        "“{0}” was made for the model {1}, which is not here. The present model answers as this persona."
    ).format(safe_line(persona), safe_line(model))


def _persona_file(details: Details) -> Explanation:
    name = file_name(details)
    match details.get("reason"):
        case "too_large":
            what = tr("{0} is too large for a persona.").format(name)
        case "unreadable":
            what = tr("{0} can't be read.").format(name)
        case _:
            what = tr("{0} is no persona.").format(name)
    return Explanation(what, tr("Choose a file that “Export…” in the personas' window has written."))


WORDS: dict[str, Wording] = {"persona_file": _persona_file}
