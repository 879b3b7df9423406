"""The numbers that a text gives, in digits or in words of the corpus' languages.

A reading of a number is kept beside its value in thousands and the like ("3万" is 3 and 30000), so that
another way of writing the same is not called false; "1,5" is read as one and a half and as fifteen tenths
of nothing else.
"""

from __future__ import annotations

import unicodedata

import regex

_NUMBER = regex.compile(r"\p{Nd}+(?:[.,٫٬’\u00a0\u202f ]\p{Nd}{3}(?!\p{Nd}))*(?:[.,٫]\p{Nd}+)?")
_SCALE = regex.compile(
    r"\s*(?:(?P<e3>thousand|tausend|k\b|千|ألف|آلاف)|(?P<e4>万)|(?P<e6>million|millionen|mio\b|m\b|مليون|ملايين)"
    r"|(?P<e8>亿)|(?P<e9>billion|milliarden?|mrd\b|مليار))",
    regex.IGNORECASE,
)
_LIST_MARK = regex.compile(r"^\s*(?:[-*•]\s+)?\d{1,2}[.)、]\s+", regex.MULTILINE)
_WORDS = {
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty",
    "de": "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn "
    "sechzehn siebzehn achtzehn neunzehn zwanzig",
}
_FURTHER = {
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    "hundred": 100, "thousand": 1000, "dozen": 12, "half": 0.5, "twice": 2, "first": 1, "second": 2,
    "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "both": 2, "once": 1, "eighth": 8, "tenth": 10,
    "ein": 1, "eine": 1, "einer": 1, "einen": 1, "dreißig": 30, "vierzig": 40, "fünfzig": 50, "sechzig": 60,
    "siebzig": 70, "achtzig": 80, "neunzig": 90, "hundert": 100, "tausend": 1000, "dutzend": 12, "halb": 0.5,
    "erste": 1, "ersten": 1, "zweite": 2, "zweiten": 2, "dritte": 3, "dritten": 3, "vierte": 4, "vierten": 4,
    "واحد": 1, "واحدة": 1, "اثنان": 2, "اثنين": 2, "اثنتين": 2, "ثلاثة": 3, "ثلاث": 3, "أربعة": 4, "أربع": 4,
    "خمسة": 5, "خمس": 5, "ستة": 6, "ست": 6, "سبعة": 7, "سبع": 7, "ثمانية": 8, "ثماني": 8, "تسعة": 9,
    "تسع": 9, "عشرة": 10, "عشر": 10, "عشرين": 20, "عشرون": 20, "ثلاثين": 30, "ثلاثون": 30, "أربعين": 40,
    "أربعون": 40, "خمسين": 50, "خمسون": 50, "مئة": 100, "مائة": 100, "ألف": 1000, "نصف": 0.5, "أول": 1,
}  # fmt: skip
_VALUES: dict[str, float] = {
    word: float(value) for words in _WORDS.values() for value, word in enumerate(words.split())
} | {word: float(value) for word, value in _FURTHER.items()}
_HAN_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000}
_HAN_NUMBER = regex.compile(r"[零〇一二三四五六七八九两十百千]+")
_LETTERS = regex.compile(r"\p{L}+")


def numbers_in_digits(text: str) -> list[str]:
    """Return the numbers as they are written; the marks of a numbered list are none."""
    return [match.group() for match in _NUMBER.finditer(_LIST_MARK.sub("", text))]


def false_numbers(summary: str, source: str) -> list[str]:
    """Return the numbers of ``summary`` written in digits that ``source`` gives nowhere, in no writing."""
    text = _LIST_MARK.sub("", summary)
    known = all_values(source)
    return [match.group() for match in _NUMBER.finditer(text) if not _readings(text, match) & known]


def all_values(text: str) -> set[float]:
    """Return each value that the text gives, in digits or words."""
    values = {value for match in _NUMBER.finditer(text) for value in _readings(text, match)}
    for match in _LETTERS.finditer(text):
        word = match.group().casefold()
        values |= {
            _VALUES[part]
            for part in (word, word.removeprefix("و"), word.removeprefix("ال"))
            if part in _VALUES
        }
    for match in _HAN_NUMBER.finditer(text):
        values.add(_han_value(match.group()))
        if (scale := _SCALE.match(text, match.end())) is not None:
            values.add(_han_value(match.group()) * _factor(scale))
    return values


def _readings(text: str, match: regex.Match[str]) -> set[float]:
    written = "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in match.group())
    written = regex.sub(r"[٬’\u00a0\u202f ](?=\d)", "", written).replace("٫", ".")
    found: set[float] = set()
    for plain in {
        written.replace(",", "").rstrip("."),
        written.replace(".", "").replace(",", ".").rstrip("."),
    }:
        if plain.count(".") <= 1:
            found.add(round(float(plain), 6))
    scale = _SCALE.match(text, match.end())
    return found | {round(value * _factor(scale), 6) for value in found} if scale else found


def _factor(scale: regex.Match[str]) -> float:
    return 10.0 ** int(next(name for name, text in scale.groupdict().items() if text)[1:])


def _han_value(written: str) -> float:
    total, digit = 0, 0
    if not any(char in _HAN_UNITS for char in written):
        return float("".join(str(_HAN_DIGITS[char]) for char in written))
    for char in written:
        if char in _HAN_UNITS:
            total, digit = total + max(1, digit) * _HAN_UNITS[char], 0
        else:
            digit = _HAN_DIGITS[char]
    return float(total + digit)
