"""Which passages of a document support each sentence of a text about it, found by comparing words.

No model is asked: it would make up its sources as it makes up its sentences. A sentence's words are
weighed by how rare the document uses them (idf, as in BM25: Robertson and Zaragoza, 2009; saturation and
length play no part between single sentences), and the passages that hold most of that weight together
are its evidence; a number must stand in or beside one of them. Inflection is bridged by comparing the
beginnings of words, Chinese and Japanese by pairs of characters. Where an embedding model is given, it
judges the sentences that words can't settle.
"""

from __future__ import annotations

import bisect
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Protocol

import regex

from lmstudio_lite.documents.language import common_words
from lmstudio_lite.documents.segmentation import split_sentences
from lmstudio_lite.domain.documents import Document, Page
from lmstudio_lite.tasks.checks import tokenize
from lmstudio_lite.tasks.claims import KnownFacts, has_numbers_of, plain
from lmstudio_lite.tasks.evidence_values import Evidence, Passage, SentenceEvidence

_STEM_LETTERS = 6
_COMMON_WORD_WEIGHT = 0.12
_UNKNOWN_WORD_SHARE = 0.8
_WINDOW = 3
_MOST_PASSAGES = 3
_LEAST_GAIN = 0.12
_SUPPORTED_BY_WINDOW = 0.38
_SUPPORTED_TOGETHER = 0.58
_FEWEST_SHARED = 2
_SUPPORTED_BY_MEANING = 0.72
_MOST_EMBEDDED = 2_000
_LEAST_SUPPORTED = 0.26
_UNSPACED = frozenset({"th", "lo", "km", "my"})
_MARKS = regex.compile(r"[\s>#*_•\-–\"“”]*(?:\d{1,2}[.)]\s+)?[*_\"“]*")
_HEADING = regex.compile(r"\s*#{1,6}\s")
_IDEOGRAPH = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")


class Embedder(Protocol):
    """Turns texts into vectors of length 1 whose products tell how alike their meanings are."""

    def __call__(self, texts: Sequence[str]) -> Sequence[Sequence[float]]: ...


def find_evidence(
    text: str,
    document: Document,
    *,
    language: str,
    untranslated: str = "",
    embed: Embedder | None = None,
) -> Evidence:
    """Find what supports each sentence of ``text``, which is in ``language``.

    ``untranslated`` is the text that it was translated from, line by line, in the document's language:
    words can only be compared within one language.
    """
    index = _Index(document.text, document.language, document.pages)
    facts = KnownFacts(document.text, document.language)
    found: list[SentenceEvidence] = []
    originals = _originals(text, untranslated)
    for start, end in _sentence_spans(text):
        sentence = text[start:end]
        passages, is_sure = index.find(originals.get(start, sentence))
        is_quote = index.has_words_of(sentence)
        found.append(
            SentenceEvidence(
                start=start,
                end=end,
                text=sentence,
                is_supported=is_sure or is_quote,
                is_quote=is_quote,
                unknown_claims=facts.unknown_claims(sentence, language),
                passages=tuple(passages),
            )
        )
    return Evidence(tuple(_with_meaning(found, index, embed) if embed else found))


def is_invented(text: str, source: str, language: str) -> bool:
    """Tell whether next to nothing of ``text`` is supported by ``source``, both in ``language``.

    For a summary that says nothing of what it summarizes; one that says it in other words passes. Not told
    of languages that put no spaces between words.
    """
    if language in _UNSPACED:
        return False
    index = _Index(source, language)
    sentences = [text[start:end] for start, end in _sentence_spans(text)]
    num_supported = sum(index.find(sentence)[1] or index.has_words_of(sentence) for sentence in sentences)
    return bool(sentences) and num_supported < _LEAST_SUPPORTED * len(sentences)


def supported_sentences(text: str, source: str, language: str) -> list[str]:
    """Return the sentences of ``text`` that ``source`` supports; all where that can't be told."""
    sentences = [text[start:end] for start, end in _sentence_spans(text)]
    if language in _UNSPACED:
        return sentences
    index = _Index(source, language)
    return [each for each in sentences if index.find(each)[1] or index.has_words_of(each)]


def _sentence_spans(text: str) -> list[tuple[int, int]]:
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


def _originals(text: str, untranslated: str) -> dict[int, str]:
    """Return what each sentence of ``text``, by its start, was translated from.

    The lines of both are the same in number; sentences within a line are paired in order if they are,
    else each stands for the whole line.
    """
    lines, sources = text.split("\n"), untranslated.split("\n")
    if not untranslated or len(lines) != len(sources):
        return {}
    originals: dict[int, str] = {}
    position = 0
    for line, source in zip(lines, sources, strict=True):
        spans = _sentence_spans(line)
        source_spans = _sentence_spans(source)
        is_paired = len(spans) == len(source_spans)
        for number, (start, _) in enumerate(spans):
            first, last = source_spans[number] if is_paired else (0, len(source))
            originals[position + start] = source[first:last]
        position += len(line) + 1
    return originals


def _with_meaning(
    found: Sequence[SentenceEvidence], index: _Index, embed: Embedder
) -> Iterable[SentenceEvidence]:
    open_ones = [sentence for sentence in found if not sentence.is_supported]
    matches = index.find_by_meaning([sentence.text for sentence in open_ones], embed) if open_ones else []
    by_start = {sentence.start: match for sentence, match in zip(open_ones, matches, strict=True)}
    for sentence in found:
        match = by_start.get(sentence.start)
        if match is None or match.score < _SUPPORTED_BY_MEANING:
            yield sentence
        else:
            yield SentenceEvidence(
                sentence.start,
                sentence.end,
                sentence.text,
                is_supported=True,
                is_quote=False,
                unknown_claims=sentence.unknown_claims,
                passages=(match,),
            )


class _Index:
    """The document's sentences by the beginnings of their words."""

    def __init__(self, text: str, language: str, pages: Sequence[Page] = ()) -> None:
        self._text = text
        self._pages = pages
        self._page_starts = [page.start for page in pages]
        self._spans = _sentence_spans(text)
        self._common = frozenset(plain(word)[:_STEM_LETTERS] for word in common_words(language or "en"))
        self._sentences_with: defaultdict[str, list[int]] = defaultdict(list)
        for number, (start, end) in enumerate(self._spans):
            for feature in set(_features(text[start:end])):
                self._sentences_with[feature].append(number)
        self._words = f" {' '.join(tokenize(text))} "
        self._highest = math.log(1 + len(self._spans))

    def has_words_of(self, sentence: str) -> bool:
        """Tell whether the sentence stands in the document word for word, and is no mere name."""
        words = tokenize(sentence)
        return len(words) > 3 and f" {' '.join(words)} " in self._words

    def find(self, sentence: str) -> tuple[list[Passage], bool]:
        """Return the passages that hold most of the sentence's weight, and whether that is enough."""
        features = Counter(_features(sentence))
        weights = {feature: self._weight(feature) for feature in features}
        total = sum(weights.values())
        if not total:
            return [], False
        held: defaultdict[int, set[str]] = defaultdict(set)
        for feature in features:
            for number in self._sentences_with.get(feature, ()):
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
        is_enough = best_window >= _SUPPORTED_BY_WINDOW * total or share >= _SUPPORTED_TOGETHER
        num_words_needed = min(_FEWEST_SHARED, self._num_telling_words(features))
        is_sure = is_enough and num_shared >= min(_FEWEST_SHARED, max(1, num_telling))
        about = [number for number in chosen if self._num_telling_words(held[number]) >= num_words_needed]
        is_sure = is_sure and has_numbers_of(sentence, self._around(about))
        passages = [self._passage(number, _sum(held[number], weights) / total) for number in sorted(chosen)]
        return passages, is_sure

    def find_by_meaning(self, sentences: Sequence[str], embed: Embedder) -> list[Passage | None]:
        """Return the passage nearest in meaning to each sentence."""
        spans = self._spans[:_MOST_EMBEDDED]
        if not spans:
            return [None] * len(sentences)
        vectors = embed([self._text[start:end] for start, end in spans])
        matches: list[Passage | None] = []
        for wanted in embed(list(sentences)):
            scores = [sum(a * b for a, b in zip(wanted, vector, strict=True)) for vector in vectors]
            best = max(range(len(scores)), key=scores.__getitem__)
            matches.append(self._passage(best, scores[best]))
        return matches

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
    return sum(weights[feature] for feature in features)


def _features(text: str) -> list[str]:
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
            features.append(plain(token)[:_STEM_LETTERS])
    return features
