"""What is said of glossaries and of the translation memory: what came in, and what was left out."""

from __future__ import annotations

from lmstudio_lite.domain.glossary import EntryProblem, ImportReport, LeftOut, Term
from lmstudio_lite.domain.translation_memory import MemorySize
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.languages import say_language
from lmstudio_lite.words.translate import mark, tr, trn

_PROBLEMS: dict[EntryProblem, str] = {
    EntryProblem.NO_SOURCE: mark("there is nothing to translate from"),
    EntryProblem.NO_TARGET: mark("there is no translation"),
    EntryProblem.OTHER_LANGUAGES: mark("it is in other languages"),
    EntryProblem.TOO_LONG: mark("it is too long"),
    EntryProblem.DAMAGED: mark("the file is damaged there"),
}


def say_pair(source: str, target: str) -> str:
    """``English → German``."""
    return f"{say_language(source)} → {say_language(target)}"


def say_imported_terms(report: ImportReport) -> str:
    """``12 terms added, 3 were there before, 2 entries left out``."""
    added = trn("{n} term added", "{n} terms added", report.num_added)
    return _with_the_rest(added, report)


def say_imported_segments(report: ImportReport) -> str:
    """``12 segments added, 3 were there before, 2 entries left out``."""
    added = trn("{n} segment added", "{n} segments added", report.num_added)
    return _with_the_rest(added, report)


def say_left_out(entry: LeftOut) -> str:
    """``Line 12: there is no translation (“valve”)``."""
    said = tr("Line {0}: {1}").format(f"{entry.line:,}", tr(_PROBLEMS[entry.problem]))
    return f"{said} (“{safe_line(entry.text)}”)" if entry.text else said


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


def say_term(term: Term) -> str:
    """``valve → Ventil``, ``valve → not “Klappe”``, ``Acme (stays)``."""
    source, target = safe_line(term.source), safe_line(term.target)
    if term.is_forbidden:
        return tr("{0} → not “{1}”").format(source, target)
    return f"{source} → {target}" if target else tr("{0} (stays)").format(source)


def _with_the_rest(added: str, report: ImportReport) -> str:
    said = [added]
    if report.num_known:
        said.append(trn("{n} was there before", "{n} were there before", report.num_known))
    if report.num_left_out:
        said.append(trn("{n} entry left out", "{n} entries left out", report.num_left_out))
    return ", ".join(said)
