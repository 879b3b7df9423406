"""Where a text has terms of a glossary, inflected or not, and whether a translation has theirs.

Where terms overlap the longest one counts. In languages without spaces between words, and in Korean and
Hebrew, whose particles stick to them, a term is found wherever its characters stand; elsewhere it is whole
words, each in any of its forms. A compound with a term in it ("Dampfkessel", "Kesseldruck") is enough in a
translation, but no occurrence in a source: what it is to be translated as may be another word.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from lmstudio_lite.documents.structure.language_facts import (
    UNSPACED_LETTERS,
    WordMarks,
    has_language_facts,
    language_facts,
)
from lmstudio_lite.domain.glossary import Term
from lmstudio_lite.tasks.translate.inflection import (
    is_part_of,
    is_same_case,
    is_same_word,
    separable,
    stem,
    stem_key,
)

_WORD = regex.compile(
    rf"[{UNSPACED_LETTERS}]+|[[\p{{L}}\p{{M}}\p{{N}}]--[{UNSPACED_LETTERS}]]+", regex.VERSION1
)
_UNSPACED = regex.compile(rf"[{UNSPACED_LETTERS}\p{{Hangul}}\p{{Hebrew}}]")
_WITH_PARTICLES = frozenset({"ko", "he"})
_SIGN = regex.compile(r"[^\p{L}\p{M}\p{N}\s'’‘.,:;!?()\-‐‑–/&]")
"""What makes a term more than its words: C++, .NET's dot is not enough."""
_GAP = regex.compile(r"[\s'’‘.,\-‐‑–/&·]{0,3}")
_NOUN = "noun"
_BEFORE_VERBS = frozenset(
    {"not", "will", "would", "can", "could", "cannot", "must", "should", "shall", "may", "might", "do",
     "does", "did", "never", "t", "please", "let"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FoundTerm:
    """A place of a text; ``terms`` have the same source, the first one's target is preferred."""

    start: int
    end: int
    terms: tuple[Term, ...]

    @property
    def term(self) -> Term:
        """Return the term that is preferred."""
        return self.terms[0]


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int


class TermIndex:
    """The terms of a translation from ``source`` into ``target`` (ISO 639-1), made for many texts."""

    def __init__(self, terms: Sequence[Term], source: str, target: str) -> None:
        self._source, self._target = source, target
        self._required = _Finder(
            [each for each in terms if not each.is_forbidden and each.source.strip()], source
        )
        forbidden = [each for each in terms if each.is_forbidden and each.target.strip()]
        self._forbidden = _Finder([each for each in forbidden if each.source.strip()], source)
        self._never = [each for each in forbidden if not each.source.strip()]

    def find(self, text: str) -> list[FoundTerm]:
        """Return the terms that ``text`` has and that must be translated as they say, in order."""
        return _longest(self._required.find(text))

    def terms_for(self, text: str) -> list[Term]:
        """Return the terms that a translator of ``text`` should know, each once, the forbidden ones last."""
        required = [found.term for found in self.find(text)]
        return list(dict.fromkeys([*required, *self._forbidden_for(text)]))

    def missing(self, text: str, translation: str) -> list[Term]:
        """Return the terms of ``text`` whose targets ``translation`` has in no form, each once."""
        missing = [
            found.term
            for found in self.find(text)
            if not any(has_term(translation, target_of(term), self._target, term) for term in found.terms)
        ]
        return list(dict.fromkeys(missing))

    def forbidden(self, text: str, translation: str) -> list[Term]:
        """Return the terms whose targets ``translation`` has and must not have.

        What stands within a term that is wanted ("Maschine" in "Dampf-Maschine") is no such.
        """
        wanted = [
            span
            for found in self.find(text)
            for term in found.terms
            for span in _spans(translation, target_of(term), self._target, term)
        ]
        return [
            term
            for term in [*self._forbidden_for(text), *self._never]
            if any(
                not any(first <= start and end <= last for first, last in wanted)
                for start, end in _spans(translation, term.target, self._target, term)
            )
        ]

    def _forbidden_for(self, text: str) -> list[Term]:
        return list(dict.fromkeys(term for found in self._forbidden.find(text) for term in found.terms))


def target_of(term: Term) -> str:
    """Return what a term is to be in the translation: itself where it stays as it is."""
    return term.target or term.source


def terms_for(text: str, terms: Sequence[Term], source: str, target: str) -> list[Term]:
    """Return the terms that a translator of ``text`` should know; see ``TermIndex``, for many texts."""
    return TermIndex(terms, source, target).terms_for(text)


def missing_terms(text: str, translation: str, terms: Sequence[Term], source: str, target: str) -> list[Term]:
    """Return the terms of ``text`` whose targets ``translation`` lacks; see ``TermIndex``, for many texts."""
    return TermIndex(terms, source, target).missing(text, translation)


def forbidden_terms(
    text: str, translation: str, terms: Sequence[Term], source: str, target: str
) -> list[Term]:
    """Return the terms that ``translation`` must not have; see ``TermIndex``, for many texts."""
    return TermIndex(terms, source, target).forbidden(text, translation)


def has_term(text: str, wanted: str, language: str, term: Term) -> bool:
    """Tell whether ``text`` has ``wanted`` in any of its forms, in a compound or in two parts."""
    if next(_spans(text, wanted, language, term), None) is not None:
        return True
    if _is_literal(wanted, language):
        return False
    words = [match[0] for match in _WORD.finditer(text)]
    parts = [match[0] for match in _WORD.finditer(wanted)]
    if not parts:
        return wanted in text
    joined = "".join(parts)
    if any(is_part_of(joined, word, language) for word in words):
        return True
    if len(parts) > 1:
        return any(is_same_word(joined, word, language) for word in words)
    is_verb = term.part_of_speech in ("", "verb")
    return is_verb and _has_in_two(parts[0], words, language)


def _has_in_two(verb: str, words: Sequence[str], language: str) -> bool:
    parted = separable(verb, language)
    if parted is None:
        return False
    prefix, plain = parted
    for place, word in enumerate(words):
        if is_same_word(word, plain, language):
            return any(later.casefold() == prefix for later in words[place + 1 :])
        if word.casefold().startswith(prefix) and stem(plain, language) in stem(word, language):
            return True
    return False


class _Finder:
    """Terms by how they begin."""

    def __init__(self, terms: Sequence[Term], language: str) -> None:
        self._language = language
        self._literal: dict[str, list[tuple[str, list[Term]]]] = defaultdict(list)
        self._worded: dict[str, list[tuple[list[str], list[Term]]]] = defaultdict(list)
        together: dict[tuple[str, bool], list[Term]] = defaultdict(list)
        for term in terms:
            source = " ".join(term.source.split())
            together[source if term.matches_case else source.casefold(), term.matches_case].append(term)
        for alike in together.values():
            source = " ".join(alike[0].source.split())
            words = [match[0] for match in _WORD.finditer(source)]
            if not words or _is_literal(source, language):
                self._literal[source[0].casefold()].append((source, alike))
            else:
                self._worded[stem_key(words[0], language)].append((words, alike))

    def find(self, text: str) -> Iterator[FoundTerm]:
        """Yield all places, also those that overlap."""
        if self._literal:
            for start, character in enumerate(text):
                for source, alike in self._literal.get(character.casefold(), ()):
                    if _stands_at(text, start, source, matches_case=alike[0].matches_case):
                        yield FoundTerm(start, start + len(source), tuple(alike))
        if not self._worded:
            return
        words = _words(text)
        for place, word in enumerate(words):
            for wanted, alike in self._worded.get(stem_key(word.text, self._language), ()):
                end = _end_of(text, words, place, wanted, self._language, matches_case=alike[0].matches_case)
                if end is not None and (fitting := self._fitting(alike, words[:place])):
                    yield FoundTerm(word.start, end, fitting)

    def _fitting(self, alike: Sequence[Term], before: Sequence[_Word]) -> tuple[Term, ...]:
        """Leave out nouns where a verb stands: "does not cover"."""
        is_verb = self._language == "en" and bool(before) and before[-1].text.casefold() in _BEFORE_VERBS
        return tuple(term for term in alike if not (is_verb and term.part_of_speech == _NOUN))


def _spans(text: str, wanted: str, language: str, term: Term) -> Iterator[tuple[int, int]]:
    """Yield where ``wanted`` stands in ``text`` as words of its own."""
    parts = [match[0] for match in _WORD.finditer(wanted)]
    if not parts or _is_literal(wanted, language):
        for start in range(len(text) - len(wanted) + 1):
            if _stands_at(text, start, wanted, matches_case=term.matches_case):
                yield start, start + len(wanted)
        return
    words = _words(text)
    for place, word in enumerate(words):
        end = _end_of(text, words, place, parts, language)
        if end is not None:
            yield word.start, end


def _end_of(
    text: str,
    words: Sequence[_Word],
    place: int,
    wanted: Sequence[str],
    language: str,
    *,
    matches_case: bool = False,
) -> int | None:
    """Return where the words ``wanted`` end if they begin at ``place``, None if they don't stand there."""
    if place + len(wanted) > len(words):
        return None
    for number, word in enumerate(wanted):
        written = words[place + number]
        if number and not _GAP.fullmatch(text, words[place + number - 1].end, written.start):
            return None
        if not is_same_word(written.text, word, language):
            return None
        if matches_case and not is_same_case(written.text, word):
            return None
    return words[place + len(wanted) - 1].end


def _words(text: str) -> list[_Word]:
    return [_Word(match[0], match.start(), match.end()) for match in _WORD.finditer(text)]


def _stands_at(text: str, start: int, wanted: str, *, matches_case: bool) -> bool:
    """Tell whether exactly ``wanted`` stands there; letters that need spaces do not go on around it."""
    found = text[start : start + len(wanted)]
    if found != wanted and (matches_case or found.casefold() != wanted.casefold()):
        return False
    end = start + len(wanted)
    return not (_joins(text, start - 1, start) or _joins(text, end - 1, end))


def _joins(text: str, left: int, right: int) -> bool:
    """Tell whether two neighbouring characters are of one word in a script with spaces."""
    if left < 0 or right >= len(text):
        return False
    return all(text[at].isalnum() and not _UNSPACED.match(text[at]) for at in (left, right))


def _is_literal(term: str, language: str) -> bool:
    """Tell whether a term is found by its characters, not by its words."""
    is_unspaced = has_language_facts(language) and language_facts(language).word_marks is not WordMarks.SPACES
    return (is_unspaced or language in _WITH_PARTICLES or _SIGN.search(term) is not None) and (
        _UNSPACED.search(term) is not None or _SIGN.search(term) is not None
    )


def _longest(found: Iterator[FoundTerm]) -> list[FoundTerm]:
    """Return the places that overlap with none that is longer, in order."""
    kept: list[FoundTerm] = []
    for each in sorted(found, key=lambda place: (place.start - place.end, place.start)):
        if all(each.end <= other.start or other.end <= each.start for other in kept):
            kept.append(each)
    return sorted(kept, key=lambda place: place.start)
