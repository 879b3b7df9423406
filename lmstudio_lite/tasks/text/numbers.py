"""Numbers and months of a text, in figures and in words, so that two texts can be held against each other.

Words mean numbers only in their own language: in a merged table English "once" is the Spanish eleven and
"due" the Italian two. So a text is read with the words of its language, and with English ones too where it
mixes both. Figures are read in any script, with any thousands and decimal marks. "Third" stands for "3rd",
but not for "3".
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import regex

from lmstudio_lite.documents.structure.language import common_words
from lmstudio_lite.documents.structure.language_facts import UNSPACED_LETTERS, LanguageFacts, language_facts
from lmstudio_lite.tasks.text.tokens import plain, plain_words

_SPACED_LETTERS = rf"\p{{L}}--[{UNSPACED_LETTERS}]"
NUMBER = regex.compile(
    rf"(?<![\p{{N}}[{_SPACED_LETTERS}]])"
    r"\d+(?:[.,'’\u00a0\u202f٬ ]\d{3})*(?:[.,٫]\d+)?"
    rf"(?![\p{{N}}[{_SPACED_LETTERS}]]*\d)",
    regex.VERSION1,
)
_FIGURE_DATE = regex.compile(
    r"(?<!\d)(?:\d{4}[-./](\d{1,2})[-./]\d{1,2}|\d{1,2}[-./](\d{1,2})[-./]\d{2,4})(?!\d)"
)
_SEPARATORS = regex.compile(r"[.,'’\u00a0\u202f٬٫ ]")
_DECIMAL_MARKS = frozenset(".,٫")
_ORDINAL_ENDING = regex.compile(
    r"(?:st|nd|rd|th|ers?|re|e|[eè]me|[ºª°]|-\p{L}{1,3})(?![\p{L}\p{N}])", regex.IGNORECASE
)
_ORDINAL_STOP = regex.compile(r"\.\s+\p{L}")
_OTHER_FIGURE = regex.compile(r"[\p{Nd}--[0-9]]", regex.VERSION1)
_DIGITS = {character: value for value, character in enumerate("〇一二三四五六七八九")} | {
    "零": 0,
    "两": 2,
    "兩": 2,
}
_UNITS = {"十": 10, "百": 100, "千": 1_000}
_MYRIADS = {"万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000}
_MIXED_SHARE = 0.05
"""From this share of common English words that are none of its own, a text has English numbers too.
English texts of the corpus of the bench have 0.28 to 0.41, others 0.003, and 0.04 where one explains code."""


@dataclass(frozen=True, slots=True)
class KnownNumbers:
    """What a text has of numbers: every way to read a figure or a word, and what only stands for an order."""

    cardinals: frozenset[str]
    ordinals: frozenset[str]

    def has(self, text: str, match: regex.Match[str], language: str) -> bool:
        """Tell whether the number that ``match`` (of ``NUMBER``) found in ``text`` is among these."""
        forms = forms_at(text, match)
        if forms & self.cardinals:
            return True
        return _is_ordinal(text, match.end(), language) and bool(forms & self.ordinals)


def numbers_of(text: str, language: str, words: Sequence[str] | None = None) -> KnownNumbers:
    """Read the numbers of ``text`` as its language has them; ``words`` are its plain words, if at hand."""
    text = _with_ascii_figures(text)
    cardinals = {form for match in NUMBER.finditer(text) for form in forms_at(text, match)}
    cardinals |= set(regex.findall(r"\d+", text))
    ordinals: set[str] = set()
    words = plain_words(text) if words is None else words
    for code in _languages_of(words, language):
        reading = _reading(code)
        cardinals |= set(_found(words, reading.cardinals))
        ordinals |= set(_found(words, reading.ordinals))
        if reading.numerals:
            cardinals |= {value_of_numerals(run) for run in reading.numerals.findall(text)}
    return KnownNumbers(frozenset(cardinals), frozenset(ordinals))


def has_numbers_of(text: str, passage: str, language: str) -> bool:
    """Tell whether every number of ``text`` stands in ``passage``, which is in ``language``, too."""
    wanted = list(NUMBER.finditer(text))
    if not wanted:
        return True
    known = numbers_of(passage, language)
    return all(known.has(text, match, language) for match in wanted)


def months_of(text: str, language: str, words: Sequence[str] | None = None) -> frozenset[int]:
    """Return the months (1 to 12) that ``text`` names or has in figures; ``words`` as in ``numbers_of``."""
    text = _with_ascii_figures(text)
    words = plain_words(text) if words is None else words
    months = {int(one or other) for one, other in _FIGURE_DATE.findall(text)}
    for code in _languages_of(words, language):
        reading = _reading(code)
        months |= {int(month) for month in _found(words, reading.months)}
        if reading.month_of_figures:
            months |= set(map(int, reading.month_of_figures.findall(text)))
        if reading.numerals:
            months |= {reading.month_numbers[name] for name in reading.unspaced_months.findall(text)}
    return frozenset(months)


def month_of(word: str, language: str) -> int:
    """Return which month ``word`` names in ``language``, written as it is within a sentence; 0 if none."""
    reading = _reading(language)
    name = plain(word)
    is_written_so = word[0].isupper() == reading.has_capital_months
    is_meant = is_written_so and name not in reading.months_that_are_words
    return reading.month_numbers.get(name, 0) if is_meant else 0


def is_month(word: str, language: str) -> bool:
    """Tell whether ``word`` can name a month in ``language`` or in English."""
    return any(plain(word) in _reading(code).month_numbers for code in (language, "en"))


_Phrases = Mapping[str, Sequence[tuple[tuple[str, ...], str]]]
"""By their first words: phrases, the longest first, with what they stand for."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """The words of one language, plain."""

    cardinals: _Phrases
    ordinals: _Phrases
    months: _Phrases
    month_numbers: Mapping[str, int]
    months_that_are_words: frozenset[str]
    has_capital_months: bool
    month_of_figures: regex.Pattern[str] | None
    numerals: regex.Pattern[str] | None
    unspaced_months: regex.Pattern[str]


@functools.cache
def _reading(code: str) -> _Reading:
    facts = language_facts(code)
    names = {name: number for number, names in enumerate(facts.months, 1) for name in names}
    longest_first = sorted(names, key=len, reverse=True)
    return _Reading(
        cardinals=_by_first_word(_phrases(facts.numbers) | _compounds(facts)),
        ordinals=_by_first_word(_phrases(facts.ordinals)),
        months=_by_first_word({tuple(plain_words(name)): str(number) for name, number in names.items()}),
        month_numbers={plain(name): number for name, number in names.items()},
        months_that_are_words=frozenset(map(plain, facts.months_that_are_words)),
        has_capital_months=any(name[0].isupper() for name in names),
        month_of_figures=regex.compile(facts.month_of_figures) if facts.month_of_figures else None,
        numerals=regex.compile(f"[{facts.numerals}]+") if facts.numerals else None,
        unspaced_months=regex.compile("|".join(map(regex.escape, longest_first)) or r"(?!)"),
    )


def _by_first_word(phrases: Mapping[tuple[str, ...], str]) -> _Phrases:
    grouped: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for phrase in sorted(phrases, key=len, reverse=True):
        grouped.setdefault(phrase[0], []).append((phrase, phrases[phrase]))
    return grouped


def _phrases(words_of: Mapping[str, str]) -> dict[tuple[str, ...], str]:
    return {tuple(plain_words(word)): value for value, words in words_of.items() for word in words.split()}


def _compounds(facts: LanguageFacts) -> dict[tuple[str, ...], str]:
    """Put tens and units together as the language does: "twenty-one", "einundzwanzig"."""
    compounds = {}
    for pattern in filter(None, facts.compound_number.split("|")):
        for tens in range(20, 100, 10):
            for units in range(1, 10):
                value = str(tens + units)
                for ten in facts.numbers.get(str(tens), "").split():
                    for unit in facts.numbers.get(str(units), "").split():
                        compounds[tuple(plain_words(pattern.format(tens=ten, units=unit)))] = value
    return compounds


def _found(words: Sequence[str], phrases: _Phrases) -> Iterator[str]:
    """Yield what the phrases among ``words`` stand for, the longest at each place."""
    next_place = 0
    for place, word in enumerate(words):
        beginning = phrases.get(word)
        if beginning is None or place < next_place:
            continue
        for phrase, value in beginning:
            if len(phrase) == 1 or tuple(words[place : place + len(phrase)]) == phrase:
                yield value
                next_place = place + len(phrase)
                break


def _languages_of(words: Sequence[str], language: str) -> tuple[str, ...]:
    """Return the language of a text, and English if it has much of that too."""
    if language in ("", "en"):
        return ("en",)
    english = _english_only(language)
    num_english = sum(word in english for word in words)
    return (language, "en") if num_english > _MIXED_SHARE * len(words) else (language,)


@functools.cache
def _english_only(language: str) -> frozenset[str]:
    return common_words("en") - frozenset(map(plain, common_words(language)))


def _with_ascii_figures(text: str) -> str:
    """Return ``text``, as long as it is, with the figures of every script written as 0 to 9."""
    return str(_OTHER_FIGURE.sub(lambda match: str(unicodedata.decimal(match[0])), text))


def _is_ordinal(text: str, end: int, language: str) -> bool:
    if _ORDINAL_ENDING.match(text, end):
        return True
    return bool(language_facts(language).before_ordinals) and _ORDINAL_STOP.match(text, end) is not None


def forms_at(text: str, match: regex.Match[str]) -> set[str]:
    """Return what a number may mean, with the myriads behind it ("1.2万") too."""
    number = _with_ascii_figures(match[0])
    forms = _forms(number)
    myriads = _MYRIADS.get(text[match.end() : match.end() + 1])
    if myriads:
        forms |= {f"{Decimal(form) * myriads:f}".removesuffix(".0") for form in forms}
    return forms | {number}


def _forms(number: str) -> set[str]:
    """Return what ``number`` may mean, "1.204" being a thousand and more or a little more than one."""
    whole = _SEPARATORS.sub("", number).lstrip("0") or "0"
    forms = {whole} if _looks_grouped(number) else set()
    head, mark, tail = _last_mark(number)
    if mark in _DECIMAL_MARKS:
        decimals = tail.rstrip("0")
        head = _SEPARATORS.sub("", head).lstrip("0") or "0"
        forms.add(f"{head}.{decimals}" if decimals else head)
    return forms


def _looks_grouped(number: str) -> bool:
    groups = _SEPARATORS.split(number)
    return all(len(group) == 3 for group in groups[1:])


def _last_mark(number: str) -> tuple[str, str, str]:
    marks = list(_SEPARATORS.finditer(number))
    if not marks:
        return number, "", ""
    return number[: marks[-1].start()], marks[-1][0], number[marks[-1].end() :]


def value_of_numerals(run: str) -> str:
    """Read Chinese or Japanese numerals: "三百二十", "二〇二四"."""
    if len(run) > 1 and all(character in _DIGITS for character in run):
        return "".join(str(_DIGITS[character]) for character in run).lstrip("0") or "0"
    total = section = digit = 0
    for character in run:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in _UNITS:
            section += (digit or 1) * _UNITS[character]
            digit = 0
        else:
            total += (section + digit or 1) * _MYRIADS[character]
            section = digit = 0
    return str(total + section + digit)
