"""Months, days and numbers that a Chinese text gives in numerals or with signs: 九月底, 9月1日, 三十六家.

They stand between other characters, so ``claims`` finds no word there. A single numeral, which may be no
number at all (一, 十分), is not compared.
"""

from __future__ import annotations

from collections.abc import Iterator

import regex

from lmstudio_lite.tasks.text.numbers import KnownNumbers, value_of_numerals

_HAN = "零〇一二三四五六七八九两十百千"
_NUMERALS = regex.compile(rf"(?<!第)[{_HAN}][{_HAN}万亿]+")
_ONE = rf"(\d{{1,2}}|[{_HAN}]{{1,3}})"
_MONTH = regex.compile(rf"(?<!\d|[{_HAN}个]){_ONE}\s*月(?!租)")
_DAY = regex.compile(rf"{_MONTH.pattern}\s*{_ONE}\s*[日号]")
_FURTHER_DAY = regex.compile(rf"{_ONE}\s*[日号]")
_DAYS_AFTER_MONTH = 16
"""Within so many characters a day belongs to a month: 六月十五日、十六日."""
_VAGUE = frozenset(
    (
        "一一",
        "十十",
        "千百",
        "百千",
        "千万",
        "三三两两",
        "一二",
        "两三",
        "三四",
        "四五",
        "五六",
        "七八",
        "八九",
    )
)
Span = tuple[int, int]


class HanFacts:
    """What a source says in Chinese dates and numbers; ``numbers`` are all that it has."""

    def __init__(self, source: str, numbers: KnownNumbers) -> None:
        self._numbers = numbers
        self._months = {_value(match[1]) for match in _MONTH.finditer(source)}
        self._days = set(_days(source))

    def unknown_dates(self, text: str) -> list[Span]:
        """Return where ``text`` names a month, or a day of one, that the source does not have."""
        found = [
            match.span()
            for match in _DAY.finditer(text)
            if (_value(match[1]), _value(match[2])) not in self._days
        ]
        found += [
            match.span()
            for match in _MONTH.finditer(text)
            if _value(match[1]) not in self._months and not _is_within(match.start(), found)
        ]
        return found

    def unknown_numbers(self, text: str) -> list[Span]:
        """Return where ``text`` has numerals whose value the source does not have, but for unknown dates."""
        dates = self.unknown_dates(text)
        return [
            match.span()
            for match in _NUMERALS.finditer(text)
            if match[0] not in _VAGUE
            and value_of_numerals(match[0]) not in self._numbers.cardinals
            and not _is_within(match.start(), dates)
        ]


def _is_within(place: int, spans: list[Span]) -> bool:
    return any(start <= place < end for start, end in spans)


def _days(text: str) -> Iterator[tuple[str, str]]:
    for match in _MONTH.finditer(text):
        for day in _FURTHER_DAY.finditer(text, match.end(), match.end() + _DAYS_AFTER_MONTH):
            yield _value(match[1]), _value(day[1])


def _value(written: str) -> str:
    return written.lstrip("0") if written.isdecimal() else value_of_numerals(written)
