"""What is counted of a translation beside chrF, by code of the bench's own, not by the program's checks."""

from __future__ import annotations

from dataclasses import dataclass

import regex

from lmstudio_lite.bench.translation.references import Reference
from lmstudio_lite.tasks.text.chrf import chrf

_HAN = regex.compile(r"\p{Han}")
_FIGURE = regex.compile(r"\d+(?:[.,\u00a0\u202f ]\d+)*")
_SEPARATORS = regex.compile(r"\D")
_WORD = regex.compile(r"\p{Latin}{4,}")
_ECHO = 85.0
_MOST_WORDS_KEPT = 0.5


@dataclass(frozen=True, slots=True)
class Marks:
    """Of one translation; ``score`` is chrF against the reference."""

    score: float
    is_echo: bool
    is_untranslated: bool
    has_other_numbers: bool


def mark(text: str, reference: Reference, target_language: str) -> Marks:
    """Count what is there."""
    is_echo = chrf([text], [reference.source]) > _ECHO
    return Marks(
        score=chrf([text], [reference.text]),
        is_echo=is_echo,
        is_untranslated=is_echo or not text or _is_untranslated(text, reference, target_language),
        has_other_numbers=_has_other_numbers(text, reference),
    )


def _is_untranslated(text: str, reference: Reference, target_language: str) -> bool:
    if target_language == "zh":
        return not _HAN.search(text)
    if _HAN.search(text):
        return True
    own = {word.casefold() for word in _WORD.findall(reference.text)}
    source = {word.casefold() for word in _WORD.findall(reference.source)} - own
    words = [word.casefold() for word in _WORD.findall(text)]
    return bool(words) and sum(word in source for word in words) > _MOST_WORDS_KEPT * len(words)


def _has_other_numbers(text: str, reference: Reference) -> bool:
    """Tell whether a figure of both the source and the reference is missing, or one of neither is there."""
    there, ours, theirs = _figures(text), _figures(reference.source), _figures(reference.text)
    return not (ours & theirs <= there <= ours | theirs | _SMALL)


_SMALL = frozenset(str(number) for number in range(1, 41))
"""Figures for what source and reference may have in words."""


def _figures(text: str) -> frozenset[str]:
    return frozenset(_SEPARATORS.sub("", figure) for figure in _FIGURE.findall(text))
