"""Terms that a document repeats, for a glossary that is made before it is translated.

A term is a run of up to four words that returns, or of up to six characters where no space parts words, and
that stands where nouns stand: behind an article or a preposition, before a word of grammar or a stop. Names
are told by their capitals. Longer runs are preferred to the parts that hardly stand alone (C-value: Frantzi,
Ananiadou, Mima 2000). A word that other texts have too, our own few reports, news and stories, comes later in
the list, not never: a person looks through it. By eye, of the first 30 proposed, 29 were terms in an English
encyclopedia's article, 27 in German lecture notes, 25 in a Chinese article.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import regex

from lmstudio_lite.documents.structure.language import common_words
from lmstudio_lite.documents.structure.language_facts import (
    UNSPACED_LETTERS,
    WordMarks,
    has_language_facts,
    language_facts,
)
from lmstudio_lite.domain.glossary import Term, TermProposal
from lmstudio_lite.paths import resources
from lmstudio_lite.tasks.text.names import begins_sentence, has_inner_capital
from lmstudio_lite.tasks.translate.carried import find_carried
from lmstudio_lite.tasks.translate.inflection import stem

NUM_PROPOSALS = 40
_MOST_WORDS, _MOST_CHARACTERS = 4, 6
_FEWEST_OF_ONE, _FEWEST_OF_MORE, _FEWEST_OF_CHARACTERS = 3, 2, 3
_SHORTEST = 3
_LEAST_NOUN_SHARE, _LEAST_OPENED, _MOST_VERB_SHARE = 0.5, 0.2, 0.2
_HARDLY_ALONE = 0.75
_LEAST_NEIGHBOURS = 3
_USUAL_WEIGHT = 0.25
_WORD = regex.compile(r"\p{L}[\p{L}\p{M}\p{N}]*(?:['’‑-][\p{L}\p{N}]+)*|[^\s\p{L}]")
_LETTER = regex.compile(r"\p{L}")
_HAN_RUN = regex.compile(r"\p{Han}{2,}")
_KANJI_RUN = regex.compile(r"(?:\p{Han}|[\p{Katakana}ー]){2,}")
_UNSPACED_LETTER = regex.compile(f"[{UNSPACED_LETTERS}]")
_HAN_GRAMMAR = frozenset(
    "的了是在和与或对从把被为有不也都就而及等这那其之以上下中个们我你他她它会能可要将让使到去来又很更最没并则因所于由向给此该每各当如"
    "但若还已正只再且至做着过吗呢吧啊哪什么些种名位次年月日时"
)
_HAN_USUAL = frozenset(
    re.findall(
        "..",
        "进行提供包括提高使用通过需要可以以及大量实现表示自动包含用于具有根据成为问题情况方面同时不同其他一些重要主要工作"
        "发展目前没有我们他们这个那个因此所以如果已经非常能够作为",
    )
)
_JOINING = {
    "en": frozenset({"of"}),
    "fr": frozenset({"de", "du", "des", "à", "d"}),
    "es": frozenset({"de", "del"}),
    "it": frozenset({"di", "del", "della"}),
    "pt": frozenset({"de", "do", "da", "dos"}),
}
_EXAMPLE_LENGTH = 160


@dataclass(slots=True)
class _Candidate:
    """What was seen of one term in all its forms."""

    num_words: int
    count: int = 0
    num_noun_places: int = 0
    num_opened: int = 0
    num_verb_places: int = 0
    num_capitals: int = 0
    num_small: int = 0
    forms: Counter[str] = field(default_factory=Counter)
    example: str = ""
    num_in_longer: int = 0
    longer: set[tuple[str, ...]] = field(default_factory=set)


def propose_terms(texts: Sequence[str], language: str, count: int = NUM_PROPOSALS) -> list[TermProposal]:
    """Return up to ``count`` terms that ``texts`` (units of a document) repeat, without translations.

    The surest come first. For a language whose words are not parted and that has no characters of their own
    (Thai, Khmer) nothing is proposed.
    """
    plain = [_without_carried(text) for text in texts]
    if language == "ja":
        found = _runs(plain)
    elif has_language_facts(language) and language_facts(language).word_marks is WordMarks.CHARACTERS:
        found = _han_terms(plain)
    elif has_language_facts(language) and language_facts(language).word_marks is WordMarks.NONE:
        return []
    else:
        found = _word_terms(plain, language)
    ranked = sorted(found, key=lambda each: -each[0])
    return [proposal for _, proposal in ranked[:count]]


def _without_carried(text: str) -> str:
    """Return ``text`` with addresses, code and placeholders as stops."""
    parts, position = list[str](), 0
    for each in find_carried(text):
        parts += [text[position : each.start], "¦"]
        position = each.end
    return "".join([*parts, text[position:]])


def _word_terms(texts: Sequence[str], language: str) -> Iterator[tuple[float, TermProposal]]:
    candidates: dict[tuple[str, ...], _Candidate] = {}
    for text in texts:
        words = list(_WORD.finditer(text))
        for first in range(len(words)):
            for key, last in _runs_from(words, first, language):
                _see(candidates, key, text, words, first, last, language)
    candidates = {key: each for key, each in candidates.items() if each.count >= _fewest(each)}
    _note_longer(candidates)
    for each in candidates.values():
        is_name = _is_name(each, language)
        if not _is_noun(each, language, is_name=is_name) or _is_hardly_alone(each):
            continue
        form = each.forms.most_common(1)[0][0]
        term = Term(form, "", "name" if is_name else "noun", matches_case=is_name and len(form) <= 4)
        is_usual = each.num_words == 1 and not is_name and stem(form, language) in _usual_words(language)
        weight = _USUAL_WEIGHT if is_usual else 1.0
        yield weight * _score(each), TermProposal(term, each.count, each.example)


def _runs_from(
    words: Sequence[regex.Match[str]], first: int, language: str
) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield the runs of words that may be terms and begin at ``first``: their stems, and the last word."""
    stems: list[str] = []
    for last in range(first, min(first + _MOST_WORDS, len(words))):
        word = words[last][0]
        is_grammar = _is_grammar(word, language)
        if not _LETTER.match(word) or (is_grammar and (last == first or not _joins(word, language))):
            return
        if last > first and words[last].start() - words[last - 1].end() != 1:
            return
        stems.append(stem(word, language))
        if len(word) == 1 or (last == first and len(word) < _SHORTEST and not has_inner_capital(word)):
            return
        if not is_grammar:
            yield tuple(stems), last


def _see(
    candidates: dict[tuple[str, ...], _Candidate],
    key: tuple[str, ...],
    text: str,
    words: Sequence[regex.Match[str]],
    first: int,
    last: int,
    language: str,
) -> None:
    each = candidates.setdefault(key, _Candidate(last - first + 1))
    start, end = words[first].start(), words[last].end()
    before = words[first - 1][0] if first else ""
    after = words[last + 1][0] if last + 1 < len(words) else ""
    each.count += 1
    is_opened = before.casefold() in _determiners(language) | _prepositions(language)
    each.num_opened += is_opened
    is_noun_place = _stands_as_noun(before, after, language, is_opened=is_opened)
    each.num_noun_places += is_noun_place or (is_opened and last > first)
    each.num_verb_places += after.casefold() in _determiners(language)
    if not begins_sentence(text, start):
        own = [word[0] for word in words[first : last + 1] if not _is_grammar(word[0], language)]
        is_capital = all(word[0].isupper() for word in own)
        each.num_capitals += is_capital
        each.num_small += not is_capital
    form = text[start:end]
    each.forms[form] += 1
    if not each.example:
        each.example = _example(text, start)


def _stands_as_noun(before: str, after: str, language: str, *, is_opened: bool) -> bool:
    ends = not after or not _LETTER.match(after) or _is_grammar(after, language)
    return ends and (
        is_opened or not before or not _LETTER.match(before) or not _is_grammar(before, language)
    )


def _is_name(each: _Candidate, language: str) -> bool:
    is_capitalizing = has_language_facts(language) and language_facts(language).capitalizes_nouns
    if is_capitalizing:
        return False
    return each.num_capitals >= 2 and each.num_capitals > 4 * each.num_small


def _is_noun(each: _Candidate, language: str, *, is_name: bool) -> bool:
    if is_name:
        return True
    is_capitalizing = has_language_facts(language) and language_facts(language).capitalizes_nouns
    if is_capitalizing:
        is_capital = sum(count for form, count in each.forms.items() if form.split()[-1][0].isupper())
        if is_capital < _LEAST_NOUN_SHARE * each.count or (each.num_words == 1 and not each.num_capitals):
            return False
    if each.num_words == 1 and _determiners(language) and each.num_opened < _LEAST_OPENED * each.count:
        return False
    if is_capitalizing and each.num_words == 1:
        return True
    noun_share, verb_share = each.num_noun_places / each.count, each.num_verb_places / each.count
    return noun_share >= _LEAST_NOUN_SHARE and verb_share <= _MOST_VERB_SHARE


def _fewest(each: _Candidate) -> int:
    return _FEWEST_OF_ONE if each.num_words == 1 else _FEWEST_OF_MORE


def _note_longer(candidates: dict[tuple[str, ...], _Candidate]) -> None:
    for key, each in candidates.items():
        for length in range(1, len(key)):
            for start in range(len(key) - length + 1):
                inner = candidates.get(key[start : start + length])
                if inner is not None:
                    inner.longer.add(key)
                    inner.num_in_longer = max(inner.num_in_longer, each.count)


def _is_hardly_alone(each: _Candidate) -> bool:
    return each.num_in_longer >= _HARDLY_ALONE * each.count


def _score(each: _Candidate) -> float:
    """Return the C-value, with one word counted as half of two."""
    alone = each.count - (each.num_in_longer / 2 if each.longer else 0)
    return math.log2(each.num_words + 0.5) * alone


def _han_terms(texts: Sequence[str]) -> Iterator[tuple[float, TermProposal]]:
    counts: Counter[str] = Counter()
    before: dict[str, set[str]] = defaultdict(set)
    after: dict[str, set[str]] = defaultdict(set)
    examples: dict[str, str] = {}
    for text in texts:
        for run in _HAN_RUN.finditer(text):
            for start in range(run.start(), run.end() - 1):
                if text[start] in _HAN_GRAMMAR:
                    continue
                for end in range(start + 2, min(start + _MOST_CHARACTERS, run.end()) + 1):
                    if text[end - 1] in _HAN_GRAMMAR:
                        continue
                    piece = text[start:end]
                    counts[piece] += 1
                    before[piece].add(text[start - 1] if start else "")
                    after[piece].add(text[end] if end < len(text) else "")
                    examples.setdefault(piece, _example(text, start))
    for piece, count in counts.items():
        if count < _FEWEST_OF_CHARACTERS or any(character in _HAN_GRAMMAR for character in piece):
            continue
        if piece[:2] in _HAN_USUAL or piece[-2:] in _HAN_USUAL:
            continue
        if min(len(before[piece]), len(after[piece])) < _LEAST_NEIGHBOURS:
            continue
        most = max((counts[longer] for longer in _around(piece, before, after)), default=0)
        if most >= _HARDLY_ALONE * count:
            continue
        weight = _USUAL_WEIGHT if piece in _usual_text("zh") else 1.0
        score = weight * math.log2(len(piece)) * count
        yield score, TermProposal(Term(piece, "", "noun"), count, examples[piece])


def _around(piece: str, before: dict[str, set[str]], after: dict[str, set[str]]) -> Iterator[str]:
    yield from (character + piece for character in before[piece] if character)
    yield from (piece + character for character in after[piece] if character)


def _runs(texts: Sequence[str]) -> Iterator[tuple[float, TermProposal]]:
    """Yield Japanese words by their script: endings are written in another one."""
    counts: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for text in texts:
        for run in _KANJI_RUN.finditer(text):
            counts[run[0]] += 1
            examples.setdefault(run[0], _example(text, run.start()))
    for piece, count in counts.items():
        if count >= _FEWEST_OF_CHARACTERS:
            term = Term(piece, "", "noun")
            yield math.log2(len(piece)) * count, TermProposal(term, count, examples[piece])


def _example(text: str, start: int) -> str:
    """Return the words around a place, on one line."""
    first = max(0, start - _EXAMPLE_LENGTH // 2)
    return " ".join(text[first : first + _EXAMPLE_LENGTH].split())


@functools.cache
def _usual_text(language: str) -> str:
    """Return texts that have nothing to do with the user's, "" where there are none."""
    paths = sorted((resources() / "corpus").glob(f"{language}-*.md"))
    return "\n".join(path.read_text("utf-8") for path in paths)


@functools.cache
def _usual_words(language: str) -> frozenset[str]:
    return frozenset(stem(match[0], language) for match in _WORD.finditer(_usual_text(language)))


@functools.cache
def _grammar(language: str) -> frozenset[str]:
    words: Iterable[str] = common_words(language)
    if not has_language_facts(language):
        return frozenset(words)
    facts = language_facts(language)
    months = (name.casefold() for names in facts.months for name in names)
    more = (facts.meaning.auxiliaries, facts.meaning.relatives, facts.sentence_starters, *months)
    numbers = (*facts.numbers.values(), *facts.ordinals.values())
    listed = " ".join((*more, *numbers)).split()
    return frozenset({*words, *listed, *_determiners(language), *_prepositions(language)})


def _is_grammar(word: str, language: str) -> bool:
    return word.casefold() in _grammar(language)


@functools.cache
def _determiners(language: str) -> frozenset[str]:
    known = has_language_facts(language)
    return frozenset(language_facts(language).meaning.determiners.split() if known else ())


@functools.cache
def _prepositions(language: str) -> frozenset[str]:
    known = has_language_facts(language)
    return frozenset(language_facts(language).meaning.prepositions.split() if known else ())


def _joins(word: str, language: str) -> bool:
    return word.casefold() in _JOINING.get(language, frozenset())
