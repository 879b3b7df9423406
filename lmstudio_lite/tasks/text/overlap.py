"""How much of a text is copied or repeated, found by counting runs of words.

Small models copy their input and repeat themselves. The checks here are cheap enough to run while a text
streams, so that a bad attempt is stopped early. None of them knows what a good text is.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lmstudio_lite.tasks.text.tokens import shingle_size, shingles, tokenize

ECHO_SHARE = 0.6
ENOUGH_TOKENS = 30
_LOOP_NGRAM = 6
_LONG_SOURCE_TOKENS = 120
_PART_CHARACTERS = 10_000
"""Of sources up to this long, the runs of the 32 looked at last are kept, up to some 2 MB each."""


class EchoCheck:
    """Tells how much of a text is copied from one source, by runs of 8 words or 12 characters.

    ``size`` sets another length of the runs, in words or in characters of Chinese and Japanese. Of a
    part, only the source is held: a long document has thousands of parts, of which a few are looked at at a
    time. The runs of a whole document are held here, and go with this object.
    """

    def __init__(self, source: str, size: int | None = None) -> None:
        self._source = source
        self._size = size
        self._of_long_source: _Shingles | None = None

    def covers(self, num_tokens: int) -> bool:
        """Tell whether the source is long enough for a text of ``num_tokens`` to have been shortened."""
        num_source_tokens = self._shingles().num_tokens
        return num_source_tokens >= min(2 * num_tokens, _LONG_SOURCE_TOKENS)

    def share(self, text: str) -> float:
        """Return the share (0 to 1) of the text's shingles that stand in the source; 0 if it is shorter."""
        source = self._shingles()
        found = shingles(tokenize(text), source.size)
        if not found:
            return 0.0
        return sum(shingle in source.known for shingle in found) / len(found)

    def is_echo(self, text: str, limit: float = ECHO_SHARE) -> bool:
        """Tell whether a text, if it is long enough to be told, is mostly copied."""
        num_tokens = len(tokenize(text))
        return num_tokens >= ENOUGH_TOKENS and self.covers(num_tokens) and self.share(text) > limit

    def _shingles(self) -> _Shingles:
        if len(self._source) <= _PART_CHARACTERS:
            return _shingles_of_part(self._source, self._size)
        if self._of_long_source is None:
            self._of_long_source = _shingles_of(self._source, self._size)
        return self._of_long_source


@dataclass(frozen=True, slots=True)
class _Shingles:
    size: int
    num_tokens: int
    known: frozenset[tuple[str, ...]]


def _shingles_of(source: str, size: int | None) -> _Shingles:
    tokens = tokenize(source)
    size = size or shingle_size(tokens)
    return _Shingles(size, len(tokens), frozenset(shingles(tokens, size)))


_shingles_of_part = functools.lru_cache(maxsize=32)(_shingles_of)


def share_run(one: str, other: str, size: int) -> bool:
    """Tell whether two texts have a run of ``size`` tokens in common, as when words of a prompt leak."""
    ours, theirs = tokenize(one), tokenize(other)
    if set(ours).isdisjoint(theirs):
        return False
    return not set(shingles(ours, size)).isdisjoint(shingles(theirs, size))


def has_loop(text: str) -> bool:
    """Tell whether the text repeats itself: a period at its end, a line again and again, or most n-grams."""
    tokens = tokenize(text)
    return _ends_in_a_period(tokens) or _repeats_a_line(text) or _repeats_most_ngrams(tokens)


def _ends_in_a_period(tokens: Sequence[str]) -> bool:
    for period in range(1, min(80, len(tokens) // 3) + 1):
        num_repeats = max(3, -(-16 // period))
        length = period * num_repeats
        if length > len(tokens):
            continue
        tail = tokens[-length:]
        if all(tail[index] == tail[index - period] for index in range(period, length)):
            return True
    return False


def _repeats_a_line(text: str) -> bool:
    lines = Counter(tuple(tokenize(line)) for line in text.splitlines())
    return any(num >= 3 and len(line) >= 4 for line, num in lines.items())


def _repeats_most_ngrams(tokens: Sequence[str]) -> bool:
    found = shingles(tokens, _LOOP_NGRAM)
    return len(found) >= 40 and len(set(found)) < 0.65 * len(found)
