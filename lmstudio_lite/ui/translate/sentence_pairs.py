"""Which stretch of a text each stretch of its translation belongs to: found again by their words, in order.

A sentence is translated unwrapped, and put back with the text's own line breaks: so blanks don't count.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from lmstudio_lite.domain.translations import TranslatedSegment

_FARTHEST = 4000
"""How many characters on a sentence is looked for: what lies between two is small, and a long way off is
another one with the same words."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Characters ``start`` to ``end`` of a text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SentencePair:
    """A sentence and its translation, where they stand."""

    segment: TranslatedSegment
    source: Stretch
    target: Stretch


def pair_sentences(
    source_text: str, target_text: str, segments: Sequence[TranslatedSegment]
) -> list[SentencePair]:
    """Return the pairs that are found in both texts; a segment that was changed since is left out."""
    source, target = _Inked(source_text), _Inked(target_text)
    pairs: list[SentencePair] = []
    for segment in segments:
        in_source, in_target = source.find(segment.source), target.find(segment.text)
        if in_source is not None and in_target is not None:
            pairs.append(SentencePair(segment, in_source, in_target))
    return pairs


def number_at(stretches: Sequence[Stretch], offset: int) -> int | None:
    """Return the number of the stretch with this character; ``stretches`` are in order."""
    number = bisect_right(stretches, offset, key=lambda stretch: stretch.start) - 1
    return number if number >= 0 and offset < stretches[number].end else None


class _Inked:
    """A text without its blanks, searched from front to back."""

    def __init__(self, text: str) -> None:
        self._offsets = [offset for offset, character in enumerate(text) if not character.isspace()]
        self._text = "".join(text.split())
        self._position = 0

    def find(self, words: str) -> Stretch | None:
        wanted = "".join(words.split())
        end = self._position + _FARTHEST + len(wanted)
        start = self._text.find(wanted, self._position, end) if wanted else -1
        if start < 0:
            return None
        self._position = start + len(wanted)
        return Stretch(self._offsets[start], self._offsets[self._position - 1] + 1)
