"""What is said of terms and of remembered segments, and of those that come from files."""

from __future__ import annotations

from lmstudio_lite.domain.glossary import EntryProblem, ImportReport, Term
from lmstudio_lite.domain.translation_memory import MemorySize
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.languages import say_language
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
        lines.append(tr("{0} ({1})").format(words, safe_line(each.text)) if each.text else words)
    return lines


def say_pair(source: str, target: str) -> str:
    """``English → German``."""
    return f"{say_language(source)} → {say_language(target)}"


def say_term(term: Term) -> str:
    """``valve → Ventil``, ``valve → not “Klappe”``, ``Acme (stays)``."""
    source, target = safe_line(term.source), safe_line(term.target)
    if term.is_forbidden:
        return tr("{0} → not “{1}”").format(source, target)
    return f"{source} → {target}" if target else tr("{0} (stays)").format(source)


def say_memory_size(size: MemorySize) -> str:
    """``English → German, project “plant”: 1,200 segments, 80 of them used 95 times``."""
    of = say_pair(size.source, size.target)
    if size.project:
        of = tr("{0}, project “{1}”").format(of, safe_line(size.project))
    entries = trn("{n} segment", "{n} segments", size.num_entries)
    if not size.num_used:
        return tr("{0}: {1}, none used yet").format(of, entries)
    times = trn("{n} time", "{n} times", size.num_uses)
    return tr("{0}: {1}, {2} of them used {3}").format(of, entries, f"{size.num_used:,}", times)
