"""How sure the model was of a text: the probability of each token, put together to words.

A token's probability is the model's own, at temperature 1 and before any sampler's cut: how sure it was of
this wording, given all that stands before it. It says nothing of whether that is true.

Offsets are characters of the message's text. A word's probability is the product of its tokens': what the
model gave to these very tokens in a row.
"""

from __future__ import annotations

import codecs
import math
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from lmstudio_lite.domain.generation import TokenChoice

NUM_ALTERNATIVES = 6
"""How many are asked for with each token; the one that was written is mostly among them."""
_LEAST_PROBABILITY = 0.01
_UNSPACED = re.compile(
    "[\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
    "\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9f"
    "\u0e01-\u0eff\u1780-\u17ff\u1000-\u109f]"
)
"""Characters that are written without spaces: Chinese, Japanese, then Thai, Lao, Khmer, Burmese."""
_LETTERS = frozenset("LMN")
_JOINERS = frozenset("'’\u200d\u200c")


@dataclass(frozen=True, slots=True)
class TokenSpan:
    """The characters ``start`` to ``end`` that a token wrote, or the few tokens that one character takes.

    ``logprob`` is natural. ``alternatives`` are what else the model thought of in this place, likeliest
    first: whole characters with their natural logarithms, without what was written.
    """

    start: int
    end: int
    logprob: float
    alternatives: tuple[tuple[str, float], ...] = ()

    @property
    def probability(self) -> float:
        return math.exp(min(0.0, self.logprob))


class Doubt(IntEnum):
    """How unsure the model was of a word, in steps that can be told apart at a glance."""

    NONE = 0
    SOME = 1
    """Below one half: something else was as likely as this."""
    MUCH = 2
    """Below one in five."""
    MOST = 3
    """Below one in twenty."""

    @property
    def limit(self) -> float:
        """The probability below which a word is in this step."""
        return (1.0, 0.5, 0.2, 0.05)[self]


@dataclass(frozen=True, slots=True)
class Word:
    """A word from ``start`` to ``end``, without the spaces around it, and the tokens that it is of."""

    start: int
    end: int
    tokens: tuple[TokenSpan, ...]

    @property
    def probability(self) -> float:
        return math.exp(min(0.0, sum(token.logprob for token in self.tokens)))

    @property
    def doubt(self) -> Doubt:
        probability = self.probability
        return next((doubt for doubt in reversed(Doubt) if probability < doubt.limit), Doubt.NONE)


@dataclass(frozen=True, slots=True)
class OtherWay:
    """What could stand from ``start`` on in place of what does; ``probability`` is that of this place."""

    start: int
    text: str
    probability: float


def other_ways(word: Word) -> list[OtherWay]:
    """Return what else the model thought of within a word, in the order of the places."""
    return [
        OtherWay(token.start, text, math.exp(logprob))
        for token in word.tokens
        for text, logprob in token.alternatives
    ]


def tokens_of_other_way(tokens: Sequence[TokenSpan], text: str, way: OtherWay) -> list[TokenSpan]:
    """Return the tokens of ``text`` up to where it goes another ``way``, and the one that it goes with.

    What stood there is one of its alternatives then.
    """
    kept = [token for token in tokens if token.end <= way.start]
    left = next((token for token in tokens if token.start == way.start), None)
    if left is not None:
        others = [(text[left.start : left.end], left.logprob), *left.alternatives]
        others = [other for other in others if other[0] != way.text]
        others.sort(key=lambda other: -other[1])
        logprob = math.log(way.probability)
        kept.append(TokenSpan(way.start, way.start + len(way.text), logprob, tuple(others)))
    return kept


class TokenPlaces:
    """Finds where in a reply's text its tokens stand, as both come from the engine. One thread's.

    The text is what the tokens say but for marks of thinking, white space behind these, and strings that end
    it. It may come later than they do, but never before the token that it is of: the engine gives text in
    whole tokens. ``at`` is the length of the text that is there before.
    """

    def __init__(self, at: int = 0) -> None:
        self._at = at
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._begun = ""  # whole characters of tokens whose last one is not whole yet
        self._begun_as: TokenSpan | None = None
        self._waiting: deque[tuple[str, TokenSpan]] = deque()

    def take(self, text: str, choices: Iterable[TokenChoice], *, is_reply: bool = True) -> list[TokenSpan]:
        """Return the spans of ``text``, with which the reply goes on, or its thinking: then there are none.

        ``choices`` were sampled since the text before.
        """
        for choice in choices:
            self._put(choice)
        found: list[TokenSpan] = []
        place = 0
        while place < len(text) and self._waiting:
            written, token = self._waiting.popleft()
            length = _num_shared(written, text, place)
            if length and is_reply:
                start = self._at + place
                found.append(replace(token, start=start, end=start + length))
            if length:
                token = _REST
            place += length
            # What the text has nothing of is left out of it: a mark, or white space.
            rest = written[length:] if length else written[1:]
            if rest:
                self._waiting.appendleft((rest, token))
        if place < len(text) and self._begun_as is not None:
            # The reply ends within a character: the text has a mark in its place.
            if is_reply:
                found.append(replace(self._begun_as, start=self._at + place, end=self._at + len(text)))
            self._begun, self._begun_as = "", None
        if is_reply:
            self._at += len(text)
        return found

    def _put(self, choice: TokenChoice) -> None:
        self._begun += self._decoder.decode(choice.raw)
        before = self._begun_as
        logprob = choice.logprob + (before.logprob if before else 0.0)
        token = TokenSpan(0, 0, logprob, before.alternatives if before else _alternatives_of(choice))
        if self._decoder.getstate()[0]:
            self._begun_as = token
            return
        if self._begun:
            self._waiting.append((self._begun, token))
        self._begun, self._begun_as = "", None


_REST = TokenSpan(0, 0, 0.0)
"""What is left of a token whose probability is told with its first part."""


def _num_shared(written: str, text: str, place: int) -> int:
    """Return how many characters of ``written`` stand in ``text`` from ``place`` on."""
    length = min(len(written), len(text) - place)
    while length and not text.startswith(written[:length], place):
        length -= 1
    return length


def _alternatives_of(choice: TokenChoice) -> tuple[tuple[str, float], ...]:
    least = math.log(_LEAST_PROBABILITY)
    return tuple(
        (text, logprob)
        for text, logprob in choice.alternatives
        if text and logprob >= least and text != choice.text and "\ufffd" not in text
    )


class WordList:
    """The words of a text, from its tokens in their order. Adding costs what is added."""

    def __init__(self, spans: Sequence[TokenSpan] = (), text: str = "") -> None:
        """Begin with the spans of ``text``."""
        self.words: list[Word] = []
        self._starts: list[int] = []
        self._last = ""  # what the open word ends with, "" where none is open
        self.add(spans, text, 0)

    def add(self, spans: Sequence[TokenSpan], text: str, at: int) -> None:
        """Go on with ``spans``, which stand in ``text``; this begins ``at`` characters into the whole."""
        for span in spans:
            written = text[span.start - at : span.end - at]
            core = written.strip()
            if not core:
                self._last = ""
                continue
            start = span.start + len(written) - len(written.lstrip())
            word = self.words[-1] if self._last and self.words[-1].end == start else None
            if word is not None and belong_together(self._last, core[0]):
                self.words[-1] = replace(word, end=start + len(core), tokens=(*word.tokens, span))
            else:
                self.words.append(Word(start, start + len(core), (span,)))
                self._starts.append(start)
            self._last = core[-1] if written[-1:].strip() else ""

    def between(self, start: int, end: int) -> list[Word]:
        """Return the words that have characters between ``start`` and ``end``."""
        first = max(0, bisect_right(self._starts, start) - 1)
        words = self.words[first : bisect_left(self._starts, end)]
        return words[1:] if words and words[0].end <= start else words

    def at(self, place: int) -> Word | None:
        """Return the word that has the character at ``place``."""
        found = self.between(place, place + 1)
        return found[0] if found else None


def belong_together(last: str, first: str) -> bool:
    """Tell whether the characters ``last`` and ``first`` stand in one word."""
    if last.isascii() and first.isascii():
        return first == "'" or last == "'" or (last.isalnum() and first.isalnum())
    kinds = unicodedata.category(last), unicodedata.category(first)
    if kinds[1].startswith("M") or first in _JOINERS or last in _JOINERS or _is_skin_tone(first):
        return True
    if _UNSPACED.match(last) or _UNSPACED.match(first):
        return False
    return kinds[0][0] in _LETTERS and kinds[1][0] in _LETTERS


def _is_skin_tone(character: str) -> bool:
    return "\U0001f3fb" <= character <= "\U0001f3ff"
