"""Answers to the questions that a small model asked about a text and left open.

Small models leave the answers out; each open question is asked again with its passage. A question is left
out where nothing in the document supports the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.tasks.evidence.match import SupportingText
from lmstudio_lite.tasks.generate.attempts import Part, PartResult
from lmstudio_lite.tasks.prompts import summary_prompts
from lmstudio_lite.tasks.summarize.form import QUESTION_MARKS, paragraph_form
from lmstudio_lite.tasks.summarize.parts import UNUSABLE, summary_part
from lmstudio_lite.tasks.summarize.refine import whole_sentences
from lmstudio_lite.tasks.summarize.rules import ALL_RULES, Rule, RuleSet

_AROUND = 800
"""Characters."""


def open_questions(text: str, rules: RuleSet = ALL_RULES) -> list[str]:
    """Return the lines of a list that are questions and no more."""
    if Rule.OPEN_QUESTIONS not in rules:
        return []
    return [line for line in text.splitlines() if line.endswith(QUESTION_MARKS)]


def answer_parts(
    questions: Sequence[str],
    document: Document,
    count_tokens: Callable[[Sequence[str]], Sequence[int]],
    language: str,
    support: SupportingText,
    rules: RuleSet = ALL_RULES,
) -> list[Part]:
    """Ask each question about the place of ``document`` that has most of its words, in a sentence."""
    form = replace(paragraph_form(1), name="own", may_copy=True, needs_support=False)
    places = [support.standing(question)[0] for question in questions]
    spans = [whole_sentences(document, place - _AROUND, place + 2 * _AROUND) for place in places]
    texts = [document.text[start:end] for start, end in spans]
    return [
        summary_part(
            text,
            form,
            num_tokens,
            summary_prompts(language, instruction=question.removeprefix("- ")),
            language=language,
            support=support,
            rules=rules,
        )
        for question, text, num_tokens in zip(questions, texts, count_tokens(texts), strict=True)
    ]


def with_answers(
    text: str,
    questions: Sequence[str],
    results: Sequence[PartResult],
    support: SupportingText,
    rules: RuleSet = ALL_RULES,
) -> str:
    """Put the answers behind their questions; as they were if none is of use."""
    answers = {
        question: _first_supported(result, support, rules)
        for question, result in zip(questions, results, strict=True)
    }
    lines = text.splitlines()
    answered = [
        f"{line} {answers[line]}" if answers.get(line) else line
        for line in lines
        if line not in answers or answers[line]
    ]
    return "\n".join(answered or lines)


def _first_supported(result: PartResult, support: SupportingText, rules: RuleSet) -> str:
    first = next((segment.text.strip() for segment in split_sentences(result.text)), "")
    if Rule.ANSWER_SUPPORT not in rules:
        return first
    is_answer = result.problem not in UNUSABLE and not first.endswith(QUESTION_MARKS)
    return first if first and is_answer and support.supported(first) else ""
