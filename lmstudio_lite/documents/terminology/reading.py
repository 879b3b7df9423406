"""What reading a file of terms gives, and the rules that all kinds of files share."""

from __future__ import annotations

from dataclasses import dataclass, field

from lmstudio_lite.domain.glossary import EntryProblem, LeftOut, Term

TERM_LENGTH_MAX = 300
_LISTED_MAX = 200


@dataclass(frozen=True, slots=True)
class TermsRead:
    """``left_out`` holds the first of the ``num_left_out`` entries that could not be taken."""

    terms: tuple[Term, ...]
    num_left_out: int = 0
    left_out: tuple[LeftOut, ...] = ()


@dataclass(slots=True)
class LeftOutList:
    """Counts what is left out and keeps the first ones."""

    count: int = 0
    first: list[LeftOut] = field(default_factory=list)

    def add(self, line: int, problem: EntryProblem, text: str = "") -> None:
        self.count += 1
        if len(self.first) < _LISTED_MAX:
            self.first.append(LeftOut(line, problem, " ".join(text[:160].split())[:80]))


def problem_of(term: Term) -> EntryProblem | None:
    """Return why a term can't be taken, None if it can."""
    if not term.source and not term.is_forbidden:
        return EntryProblem.NO_SOURCE
    if not term.target:
        return EntryProblem.NO_TARGET
    if max(len(term.source), len(term.target)) > TERM_LENGTH_MAX:
        return EntryProblem.TOO_LONG
    return None


def as_kept(term: Term) -> Term:
    """Return a term as a glossary has it: with no target where it stays as it is."""
    is_same = term.target == term.source and not term.is_forbidden
    target = "" if is_same else term.target
    return Term(term.source, target, term.part_of_speech, term.note, term.matches_case, term.is_forbidden)
