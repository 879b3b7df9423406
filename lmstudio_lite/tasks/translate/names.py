"""Whether names are spelled the same through a document's translation.

A name is found by its capital within a sentence, in German only where two stand together, for all nouns
have one there. How it is spelled in a translation is told by likeness where the letters are the same, and in
Chinese by the characters that its segments have in common and others have not. Of two spellings the one that
is the source's own counts, else the one met more often, else the first. A segment that does without the name
(by a pronoun) is not flagged, nor an ending ("Kellers").
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

import regex

from lmstudio_lite.documents.structure.language import common_words
from lmstudio_lite.documents.structure.language_facts import language_facts
from lmstudio_lite.domain.translations import Flag, FlagKind
from lmstudio_lite.tasks.text.languages import is_in_characters
from lmstudio_lite.tasks.text.names import begins_sentence, capitalized_runs, has_inner_capital
from lmstudio_lite.tasks.text.numbers import is_month
from lmstudio_lite.tasks.text.tokens import WORD

_ALIKE = 0.7
"""Likeness from which two words with a capital are one name: Keller and Kellar 0.83, Keller and Kepler 0.83,
Anna and Hanna 0.89, Keller and Kaiser 0.5."""
_ENDING = regex.compile(
    r"['’]?(?:s|es|e|n|en|er|em|ern|ens|i|a|o|y|in|is|\p{L}?s?(?:isch|sch)\p{L}{0,2})?['’]?"
)
"""What may stand behind a name, in one language or another."""
_SHORTEST = 4
_MOST_SEGMENTS = 60
"""Of one name; more tell nothing new."""
_SHORTEST_HAN, _LONGEST_HAN = 3, 8
_MOST_HAVE_IT, _FEW_OTHERS_HAVE_IT = 0.6, 0.1
_SAME_CHARACTERS = 0.6
_HAN_NAME = regex.compile(r"[\p{Han}·・]+")
_HAN_RUN = regex.compile(r"\p{Han}{2,}")

Pairs = Sequence[tuple[str, str]]


def check_document(segments: Pairs, *, source_language: str, target_language: str) -> dict[int, Flag]:
    """Return a flag for each segment (source and translation), by its place, that spells a name otherwise."""
    if source_language == target_language:
        return {}
    if is_in_characters(source_language):
        return {} if is_in_characters(target_language) else _from_characters(segments, target_language)
    named = _names_of([source for source, _ in segments], source_language)
    found: dict[int, Flag] = {}
    for name, places in named.items():
        if len(places) < 2:
            continue
        variants = (
            _variants_in_characters(places, segments)
            if is_in_characters(target_language)
            else _variants_in_letters(name, places, segments)
        )
        for place, spelling in variants.items():
            found.setdefault(place, Flag(FlagKind.NAME, spelling))
    return found


def _names_of(texts: Sequence[str], language: str) -> dict[str, list[int]]:
    """Return the words of names by the places of the texts that have them."""
    with_nouns = language_facts(language).capitalizes_nouns
    found: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        for name in set(_names_in(text, language, fewest=2 if with_nouns else 1)):
            found[name].append(place)
    return found


def _names_in(text: str, language: str, *, fewest: int) -> Iterator[str]:
    common = common_words(language)
    for run in capitalized_runs(text, list(WORD.finditer(text))):
        words = [match[0] for match in run if match[0].casefold() not in common]
        is_first = begins_sentence(text, run[0].start())
        if is_first and len(words) < 2:
            continue
        for word in words if len(words) >= fewest else ():
            if len(word) >= _SHORTEST and not has_inner_capital(word) and not is_month(word, language):
                yield word


def _variants_in_letters(name: str, places: Sequence[int], segments: Pairs) -> dict[int, str]:
    spellings: dict[int, str] = {}
    for place in places[:_MOST_SEGMENTS]:
        text = segments[place][1]
        words = [match[0] for match in WORD.finditer(text) if match[0][0].isupper()]
        alike = [word for word in words if _likeness(name, word) >= _ALIKE]
        if alike:
            spellings[place] = max(alike, key=lambda word: _likeness(name, word))
    return _minority(spellings, name)


def _minority(spellings: Mapping[int, str], own: str) -> dict[int, str]:
    """Return the spellings that are not the usual one, by their places."""
    if not spellings:
        return {}
    counts = Counter(spellings.values())
    with_own = [spelling for spelling in counts if _is_same(spelling, own)]
    usual = with_own[0] if with_own else counts.most_common(1)[0][0]
    return {place: spelling for place, spelling in spellings.items() if not _is_same(spelling, usual)}


def _is_same(one: str, other: str) -> bool:
    """Tell whether two are one word but for an ending."""
    shorter, longer = sorted((one.casefold(), other.casefold()), key=len)
    shorter = shorter.rstrip("'’s")
    return longer.startswith(shorter) and _ENDING.fullmatch(longer[len(shorter) :]) is not None


def _likeness(one: str, other: str) -> float:
    if _is_same(one, other):
        return 1.0
    return SequenceMatcher(None, one.casefold(), other.casefold()).ratio()


def _variants_in_characters(places: Sequence[int], segments: Pairs) -> dict[int, str]:
    chosen = places[:_MOST_SEGMENTS]
    usual = _usual_characters(chosen, segments)
    if not usual:
        return {}
    found = {}
    for place in chosen:
        text = segments[place][1]
        if usual not in text and (spelling := _alike_in(text, usual)):
            found[place] = spelling
    return found


def _usual_characters(places: Sequence[int], segments: Pairs) -> str:
    """Return the longest run of characters that most of these translations have and few others."""
    counts: Counter[str] = Counter()
    for place in places:
        counts.update(set(_runs(segments[place][1])))
    enough = max(2, _MOST_HAVE_IT * len(places))
    frequent = sorted((run for run, count in counts.items() if count >= enough), key=len, reverse=True)
    own = set(places)
    others = [text for place, (_, text) in enumerate(segments) if place not in own]
    for run in frequent[:50]:
        if sum(run in text for text in others) <= _FEW_OTHERS_HAVE_IT * len(others):
            return run
    return ""


def _runs(text: str) -> Iterator[str]:
    for match in _HAN_NAME.finditer(text):
        characters = match[0]
        for start in range(len(characters)):
            for size in range(_SHORTEST_HAN, min(_LONGEST_HAN, len(characters) - start) + 1):
                yield characters[start : start + size]


def _alike_in(text: str, usual: str) -> str:
    """Return the run that has most of the characters of ``usual`` at their places, "" for none."""
    best, most = "", _SAME_CHARACTERS * len(usual)
    for match in _HAN_NAME.finditer(text):
        for start in range(len(match[0]) - len(usual) + 1):
            run = match[0][start : start + len(usual)]
            same = sum(one == other for one, other in zip(run, usual, strict=True))
            if same >= most and same < len(usual):
                best, most = run, same
    return best


def _from_characters(segments: Pairs, language: str) -> dict[int, Flag]:
    """Compare the names that the translations have with each other: the source shows no capitals."""
    named = _names_of([text for _, text in segments], language)
    usual_first = sorted(named, key=lambda name: -len(named[name]))
    found: dict[int, Flag] = {}
    for number, name in enumerate(usual_first):
        for other in usual_first[number + 1 :]:
            if _is_same(name, other) or _likeness(name, other) < _ALIKE:
                continue
            if set(named[name]) & set(named[other]) or not _share_a_name(named[name], named[other], segments):
                continue
            for place in named[other]:
                found.setdefault(place, Flag(FlagKind.NAME, other))
    return found


def _share_a_name(ones: Sequence[int], others: Sequence[int], segments: Pairs) -> bool:
    """Tell whether the sources of both have characters in common that few other sources have."""
    of_ones = [_characters(segments[place][0]) for place in ones[:_MOST_SEGMENTS]]
    of_others = [_characters(segments[place][0]) for place in others[:_MOST_SEGMENTS]]
    shared = set.intersection(*of_ones, *of_others)
    own = {*ones, *others}
    rest = [source for place, (source, _) in enumerate(segments) if place not in own]
    return any(sum(run in source for source in rest) <= _FEW_OTHERS_HAVE_IT * len(rest) for run in shared)


def _characters(text: str) -> set[str]:
    """Return the pairs of characters of a text."""
    return {
        match[0][start : start + 2] for match in _HAN_RUN.finditer(text) for start in range(len(match[0]) - 1)
    }
