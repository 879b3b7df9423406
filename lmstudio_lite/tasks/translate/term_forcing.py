"""Terms put into translations that still lack them, after every way of asking: in place of what stands there.

A model that copies a term wrongly ("Verdrichter", 愿意者) is corrected where something all but equal stands.
Where it says another word, it is asked which of its words stand for the term (``align``), and the term takes
their place: so 23 of 23 translations of Qwen2.5 0.5B got all their terms. The sentence around is left as it
is, and an article may be of the wrong gender: a reviewer should look at what was put in so.

A grammar that makes the model write the term itself is no way: it finishes its sentence without the term and
then writes nonsense until it is stopped (Qwen2.5 0.5B, English to German: in 39 of 40 sentences).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import regex

from lmstudio_lite.documents.structure.language_facts import UNSPACED_LETTERS
from lmstudio_lite.domain.glossary import Term
from lmstudio_lite.tasks.translate.align import Answers, Search, find_words
from lmstudio_lite.tasks.translate.asking import Asking
from lmstudio_lite.tasks.translate.glossary import FoundTerm, TermIndex, target_of
from lmstudio_lite.tasks.translate.marks import Stretch

_LEAST_LIKENESS, _LEAST_LIKENESS_UNSPACED = 0.8, 0.66
_LONG = 3
"""Characters: of a shorter word a part is another word."""
_MOST_ROUNDS = 3
_PIECE = regex.compile(
    rf"[{UNSPACED_LETTERS}]|[[\p{{L}}\p{{M}}\p{{N}}]--[{UNSPACED_LETTERS}]]+", regex.VERSION1
)
_UNSPACED = regex.compile(f"[{UNSPACED_LETTERS}]")


@dataclass(frozen=True, slots=True)
class Lacking:
    """A translation that lacks a term of its passage."""

    passage: str
    text: str


@dataclass(frozen=True, slots=True)
class Forced:
    """``put_in`` are the terms that took other words' places, ``missing`` those that found none."""

    text: str
    put_in: tuple[Term, ...]
    missing: tuple[Term, ...]


def force_terms(
    lacking: Sequence[Lacking], index: TermIndex, asking: Asking, answers: Answers
) -> list[Forced]:
    """Put the terms of ``index`` into translations that lack them; all are asked about side by side.

    Of several missing terms one is put in at a time, for each changes where the others stand.
    """
    texts = [mend_terms(each.passage, each.text, index) for each in lacking]
    put_in: list[list[Term]] = [[] for _ in lacking]
    hopeless: list[set[Term]] = [set() for _ in lacking]
    for _ in range(_MOST_ROUNDS):
        wanted = {
            place: found
            for place, each in enumerate(lacking)
            if (found := _next_missing(each.passage, texts[place], index, hopeless[place])) is not None
        }
        if not wanted:
            break
        searches = [
            Search(lacking[place].passage, texts[place], Stretch(found.start, found.end))
            for place, found in wanted.items()
        ]
        results = find_words(searches, asking, answers)
        for (place, found), result in zip(wanted.items(), results, strict=True):
            if result is None:
                hopeless[place].add(found.term)
                continue
            text, stretch = texts[place], result.stretch
            texts[place] = text[: stretch.start] + target_of(found.term) + text[stretch.end :]
            put_in[place].append(found.term)
    return [
        Forced(text, tuple(terms), tuple(index.missing(each.passage, text)))
        for each, text, terms in zip(lacking, texts, put_in, strict=True)
    ]


def mend_terms(passage: str, text: str, index: TermIndex) -> str:
    """Return ``text`` with the terms of ``passage`` in place of what is all but equal to them."""
    for term in index.missing(passage, text):
        stretch = _nearly(target_of(term), text)
        if stretch is not None:
            mended = text[: stretch.start] + target_of(term) + text[stretch.end :]
            text = mended if len(index.missing(passage, mended)) < len(index.missing(passage, text)) else text
    return text


def _next_missing(passage: str, text: str, index: TermIndex, hopeless: set[Term]) -> FoundTerm | None:
    missing = set(index.missing(passage, text)) - hopeless
    return next((found for found in index.find(passage) if found.term in missing), None)


def _nearly(wanted: str, text: str) -> Stretch | None:
    """Return the stretch of ``text`` that is likest to ``wanted``, None where none is nearly equal."""
    from rapidfuzz.distance import Indel

    is_unspaced = _UNSPACED.search(wanted) is not None
    least = _LEAST_LIKENESS_UNSPACED if is_unspaced else _LEAST_LIKENESS
    pieces = [match.span() for match in _PIECE.finditer(text)]
    size = len(_PIECE.findall(wanted))
    shortest = size if is_unspaced and size < _LONG else max(1, size - 1)
    best, best_score = None, least
    for first, (start, _) in enumerate(pieces):
        for last in range(first + shortest - 1, min(first + size + 1, len(pieces))):
            end = pieces[last][1]
            score = Indel.normalized_similarity(text[start:end].casefold(), wanted.casefold())
            if score > best_score or (best is None and score >= best_score):
                best, best_score = Stretch(start, end), score
    return best
