"""Which words of a translation stand for given words of its source, asked of the model that translates.

The model is asked to translate these words, right after the sentence and its translation, with a grammar that
lets it write nothing but a stretch of that translation. What it answers is asked for the other way round: of
the hand-made key's words that come back as they were 80 of 81 are right, of the others half
(``tests/tasks/translate/mark_key.toml``, Qwen2.5 0.5B). Where less comes back, what is missing is looked for
beside the stretch; where other words come back, another stretch is.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace

from lmstudio_lite.domain.generation import Sampling
from lmstudio_lite.tasks.generate.attempts import Attempt, Part, PartResult
from lmstudio_lite.tasks.text.problems import Problem
from lmstudio_lite.tasks.translate.asking import Asking
from lmstudio_lite.tasks.translate.marks import Stretch, trimmed
from lmstudio_lite.tasks.translate.ranges import locate, range_grammar, words_apart

_ANSWER_TOKENS = 64
_PROMPT_TOKENS = 60
"""Of a question, beside what all have in common: for the time left."""

Answers = Callable[[Sequence[Part]], object]
"""Has parts answered, and what follows from them; returns when all are."""
_Finding = Generator[Part, str, "Found | None"]
"""Gives a question, takes its answer, "" where there is none, and so on until it knows."""


@dataclass(frozen=True, slots=True)
class Search:
    """Words, ``source[words.start:words.end]``, that are looked for in ``target``."""

    source: str
    target: str
    words: Stretch
    is_backward: bool = False

    def text_of(self, stretch: Stretch) -> str:
        """Return words of the source."""
        return self.source[stretch.start : stretch.end]

    def backward(self, found: Stretch) -> Search:
        """Return the search for what was found, in the source."""
        return Search(self.target, self.source, found, is_backward=not self.is_backward)


@dataclass(frozen=True, slots=True)
class Found:
    """``is_sure`` where the way back leads to the words that were looked for, or to some of them."""

    stretch: Stretch
    is_sure: bool


def questions_for(search: Search, asking: Asking, found: Callable[[Found | None], None]) -> list[Part]:
    """Return the first question, if it takes any; the others follow from it, and then ``found`` is told."""
    finding = _find(search, asking)

    def go_on(part: Part) -> Part:
        def then(result: PartResult) -> list[Part]:
            try:
                return [go_on(finding.send(result.text))]
            except StopIteration as end:
                found(end.value)
                return []

        return replace(part, then=then)

    try:
        return [go_on(next(finding))]
    except StopIteration as end:
        found(end.value)
        return []


def find_words(searches: Sequence[Search], asking: Asking, answers: Answers) -> list[Found | None]:
    """Look for the words of all ``searches`` side by side; waits."""
    results: dict[int, Found | None] = {}
    parts: list[Part] = []
    for number, search in enumerate(searches):
        parts += questions_for(search, asking, functools.partial(results.__setitem__, number))
    if parts:
        answers(parts)
    return [results.get(number) for number in range(len(searches))]


def _find(search: Search, asking: Asking) -> _Finding:
    there = yield from _ask(search, asking)
    if there is None:
        return None
    back = yield from _ask(search.backward(there), asking)
    if _touch(back, search.words):
        found: Stretch | None = there
        for stretch in _missing(search.words, back) if _is_part(back, search.words) else ():
            missing = replace(search, words=Stretch(*trimmed(search.source, stretch.start, stretch.end)))
            beside = yield from _ask(missing, asking)
            found = _joined(search.target, found, beside)
        return Found(found or there, is_sure=True)
    other = yield from _ask(search, asking, without=there)
    if other is not None and _touch((yield from _ask(search.backward(other), asking)), search.words):
        return Found(other, is_sure=True)
    return Found(there, is_sure=False)


def _ask(
    search: Search, asking: Asking, without: Stretch | None = None
) -> Generator[Part, str, Stretch | None]:
    """Return where the search's words stand, in no stretch that touches ``without``."""
    part = _part(search, without, asking)
    answer = "" if part is None else (yield part)
    middle = (search.words.start + search.words.end) / 2
    return locate(search.target, answer, middle * len(search.target) / max(1, len(search.source)))


def _part(search: Search, without: Stretch | None, asking: Asking) -> Part | None:
    words = search.text_of(search.words)
    grammar = range_grammar(search.target, words, without) if words else ""
    if not grammar:
        return None
    attempt = Attempt(
        asking.words(words, search.source, search.target, is_backward=search.is_backward),
        Sampling(temperature=0.0, grammar=grammar),
        max_tokens=_ANSWER_TOKENS,
        num_prompt_tokens=_PROMPT_TOKENS,
        stop=asking.stop,
    )
    return Part((attempt,), lambda raw, is_whole: None if raw.strip() or not is_whole else Problem.EMPTY)


def _missing(words: Stretch, back: Stretch | None) -> list[Stretch]:
    if back is None:
        return []
    both = Stretch(words.start, back.start), Stretch(back.end, words.end)
    return [stretch for stretch in both if stretch.start < stretch.end]


def _is_part(back: Stretch | None, words: Stretch) -> bool:
    return back is not None and back != words and words.start <= back.start and back.end <= words.end


def _touch(back: Stretch | None, words: Stretch) -> bool:
    return back is not None and back.start < words.end and words.start < back.end


def _joined(target: str, one: Stretch | None, more: Stretch | None) -> Stretch | None:
    """Put two stretches together that stand side by side, or with one word between them."""
    if one is None or more is None or words_apart(target, one, more) > 1:
        return one
    return Stretch(min(one.start, more.start), max(one.end, more.end))
