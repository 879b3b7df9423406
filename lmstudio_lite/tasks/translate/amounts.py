"""What numbers amount to, with the words that multiply them or say what is counted.

"3 million" has the figure of "3 Milliarden" and another value; "drei Schiffe" are not four, though no figure
stands there; 40 km are not 40 miles. Figures by themselves are compared in ``figures``. What an amount may
be is read generously (every way to read a figure, every unit in sight), so that one which is told is wrong.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import regex

from lmstudio_lite.documents.structure.language_facts import (
    WordMarks,
    has_language_facts,
    language_facts,
)
from lmstudio_lite.tasks.evidence.quantities import Quantity, quantities_of
from lmstudio_lite.tasks.text.numbers import NUMBER, forms_at, numbers_of, value_of_numerals
from lmstudio_lite.tasks.text.tokens import WORD, plain
from lmstudio_lite.tasks.translate.carried import without_carried

_GAP = r"[ \u00a0\u202f-]?"
_ONE = frozenset(("a", "an", "ein", "eine", "einer", "einem", "einen", "un", "une", "una", "uma", "een"))
_FEWEST = 3
"""Ones and twos are said in too many ways: a pair, both, again, another."""
_VAGUE = frozenset(("10", "12", "100", "1000"))
"""Words for these are often no numbers: dozens, hundreds of them."""
_SCALE_UNITS = frozenset(("thousand", "million", "billion", "trillion", "myriad", "hundred_million"))
_FRACTIONS = frozenset(("3", "4", "5", "10"))
_DECIMAL = regex.compile(r"[0-9]+(?:\.[0-9]+)?")
_ELEMENTS = regex.compile(r"[零〇一二三四五六七八九十百千万亿两萬億兩]+")


@dataclass(frozen=True, slots=True)
class _Scaled:
    """A number with a word that multiplies it; ``values`` are the ways to read it."""

    text: str
    values: frozenset[Decimal]


def changed_amount(source: str, text: str, source_language: str, target_language: str) -> str | None:
    """Return the words of an amount that stands in only one of the two texts, None if there is none."""
    ours, theirs = without_carried(source), without_carried(text)
    one = source_language or "en"
    if not (has_language_facts(one) and has_language_facts(target_language)):
        return None
    return (
        _changed_scale(ours, theirs, one, target_language)
        or _changed_scale(theirs, ours, target_language, one)
        or _changed_words(ours, theirs, one, target_language)
        or _changed_unit(ours, theirs, one, target_language)
        or _changed_weekday(ours, theirs, one, target_language)
    )


def _changed_scale(one: str, other: str, language: str, language_of_other: str) -> str | None:
    if not (_scales(language) and _scales(language_of_other)):
        return None
    scaled = [each for each in _scaled(one, language) if max(each.values) >= 1000]
    if not scaled:
        return None
    known = {value for each in _scaled(other, language_of_other) for value in each.values}
    known |= {Decimal(form) for match in NUMBER.finditer(other) for form in _decimals(other, match)}
    known |= {Decimal(value) for value in _all_values(other, language_of_other) if _DECIMAL.fullmatch(value)}
    return next((each.text for each in scaled if not each.values & known), None)


def _decimals(text: str, match: regex.Match[str]) -> Iterator[str]:
    yield from (form for form in forms_at(text, match) if _DECIMAL.fullmatch(form))


def _scaled(text: str, language: str) -> list[_Scaled]:
    scales = _scales(language)
    found: list[_Scaled] = []
    if not scales:
        return found
    for match, factors in _numbers_before_scales(text, language):
        words = text[match.start() : match.end()]
        scale = Decimal(scales[plain(match["scale"])])
        found.append(_Scaled(words, frozenset(factor * scale for factor in factors)))
    return found


def _numbers_before_scales(text: str, language: str) -> Iterator[tuple[regex.Match[str], list[Decimal]]]:
    words = _values_of_words(language)
    for match in _scaled_pattern(language).finditer(text):
        if match["figure"]:
            figure = NUMBER.search(text, match.start("figure"), match.end("figure"))
            if figure is not None:
                yield match, [Decimal(form) for form in _plain_forms(figure)]
        elif plain(match["word"]) in _ONE:
            yield match, [Decimal(1)]
        elif plain(match["word"]) in words:
            yield match, [Decimal(words[plain(match["word"])])]


def _plain_forms(match: regex.Match[str]) -> list[str]:
    """Return the ways to read a figure by itself."""
    return list(_decimals(match[0], match)) or ["0"]


@functools.cache
def _scaled_pattern(language: str) -> regex.Pattern[str]:
    longest = sorted(_scales(language), key=len, reverse=True)
    scale = "|".join(map(regex.escape, longest))
    end = "" if language_facts(language).word_marks is WordMarks.CHARACTERS else r"(?!\p{L})"
    return regex.compile(
        rf"(?:(?<figure>\d[\d.,'’\u00a0\u202f]*(?<=\d))|(?<![\p{{L}}])(?<word>\p{{L}}+)){_GAP}"
        rf"(?<scale>{scale}){end}",
        regex.IGNORECASE,
    )


@functools.cache
def _scales(language: str) -> dict[str, str]:
    table = language_facts(language).meaning.scales if has_language_facts(language) else {}
    return {plain(word): value for value, words in table.items() for word in words.split()}


@functools.cache
def _values_of_words(language: str) -> dict[str, str]:
    numbers = language_facts(language).numbers
    return {plain(word): value for value, words in numbers.items() for word in words.split()}


def _changed_words(one: str, other: str, language: str, language_of_other: str) -> str | None:
    """Return a number in words of ``one`` that the other has not, where it has another one instead."""
    ours, theirs = _said(one, language), _said(other, language_of_other)
    known = _all_values(other, language_of_other)
    lost = {value: word for value, word in ours.items() if value not in known}
    if not lost:
        return None
    known_here = _all_values(one, language)
    invented = [value for value in theirs if value not in known_here]
    if invented:
        return next(iter(lost.values()))
    return next((word for value, word in lost.items() if value not in _VAGUE | _FRACTIONS), None)


def _said(text: str, language: str) -> dict[str, str]:
    """Return the numbers that ``text`` has in words, from three on, with their words."""
    facts = language_facts(language)
    if facts.word_marks is WordMarks.CHARACTERS:
        quantities = (
            each for each in quantities_of(text, language) if not text[each.start : each.start + 1].isdigit()
        )
        counted = (each for each in quantities if each.units or each.counted or each.is_date)
        found = {value: text[each.start : each.end] for each in counted for value in each.values}
    else:
        words = _values_of_words(language)
        found = {
            words[plain(match[0])]: match[0] for match in WORD.finditer(text) if plain(match[0]) in words
        }
    return {value: word for value, word in found.items() if value.isdecimal() and int(value) >= _FEWEST}


def _all_values(text: str, language: str) -> frozenset[str]:
    known = numbers_of(text, language)
    more = {value for each in _scaled(text, language) for value in map(str, each.values)}
    singles = {str(value_of_numerals(sign)) for sign in "".join(_ELEMENTS.findall(text))}
    return known.cardinals | known.ordinals | more | singles


def _changed_unit(one: str, other: str, language: str, language_of_other: str) -> str | None:
    """Return a number whose unit is another one in the other text."""
    if not (language_facts(language).meaning.units and language_facts(language_of_other).meaning.units):
        return None
    theirs = [each for each in quantities_of(other, language_of_other) if not each.is_date]
    for ours in quantities_of(one, language):
        units = ours.units - _SCALE_UNITS
        if ours.is_date or not units:
            continue
        same = [each for each in theirs if each.values & ours.values]
        others = [each.units - _SCALE_UNITS for each in same]
        if same and all(found and found.isdisjoint(units) for found in others):
            return _words_of(one, ours)
    return None


def _words_of(text: str, quantity: Quantity) -> str:
    return text[quantity.start : quantity.end].strip()


def _changed_weekday(one: str, other: str, language: str, language_of_other: str) -> str | None:
    """Return a weekday of ``one`` that is another one in the other text."""
    ours, theirs = _weekdays_in(one, language), _weekdays_in(other, language_of_other)
    is_other = bool(theirs.keys() - ours.keys())
    return next((word for day, word in ours.items() if day not in theirs and is_other), None)


def _weekdays_in(text: str, language: str) -> dict[int, str]:
    found = {}
    for day, pattern in enumerate(_weekday_patterns(language)):
        match = pattern.search(text)
        if match is not None:
            found[day] = str(match[0])
    return found


@functools.cache
def _weekday_patterns(language: str) -> tuple[regex.Pattern[str], ...]:
    facts = language_facts(language)
    is_spaced = facts.word_marks is WordMarks.SPACES
    ends = (r"(?<!\p{L})", r"(?!\p{L})") if is_spaced else ("", "")
    return tuple(
        regex.compile(rf"{ends[0]}(?:{each}){ends[1]}", regex.IGNORECASE) for each in facts.meaning.weekdays
    )
