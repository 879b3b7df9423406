"""One passage as a part for the model: how it is asked for, tidied and judged.

It is asked for as its family of models wants it, then once more and drawn more freely, and at last, where
figures, addresses or placeholders were changed, with a grammar that holds them. The question is the same each
time, so its tokens are evaluated once; of 55 faulty translations of Qwen2.5 0.5B the second attempt mends 18,
with another question, the instruction behind the text, it was 17. Terms of a glossary stand in it already.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace

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
from lmstudio_lite.tasks.translate.forcing import forcing_grammar, lacks_items
from lmstudio_lite.tasks.translate.glossary import FoundTerm, TermIndex, target_of

_INSTRUCTION_TOKENS = 40
"""Prompt tokens that a passage does not share with the others, roughly: for the time left."""
_CHANGED = frozenset({Problem.VALUES})
_WITHOUT_TERM = frozenset({Problem.TERM})
_KNOWN_LABEL_LENGTH = 40
_STOP = regex.compile(r"(?P<word>%?[\p{L}\p{M}\p{N}]+[)\]}\"'”“»]?)(?P<stop>[.。])\Z")
_NO_MARK = regex.compile(r"[\p{L}\p{M}\p{N}%}]\Z")
_LONG_WORD = 4
_QUOTES = (('"', '"'), ("“", "”"), ("„", "“"), ("«", "»"), ("「", "」"), ("'", "'"))


@dataclass(frozen=True, slots=True)
class Question:
    """A passage to translate. ``kept`` are words of it that are to stay letter for letter.

    ``alike`` is a passage that was translated before and is like this one.
    """

    passage: str
    alike: MemoryEntry | None = None
    kept: tuple[str, ...] = ()


def part_for(question: Question, asking: Asking, terms: TermIndex, num_tokens: int) -> Part:
    """Return the part; ``terms`` are those of the glossaries, ``num_tokens`` those of the passage.

    A model is shown a passage with the translations of its terms in place of them: so Qwen2.5 0.5B has all
    terms in 39 of 40 sentences (into German; into Chinese in 30, asked with a list of them too in 39), with a
    list alone in 18 to 32.
    """
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
        problem = find_translation_problem(
            passage, text, source=source, target=target, is_whole=is_whole, stay=stay
        )
        if not is_whole:
            return problem
        if any(text.count(words) < passage.count(words) for words in kept):
            problem = Problem.VALUES if is_worse(Problem.VALUES, problem) else problem
        if found and is_worse(Problem.TERM, problem) and terms.missing(passage, text):
            return Problem.TERM
        return problem

    alike = (question.alike.source, question.alike.target) if question.alike else None
    found = terms.find(passage)
    stay = (*kept, *(target_of(each.term) for each in found))
    mixed = _with_targets(passage, found)
    first = asking.first(mixed, alike)
    attempts = [attempt(first, asking.sampling)]
    if found:
        pairs = [(each.term.source, target_of(each.term)) for each in found]
        attempts.append(attempt(asking.with_terms(mixed, pairs), asking.sampling, _WITHOUT_TERM))
    attempts.append(attempt(first, asking.second_sampling))
    grammar = forcing_grammar(passage, source, target, kept)
    if grammar:
        forced = attempt(first, Sampling(temperature=0.0, grammar=grammar), _CHANGED)
        attempts.append(replace(forced, helps=lambda text: lacks_items(text, passage, source, target, kept)))
    return Part(
        attempts=tuple(attempts),
        check=check,
        is_enough=lambda raw: "\n\n" in raw.lstrip(),
        clean=clean,
        tells_certainty=True,
    )


def _with_targets(passage: str, found: Sequence[FoundTerm]) -> str:
    for each in reversed(found):
        passage = passage[: each.start] + target_of(each.term) + passage[each.end :]
    return passage


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
    return _without_new_stop(text, passage)


def _without_new_stop(text: str, passage: str) -> str:
    """Take away the full stop that models set behind a heading or a button's words.

    Of 470,000 human translations of programs' messages without an end mark, into ten languages, 1 in 200 has
    one (in German 1 in 40, in the others 1 in 420). Behind a short word it may be an abbreviation's.
    """
    stop = _STOP.search(text)
    if stop is None or _NO_MARK.search(passage) is None:
        return text
    is_end = stop["stop"] == "。" or len(stop["word"]) >= _LONG_WORD or passage.endswith(stop["word"])
    return text[: stop.start("stop")] if is_end else text
