"""Numbers, dates and names that a text claims, and whether its source has them.

Found by their looks, so only what looks the same in both is compared: a number in figures, a month by its
name, a name by its capitals. Where every noun has one, only acronyms and names of two words count.
"""

from __future__ import annotations

import regex

from lmstudio_lite.documents.structure.language import common_words
from lmstudio_lite.documents.structure.language_facts import language_facts
from lmstudio_lite.domain.evidence import Claim, ClaimKind
from lmstudio_lite.tasks.evidence.han_claims import HanFacts
from lmstudio_lite.tasks.text.names import (
    begins_sentence,
    capitalized_runs,
    has_inner_capital,
    is_cased,
)
from lmstudio_lite.tasks.text.numbers import NUMBER, is_month, month_of, months_of, numbers_of
from lmstudio_lite.tasks.text.tokens import IDEOGRAPH, WORD, plain, plain_words

_COGNATE_LETTERS = 4


class KnownFacts:
    """What a source says in figures and names, to hold claims against. ``language`` is the source's."""

    def __init__(self, source: str, language: str) -> None:
        words = plain_words(source)
        self._language = language
        self._numbers = numbers_of(source, language, words)
        self._months = months_of(source, language, words)
        self._words = {part for word in set(words) for part in (word, *regex.split(r"['’-]", word))}
        self._beginnings = {word[:_COGNATE_LETTERS] for word in self._words}
        self._han = HanFacts(source, self._numbers) if IDEOGRAPH.search(source) else None
        self._is_cased = any(is_cased(word) for word in words[:200])

    def unknown_claims(self, text: str, language: str) -> tuple[Claim, ...]:
        """Return the claims of ``text``, in ``language``, that the source does not contain, in order."""
        claims = [*self._unknown_numbers(text, language), *self._unknown_months(text, language)]
        if self._is_cased:
            claims += self._unknown_names(text, language)
        if self._han is not None and IDEOGRAPH.search(text):
            spans = [(ClaimKind.DATE, span) for span in self._han.unknown_dates(text)]
            spans += [(ClaimKind.NUMBER, span) for span in self._han.unknown_numbers(text)]
            dated = [claim for claim in claims if not any(a <= claim.start < b for _, (a, b) in spans)]
            claims = dated + [Claim(kind, start, end, text[start:end]) for kind, (start, end) in spans]
        return tuple(sorted(claims, key=lambda claim: claim.start))

    def _unknown_numbers(self, text: str, language: str) -> list[Claim]:
        return [
            Claim(ClaimKind.NUMBER, match.start(), match.end(), match[0])
            for match in NUMBER.finditer(text)
            if not self._numbers.has(text, match, language)
        ]

    def _unknown_months(self, text: str, language: str) -> list[Claim]:
        months = ((match, month_of(match[0], language)) for match in WORD.finditer(text))
        return [
            Claim(ClaimKind.DATE, match.start(), match.end(), match[0])
            for match, month in months
            if month and month not in self._months
        ]

    def _unknown_names(self, text: str, language: str) -> list[Claim]:
        words = list(WORD.finditer(text))
        if sum(match[0][0].isupper() for match in words) * 2 > len(words) + 2:
            return []  # a heading in title case says nothing by its capitals
        claims = []
        for run in capitalized_runs(text, words):
            is_first = begins_sentence(text, run[0].start())
            named = run[1:] if is_first else run
            strong = [match for match in named if has_inner_capital(match[0])]
            if language_facts(language).capitalizes_nouns and len(named) < 2:
                named = strong
            unknown = [match for match in named if not self._knows(match[0], language)]
            if unknown:
                start, end = unknown[0].start(), unknown[-1].end()
                claims.append(Claim(ClaimKind.NAME, start, end, text[start:end]))
        return claims

    def _knows(self, word: str, language: str) -> bool:
        whole = plain(word)
        parts = [part for part in regex.split(r"['’-]", whole) if part]
        if (
            len(whole) < 2
            or word.casefold() in common_words(language)
            or is_month(word, language)
            or all(self._has(part) for part in parts)
        ):
            return True
        return language != self._language and whole[:_COGNATE_LETTERS] in self._beginnings

    def _has(self, word: str) -> bool:
        """Whether the source has ``word``, in the plural or the genitive too."""
        return len(word) < 2 or bool({word, word.removesuffix("s"), f"{word}s"} & self._words)
