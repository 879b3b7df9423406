"""Words of a text, in any script, for whatever counts or compares them.

Chinese and Japanese have no spaces: there each character counts as a word.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Sequence

import regex

_TOKEN = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}]"
    r"|[[\p{L}\p{M}\p{N}_]--[\p{Han}\p{Hiragana}\p{Katakana}]]+(?:['’][\p{L}\p{M}]+)*",
    regex.VERSION1,
)
WORD = regex.compile(r"[\p{L}\p{M}][\p{L}\p{M}\p{N}]*(?:['’-][\p{L}\p{M}\p{N}]+)*")
"""A word as it is written, with its apostrophes and hyphens; none begins with a figure."""
IDEOGRAPH = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")

_LONGEST_KNOWN = 1000
SHINGLE_WORDS = 8
SHINGLE_CHARACTERS = 12


def tokenize(text: str) -> list[str]:
    """Split into case-folded words; each Chinese or Japanese character counts as one."""
    return list(_known_tokens(text) if len(text) <= _LONGEST_KNOWN else _tokens(text))


def _tokens(text: str) -> tuple[str, ...]:
    return tuple(match.group().casefold() for match in _TOKEN.finditer(text))


_known_tokens = functools.lru_cache(maxsize=256)(_tokens)
"""The sentences looked at last are kept: a dozen checks look at each."""


def shingles(tokens: Sequence[str], size: int) -> list[tuple[str, ...]]:
    """Return every run of ``size`` tokens."""
    return [tuple(tokens[start : start + size]) for start in range(len(tokens) - size + 1)]


def shingle_size(tokens: Sequence[str]) -> int:
    """Return how many tokens in a row are too many to agree by chance."""
    num_ideographs = sum(len(token) == 1 and IDEOGRAPH.match(token) is not None for token in tokens)
    return SHINGLE_CHARACTERS if num_ideographs * 2 > len(tokens) else SHINGLE_WORDS


@functools.lru_cache(maxsize=16_384)
def plain(word: str) -> str:
    """Return ``word`` casefolded and without accents; those met last are kept: texts repeat words."""
    if word.isascii():
        return word.lower()
    folded = unicodedata.normalize("NFKD", word.casefold())
    return "".join(character for character in folded if not unicodedata.combining(character))


def plain_words(text: str) -> list[str]:
    """Return the words as they are written, each casefolded and without accents."""
    return [plain(match[0]) for match in WORD.finditer(text)]
