"""A glossary of terms that a small model only named: what they mean is said by the text itself."""

from __future__ import annotations

from dataclasses import replace

import regex

from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.tasks.generate.attempts import PartResult
from lmstudio_lite.tasks.summarize.rules import ALL_RULES, Rule, RuleSet
from lmstudio_lite.tasks.text.problems import Problem
from lmstudio_lite.tasks.text.tokens import tokenize

_COLON = regex.compile(r"\s*[:：]\s*")
_BRACKETS = regex.compile(r"\s*[(（][^)）]*[)）]")
_FEWEST_WORDS_OF_MEANING = 3
_FEWEST_WORDS_OF_SENTENCE = 6
_MOST_WORDS_OF_TERM = 6


def with_meanings(result: PartResult, source: str, rules: RuleSet = ALL_RULES) -> PartResult:
    """Return the terms with the first sentence of ``source`` that has each; those that none has are left out.

    Terms whose meaning the model wrote stay as they are.
    """
    if Rule.MEANINGS not in rules:
        return result
    sentences = [" ".join(segment.text.split()) for segment in split_sentences(source)]
    lines = [said for line in result.text.splitlines() if (said := _with_meaning(line, sentences))]
    if not lines:
        return result
    is_mended = result.problem is Problem.EMPTY
    return replace(result, text="\n".join(lines), problem=None if is_mended else result.problem)


def _with_meaning(line: str, sentences: list[str]) -> str:
    term, *meaning = _COLON.split(line.removeprefix("- ").strip(" *_"), maxsplit=1)
    if meaning and len(tokenize(meaning[0])) >= _FEWEST_WORDS_OF_MEANING:
        return line
    words = _BRACKETS.sub("", term).strip(" *_.").casefold()
    if (meaning and not meaning[0]) or not words or len(tokenize(words)) > _MOST_WORDS_OF_TERM:
        return ""
    found = (
        sentence
        for sentence in sentences
        if words in sentence.casefold() and len(tokenize(sentence)) >= _FEWEST_WORDS_OF_SENTENCE
    )
    sentence = next(found, "")
    return f"- {term.strip(' *_.')}: “{sentence.strip('“”')}”" if sentence else ""
