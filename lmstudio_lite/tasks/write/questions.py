"""The questions of a quiz: out of a model's JSON, and out of the text that is shown and kept.

Shown, a quiz is a numbered list of its questions and, below a rule, one of its answers: who only wants to
read it needs no program, and it can be read back.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import regex

from lmstudio_lite.domain.writing import QuizQuestion

_ITEM = regex.compile(r"^\s*\d+[.)]\s+(.+?)\s*$", regex.MULTILINE)
_RULE = regex.compile(r"^\s*(?:---+|\*\*\*+)\s*$", regex.MULTILINE)


class _Item(msgspec.Struct):
    question: str
    answer: str


class _Items(msgspec.Struct):
    questions: list[_Item]


def questions_from_json(text: str) -> list[QuizQuestion]:
    """Return the questions of a model's answer, as far as they are whole; none where it is no JSON."""
    try:
        items = msgspec.json.decode(text.encode("utf-8", "replace"), type=_Items).questions
    except msgspec.DecodeError:
        return []
    lines = ((" ".join(item.question.split()), " ".join(item.answer.split())) for item in items)
    return [QuizQuestion(question, answer) for question, answer in lines if question and answer]


def as_text(questions: Sequence[QuizQuestion]) -> str:
    """Return a quiz as Markdown."""
    asked = [f"{number}. {each.question}" for number, each in enumerate(questions, 1)]
    answers = [f"{number}. {each.answer}" for number, each in enumerate(questions, 1)]
    return "\n".join([*asked, "", "---", "", *answers]) if questions else ""


def questions_in(text: str) -> list[QuizQuestion]:
    """Return the questions of a quiz as Markdown; what has no answer is left out."""
    asked, *rest = _RULE.split(text, maxsplit=1)
    if not rest:
        return []
    pairs = zip(_ITEM.findall(asked), _ITEM.findall(rest[0]), strict=False)
    return [QuizQuestion(question, answer) for question, answer in pairs]
