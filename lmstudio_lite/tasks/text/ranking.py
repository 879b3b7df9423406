"""A document's own central sentences: what stands in where a model can't summarize.

Sentences are ranked by how much of the text's vocabulary they share, the idea of SumBasic (Nenkova and
Vanderwende, 2005): a word's weight is how often the text uses it, weights are damped once a chosen
sentence has said the word, and long sentences gain nothing by their length.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import regex

from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.tasks.text.orders import without_orders
from lmstudio_lite.tasks.text.sentences import SENTENCE_ENDS
from lmstudio_lite.tasks.text.tokens import tokenize

_FEWEST_WORDS, _MOST_WORDS = 6, 60
_MOST_SENTENCES = 2_000
_MARKS = regex.compile(r"\A(?:[>•◦▪*+–-]\s+)+|\*\*|(?<![\p{L}\p{N}])[*_]|[*_](?![\p{L}\p{N}])")
"""Markdown's marks of lists, quotations and emphasis."""
_FORMULA = regex.compile(r"[\p{Sm}\p{Co}&&[^+<>|~]]|(?<!\w)[\\^_]\w|\\[(\[]|\w\s:=", regex.VERSION1)
_ITEM = regex.compile(r"\A[\s\p{P}]*\w{1,3}\)")
_BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"), ("«", "»"), ("“", "”"))
_COMMON_SHARE = 0.35
"""Words that stand in more of the sentences than this are grammar, not matter."""


def central_sentences(text: str, count: int) -> list[str]:
    """Return up to ``count`` sentences of ``text``, word for word and in its order."""
    usable = quotable_sentences(text)
    if not usable:
        return own_sentences(text)[:count]
    vocabulary = [frozenset(tokenize(sentence)) for sentence in usable]
    weights = _weights(vocabulary)
    chosen: list[int] = []
    while len(chosen) < min(count, len(usable)):
        scores = [_score(words, weights) for words in vocabulary]
        best = max((index for index in range(len(usable)) if index not in chosen), key=scores.__getitem__)
        chosen.append(best)
        for word in vocabulary[best]:
            weights[word] = weights.get(word, 0.0) ** 2
    return [usable[index] for index in sorted(chosen)]


def quotable_sentences(text: str) -> list[str]:
    """Return the sentences of ``text`` that can be read by themselves, each once."""
    sentences = own_sentences(text)
    sized = [sentence for sentence in sentences if _FEWEST_WORDS <= len(tokenize(sentence)) <= _MOST_WORDS]
    usable = [sentence for sentence in sized if sentence.endswith(SENTENCE_ENDS)] or sized
    usable = [sentence for sentence in usable if not asks(sentence)] or usable
    usable = [sentence for sentence in usable if is_plain(sentence)] or usable
    return list({tuple(tokenize(sentence)): sentence for sentence in reversed(usable)}.values())[::-1]


def own_sentences(text: str) -> list[str]:
    """Return every sentence of ``text``, short ones too; headings and rows where it has nothing else.

    What orders its reader to do something is left out.
    """
    segments = [segment.text.strip() for segment in split_sentences(without_orders(text))[:_MOST_SENTENCES]]
    sentences = [_MARKS.sub("", " ".join(segment.split())) for segment in segments if _is_prose(segment)]
    others = [segment for segment in segments if tokenize(segment)]
    return [sentence for sentence in sentences or others if sentence]


def asks(sentence: str) -> bool:
    """Tell whether a sentence is a question, which says nothing of its answer."""
    return sentence.rstrip("”\"'’») ").endswith(("?", "？", "؟"))


def is_plain(sentence: str) -> bool:
    """Tell whether a sentence can be read by itself: not cut out of a formula or out of brackets."""
    return not _FORMULA.search(sentence) and _has_whole_brackets(sentence)


def _has_whole_brackets(sentence: str) -> bool:
    """Tell whether each bracket and quotation mark in the sentence has its other, but for a list's "a)"."""
    text = _ITEM.sub("", sentence)
    are_even = text.count('"') % 2 == 0
    return are_even and all(text.count(opening) == text.count(closing) for opening, closing in _BRACKETS)


def _is_prose(segment: str) -> bool:
    """Headings name their sections and table rows need their columns: neither says anything by itself."""
    return not segment.startswith("#") and not is_row(segment)


def is_row(segment: str) -> bool:
    """Tell whether a segment is a row of a table or the rule below its head; some have no outer marks."""
    return segment.startswith("|") or (" | " in segment and not segment.endswith(SENTENCE_ENDS))


def _weights(vocabulary: Sequence[frozenset[str]]) -> dict[str, float]:
    counts = Counter(word for words in vocabulary for word in words)
    limit = max(2.0, _COMMON_SHARE * len(vocabulary))
    return {word: count / len(vocabulary) for word, count in counts.items() if count <= limit}


def _score(words: frozenset[str], weights: dict[str, float]) -> float:
    # Exact: words of a set come in another order in each process, and rounding would choose another sentence.
    return math.fsum(weights.get(word, 0.0) for word in words) / len(words)
