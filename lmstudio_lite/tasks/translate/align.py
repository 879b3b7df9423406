"""Which words of a translation stand for given words of its source, asked of the model that translates.

The model is asked to translate these words, right after the sentence and its translation, with a grammar that
lets it write nothing but a stretch of that translation. What it answers is asked for the other way round: of
the hand-made key's words that come back as they were 80 of 81 are right, of the others half
(``tests/tasks/translate/mark_key.toml``, Qwen2.5 0.5B). Where less comes back, what is missing is looked for
beside the stretch; where other words come back, another stretch is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lmstudio_lite.domain.generation import Sampling
from lmstudio_lite.tasks.generate.attempts import Attempt, Part
from lmstudio_lite.tasks.text.problems import Problem
from lmstudio_lite.tasks.translate.asking import Asking
from lmstudio_lite.tasks.translate.marks import Stretch, trimmed
from lmstudio_lite.tasks.translate.ranges import locate, range_grammar, words_apart

_ANSWER_TOKENS = 64
_PROMPT_TOKENS = 60
"""Of a question, beside what all have in common: for the time left."""

Answers = Callable[[Sequence[Part]], Sequence[str]]
"""Answers parts, in order; "" for one that has no answer."""
_Generate = Callable[[Sequence[tuple["Search", Stretch | None]]], list[Stretch | None]]


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


def find_words(searches: Sequence[Search], asking: Asking, answers: Answers) -> list[Found | None]:
    """Look for the words of all ``searches`` side by side."""

    def generate(questions: Sequence[tuple[Search, Stretch | None]]) -> list[Stretch | None]:
        return _ask(questions, asking, answers)

    there = generate([(search, None) for search in searches])
    back = _ask_back(searches, there, generate)
    found = list(there)
    short = {
        n: _missing(search.words, back[n])
        for n, search in enumerate(searches)
        if _is_part(back[n], search.words)
    }
    missing = [(n, stretch) for n, stretches in short.items() for stretch in stretches]
    others = [
        n for n, search in enumerate(searches) if there[n] is not None and not _touch(back[n], search.words)
    ]
    questions: list[tuple[Search, Stretch | None]] = [
        (replace(searches[n], words=_trimmed(searches[n], stretch)), None) for n, stretch in missing
    ]
    questions += [(searches[n], there[n]) for n in others]
    more = generate(questions)
    for (n, _), beside in zip(missing, more, strict=False):
        found[n] = _joined(searches[n].target, found[n], beside)
    again = more[len(missing) :]
    second = _ask_back([searches[n] for n in others], again, generate)
    is_sure = [_touch(back[n], search.words) for n, search in enumerate(searches)]
    for place, n in enumerate(others):
        if _touch(second[place], searches[n].words):
            found[n], is_sure[n] = again[place], True
    return [
        Found(stretch, sure) if stretch is not None else None
        for stretch, sure in zip(found, is_sure, strict=True)
    ]


def _ask_back(
    searches: Sequence[Search], found: Sequence[Stretch | None], generate: _Generate
) -> list[Stretch | None]:
    asked = [(n, stretch) for n, stretch in enumerate(found) if stretch is not None]
    answers = generate([(searches[n].backward(stretch), None) for n, stretch in asked])
    back: list[Stretch | None] = [None] * len(searches)
    for (n, _), answer in zip(asked, answers, strict=True):
        back[n] = answer
    return back


def _ask(
    questions: Sequence[tuple[Search, Stretch | None]], asking: Asking, answers: Answers
) -> list[Stretch | None]:
    """Return where each search's words stand, in no stretch that touches the second of its pair."""
    parts = [_part(search, without, asking) for search, without in questions]
    asked = [part for part in parts if part is not None]
    answered = iter(answers(asked) if asked else ())
    found: list[Stretch | None] = []
    for (search, _), part in zip(questions, parts, strict=True):
        answer = next(answered) if part is not None else ""
        middle = (search.words.start + search.words.end) / 2
        found.append(locate(search.target, answer, middle * len(search.target) / max(1, len(search.source))))
    return found


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


def _trimmed(search: Search, stretch: Stretch) -> Stretch:
    return Stretch(*trimmed(search.source, stretch.start, stretch.end))


def _is_part(back: Stretch | None, words: Stretch) -> bool:
    return back is not None and back != words and words.start <= back.start and back.end <= words.end


def _touch(back: Stretch | None, words: Stretch) -> bool:
    return back is not None and back.start < words.end and words.start < back.end


def _joined(target: str, one: Stretch | None, more: Stretch | None) -> Stretch | None:
    """Put two stretches together that stand side by side, or with one word between them."""
    if one is None or more is None or words_apart(target, one, more) > 1:
        return one
    return Stretch(min(one.start, more.start), max(one.end, more.end))
