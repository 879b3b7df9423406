"""One passage as a part for the model: how it is asked for, tidied and judged.

It is asked for as its family of models wants it, then in another way, and at last, where figures, addresses
or placeholders were changed, with a grammar that holds them.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import regex

from lmstudio_lite.documents.structure.language_facts import phrases_of_all
from lmstudio_lite.domain.generation import ChatPrompt, Sampling
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.domain.translation_memory import MemoryEntry
from lmstudio_lite.tasks.generate.attempts import Attempt, Part
from lmstudio_lite.tasks.text.problems import Problem, is_worse
from lmstudio_lite.tasks.translate.asking import Asking
from lmstudio_lite.tasks.translate.carried import carry_over
from lmstudio_lite.tasks.translate.check import find_translation_problem
from lmstudio_lite.tasks.translate.figures import localize_figures
from lmstudio_lite.tasks.translate.forcing import forcing_grammar

_INSTRUCTION_TOKENS = 40
"""Prompt tokens that a passage does not share with the others, roughly: for the time left."""
_CHANGED = frozenset({Problem.VALUES})
_KNOWN_LABEL_LENGTH = 40
_QUOTES = (('"', '"'), ("“", "”"), ("„", "“"), ("«", "»"), ("「", "」"), ("'", "'"))


@dataclass(frozen=True, slots=True)
class Question:
    """A passage to translate. ``kept`` are words of it that are to stay letter for letter.

    ``alike`` is a passage that was translated before and is like this one.
    """

    passage: str
    alike: MemoryEntry | None = None
    kept: tuple[str, ...] = ()


def part_for(question: Question, asking: Asking, num_tokens: int) -> Part:
    """Return the part; ``num_tokens`` are those of the passage."""
    passage, kept = question.passage, question.kept
    source, target = asking.options.source, asking.options.target

    def attempt(
        prompt: ChatPrompt | str, sampling: Sampling, mends: frozenset[Problem] | None = None
    ) -> Attempt:
        return Attempt(
            prompt=prompt,
            sampling=sampling,
            max_tokens=3 * num_tokens + 32,
            stop=asking.stop,
            num_prompt_tokens=num_tokens + _INSTRUCTION_TOKENS,
            mends=mends,
        )

    def clean(raw: str) -> str:
        text = carry_over(tidy(raw, passage), passage)
        return localize_figures(text, passage, source, target)

    def check(raw: str, is_whole: bool) -> Problem | None:
        text = clean(raw)
        problem = find_translation_problem(passage, text, source=source, target=target, is_whole=is_whole)
        is_changed = is_whole and any(text.count(words) < passage.count(words) for words in kept)
        return Problem.VALUES if is_changed and is_worse(Problem.VALUES, problem) else problem

    alike = (question.alike.source, question.alike.target) if question.alike else None
    first = asking.first(passage, alike)
    attempts = [
        attempt(first, asking.sampling),
        attempt(asking.again(passage), asking.second_sampling),
    ]
    grammar = forcing_grammar(passage, source, target, kept)
    if grammar:
        attempts.append(attempt(first, Sampling(temperature=0.0, grammar=grammar), _CHANGED))
    return Part(
        attempts=tuple(attempts),
        check=check,
        is_enough=lambda raw: "\n\n" in raw.lstrip(),
        clean=clean,
    )


@functools.cache
def _label() -> regex.Pattern[str]:
    """What models put before a translation: "Here is the translation:", "German:"."""
    names = [name for known in LANGUAGES.values() for name in (known.english_name, known.native_name)]
    translation = "|".join(map(regex.escape, phrases_of_all(lambda facts: facts.translation_labels)))
    name = "|".join(map(regex.escape, names))
    return regex.compile(
        rf"\A\**(?:[^:：]{{0,40}}(?:{translation})[^:：]{{0,40}}|(?:{name}))\**\s*[:：]\**\s*",
        regex.IGNORECASE,
    )


def tidy(raw: str, passage: str) -> str:
    """Take away what models put around a translation: a label, quotation marks, a second paragraph."""
    text = " ".join(raw.strip().partition("\n\n")[0].split())
    if ":" not in passage[:_KNOWN_LABEL_LENGTH] and "：" not in passage[:_KNOWN_LABEL_LENGTH]:
        label = _label().match(text)
        text = text[label.end() :] if label else text
    for left, right in _QUOTES:
        if len(text) > 2 and text.startswith(left) and text.endswith(right) and not passage.startswith(left):
            text = text[1:-1].strip()
    return text
