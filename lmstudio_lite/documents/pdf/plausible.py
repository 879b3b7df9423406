"""Whether a page's text is language, where the file does not say what its characters mean.

A font without a table of characters tells codes, which may be the right letters (TeX's old bitmap fonts), or
the numbers of glyphs: "6RPH WH[W" for "Some text". Such a page is recognized from its picture, or named.
"""

from __future__ import annotations

from collections import Counter

import regex

_TOKEN = regex.compile(r"\S+")
_WORD = regex.compile(r"[\p{Ps}\p{Pi}\"']*[\p{L}\p{M}]+(?:[-'’][\p{L}\p{M}]+)*[\p{P}]*")
_NUMBER = regex.compile(r"[\p{Sc}\p{Ps}+-]*\p{Nd}[\p{Nd}.,:/%–-]*[\p{P}%]*")
_VOWEL = regex.compile(r"[aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýœаеёиоуыэюяіїє]", regex.IGNORECASE)
_MIXED_CASE = regex.compile(r"\p{Ll}\p{Lu}|\p{Lu}{2,}\p{Ll}")
_LATIN_OR_CYRILLIC = regex.compile(r"[\p{Latin}\p{Cyrillic}]+")
_NO_TEXT = regex.compile(r"[\p{Co}\p{Cn}\p{Cc}\ufffd]")
_SCRIPTS = {
    name: regex.compile(rf"\p{{{name}}}")
    for name in ("Latin", "Cyrillic", "Greek", "Arabic", "Hebrew", "Devanagari", "Thai", "Hangul")
}
_EAST_ASIAN = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")
_FREQUENT_HAN = frozenset(
    "的一是不了人我在有他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长"
)

_MOST_NO_TEXT = 0.05
_FEWEST_WORDLIKE = 0.7
_FEWEST_SOUNDING = 0.75
_FEWEST_VOWELS = 0.28
"""Of the letters: the languages of these scripts have 35 to 50 %, letters shifted by a number below 25 %."""
_MOST_MIXED_CASE = 0.15
_MAIN_SCRIPT = 0.8
_FEWEST_FREQUENT_HAN = 0.08


def is_readable(text: str) -> bool:
    """Whether ``text`` looks like language in any of the frequent scripts; a page of numbers does as well."""
    tokens = _TOKEN.findall(text)
    num_characters = sum(map(len, tokens))
    if not tokens or len(_NO_TEXT.findall(text.replace("\n", ""))) > _MOST_NO_TEXT * num_characters:
        return False
    num_east_asian = len(_EAST_ASIAN.findall(text))
    if num_east_asian * 2 > num_characters:
        han = [character for character in text if "\u4e00" <= character <= "\u9fff"]
        return sum(character in _FREQUENT_HAN for character in han) >= _FEWEST_FREQUENT_HAN * len(han)
    num_wordlike = sum(bool(_WORD.fullmatch(token) or _NUMBER.fullmatch(token)) for token in tokens)
    if num_wordlike < _FEWEST_WORDLIKE * len(tokens):
        return False
    count = Counter({name: len(pattern.findall(text)) for name, pattern in _SCRIPTS.items()})
    if count.total() and max(count.values()) < _MAIN_SCRIPT * count.total():
        return False
    words = [word for word in _LATIN_OR_CYRILLIC.findall(text) if len(word) > 2]
    num_letters = sum(map(len, words))
    if sum(len(_VOWEL.findall(word)) for word in words) < _FEWEST_VOWELS * num_letters:
        return False
    num_sounding = sum(bool(_VOWEL.search(word)) for word in words)
    num_mixed = sum(bool(_MIXED_CASE.search(word)) for word in words)
    return num_sounding >= _FEWEST_SOUNDING * len(words) and num_mixed <= _MOST_MIXED_CASE * len(words)
