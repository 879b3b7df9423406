"""Words, sentences and numbers of a text, as the bench counts them: its own, on purpose.

Words of scripts without spaces are their characters; ``count_words`` counts 1.6 of those as a word.
"""

from __future__ import annotations

import regex

_TOKEN = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]|[\p{L}\p{M}\p{Nd}]+(?:[’'.,][\p{L}\p{Nd}]+)*")
_HAN = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")
_ARABIC_MARKS = regex.compile(r"[\u064b-\u0652\u0640]")
_SENTENCE_END = regex.compile(
    r"(?<=[。！？!?؟])\s*|(?<=\p{Ll}{2}[.…])\s+|(?<=[\p{L}\p{Nd}%)”\"“][.…])\s+(?=[\p{Lu}\p{Lo}])|\n+"
)
_BULLET = regex.compile(r"^\s*(?:[-*•·▪]|\d{1,2}[.)、])\s+|^\s*#+\s*", regex.MULTILINE)
HAN_PER_WORD = 1.6


def words(text: str) -> list[str]:
    """Return the words in small letters, without Arabic vowel signs."""
    return [match.group().casefold() for match in _TOKEN.finditer(_ARABIC_MARKS.sub("", text))]


def count_words(text: str) -> int:
    """Return how many words a reader would count."""
    tokens = words(text)
    num_han = sum(len(token) == 1 and _HAN.match(token) is not None for token in tokens)
    return round(len(tokens) - num_han + num_han / HAN_PER_WORD)


def is_unspaced(text: str) -> bool:
    """Say whether the text is mostly of a script that writes no spaces between words."""
    tokens = words(text)
    return 2 * sum(_HAN.match(token) is not None for token in tokens) > len(tokens)


def sentences(text: str) -> list[str]:
    """Return sentences and list items without their marks; headings count as sentences."""
    parts = _SENTENCE_END.split(_BULLET.sub("", text))
    return [part.strip() for part in parts if part and words(part)]


def first_words(text: str, limit: int) -> str:
    """Return whole sentences up to about ``limit`` words; at least a beginning of the first one."""
    if count_words(text) <= limit:
        return text
    end, last = 0, 0
    for match in _TOKEN.finditer(text):
        if count_words(text[: match.end()]) > limit:
            break
        end = match.end()
    cut = text[:end]
    for match in regex.finditer(r"[.!?。！？؟](?=\s|\Z)|[。！？]|\n", cut):
        last = match.end()
    return cut[:last] if last > len(cut) // 2 else cut
