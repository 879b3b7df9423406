"""A text's sentences, found again by the words of another sentence.

A sentence's words are weighed by how rare the text uses them (idf, as in BM25: Robertson and Zaragoza, 2009;
saturation and length play no part between single sentences), and the passages that hold most of that weight
together are what it stands on; a number must stand in or beside one of them. Inflection is bridged by
comparing the beginnings of words, Chinese and Japanese by pairs of characters.
"""

from __future__ import annotations

import bisect
import functools
import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

import regex

from lmstudio_lite.documents.structure.language import common_words
from lmstudio_lite.documents.structure.language_facts import language_facts
from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.domain.documents import Page
from lmstudio_lite.domain.evidence import Passage
from lmstudio_lite.tasks.prompts import about_words
from lmstudio_lite.tasks.text.numbers import has_numbers_of
from lmstudio_lite.tasks.text.orders import find_orders
from lmstudio_lite.tasks.text.tokens import plain, tokenize

STEM_LETTERS = 6
_COMMON_WORD_WEIGHT = 0.12
_UNKNOWN_WORD_SHARE = 0.8
_WINDOW = 3
_MOST_PASSAGES = 3
_MOST_ALIKE = 5
_LEAST_GAIN = 0.12
_SUPPORTED_BY_WINDOW, _SUPPORTED_TOGETHER = 0.38, 0.58
_BY_WINDOW_OF_LONG_TEXT, _TOGETHER_OF_LONG_TEXT = 0.43, 0.68
"""What a sentence must share grows with the text, for a long one has most words somewhere: of 24 sentences of
a paper, 2 had 0.58 of their weight in an encyclopedia on another matter, none had 0.7; of 7 true ones about
it all had 0.72, or 0.45 in one window."""
_SENTENCES_OF_SHORT_TEXT = 60
_SENTENCES_OF_PASSAGE = 8
_BY_WINDOW_OF_PASSAGE, _TOGETHER_OF_PASSAGE = 0.3, 0.45
"""A few sentences have few words by chance, and what is said of them is doubted in other ways: of 100 true
sentences beside a passage each ("bench --only evidence") 15 were lost so, 20 with the bounds of a short text;
of 100 false ones 94 were found out with either."""
_AT_ONE_PLACE = 0.5
_EASE_OF_PAIRS = 0.85
"""Pairs of characters that cross from word to word are seldom found again."""
_LETTERS_OF_COMPOUND, _LETTERS_OF_PART = 9, 4
_COMMON_CHARACTERS = frozenset("的了在是有和也就都而及与或者这那其之为以被把从对于")
_CHARACTERS_SHARED = 0.6
_HELD_BY_ONE = 0.4
"""Of 10 sentences of a model of 0.5B on two long texts, 4 were wrong and 2 of these hold less than this at
one place; so do 2 of the 6 others, which say little."""
_FEWEST_SHARED = 2
_MOST_EMBEDDED = 2_000
_MARKS = regex.compile(r"[\s>#*_•\-–\"“”]*(?:\d{1,2}[.)]\s+)?[*_\"“]*")
_HEADING = regex.compile(r"\s*#{1,6}\s")
_IDEOGRAPH = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")


class Embedder(Protocol):
    """Turns texts into vectors of length 1 whose products tell how alike their meanings are."""

    def __call__(self, texts: Sequence[str]) -> Sequence[Sequence[float]]: ...


class PassageIndex:
    """A text's sentences by the beginnings of their words. ``language`` is the text's; immutable.

    What the text orders its reader to do is no part of what it says: nothing stands on it.

    Where it ``holds_numbers`` a sentence has support only if its numbers stand in its passages.
    """

    def __init__(
        self, text: str, language: str, pages: Sequence[Page] = (), *, holds_numbers: bool = True
    ) -> None:
        self._holds_numbers = holds_numbers
        self._text = text
        self._language = language
        self._pages = pages
        self._page_starts = [page.start for page in pages]
        self._orders = find_orders(text)
        said = self._orders.masked(text)
        self._spans = sentence_spans(said)
        self._starts = [start for start, _ in self._spans]
        self._common = frozenset(plain(word)[:STEM_LETTERS] for word in common_words(language or "en"))
        self._common |= frozenset(features_of(about_words(language)))
        self._sentences_with: defaultdict[str, list[int]] = defaultdict(list)
        for number, (start, end) in enumerate(self._spans):
            for feature in set(features_of(text[start:end])):
                self._sentences_with[feature].append(number)
        self._words = f" {' '.join(tokenize(said))} "
        self._highest = math.log(1 + len(self._spans))

    def has_words_of(self, sentence: str) -> bool:
        """Tell whether the sentence stands in the document word for word, and is no mere name."""
        words = tokenize(sentence)
        return len(words) > 3 and f" {' '.join(words)} " in self._words

    def find(self, sentence: str) -> tuple[list[Passage], bool]:
        """Return the passages that hold most of the sentence's weight, and whether that is enough."""
        features = Counter(features_of(sentence))
        weights = {feature: self._weight(feature) for feature in features}
        total = sum(weights.values())
        if not total:
            return [], False
        held: defaultdict[int, set[str]] = defaultdict(set)
        for feature in features:
            for number in self._sentences_with.get(feature, ()):
                held[number].add(feature)
        for feature, numbers in self._found_in_compounds(sentence).items():
            for number in numbers:
                held[number].add(feature)
        windows = self._windows(held, weights)
        best_window = max(windows.values(), default=0.0)
        chosen: list[int] = []
        covered: set[str] = set()
        while windows and len(chosen) < _MOST_PASSAGES:
            gains = {number: _sum(held[number] - covered, weights) for number in windows}
            number = max(windows, key=lambda candidate: (gains[candidate], windows[candidate], -candidate))
            if gains[number] < _LEAST_GAIN * total:
                break
            chosen.append(number)
            covered |= held[number]
            del windows[number]
        share = _sum(covered, weights) / total
        num_shared = sum(feature in covered and self._is_telling(feature) for feature in features)
        num_telling = sum(self._is_telling(feature) for feature in features)
        is_enough = self._is_enough(best_window / total, share, features)
        num_words_needed = min(_FEWEST_SHARED, self._num_telling_words(features))
        has_characters = _is_ideographic(features) and self._has_characters_of(sentence, chosen)
        is_enough = is_enough or has_characters
        is_sure = is_enough and num_shared >= min(_FEWEST_SHARED, max(1, num_telling))
        about = [
            number
            for number in chosen
            if self._num_telling_words(held[number]) >= num_words_needed or has_characters
        ]
        if is_sure and self._holds_numbers:
            is_sure = has_numbers_of(sentence, self._around(about), self._language)
        passages = [self._passage(number, _sum(held[number], weights) / total) for number in sorted(chosen)]
        return passages, is_sure

    def _found_in_compounds(self, sentence: str) -> dict[str, set[int]]:
        """Return the sentences that have a part of a long German word which stands in none ("Kursbeginn")."""
        if not language_facts(self._language).capitalizes_nouns:
            return {}
        found: dict[str, set[int]] = {}
        for token in map(plain, tokenize(sentence)):
            feature = token[:STEM_LETTERS]
            if len(token) >= _LETTERS_OF_COMPOUND and feature not in self._sentences_with:
                found[feature] = {
                    number
                    for part, numbers in self._sentences_with.items()
                    if len(part) >= _LETTERS_OF_PART and part in token and part not in self._common
                    for number in numbers
                }
        return found

    def _has_characters_of(self, sentence: str, numbers: Sequence[int]) -> bool:
        """Tell whether one of the sentences has most characters: said in other words pairs are few."""
        own = [each for each in _IDEOGRAPH.findall(sentence) if each not in _COMMON_CHARACTERS]
        for number in numbers:
            start, end = self._spans[number]
            known = set(_IDEOGRAPH.findall(self._text[start:end]))
            if own and sum(each in known for each in own) >= _CHARACTERS_SHARED * len(own):
                return True
        return False

    def around(self, passages: Sequence[Passage]) -> list[str]:
        """Return the passages' sentences and their neighbours, in order and each once."""
        numbers = {bisect.bisect_left(self._starts, passage.start) for passage in passages}
        near = sorted({near for number in numbers for near in range(number - 1, number + 2)})
        spans = [self._spans[number] for number in near if 0 <= number < len(self._spans)]
        return [self._text[start:end] for start, end in spans]

    def has_sentence(self, sentence: str) -> bool:
        """Tell whether one of the text's sentences is this one, word for word."""
        return tuple(tokenize(sentence)) in self._whole_sentences

    @functools.cached_property
    def _whole_sentences(self) -> frozenset[tuple[str, ...]]:
        return frozenset(tuple(tokenize(self._text[start:end])) for start, end in self._spans)

    def is_scattered(self, passages: Sequence[Passage]) -> bool:
        """Tell whether no passage holds much of a sentence and they stand apart: it may mix them."""
        best = max((passage.score for passage in passages), default=1.0)
        numbers = [bisect.bisect_left(self._starts, passage.start) for passage in passages]
        is_apart = max(numbers, default=0) - min(numbers, default=0) > _WINDOW
        return is_apart and best < _HELD_BY_ONE and len(self._spans) > _SENTENCES_OF_PASSAGE

    def order_of(self, sentence: str) -> Passage | None:
        """Return the order that wants ``sentence`` to be written; None if it is a statement."""
        if not self._orders.is_obeyed_in(sentence):
            return None
        words = set(tokenize(sentence))
        start, end = max(
            self._orders.spans, key=lambda span: len(words & set(tokenize(self._text[slice(*span)])))
        )
        return Passage(start, end, self._text[start:end], self._page(start), 1.0)

    def most_alike(self, sentence: str) -> list[str]:
        """Return the few sentences that hold most of this one's weight each by itself."""
        held = self._held_by_each(sentence)
        numbers = sorted(held, key=lambda number: (-held[number], number))[:_MOST_ALIKE]
        return [self._text[slice(*self._spans[number])] for number in numbers]

    def _held_by_each(self, sentence: str) -> dict[int, float]:
        held: defaultdict[int, float] = defaultdict(float)
        for feature in dict.fromkeys(features_of(sentence)):
            for number in self._sentences_with.get(feature, ()):
                held[number] += self._weight(feature)
        return held

    def is_at_one_place(self, sentence: str) -> bool:
        """Tell whether one sentence of the text holds most of this one's weight: nothing is mixed in it."""
        features = Counter(features_of(sentence))
        weights = {feature: self._weight(feature) for feature in features}
        held = self._held_by_each(sentence)
        ease = _EASE_OF_PAIRS if _is_ideographic(features) else 1.0
        return max(held.values(), default=0.0) >= ease * _AT_ONE_PLACE * sum(weights.values()) > 0

    def _is_enough(self, by_window: float, together: float, features: Collection[str]) -> bool:
        if len(self._spans) <= _SENTENCES_OF_PASSAGE:
            return by_window >= _BY_WINDOW_OF_PASSAGE or together >= _TOGETHER_OF_PASSAGE
        length = min(1.0, max(0.0, math.log10((len(self._spans) or 1) / _SENTENCES_OF_SHORT_TEXT)))
        ease = _EASE_OF_PAIRS if _is_ideographic(features) else 1.0
        window = _SUPPORTED_BY_WINDOW + length * (_BY_WINDOW_OF_LONG_TEXT - _SUPPORTED_BY_WINDOW)
        whole = _SUPPORTED_TOGETHER + length * (_TOGETHER_OF_LONG_TEXT - _SUPPORTED_TOGETHER)
        return by_window >= ease * window or together >= ease * whole

    def find_by_meaning(self, sentences: Sequence[str], embed: Embedder) -> list[Passage | None]:
        """Return the passage nearest in meaning to each sentence, None where ``embed`` gives no vectors."""
        import numpy as np

        spans = self._spans[:_MOST_EMBEDDED]
        wanted = np.array(embed(list(sentences)) if spans else [])
        vectors = np.array(embed([self._text[start:end] for start, end in spans]) if len(wanted) else [])
        if not len(vectors):
            return [None] * len(sentences)
        scores = wanted @ vectors.T
        return [self._passage(int(row.argmax()), float(row.max())) for row in scores]

    def _weight(self, feature: str) -> float:
        if feature in self._common:
            return _COMMON_WORD_WEIGHT
        num_sentences = len(self._sentences_with.get(feature, ()))
        if not num_sentences:
            return _UNKNOWN_WORD_SHARE * self._highest
        return max(_COMMON_WORD_WEIGHT, math.log(1 + len(self._spans) / num_sentences))

    def _is_telling(self, feature: str) -> bool:
        return feature not in self._common

    def _num_telling_words(self, features: Iterable[str]) -> int:
        return sum(self._is_telling(feature) and not feature.isdecimal() for feature in features)

    def _windows(self, held: dict[int, set[str]], weights: dict[str, float]) -> dict[int, float]:
        """Return for each sentence with a telling word what it holds with its neighbours."""
        windows = {}
        for number, features in held.items():
            if not any(self._is_telling(feature) for feature in features):
                continue
            near = set(features)
            for neighbour in range(number - _WINDOW // 2, number + _WINDOW // 2 + 1):
                near |= held.get(neighbour, set())
            windows[number] = _sum(near, weights)
        return windows

    def _around(self, numbers: Iterable[int]) -> str:
        """Return the sentences with their neighbours: a number may stand in the one before."""
        near = sorted({near for number in numbers for near in range(number - 1, number + 2)})
        spans = (self._spans[near_number] for near_number in near if 0 <= near_number < len(self._spans))
        return "\n".join(self._text[start:end] for start, end in spans)

    def _passage(self, number: int, score: float) -> Passage:
        start, end = self._spans[number]
        return Passage(start, end, self._text[start:end], self._page(start), round(min(1.0, score), 3))

    def _page(self, start: int) -> int | None:
        if not self._pages:
            return None
        page: Page = self._pages[max(0, bisect.bisect_right(self._page_starts, start) - 1)]
        return page.number


def _sum(features: Iterable[str], weights: dict[str, float]) -> float:
    # Exact, so that the order in a set, another in each process, changes no passage.
    return math.fsum(weights[feature] for feature in features)


def _is_ideographic(features: Collection[str]) -> bool:
    return 2 * sum(_IDEOGRAPH.match(feature) is not None for feature in features) > len(features)


def features_of(text: str) -> list[str]:
    """Return the beginnings of words; of Chinese and Japanese pairs of neighbouring characters."""
    features: list[str] = []
    before = ""
    for token in tokenize(text):
        if len(token) == 1 and _IDEOGRAPH.match(token):
            if before:
                features.append(before + token)
            before = token
            continue
        before = ""
        if len(token) > 1:
            features.append(plain(token)[:STEM_LETTERS])
    return features


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return the sentences' ranges without marks of lists and white space; headings are left out."""
    spans = []
    for segment in split_sentences(text):
        if _HEADING.match(segment.text):
            continue
        marks = _MARKS.match(segment.text)
        start = segment.start + (marks.end() if marks else 0)
        end = segment.start + len(segment.text.rstrip())
        if start < end and tokenize(text[start:end]):
            spans.append((start, end))
    return spans
