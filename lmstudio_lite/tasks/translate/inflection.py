"""Whether two words are forms of one: by Snowball's stems, and more leniently where endings are many.

Snowball (https://snowballstem.org) has 27 of the languages; it makes one of "Töpfe" and "Topf", of "valves"
and "valve". Where a language bends its words so much that stems part ("клапан", "клапана"), two words that
differ in a short ending alone are taken for one as well.
"""

from __future__ import annotations

import functools
import threading
import unicodedata
from typing import Protocol

_ALGORITHMS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish",
    "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
    "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch", "no": "norwegian",
    "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish",
    "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
_FEW_ENDINGS = frozenset({"en", "de", "nl", "sv", "da", "nb", "no", "fr", "es", "it", "pt", "ca", "id", "vi"})
_COMPOUNDING = frozenset({"de", "nl", "sv", "da", "nb", "no", "fi", "is", "hu", "et"})
_LEAST_COMMON, _LONGEST_ENDING = 4, 3
_LEAST_PART = 4
_KEY_LENGTH = 3
_IRREGULAR = {
    "analyses": "analysis", "children": "child", "crises": "crisis",
    "criteria": "criterion", "diagnoses": "diagnosis", "feet": "foot", "geese": "goose", "halves": "half",
    "hypotheses": "hypothesis", "indices": "index", "knives": "knife",
    "matrices": "matrix", "men": "man", "mice": "mouse", "phenomena": "phenomenon", "shelves": "shelf",
    "syntheses": "synthesis", "teeth": "tooth", "theses": "thesis", "vertices": "vertex", "wives": "wife",
    "women": "woman",
}  # fmt: skip
_AND, _ARTICLE = ("و", "ف"), "ال"
_SEPARABLE = {
    "de": ("ab", "an", "auf", "aus", "ein", "her", "hin", "los", "mit", "nach", "vor", "weg", "zu", "zurück",
           "zusammen", "fest", "um", "durch"),
    "nl": ("aan", "af", "bij", "in", "los", "mee", "na", "om", "op", "uit", "toe", "vast", "weg", "terug"),
}  # fmt: skip


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...


_stemmers = threading.local()
"""Snowball's are no use to two threads at once."""


@functools.lru_cache(maxsize=65_536)
def without_accents(word: str) -> str:
    """Return ``word`` without accents, its case as it is."""
    if word.isascii():
        return word
    parts = unicodedata.normalize("NFKD", word)
    return unicodedata.normalize("NFC", "".join(each for each in parts if not unicodedata.combining(each)))


@functools.lru_cache(maxsize=65_536)
def stem(word: str, language: str) -> str:
    """Return the stem of a word in any case, without accents; the word where its language has no stems."""
    word = word.casefold()
    if language == "en":
        word = _IRREGULAR.get(word, word)
    elif language == "ar" and word[:1] in _AND and word[1:].startswith(_ARTICLE):
        word = word[1:]
    algorithm = _ALGORITHMS.get(language)
    if algorithm is None:
        return without_accents(word)
    return without_accents(_stemmer(algorithm).stemWord(word))


def stem_key(word: str, language: str) -> str:
    """Return what all forms of a word have in common, and few other words: to look them up by."""
    found = stem(word, language)
    return found if language in _FEW_ENDINGS else found[:_KEY_LENGTH]


def is_same_word(one: str, other: str, language: str) -> bool:
    """Tell whether two words are forms of one."""
    if stem(one, language) == stem(other, language):
        return True
    if language in _FEW_ENDINGS:
        return False
    one, other = without_accents(one.casefold()), without_accents(other.casefold())
    num_common = _num_common(one, other)
    longest_ending = max(len(one), len(other)) - num_common
    return num_common >= _LEAST_COMMON and longest_ending <= _LONGEST_ENDING


def is_same_case(written: str, wanted: str) -> bool:
    """Tell whether ``written``, a form of ``wanted``, has its capitals where that has them."""
    one, other = without_accents(written), without_accents(wanted)
    length = _num_common(one.casefold(), other.casefold())
    return one[:length] == other[:length]


def is_part_of(part: str, word: str, language: str) -> bool:
    """Tell whether ``word`` is a compound with ``part`` in it ("Dampfkessel": "Kessel")."""
    if language not in _COMPOUNDING:
        return False
    inner = stem(part, language)
    whole = without_accents(word.casefold())
    return len(inner) >= _LEAST_PART and len(whole) > len(inner) and inner in whole


def separable(word: str, language: str) -> tuple[str, str] | None:
    """Return prefix and verb of a verb that may come in two words ("schaltet … ab"), None for others."""
    for prefix in sorted(_SEPARABLE.get(language, ()), key=len, reverse=True):
        if word.casefold().startswith(prefix) and len(word) - len(prefix) >= _LEAST_PART:
            return prefix, word[len(prefix) :]
    return None


def _num_common(one: str, other: str) -> int:
    """Return how many characters two words begin with together."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (left, right) in pairs if left != right), min(len(one), len(other)))


def _stemmer(algorithm: str) -> _Stemmer:
    known: dict[str, _Stemmer] = _stemmers.__dict__
    if algorithm not in known:
        import snowballstemmer

        known[algorithm] = snowballstemmer.stemmer(algorithm)
    return known[algorithm]
