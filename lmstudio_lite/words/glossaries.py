"""What is said of terms and remembered segments that come from files."""

from __future__ import annotations

from lmstudio_lite.domain.glossary import EntryProblem, ImportReport
from lmstudio_lite.words.translate import mark, tr, trn

_PROBLEMS = {
    EntryProblem.NO_SOURCE: mark("nothing in the first language"),
    EntryProblem.NO_TARGET: mark("no translation"),
    EntryProblem.OTHER_LANGUAGES: mark("other languages"),
    EntryProblem.TOO_LONG: mark("too long"),
    EntryProblem.DAMAGED: mark("damaged"),
}


def say_report(name: str, report: ImportReport) -> str:
    """``“terms.csv”: 40 added, 3 known already, 2 left out``."""
    amounts = [trn("{n} added", "{n} added", report.num_added)]
    if report.num_known:
        amounts.append(trn("{n} known already", "{n} known already", report.num_known))
    if report.num_left_out:
        amounts.append(trn("{n} left out", "{n} left out", report.num_left_out))
    return tr("“{0}”: {1}.").format(name, tr(", ").join(amounts))


def say_left_out(report: ImportReport) -> list[str]:
    """``Line 7: no translation (Haus)`` for each that is left out, as far as they are listed."""
    lines = []
    for each in report.left_out:
        words = tr("Line {0}: {1}").format(each.line, tr(_PROBLEMS[each.problem]))
        lines.append(tr("{0} ({1})").format(words, each.text) if each.text else words)
    return lines
