"""Which old encodings a text may be in, and how likely each is: all readings priced on one scale.

What is compared is a sample: the stretches between spaces that hold more than ASCII, each once, with every
byte value of the file among them. A reading's price is that of its characters in the language that makes
it cheapest (``model``), and how rare the encoding is. What the two best differ by is the logarithm
of the odds.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from lmstudio_lite.documents.charset import codecs as charset_codecs  # noqa: F401  (adds codecs)
from lmstudio_lite.documents.charset.labels import codec_of
from lmstudio_lite.documents.charset.model import (
    Tokens,
    ascii_words_cost,
    cheapest_mixture,
    cost_in,
    tokens_of,
)
from lmstudio_lite.documents.charset.model import languages as languages_with_tables

_SAMPLE_BYTES = 3000
_FIRST_LOOK_BYTES = 400
_SEARCHED_BYTES = 4 << 20
_LONGEST_STRETCH = 1200
_MOST_STRETCHES = 2000
"""How many are looked at for new ones."""
_HOPELESS = 60.0
"""Nats behind the best at the first look."""
_MOST_BROKEN_SHARE = 0.03
_LANGUAGE_WORDS_BYTES = 6000
_LANGUAGE_WEIGHT, _MOST_AGAINST_A_LANGUAGE, _MOST_AGAINST_A_SCRIPT = 0.5, 5.0, 5.0
_WIDE_SAMPLE_BYTES = 2400


def _codes(languages: str) -> tuple[str, ...]:
    return tuple(languages.split())


_WEST = _codes("de fr es pt it nl sv da nb fi is en ca eu ga af sq id")
_EAST = _codes("pl cs sk hu ro hr sl sq de")
_LATIN = _codes(
    "en de fr es pt it nl sv da nb fi is pl cs sk hu ro hr sl sq tr az et lv lt vi ca eu ga cy eo af id"
)
_CYRILLIC = _codes("ru uk be bg mk sr")

_CANDIDATES: tuple[tuple[str, float, Sequence[str]], ...] = (
    ("windows-1252", 0.0, _LATIN),
    ("windows-1251", 0.5, [*_CYRILLIC, "kk", "mn"]),
    ("gb18030", 0.5, ["zh-hans", "zh-hant"]),
    ("shift_jis", 0.5, ["ja"]),
    ("euc-kr", 0.5, ["ko"]),
    ("big5", 1.0, ["zh-hant"]),
    ("windows-1250", 1.0, _LATIN),
    ("windows-1253", 1.0, ["el"]),
    ("windows-1254", 1.5, ["tr", "az", *_WEST]),
    ("windows-1255", 1.0, ["he"]),
    ("windows-1256", 1.0, ["ar", "fa", "ur"]),
    ("windows-874", 1.0, ["th"]),
    ("euc-jp", 1.5, ["ja"]),
    ("koi8-r", 1.5, ["ru", "bg"]),
    ("windows-1257", 2.0, ["lt", "lv", "et", "pl", *_WEST]),
    ("iso-8859-2", 2.0, _EAST),
    ("iso-8859-7", 2.0, ["el"]),
    ("iso-8859-8", 2.0, ["he"]),
    ("iso-8859-6", 2.0, ["ar"]),
    ("koi8-u", 2.0, ["uk", "ru", "be"]),
    ("ibm866", 2.0, _CYRILLIC),
    ("iso-8859-5", 3.0, _CYRILLIC),
    ("iso-8859-15", 3.0, _WEST),
    ("windows-1258", 3.0, ["vi"]),
    ("mac-cyrillic", 4.0, _CYRILLIC),
    ("macintosh", 4.0, _WEST),
    ("ibm850", 4.0, _WEST),
    ("ibm852", 4.0, _EAST),
    ("ibm437", 4.5, _WEST),
    ("ibm858", 5.5, _WEST),
    ("iso-8859-13", 4.0, ["lt", "lv", "et", "pl"]),
    ("ibm737", 4.0, ["el"]),
    ("ibm862", 4.0, ["he"]),
    ("ibm857", 5.0, ["tr"]),
    ("mac-latin2", 5.0, _EAST),
    ("mac-greek", 5.0, ["el"]),
    ("iso-8859-4", 5.0, ["lt", "lv", "et"]),
    ("viscii", 5.0, ["vi"]),
    ("mac-turkish", 6.0, ["tr"]),
    ("iso-8859-16", 6.0, ["ro", "pl", "hu", "hr"]),
    ("ibm775", 6.0, ["lt", "lv", "et"]),
    ("ibm855", 6.0, _CYRILLIC),
    ("ibm864", 7.0, ["ar"]),
    ("iso-8859-10", 7.0, ["is", "sv", "nb", "da", "fi"]),
    ("iso-8859-3", 7.0, ["eo"]),
    ("iso-8859-14", 7.0, ["cy", "ga"]),
    ("euc-tw", 6.0, ["zh-hant"]),
    ("johab", 8.0, ["ko"]),
)
_UTF_8_PRICE = -2.0
_DECLARED_PRICE = -6.0
_WIDE = (("utf-16-le", 1.0), ("utf-16-be", 2.0), ("utf-32-le", 3.0), ("utf-32-be", 3.0))
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_SPACE = re.compile(rb"[ \t\r\n]")
_SPACES = (b" ", b"\t", b"\r", b"\n")
_ASCII_WORD = re.compile(rb"(?<![\x80-\xff\w])[A-Za-z]{2,20}(?![\x80-\xff\w])")


@dataclass(frozen=True, slots=True)
class Priced:
    """A reading of ``num_bytes`` of sample: ``price`` in nats, the lower the likelier."""

    encoding: str
    price: float
    text: str
    num_bytes: int

    @property
    def price_per_byte(self) -> float:
        return self.price / self.num_bytes


def rank(data: bytes, declared: str = "") -> list[Priced]:
    """Return the readings that are possible, the likeliest first, each text once."""
    sample = _sample(data)
    against = _against_languages(data)
    first = sample[: _cut(sample, _FIRST_LOOK_BYTES)]
    candidates = _possible(sample, declared)
    readings = _priced(first, candidates, against)
    if len(first) < len(sample) and readings:
        within = readings[0].price + _HOPELESS
        hopeful = {each.encoding for each in readings if each.price <= within}
        readings = _priced(sample, [each for each in candidates if each[0] in hopeful], against)
    return _distinct(readings)


def rank_wide(data: bytes) -> list[Priced]:
    """Return readings of the beginning: of two or four bytes a character, and the best of the others."""
    sample = data[:_WIDE_SAMPLE_BYTES]
    readings = []
    for encoding, price in _WIDE:
        width = 4 if encoding.startswith("utf-32") else 2
        text = sample[: len(sample) // width * width].decode(encoding, "replace")
        if not text:
            continue
        tokens = tokens_of(text)
        if text.count("\ufffd") * 50 > len(text):
            continue
        cost = cheapest_mixture(languages_with_tables(), tokens) + tokens.constant
        readings.append(Priced(encoding, price + cost, text, len(sample)))
    if not readings:
        return []
    narrow = _priced(sample, _possible(sample, ""), {})
    return sorted([*readings, *narrow[:3]], key=lambda each: each.price)


def _possible(sample: bytes, declared: str) -> list[tuple[str, float, Sequence[str]]]:
    every = (*_CANDIDATES, ("utf-8", _UTF_8_PRICE, languages_with_tables()))
    found = [
        (name, price + (_DECLARED_PRICE if name == declared else 0.0), spoken)
        for name, price, spoken in every
    ]
    if declared and all(name != declared for name, *_ in found):
        found.append((declared, _DECLARED_PRICE, languages_with_tables()))
    return found


def _priced(
    sample: bytes, candidates: Iterable[tuple[str, float, Sequence[str]]], against: dict[str, float]
) -> list[Priced]:
    readings = []
    for encoding, price, spoken in candidates:
        text = _decoded(sample, encoding)
        tokens = tokens_of(text)
        if _is_broken(text, tokens) or (encoding == "utf-8" and not _is_mostly_utf8(text)):
            continue
        if encoding == "utf-8":
            cost = cheapest_mixture(spoken, tokens)
        else:
            cost = min(cost_in(language, tokens) + against.get(language, 0.0) for language in spoken)
        readings.append(Priced(encoding, price + cost + tokens.constant, text, len(sample)))
    return sorted(readings, key=lambda each: each.price)


def _decoded(sample: bytes, encoding: str) -> str:
    text = sample.decode(codec_of(encoding), "replace")
    return unicodedata.normalize("NFC", text) if encoding == "windows-1258" else text


def _is_broken(text: str, tokens: Tokens) -> bool:
    num_broken = text.count("\ufffd")
    num_read = sum(map(len, tokens.words)) + sum(tokens.characters.values())
    return num_broken > 2 + num_read * _MOST_BROKEN_SHARE


def _is_mostly_utf8(text: str) -> bool:
    num_beyond = sum(not character.isascii() for character in text)
    return num_beyond > 2 * text.count("\ufffd")


def _distinct(readings: Iterable[Priced]) -> list[Priced]:
    seen: set[str] = set()
    distinct = []
    for reading in readings:
        if reading.text not in seen:
            seen.add(reading.text)
            distinct.append(reading)
    return distinct


def _sample(data: bytes) -> bytes:
    """Return stretches with more than ASCII, a line each: of the file's beginning, middle and end."""
    stretches: dict[bytes, None] = {}
    num_thirds = 3 if len(data) > 4 * _SAMPLE_BYTES else 1
    for third in range(num_thirds):
        start, end = len(data) * third // num_thirds, len(data) * (third + 1) // num_thirds
        # Not from within a character: from the next line on.
        start = data.find(b"\n", start, end) + 1 if start else 0
        size = 0
        for stretch in islice(_stretches(data, start, end), _MOST_STRETCHES):
            if stretch not in stretches:
                stretches[stretch] = None
                size += len(stretch) + 1
            if size > _SAMPLE_BYTES // num_thirds:
                break
    searched = data[:_SEARCHED_BYTES]
    for byte in sorted((set(range(0x80, 0x100)) & set(searched)) - set(b"".join(stretches))):
        rare = next(_stretches(searched, searched.find(byte), len(searched)), b"")
        stretches[rare] = None
    return b"\n".join(stretches)


def _stretches(data: bytes, start: int, end_of_search: int) -> Iterator[bytes]:
    """Yield what stands between spaces and holds more than ASCII, from what is at ``start`` on."""
    at = start
    while found := _BEYOND_ASCII.search(data, at, end_of_search):
        earliest = at if at > start else max(0, start - _LONGEST_STRETCH)
        spaces = (data.rfind(space, earliest, found.start()) for space in _SPACES)
        begin = max(earliest - 1, *spaces) + 1
        end = _SPACE.search(data, found.start(), found.start() + _LONGEST_STRETCH)
        at = end.start() if end else min(len(data), found.start() + _LONGEST_STRETCH)
        yield data[begin:at] if end or at == len(data) else _shortened(data[begin:at])


def _shortened(stretch: bytes) -> bytes:
    """Cut a long stretch, where a byte stands that can't be the second of a character if there is one."""
    at = max(stretch.rfind(sign) for sign in (b",", b".", b"!", b"&", b"'", b'"', b"(", b")", b"-", b"/"))
    return stretch[:at] if at > _LONGEST_STRETCH // 2 else stretch


def _cut(sample: bytes, length: int) -> int:
    at = sample.find(b"\n", length)
    return at if at >= 0 else len(sample)


def _against_languages(data: bytes) -> dict[str, float]:
    """Return what speaks against each language: the words in ASCII at the text's beginning.

    They are of a language in the Latin script, and where they are most of the text, one in another script is
    unlikely. The weight is bounded: a log or a program is in English, and what stands in it is not.
    """
    words = Counter(word.decode().lower() for word in _ASCII_WORD.findall(data, 0, _LANGUAGE_WORDS_BYTES))
    known = set(languages_with_tables())
    costs = {language: ascii_words_cost(language, words) for language in _LATIN if language in known}
    least = min(costs.values(), default=0.0)
    against = {
        language: min(_MOST_AGAINST_A_LANGUAGE, _LANGUAGE_WEIGHT * (cost - least))
        for language, cost in costs.items()
    }
    num_beyond = sum(byte > 0x7F for byte in data[:_LANGUAGE_WORDS_BYTES])
    num_ascii = sum(len(word) * number for word, number in words.items())
    against_other_scripts = min(_MOST_AGAINST_A_SCRIPT, math.log1p(num_ascii / (num_beyond + 1)))
    return dict.fromkeys(languages_with_tables(), against_other_scripts) | against
