"""What a clause says beside its words: that it is so or not, may, must or will be, of all or of some.

Read by the marks that each language has for it (``LanguageFacts.meaning``). No parser: a clause ends at a
comma or where a word begins another one, and a mark speaks for the clause that it stands in.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import regex

from lmstudio_lite.documents.structure.language import common_words
from lmstudio_lite.documents.structure.language_facts import WordMarks, language_facts
from lmstudio_lite.tasks.evidence.index import STEM_LETTERS, features_of
from lmstudio_lite.tasks.text.tokens import plain

_PUNCTUATION = regex.compile(r"[,;:()–—，；：（）。！？!?](?!\d)|[，；：。](?=\d)|(?<!\d)\.(?!\d|\p{Ll})")
_FEWEST_FEATURES = 2


class Mark(StrEnum):
    """The names of the marks, as the facts of a language have them."""

    NEGATIONS = "negations"
    NO_NEGATIONS = "no_negations"
    DENIALS = "denials"
    NEAR_NEGATIONS = "near_negations"
    OBLIGATION = "obligation"
    PROHIBITION = "prohibition"
    PERMISSION = "permission"
    POSSIBILITY = "possibility"
    PLAN = "plan"
    DONE = "done"
    ALL = "all"
    MOST = "most"
    SOME = "some"
    ONLY = "only"
    CAUSE = "cause"
    BECAUSE = "because"
    CONDITION = "condition"
    BREAKS = "breaks"
    PASSIVE = "passive"
    SHARED = "shared"
    QUESTIONS = "questions"


_OF_WHAT_IS_SAID = (Mark.DENIALS, Mark.NEAR_NEGATIONS, Mark.DONE, Mark.PASSIVE, Mark.SHARED)
_BENDING = tuple(mark for mark in Mark if mark not in _OF_WHAT_IS_SAID)
"""Marks that bend what a clause says and are no part of it."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause, or a whole sentence; ``features`` are its telling words as ``index`` compares them."""

    text: str
    start: int
    features: frozenset[str]

    def shared_with(self, other: Clause) -> int:
        """Return how many telling words both have."""
        return len(self.features & other.features)

    def coverage_by(self, other: Clause) -> float:
        """Return which share of the telling words the other has."""
        return self.shared_with(other) / len(self.features) if self.features else 0.0


class Reader:
    """Reads clauses of one language; immutable.

    ``is_known`` where the language's marks of clauses are; of some languages only negations are known.
    """

    def __init__(self, language: str) -> None:
        facts = language_facts(language)
        self.language = language
        self.meaning = facts.meaning
        self.is_spaced = facts.word_marks is WordMarks.SPACES
        self.is_known = bool(self.meaning.breaks)
        self.common = frozenset(plain(word)[:STEM_LETTERS] for word in common_words(language or "en"))
        months = (plain(name)[:STEM_LETTERS] for names in facts.months for name in names)
        self._months = frozenset(months) if self.is_spaced else frozenset()
        meaning = self.meaning
        small = (meaning.prepositions, meaning.determiners, meaning.auxiliaries, meaning.truth)
        self.common |= {plain(word)[:STEM_LETTERS] for words in small for word in words.split()}
        self._marks = {mark: self._pattern(getattr(self.meaning, mark.value)) for mark in Mark}
        self._bending = self._pattern(each for mark in _BENDING for each in getattr(self.meaning, mark.value))
        self.opposites = tuple((self._pattern([a]), self._pattern([b])) for a, b in self.meaning.opposites)
        self.converses = tuple((self._pattern([a]), self._pattern([b])) for a, b in self.meaning.converses)
        self.prepositions = frozenset(self.meaning.prepositions.split())
        self.breaking = frozenset(self.meaning.breaks)
        self.auxiliaries = frozenset(self.meaning.auxiliaries.split())
        self.cleft = regex.compile(self.meaning.cleft or r"(?!)")
        self.directions = frozenset(self.meaning.directions.split())
        self.relatives = frozenset(self.meaning.relatives.split())
        self.determiners = frozenset(self.meaning.determiners.split())
        self.object_articles = frozenset(self.meaning.object_articles.split())

    def _pattern(self, alternatives: Iterable[str]) -> regex.Pattern[str]:
        joined = "|".join(f"(?:{each})" for each in alternatives) or r"(?!)"
        if self.is_spaced:
            joined = rf"(?<![\p{{L}}\p{{N}}])(?:{joined})(?![\p{{L}}\p{{N}}])"
        return regex.compile(joined, regex.IGNORECASE)

    def sentence(self, text: str, start: int = 0) -> Clause:
        """Return the whole of ``text`` as one."""
        bare = self._bending.sub(" ", text) if self.is_known else text
        features = (feature for feature in features_of(bare) if not feature.isdecimal())
        return Clause(text, start, frozenset(features) - self.common - self._months)

    def telling(self, text: str) -> list[str]:
        """Return the telling words of ``text`` in their order."""
        known = self.sentence(text).features
        return [feature for feature in features_of(self._bending.sub(" ", text)) if feature in known]

    def clauses(self, text: str, fewest: int = _FEWEST_FEATURES) -> list[Clause]:
        """Return the clauses of a sentence; what has not the ``fewest`` telling words belongs to its
        neighbour.
        """
        found: list[Clause] = []
        start = 0
        for end in self._ends(text):
            clause = self.sentence(text[start:end], start)
            if len(clause.features) >= fewest or end == len(text):
                found.append(clause)
                start = end
        if len(found) > 1 and len(found[-1].features) < fewest:
            before = found[-2]
            found[-2:] = [self.sentence(text[before.start :], before.start)]
        return found

    def pieces(self, text: str) -> list[Clause]:
        """Return what stands between commas and words that begin a clause, however short."""
        ends = self._ends(text)
        starts = [0, *ends[:-1]]
        return [self.sentence(text[start:end], start) for start, end in zip(starts, ends, strict=True)]

    def _ends(self, text: str) -> list[int]:
        ends = {match.end() for match in _PUNCTUATION.finditer(text)}
        ends |= {match.start() for match in self._marks[Mark.BREAKS].finditer(text)}
        return sorted((ends | {len(text)}) - {0})

    def has(self, mark: Mark, text: str) -> bool:
        """Tell whether the mark stands in ``text``."""
        return self._marks[mark].search(text) is not None

    def find(self, mark: Mark, text: str) -> regex.Match[str] | None:
        """Return where the mark stands first."""
        return self._marks[mark].search(text)

    def is_negative(self, text: str) -> bool:
        """Tell whether ``text`` says that something is not so, in so many words."""
        return self.has(Mark.NEGATIONS, self._marks[Mark.NO_NEGATIONS].sub(" ", text))

    def denies(self, text: str, other: str = "") -> bool:
        """Tell whether ``text`` may say that something is not so, in other words than "not" and than
        ``other``.
        """
        said = other.casefold()
        return any(match[0].casefold() not in said for match in self._marks[Mark.DENIALS].finditer(text))


@functools.cache
def reader_of(language: str) -> Reader:
    """Return the reader of a language."""
    return Reader(language)
