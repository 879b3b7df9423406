"""Marks for one summary of one document, each from the two texts alone and each the same for every model."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import regex

from lmstudio_lite.bench.quality.claims import false_names, false_negations
from lmstudio_lite.bench.quality.corpus import CorpusDocument
from lmstudio_lite.bench.quality.numerals import false_numbers
from lmstudio_lite.bench.quality.tokens import count_words, first_words, is_unspaced, sentences, words

WORDS = 150
"""What is asked for; a text is marked by its first ``WORDS_MARKED`` words, so that length buys no facts."""
WORDS_MARKED = 165
SHINGLE = 8
HAN_SHINGLE = 13
_SUPPORTED = 0.6
_COMMON_LETTERS = 3
_STEM = 5
_STOP_WORDS = {
    "en": frozenset(("the", "of", "and", "to", "in", "is", "was", "that", "for", "with", "are", "were")),
    "de": frozenset(("der", "die", "das", "und", "ist", "war", "den", "von", "mit", "für", "dem", "ein")),
}
_CHATTER = regex.compile(
    r"\A\W*(?:sure|certainly|here(?:'s| is| are)|of course|i have|hier (?:ist|sind)|natürlich|gerne|"
    r"以下是|好的|当然|إليك|بالتأكيد|بالطبع|فيما يلي)",
    regex.IGNORECASE,
)
_LEAK = regex.compile(r'"""|<\|?\w+\|?>|^(?:text|document|summarize)\s*:', regex.IGNORECASE | regex.MULTILINE)
_QUOTED_LINE = regex.compile(r"[-*•\s]*“(.+)”[.。]?\s*")
"""A point that is a quotation, with or without quotations inside it."""
_QUOTATION = regex.compile(r"“[^“”]+”|„[^„“”]+[“”]|«[^«»]+»|「[^「」]+」|『[^『』]+』|\"[^\"]+\"")
_WHOLE_END = regex.compile(r"[.!?。！？؟…][\p{Pe}\p{Pf}\"'*_]*\s*\Z")


@dataclass(frozen=True, slots=True)
class Marks:
    """What is counted is per text; shares and the rest run from 0 to 1.

    ``facts``: facts held. ``traps``: traps taken (count). ``numbers``, ``names``, ``negations``: false ones
    (counts). ``evidence``: sentences with a place in the document that holds most of their words.
    ``echo``: 8-word runs copied as the text's own words, ``quoted``: share of the words that stand in
    quotation marks and in the document. ``thirds``: thirds of the document that a sentence comes from.
    ``language``: 1 for the document's. ``length``: 1 at 75 to 195 words of ``WORDS``. ``form``: ends whole,
    no chatter before it, nothing twice, nothing of a prompt in it.
    """

    facts: float
    traps: int
    numbers: int
    names: int
    negations: int
    evidence: float
    echo: float
    quoted: float
    thirds: float
    language: float
    length: float
    form: float

    @property
    def false_claims(self) -> int:
        return self.numbers + self.names


def mark(summary: str, document: CorpusDocument) -> Marks:
    """Mark a summary; an empty one holds, claims and copies nothing."""
    text = first_words(summary.strip(), WORDS_MARKED)
    places = _places(text, document.text)
    return Marks(
        facts=sum(fact.is_held_by(text) for fact in document.facts) / len(document.facts),
        traps=sum(trap.is_taken_by(text) for trap in document.traps),
        numbers=len(false_numbers(text, document.text)),
        names=len(false_names(text, document.text, document.language)),
        negations=len(false_negations(text, document.text, document.language)),
        evidence=sum(place is not None for place in places) / len(places) if places else 0.0,
        echo=echo(text, document.text),
        quoted=quoted(text, document.text),
        thirds=len({int(3 * place) for place in places if place is not None}) / 3,
        language=float(language_of(text) == document.language),
        length=_length(count_words(summary)),
        form=form(summary.strip()),
    )


def echo(text: str, source: str) -> float:
    """Return the share of the text's runs of 8 words (13 characters of unspaced scripts) copied unmarked.

    What stands in quotation marks is told to be the source's, and is no echo of it.
    """
    size = HAN_SHINGLE if is_unspaced(text) else SHINGLE
    own = [run for stretch in _own_stretches(text, source) for run in _runs(words(stretch), size)]
    known = set(_runs(words(source), size))
    return sum(run in known for run in own) / max(1, len(_runs(words(text), size)))


def quoted(text: str, source: str) -> float:
    """Return the share of the text's words that are marked as the source's, and are."""
    num_own = sum(len(words(stretch)) for stretch in _own_stretches(text, source))
    return 1 - num_own / len(words(text)) if words(text) else 0.0


def _own_stretches(text: str, source: str) -> list[str]:
    """Return what stands between the quotations; marks around what the source does not say make none."""
    known = f" {' '.join(words(source))} "

    def is_said(words_quoted: str) -> bool:
        return f" {' '.join(words(words_quoted))} " in known

    stretches = [""]
    for line in text.splitlines(keepends=True):
        whole = _QUOTED_LINE.fullmatch(line)
        if whole and is_said(whole.group(1)):
            stretches.append("")
            continue
        end = 0
        for match in _QUOTATION.finditer(line):
            if is_said(match.group()):
                stretches[-1] += line[end : match.start()]
                stretches.append("")
                end = match.end()
        stretches[-1] += line[end:]
    return stretches


def language_of(text: str) -> str:
    """Return the language among the corpus' own: by script, English and German by their little words."""
    if is_unspaced(text):
        return "zh"
    if len(regex.findall(r"\p{Arabic}", text)) > len(regex.findall(r"\p{Latin}", text)):
        return "ar"
    tokens = words(text)
    votes = {code: sum(token in known for token in tokens) for code, known in _STOP_WORDS.items()}
    return max(votes, key=lambda code: votes[code]) if any(votes.values()) else ""


def form(text: str) -> float:
    """Return the share of what a finished text has."""
    if not text:
        return 0.0
    said = [tuple(words(sentence)) for sentence in sentences(text)]
    checks: Sequence[bool] = (
        _ends_whole(text),
        _CHATTER.match(text) is None,
        len(set(said)) == len(said),
        _LEAK.search(text) is None,
    )
    return sum(checks) / len(checks)


def _ends_whole(text: str) -> bool:
    """Say whether nothing was cut off; the items of a list may all do without a full stop."""
    lines = [line for line in text.splitlines() if line.strip()]
    whole = [_WHOLE_END.search(line) is not None for line in lines]
    return whole[-1] or (len(lines) > 2 and not any(whole[:-1]))


def _length(num_words: int) -> float:
    if num_words <= 0:
        return 0.0
    low, high = WORDS * 0.5, WORDS * 1.3
    return min(1.0, num_words / low, high / num_words)


def _runs(tokens: Sequence[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(tokens[at : at + size]) for at in range(len(tokens) - size + 1)]


def _places(text: str, source: str) -> list[float | None]:
    """Return for each sentence where in the document (0 to 1) it comes from; None for nowhere.

    A sentence comes from the place whose sentence, with its neighbours, holds most of its longer words.
    """
    around = sentences(source)
    features = [_features(sentence) for sentence in around]
    windows = [
        features[at] | features[max(0, at - 1)] | features[min(len(features) - 1, at + 1)]
        for at in range(len(features))
    ]
    found: list[float | None] = []
    for sentence in sentences(text):
        own = _features(sentence)
        if not own or not windows:
            found.append(None)
            continue
        best = max(range(len(windows)), key=lambda at: (len(own & windows[at]), len(own & features[at])))
        is_supported = len(own & windows[best]) >= _SUPPORTED * len(own)
        found.append(best / len(windows) if is_supported else None)
    return found


def _features(sentence: str) -> frozenset[str]:
    """Longer words by their beginnings, for endings change; pairs of characters where no spaces are."""
    tokens = words(sentence)
    if is_unspaced(sentence):
        return frozenset(map("".join, itertools.pairwise(tokens)))
    return frozenset(
        token.removeprefix("ال")[:_STEM]
        for token in tokens
        if len(token) > _COMMON_LETTERS or any(char.isdigit() for char in token)
    )
