"""Numbers with what they count: their units, and the thing behind them.

"40 million euros" is not "40 million people", and of "three ships and nine sailors" it does not follow that
there are nine ships. Units are compared by one name for all languages (``LanguageFacts.meaning.units``).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

import regex

from lmstudio_lite.documents.structure.language import common_words
from lmstudio_lite.documents.structure.language_facts import WordMarks, language_facts
from lmstudio_lite.tasks.evidence.index import features_of
from lmstudio_lite.tasks.text.numbers import NUMBER, forms_at, month_of, value_of_numerals
from lmstudio_lite.tasks.text.tokens import WORD, plain

_NEXT = regex.compile(r"[ \u00a0\u202f-]*([%€$£°℃％][cC]?|[\p{L}][\p{L}\p{M}]*)")
_CURRENCY = regex.compile(r"([€$£])\s*\Z")
_LOOK_BEHIND = 2
_MOST_WORDS_BEHIND = 4
_HAN_NUMERALS = regex.compile(r"(?<!第)[零〇一二三四五六七八九十百千两][零〇一二三四五六七八九十百千万亿两]*")
_HAN_COUNTER = regex.compile(r"\s*(?:多|余|几)?")
_HAN_DATE = regex.compile(r"\s*(?:年(?!级|龄|内|来|间)|月(?!租)|[日号])")
_MYRIADS = {"万": "myriad", "亿": "hundred_million", "萬": "myriad", "億": "hundred_million"}
_TWO_CHARACTERS = regex.compile(r"\p{Han}{2}")
_YEARS = range(1000, 2101)


@dataclass(frozen=True, slots=True)
class Quantity:
    """``values`` are the ways to read the figure; ``counted`` is the beginning of the thing's word, or "".

    ``is_date``: a year, or the day of a month.
    """

    start: int
    end: int
    values: frozenset[str]
    units: frozenset[str]
    counted: str
    is_date: bool


def quantities_of(text: str, language: str) -> list[Quantity]:
    """Return the numbers of ``text`` in their order, in figures and in words."""
    facts = language_facts(language)
    if facts.word_marks is WordMarks.CHARACTERS:
        return sorted(_han_quantities(text, language), key=lambda each: each.start)
    found = [_quantity(text, match, forms_at(text, match), language) for match in NUMBER.finditer(text)]
    words = _number_words(language)
    found += [
        _quantity(text, match, {words[plain(match[0])]}, language)
        for match in WORD.finditer(text)
        if plain(match[0]) in words
    ]
    return sorted(found, key=lambda each: each.start)


def _quantity(text: str, match: regex.Match[str], values: set[str], language: str) -> Quantity:
    units, counted, end = _behind(text, match.end(), language)
    currency = _CURRENCY.search(text, max(0, match.start() - _LOOK_BEHIND), match.start())
    if currency:
        units |= {_units(language)[currency[1]]} if currency[1] in _units(language) else set()
    is_year = match[0].isdecimal() and int(match[0]) in _YEARS and not units and len(match[0]) == 4
    is_date = is_year or _is_beside_month(text, match, language)
    return Quantity(match.start(), end, frozenset(values), frozenset(units), counted, is_date)


def _behind(text: str, end: int, language: str) -> tuple[set[str], str, int]:
    """Return the units behind a number, what is counted, and where both end."""
    known, common = _units(language), common_words(language or "en")
    units: set[str] = set()
    for _ in range(_MOST_WORDS_BEHIND):
        match = _NEXT.match(text, end)
        if match is None:
            break
        word = match[1].casefold()
        is_unit = word in known and (len(word) > 1 or not word.isalpha() or match[1] == word)
        if is_unit:
            units.add(known[word])
        elif word not in common:
            is_noun = match[1][0].isupper() or not language_facts(language).capitalizes_nouns
            features = features_of(word) if is_noun else []
            return units, features[0] if features and not units else "", match.end()
        elif units:
            break
        end = match.end()
    return units, "", end


def _is_beside_month(text: str, match: regex.Match[str], language: str) -> bool:
    """Tell whether the number is the day of a month or the year behind one."""
    before = list(WORD.finditer(text, max(0, match.start() - 16), match.start()))
    behind = WORD.search(text, match.end(), match.end() + 16)
    near = [before[-1]] if before else []
    near += [behind] if behind and behind.start() - match.end() <= _LOOK_BEHIND else []
    return any(month_of(each[0], language) for each in near)


def _han_quantities(text: str, language: str) -> list[Quantity]:
    found = []
    known = _units(language)
    numbers = [(match, forms_at(text, match)) for match in NUMBER.finditer(text)]
    numbers += [
        (match, {value_of_numerals(match[0])})
        for match in _HAN_NUMERALS.finditer(text)
        if not (match.start() and text[match.start() - 1].isdecimal())
    ]
    for match, values in numbers:
        end = match.end()
        units = set()
        if text[max(0, match.start() - 3) : match.start()] == "百分之":
            units.add("percent")
        if text[end : end + 1] in _MYRIADS and match[0][:1].isdecimal():
            units.add(_MYRIADS[text[end]])
            end += 1
        is_date = _HAN_DATE.match(text, end) is not None and (
            text[end : end + 1] != "年" or len(match[0]) == 4
        )
        counter = _HAN_COUNTER.match(text, end)
        end = counter.end() if counter else end
        unit = next((word for word in sorted(known, key=len, reverse=True) if text.startswith(word, end)), "")
        if unit and not is_date:
            units.add(known[unit])
            end += len(unit)
        counted = "" if is_date else _counted_in_characters(text, end, known.get(unit, ""), language)
        found.append(Quantity(match.start(), end, frozenset(values), frozenset(units), counted, is_date))
    return found


def _counted_in_characters(text: str, end: int, unit: str, language: str) -> str:
    """Return the two characters behind a counter, or behind the unit that counts people."""
    counters = language_facts(language).meaning.counters
    if not unit and text[end : end + 1] and text[end] in counters:
        end += 1
    elif unit != "person":
        return ""
    match = _TWO_CHARACTERS.match(text, end)
    return match[0] if match else ""


@functools.cache
def _units(language: str) -> Mapping[str, str]:
    """Return the names of units by their words."""
    units = language_facts(language).meaning.units
    return {word: name for name, words in units.items() for word in words.split()}


@functools.cache
def _number_words(language: str) -> Mapping[str, str]:
    """Return what the words of numbers from two on mean."""
    numbers = language_facts(language).numbers
    return {
        plain(word): value
        for value, words in numbers.items()
        for word in words.split()
        if int(value) > 1 and int(value) not in (100, 1000)
    }
