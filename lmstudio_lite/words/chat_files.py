"""What is said of conversations that come in from files."""

from __future__ import annotations

from lmstudio_lite.domain.chat_files import ImportProblem, ImportReport, ImportTrouble
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.translate import mark, tr, trn

_TROUBLES = {
    ImportTrouble.UNKNOWN_FILE: mark("it is no export that this program knows"),
    ImportTrouble.UNREADABLE: mark("it can't be read"),
    ImportTrouble.DAMAGED: mark("it is damaged"),
    ImportTrouble.TOO_LARGE: mark("it is too large"),
    ImportTrouble.ENCRYPTED: mark("it is encrypted; unpack it with its password first"),
    ImportTrouble.CUT_OFF: mark("some of its lines are damaged; the others came in"),
    ImportTrouble.EMPTY: mark("there are no words in it"),
    ImportTrouble.KNOWN: mark("it is here already"),
    ImportTrouble.PICTURES: mark("it came in without its pictures and files"),
}


def say_import(report: ImportReport) -> str:
    """Say how much came in."""
    if not report.ids and report.known_ids:
        return trn(
            "The conversation is here already.",
            "All {n} conversations are here already.",
            len(report.known_ids),
        )
    if not report.ids:
        return tr("No conversation came in.")
    conversations = trn("{n} conversation came in", "{n} conversations came in", len(report.ids))
    messages = trn("{n} message", "{n} messages", report.num_messages)
    return tr("{0}, with {1}.").format(conversations, messages)


def say_problem(problem: ImportProblem) -> str:
    """Say what did not come in and why: ``export.json, conversation 3 (“Trip”): it is damaged``."""
    trouble = tr(_TROUBLES[problem.trouble])
    name = safe_line(problem.path.name)
    if problem.within:
        name = tr("{0} in {1}").format(safe_line(problem.within), name)
    if not problem.place:
        return tr("{0}: {1}").format(name, trouble)
    if not problem.title:
        return tr("{0}, conversation {1}: {2}").format(name, problem.place, trouble)
    return tr("{0}, conversation {1} (“{2}”): {3}").format(
        name, problem.place, safe_line(problem.title), trouble
    )
