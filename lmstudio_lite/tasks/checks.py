"""What is wrong with a generated text, found by counting: echoes, loops, wrong language, odd length.

Small models copy their input and repeat themselves. The checks here are pure functions over words
(characters in Chinese and Japanese, which have no spaces), cheap enough to run while a text streams,
so that a bad attempt is stopped early. None of them knows what a good text is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import regex

_TOKEN = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]|[\p{L}\p{M}\p{N}_]+(?:['’][\p{L}\p{M}]+)*")
_IDEOGRAPH = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")

_SHINGLE_WORDS = 8
_SHINGLE_CHARACTERS = 12
_LOOP_NGRAM = 6


class Problem(StrEnum):
    """Why a text is not what was asked for, worst last (``is_worse``)."""

    CUT_SHORT = "cut_short"
    ODD_LENGTH = "odd_length"
    ECHO = "echo"
    WRONG_LANGUAGE = "wrong_language"
    LOOP = "loop"
    EMPTY = "empty"


_SEVERITY = {problem: rank for rank, problem in enumerate(Problem)}


def is_worse(problem: Problem | None, than: Problem | None) -> bool:
    """Compare two findings; None (nothing found) is the best."""
    return _rank(problem) > _rank(than)


def _rank(problem: Problem | None) -> int:
    return -1 if problem is None else _SEVERITY[problem]


@dataclass(frozen=True, slots=True)
class TaskWarning:
    """A finding that stays in a result: ``code`` for ``words.explain_warning``, and how much it touches.

    A code is the task's name and a ``Problem``, such as ``summary_echo``; or ``summary_extract`` (the
    document's own sentences stand in for a summary), ``translation_untranslated`` (the source stands in
    for its translation), ``translation_same_language``.
    """

    code: str
    num_affected: int
    num_total: int


def tokenize(text: str) -> list[str]:
    """Split into case-folded words; each Chinese or Japanese character counts as one."""
    return [match.group().casefold() for match in _TOKEN.finditer(text)]


def shingles(tokens: Sequence[str], size: int) -> list[tuple[str, ...]]:
    """Return every run of ``size`` tokens."""
    return [tuple(tokens[start : start + size]) for start in range(len(tokens) - size + 1)]


class EchoCheck:
    """Tells how much of a text is copied from one source, by runs of 8 words or 12 characters."""

    def __init__(self, source: str) -> None:
        tokens = tokenize(source)
        self._size = shingle_size(tokens)
        self._known = frozenset(shingles(tokens, self._size))

    def share(self, text: str) -> float:
        """Return the share (0 to 1) of the text's shingles that stand in the source; 0 if it is shorter."""
        found = shingles(tokenize(text), self._size)
        if not found:
            return 0.0
        return sum(shingle in self._known for shingle in found) / len(found)


def shingle_size(tokens: Sequence[str]) -> int:
    """Return how many tokens in a row are too many to agree by chance."""
    num_ideographs = sum(len(token) == 1 and _IDEOGRAPH.match(token) is not None for token in tokens)
    return _SHINGLE_CHARACTERS if num_ideographs * 2 > len(tokens) else _SHINGLE_WORDS


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
