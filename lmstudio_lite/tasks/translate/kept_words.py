"""Short texts that came back as they were ("Chapter 1"), where the document translates their words elsewhere.

A name may stay as it is, and a cell or a heading of one word gives no other sign that it is none. A word that
stands in a sentence of the document, and in its translation not, is no name. Of 214,000 human translations of
programs' messages 25,300 are as their source was, and 818 of these would be flagged, most of them places'
names in one catalogue.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import regex

from lmstudio_lite.tasks.translate.carried import without_carried

_MOST_WORDS = 4
_WORD = regex.compile(r"[\p{L}\p{M}]{3,}")
_ENDING = 2
"""Letters that a name may change at its end in another language."""


def kept_though_translated(pairs: Sequence[tuple[str, str]]) -> dict[int, str]:
    """Return the places of the sources and translations that are equal, with a word that should not be."""
    kept = {
        place: words
        for place, (source, text) in enumerate(pairs)
        if source.strip() == text.strip() and 0 < len(words := _words(source)) <= _MOST_WORDS
    }
    wanted = {word for words in kept.values() for word in words}
    others: dict[str, list[str]] = defaultdict(list)
    for place, (source, text) in enumerate(pairs):
        if wanted and place not in kept:
            for word in wanted.intersection(_words(source)):
                others[word].append(text.casefold())
    return {
        place: word
        for place, words in kept.items()
        for word in reversed(words)
        if others[word] and not any(_stem(word) in text for text in others[word])
    }


def _words(text: str) -> list[str]:
    return [match[0].casefold() for match in _WORD.finditer(without_carried(text))]


def _stem(word: str) -> str:
    return word[: max(3, len(word) - _ENDING)]
