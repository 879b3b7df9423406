"""Figures in a translation: the same numbers as in the source, written as the language writes them.

"1,234.50" is "1.234,50" in German, and left as it is "12,500" means twelve and a half there. Models write
such figures wrongly in every way, with the right digits; a grouped figure is unmistakable in its own
language, so the digits tell where it stands in the translation and its form is written there. Whether a
number is missing, or there is one that the source has not, is told by value, in figures and in words.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import regex

from lmstudio_lite.documents.structure.language_facts import has_language_facts
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.tasks.text.numbers import NUMBER, months_of, numbers_of
from lmstudio_lite.tasks.translate.carried import without_carried

_FIGURE = regex.compile(r"(?<![\p{L}\p{N}.,])\d[\d.,'’ \u00a0\u202f]*\d(?![\p{L}\p{N}])")
_UNIT_BEHIND = regex.compile(
    r"[ \u00a0\u202f]?(?:[%‰€$£¥₹]|°|(?:EUR|USD|GBP|CHF|JPY|CNY|[kcmµ]?m|[km]?g|[mc]?l|[kMGT]?B|[kMG]?W"
    r"|kWh|[kMG]?Hz|ms)(?![\p{L}\p{N}]))"
)
_UNIT_BEFORE = regex.compile(r"[€$£¥₹][ \u00a0\u202f]?\Z|(?:EUR|USD|GBP|CHF)[ \u00a0\u202f]\Z")
_HALF_DAY = regex.compile(r"\b[ap]\.?\s?m\b|\bo['’]clock\b", regex.IGNORECASE)
_DATE_FIGURES = regex.compile(r"(?<!\d)\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?!\d)")
_TIME = regex.compile(
    r"(?<![\d.,])([01]?\d|2[0-4])(?::|\.(?=[0-5]\d[ \u00a0\u202f]?(?:Uhr|h)\b))([0-5]\d)(?!\d)"
)
_ROMAN = regex.compile(
    r"\b(?=[IVXLCDM]{2})M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?<=\w)\b"
)
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_MYRIADS = regex.compile(r"\d\s?[万萬亿億만억]")
_SMALL = 12
"""Numbers up to this are often written in words, and words of many languages are not known."""
_SPACES = " \u00a0\u202f"


@dataclass(frozen=True, slots=True)
class _Figure:
    """A figure whose value is plain, as it stands in the source; ``whole`` and ``decimals`` are digits."""

    text: str
    whole: str
    decimals: str
    is_grouped: bool

    @property
    def digits(self) -> str:
        return self.whole + self.decimals

    def written(self, thousands_mark: str, decimal_mark: str) -> str:
        whole = f"{int(self.whole):,}".replace(",", thousands_mark) if self.is_grouped else self.whole
        return f"{whole}{decimal_mark}{self.decimals}" if self.decimals else whole


def localize_figures(text: str, passage: str, source: str, target: str) -> str:
    """Return the translation ``text`` with the figures of ``passage`` in the form of the language ``target``.

    Only what is unmistakable in ``source`` is written anew: what has thousands parted, and decimals with a
    currency or a unit beside them. "Figure 3.1" and "version 2.0" stay.
    """
    ours, theirs = LANGUAGES.get(source), LANGUAGES.get(target)
    if ours is None or theirs is None or not ours.decimal_mark or not theirs.decimal_mark:
        return text
    if ours.decimal_mark == theirs.decimal_mark and ours.thousands_mark == theirs.thousands_mark:
        return text
    wanted = list(_plain_figures(passage, ours.thousands_mark, ours.decimal_mark))
    if not wanted:
        return text
    others = {match[0] for match in _FIGURE.finditer(passage)}
    for match in reversed(list(_FIGURE.finditer(text))):
        digits = regex.sub(r"\D", "", match[0])
        figure = next((figure for figure in wanted if figure.digits == digits), None)
        if figure is None or match[0].isdecimal() or (match[0] != figure.text and match[0] in others):
            continue
        wanted.remove(figure)
        written = figure.written(theirs.thousands_mark, theirs.decimal_mark)
        text = text[: match.start()] + written + text[match.end() :]
    return text


def _plain_figures(passage: str, thousands_mark: str, decimal_mark: str) -> Iterator[_Figure]:
    text = without_carried(passage)
    for match in _pattern(thousands_mark, decimal_mark).finditer(text):
        whole, decimals = match["whole"], match["decimals"] or ""
        is_grouped = not whole.isdecimal()
        before, behind = text[max(0, match.start() - 5) : match.start()], match.end()
        has_unit = bool(_UNIT_BEHIND.match(text, behind) or _UNIT_BEFORE.search(before))
        if is_grouped or (decimals and has_unit):
            yield _Figure(match[0], regex.sub(r"\D", "", whole), decimals, is_grouped)


@functools.cache
def _pattern(thousands_mark: str, decimal_mark: str) -> regex.Pattern[str]:
    thousands = r"[\u00a0\u202f ]" if thousands_mark in _SPACES else regex.escape(thousands_mark)
    return regex.compile(
        rf"(?<![\p{{L}}\p{{N}}.,])(?P<whole>\d{{1,3}}(?:{thousands}\d{{3}})+|\d+)"
        rf"(?:{regex.escape(decimal_mark)}(?P<decimals>\d+))?(?![\p{{L}}\p{{N}}]|[.,]\d)"
    )


def has_the_numbers(text: str, passage: str, source: str, target: str) -> bool:
    """Tell whether a translation has the numbers of its ``passage`` and no others."""
    return changed_figure(text, passage, source, target) is None


def changed_figure(text: str, passage: str, source: str, target: str) -> str | None:
    """Return a number that stands in only one of the two, as it is written there; None if there is none.

    A month may stand as a name for its number; hours of a half day and small numbers, which are words in
    languages whose words are not known, are not held against it.
    """
    ours, theirs = _plain(passage), _plain(text)
    if not regex.search(r"\d", ours + theirs):
        return None
    there, here = numbers_of(theirs, target), numbers_of(ours, source or "en")
    romans = _romans(theirs)
    months = months_of(theirs, target) if _DATE_FIGURES.search(passage) else frozenset()
    has_myriads = _MYRIADS.search(ours + theirs) is not None
    our_digits, their_digits = (_significant(each) if has_myriads else frozenset() for each in (ours, theirs))
    is_hour = bool(_HALF_DAY.search(passage) or _HALF_DAY.search(text))
    for match in NUMBER.finditer(ours):
        value = _small_value(match[0])
        may_be_month = value in months
        may_be_words = value is not None and value <= _SMALL and (is_hour or not has_language_facts(target))
        is_scaled = _significant_digits(match[0]) in their_digits
        is_known = is_scaled or match[0] in romans or there.has(ours, match, source or "en")
        if not (may_be_month or may_be_words or is_known):
            return str(match[0])
    known_months, known_romans = months_of(ours, source or "en"), _romans(ours)
    for match in NUMBER.finditer(theirs):
        value = _small_value(match[0])
        is_little = value is not None and (value <= _SMALL or (is_hour and value <= 2 * _SMALL))
        is_scaled = _significant_digits(match[0]) in our_digits
        is_roman = match[0] in known_romans
        is_known = is_scaled or is_roman or value in known_months or here.has(theirs, match, target)
        if not (is_little or is_known):
            return str(match[0])
    return None


def _romans(text: str) -> frozenset[str]:
    """Return the values of Roman numerals of two letters and more, as centuries and kings have them."""
    return frozenset(str(_value_of_roman(match[0])) for match in _ROMAN.finditer(text))


def _value_of_roman(numeral: str) -> int:
    values = [_ROMAN_VALUES[letter] for letter in numeral]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < following else value for value, following in pairs)


def _plain(text: str) -> str:
    """Return the words and numbers of a text, those of dates and times apart."""
    apart = _DATE_FIGURES.sub(lambda date: regex.sub(r"[-./]", " ", date[0]), without_carried(text))
    return str(_TIME.sub(r"\1 \2", apart))


def _significant(text: str) -> frozenset[str]:
    return frozenset(_significant_digits(match[0]) for match in NUMBER.finditer(text))


def _significant_digits(figure: str) -> str:
    """Return the digits that 2.5 million and 250 times ten thousand have in common."""
    return str(regex.sub(r"\D", "", figure)).strip("0")


def _small_value(figure: str) -> int | None:
    return int(figure) if figure.isdecimal() and len(figure) <= 2 else None
