"""How words are looked for in a text that is at hand: as the search over everything looks for them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from lmstudio_lite.storage.finding import FOLDER_PREFIX
from lmstudio_lite.storage.search import fold


def fold_words(text: str) -> str:
    """Return ``text`` without case, accents and width, and with single spaces."""
    return " ".join(fold(text).split())


def words_looked_for(query: str) -> list[str]:
    """Return the folded parts of a search over everything that are words: no tags, no folders."""
    return [
        part
        for part in fold_words(query).split()
        if not part.startswith(FOLDER_PREFIX) and not (len(part) > 1 and part.startswith("#"))
    ]


def places_of(text: str, phrases: Sequence[str], most: int) -> list[tuple[int, int]]:
    """Return where folded phrases stand in ``text``, as starts and ends in order, at most so many.

    A letter with an accent is marked whole, whether it is one character or two.
    """
    if not phrases:
        return []
    folded, starts = _folded(text)
    wanted = re.compile("|".join(re.escape(each).replace("\\ ", r"\s+") for each in phrases))
    found = []
    for match in wanted.finditer(folded):
        if match.end() > match.start():
            found.append((starts[match.start()], starts[match.end()]))
            if len(found) == most:
                break
    return found


def _folded(text: str) -> tuple[str, Sequence[int]]:
    """Return ``text`` folded, and for each of its characters, and its end, where that began in ``text``."""
    if text.isascii():
        return fold(text), range(len(text) + 1)
    letters: list[str] = []
    starts: list[int] = []
    for place, character in enumerate(text):
        for letter in _fold_one(character):
            letters.append(letter)
            starts.append(place)
    return "".join(letters), _with_end(starts, len(text))


def _with_end(starts: list[int], length: int) -> list[int]:
    starts.append(length)
    return starts


@lru_cache(maxsize=4096)
def _fold_one(character: str) -> str:
    return fold(character)


def utf16_places(text: str, places: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield places, which are in order, as Qt counts them: a character beyond 16 bits counts twice."""
    done = extra = 0
    for start, end in places:
        extra += sum(character > "\uffff" for character in text[done:start])
        inner = sum(character > "\uffff" for character in text[start:end])
        yield start + extra, end + extra + inner
        extra += inner
        done = end
