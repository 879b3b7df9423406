"""A list of points, some for each stretch of the text, and none that repeats another.

Asked for five points on the notes of a long document, a small model takes them from the first notes and
confuses what it must carry far. Asked for two on a third of the notes it speaks of the whole document, and
what it says is more often so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import regex

from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.domain.progress import TaskWarning
from lmstudio_lite.tasks.evidence.index import features_of
from lmstudio_lite.tasks.generate.attempts import PartResult
from lmstudio_lite.tasks.summarize.form import (
    QUESTION_MARKS,
    Form,
    bullets_form,
    join_sentences,
    paragraph_form,
)
from lmstudio_lite.tasks.summarize.parts import Written, central_points, is_of_no_use
from lmstudio_lite.tasks.summarize.plan import POINTS_A_TOPIC
from lmstudio_lite.tasks.summarize.rules import ALL_RULES, Rule, RuleSet
from lmstudio_lite.tasks.text.problems import Problem
from lmstudio_lite.tasks.text.ranking import central_sentences, is_plain
from lmstudio_lite.tasks.text.sentences import SENTENCE_ENDS
from lmstudio_lite.tasks.text.talk import without_empty_talk

_SAME_SHARE = 0.75
_FEWEST_FEATURES = 4
_NUMBER = regex.compile(r"\d+")
_WORD = regex.compile(r"(?<![\p{N}-])\p{L}[\p{L}\p{M}’'-]*(?!\p{N})")
_IDEOGRAPH = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")
_ANNOUNCEMENT = regex.compile(r"[:：](?:\s*\d{1,2}[.)、])?[\s*]*\Z")
_CLOSING = "”\"'’»*_) "
_FEWEST_WORDS = 4
_ASPECTS = ("numbers",)
"""Asked for decisions as well a model of 0.5B held as many facts of nine documents, and wrote 30 % more."""


def compose_points(texts: Sequence[str], rules: RuleSet = ALL_RULES) -> str:
    """Put the lists one after the other."""
    said = [line for text in texts for line in text.splitlines() if line.strip()]
    if Rule.POINT_FRAGMENTS in rules:
        said = [line for line in said if not is_fragment(line)] or said
    if Rule.POINT_FORMULAS in rules:
        plain = [line for line in said if is_plain(line)]
        said = plain if 2 * len(plain) >= len(said) else said
    return "\n".join(telling_once(said, rules))


def telling_once(sentences: Sequence[str], rules: RuleSet = ALL_RULES) -> list[str]:
    """Return the sentences without empty talk and without what was said before."""
    telling = without_empty_talk(sentences) if Rule.EMPTY_TALK in rules else sentences
    return without_repeated(telling) if Rule.SAID_TWICE in rules else list(telling)


def is_fragment(line: str) -> bool:
    """Tell whether a point is a few words without an end, as of a heading, only announces others, or asks."""
    if _ANNOUNCEMENT.search(line) or line.rstrip(_CLOSING).endswith(QUESTION_MARKS):
        return True
    num_ideographs = len(_IDEOGRAPH.findall(line))
    if num_ideographs:
        return num_ideographs < _FEWEST_WORDS
    words = _WORD.findall(line)
    is_ended = line.rstrip(_CLOSING).endswith(SENTENCE_ENDS)
    return not words or (not is_ended and len(words) < _FEWEST_WORDS)


def without_repeated(lines: Sequence[str]) -> list[str]:
    """Leave out what says, with few other words and no other number, what a line before it says."""
    kept: list[str] = []
    said: list[tuple[frozenset[str], frozenset[str]]] = []
    for line in lines:
        words, numbers = frozenset(features_of(line)), frozenset(_NUMBER.findall(line))
        is_repeated = any(
            numbers <= known_numbers and _shared(words, known) >= _SAME_SHARE for known, known_numbers in said
        )
        if not is_repeated:
            kept.append(line)
            said.append((words, numbers))
    return kept


def _shared(words: frozenset[str], known: frozenset[str]) -> float:
    """Return how much of the shorter of two lines the other has."""
    shorter = min(len(words), len(known))
    return len(words & known) / shorter if shorter >= _FEWEST_FEATURES else float(words == known)


def aspect_forms(form: Form) -> list[Form]:
    """Return what else is asked of a short text, so that points without a figure are not all that it says."""
    return [replace(bullets_form(max(2, form.count // 2)), name=name) for name in _ASPECTS]


def part_of_form(form: Form) -> Form:
    """Return what is asked of one stretch, of a form that is written stretch by stretch."""
    if form.reply_start:
        return bullets_form(POINTS_A_TOPIC)
    return paragraph_form(POINTS_A_TOPIC, form.name)


def compose_stretches(form: Form, texts: Sequence[str], rules: RuleSet = ALL_RULES) -> str:
    """Put what was written on the stretches together: points below each other, sentences in a row."""
    if form.reply_start:
        return compose_points(texts, rules)
    sentences = [segment.text.strip() for text in texts for segment in split_sentences(text)[:POINTS_A_TOPIC]]
    return join_sentences(telling_once(sentences, rules))


def finish_stretches(
    form: Form, topics: Sequence[str], results: Sequence[PartResult], rules: RuleSet = ALL_RULES
) -> Written:
    """Fill in the notes' own sentences where the model wrote nothing of use about them."""
    lost = [is_of_no_use(result.problem, rules) for result in results]
    texts = [
        _central(topic, form) if is_lost else result.text
        for topic, result, is_lost in zip(topics, results, lost, strict=True)
    ]
    num_echoes = sum(result.problem is Problem.ECHO for result in results)
    counted = (("summary_unmerged", sum(lost)), ("summary_echo", num_echoes))
    warnings = tuple(TaskWarning(code, count, len(topics)) for code, count in counted if count)
    return Written(compose_stretches(form, texts, rules), warnings, is_extract=False)


def _central(notes: str, form: Form) -> str:
    if form.reply_start:
        return central_points(notes, form.count, is_own_text=False)
    return join_sentences(central_sentences(notes, form.count))
