"""Whether a translation says more or less than its source, told by how long it is and by its parts.

How long a translation is was measured on human translations of programs' messages from English (2,000 to
3,000 of 40 to 160 characters a language): the logarithm of its share of the source's length is spread around
a mean of the pair, the wider the shorter the source. Where a clause was cut from such translations, length
alone tells 9 of 10 that lost more than a third, and 6 of 10 that lost a fifth to a third.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import regex

from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.tasks.text.languages import length_in_any_language
from lmstudio_lite.tasks.text.tokens import IDEOGRAPH, tokenize
from lmstudio_lite.tasks.translate.carried import without_carried

_LENGTH_RATIO_MAX = 2.5
_LENGTH_SLACK = 25
_MEASURED_LENGTH, _SHORTEST_SHARE, _LONGEST_SHARE = 60, 0.45, 2.0
"""Of 50,612 human translations of programs' messages from English into 15 languages, of so many letters and
more, 99.9 % lie between; in the other three languages a letter says more or less."""
_OF_ANOTHER_LENGTH = frozenset({"zh", "ja", "ko"})
_WHOLE_SHARE, _ADDED_SHARE, _LONGER, _SHORTEST_ADDED = 0.6, 0.2, 1.35, 12
_LENGTHS = {
    **{"en": 0.0, "de": 0.18, "fr": 0.21, "es": 0.15, "it": 0.16, "pt": 0.10, "nl": 0.13, "ru": 0.10},
    **{"pl": 0.10, "tr": 0.03, "sv": 0.04, "cs": 0.01, "uk": 0.09, "da": 0.04, "fi": 0.05, "hu": 0.08},
    **{"ro": 0.14, "vi": 0.03, "id": 0.06, "ar": -0.20, "he": -0.18, "zh": -0.18, "ja": 0.35, "ko": -0.64},
}
"""Logarithms: how much longer than English each language says the same, an ideograph being 3 letters."""
_SPREAD, _SPREAD_OF_ONE = 0.10, 1.05
_WIDE_SPREAD, _WIDE_SPREAD_OF_ONE = 0.145, 1.15
_WIDE = frozenset({"zh", "ja", "ko", "ar", "he", "vi", "fi", "uk", "pl"})
_SHORTEST_TOLD, _FEWEST_WORDS = 14, 3
_LESS, _LESS_WITH_CLAUSE = -2.4, -1.2
_MORE, _MORE_OF_SHORT, _MORE_WITH_CLAUSE = 2.4, 2.7, 1.4
_SHORT = 40
_CLAUSE_ENDS = regex.compile(r"[,;:.!?،؛](?=\s|[\"'“”»)\]]|\Z)|[，；：。！？、]|\s[–—-]\s")
_SHORTEST_CLAUSE = 8
_MANY_COMMAS = frozenset({"de", "ru", "pl", "cs", "uk", "hu", "fi", "zh", "ja", "ko", "ar"})
"""These put commas where English, French or Spanish has none."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How a translation's length stands to its source's.

    ``deviation`` counts standard deviations from the mean of the pair, below 0 where it is shorter.
    ``more_clauses`` is how many more parts between marks it has.
    """

    length: int
    deviation: float
    more_clauses: int


def extent_of(source: str, text: str, source_language: str, target_language: str) -> Extent | None:
    """Compare lengths, None for a pair that is not known, and where too little is said to tell."""
    if source_language not in _LENGTHS or target_language not in _LENGTHS:
        return None
    ours, theirs = " ".join(without_carried(source).split()), " ".join(without_carried(text).split())
    before, after = length_in_any_language(ours), length_in_any_language(theirs)
    if before < _SHORTEST_TOLD or len(tokenize(ours)) < _FEWEST_WORDS or not after:
        return None
    is_wide = bool({source_language, target_language} & _WIDE)
    spread, of_one = (_WIDE_SPREAD, _WIDE_SPREAD_OF_ONE) if is_wide else (_SPREAD, _SPREAD_OF_ONE)
    mean = _LENGTHS[target_language] - _LENGTHS[source_language]
    deviation = (math.log(after / before) - mean) / math.hypot(spread, of_one / math.sqrt(before))
    return Extent(before, deviation, _num_clauses(theirs) - _num_clauses(ours))


def says_less(extent: Extent, source_language: str) -> bool:
    """Tell whether something seems to be left out."""
    if extent.deviation < _LESS:
        return True
    is_told = source_language not in _MANY_COMMAS and extent.more_clauses < 0
    return is_told and extent.deviation < _LESS_WITH_CLAUSE


def says_more(extent: Extent, target_language: str) -> bool:
    """Tell whether something seems to be added."""
    if extent.deviation > (_MORE_OF_SHORT if extent.length < _SHORT else _MORE):
        return True
    is_told = target_language not in _MANY_COMMAS and extent.more_clauses > 0
    return is_told and extent.deviation > _MORE_WITH_CLAUSE


def _num_clauses(text: str) -> int:
    """Count what stands between marks and is no mere word."""
    parts = _CLAUSE_ENDS.split(text)
    return sum(len(part.strip()) * (3 if IDEOGRAPH.search(part) else 1) >= _SHORTEST_CLAUSE for part in parts)


def has_odd_length(source: str, text: str, source_language: str, target_language: str) -> bool:
    """Tell whether a translation is much longer or shorter than its source."""
    before, after = length_in_any_language(source), length_in_any_language(text)
    shorter, longer = sorted((before, after))
    if longer > _LENGTH_RATIO_MAX * shorter + _LENGTH_SLACK:
        return True
    languages = {source_language or target_language, target_language}
    is_measured = before >= _MEASURED_LENGTH and not languages & _OF_ANOTHER_LENGTH
    return is_measured and not _SHORTEST_SHARE * before <= after <= _LONGEST_SHARE * before


def adds_sentences(source: str, text: str) -> bool:
    """Tell whether a translation has more sentences than its source, behind what is as long as that.

    A long sentence may be translated as two; then the first is not the length of the whole.
    """
    sentences = [segment.text.strip() for segment in split_sentences(without_carried(text))]
    num_of_source = len(split_sentences(without_carried(source)))
    if len(sentences) <= num_of_source:
        return False
    wanted = length_in_any_language(source)
    said = sum(map(length_in_any_language, sentences[:num_of_source]))
    added = sum(map(length_in_any_language, sentences[num_of_source:]))
    is_longer = said + added >= _LONGER * wanted
    return (
        is_longer and said >= _WHOLE_SHARE * wanted and added >= max(_SHORTEST_ADDED, _ADDED_SHARE * wanted)
    )
