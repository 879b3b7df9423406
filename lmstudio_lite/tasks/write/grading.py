"""Whether an answer to a question of a quiz is right: by its words, else by the model, asked in two ways.

A model of half a billion parameters says "right" to nearly everything when it is asked once. Two questions
that put the answer and the right one in other places agree where it knows, and disagree where it does not:
then it is said that it can't tell.
"""

from __future__ import annotations

from typing import Literal

import msgspec
import regex
from rapidfuzz import fuzz

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import AdapterUse, ChatPrompt, Message, Priority, Role, Sampling
from lmstudio_lite.domain.writing import Grade, Graded, QuizQuestion
from lmstudio_lite.tasks.generate.attempts import Attempt, Part, generate_parts, wait_for_model
from lmstudio_lite.tasks.text.problems import Problem
from lmstudio_lite.tasks.text.tokens import plain_words, tokenize
from lmstudio_lite.tasks.write.asking import grade_table

_SPELT_ALIKE = 88.0
_ARTICLES = frozenset(
    ("a", "an", "the", "der", "die", "das", "ein", "eine", "le", "la", "les", "un", "une", "el", "los", "las")
)
_FIGURES = regex.compile(r"\p{Nd}+(?:[.,]\p{Nd}+)*")
_SCHEMA = """{"type": "object", "properties": {"reason": {"type": "string", "maxLength": 200},
"grade": {"enum": ["right", "partly", "wrong"]}}, "required": ["reason", "grade"],
"additionalProperties": false}"""


class _Verdict(msgspec.Struct):
    reason: str
    grade: Literal["right", "partly", "wrong"]


def grade(
    question: QuizQuestion,
    answer: str,
    *,
    engine: EngineClient,
    cancellation: Cancellation,
    adapters: tuple[AdapterUse, ...] = (),
) -> Graded:
    """Grade an answer; waits.

    Raises:
        CancelledError: cancelled.
        ModelError, EngineError: the model can't answer.
    """
    known = grade_by_words(question.answer, answer)
    if known is not None:
        return Graded(known)
    wait_for_model(engine, cancellation)
    table = grade_table()
    asked = [_ask(table["system"], table[name], question, answer) for name in ("ask", "ask_other")]
    results = generate_parts(
        engine,
        asked,
        report=lambda progress: None,
        cancellation=cancellation,
        priority=Priority.INTERACTIVE,
        adapters=adapters,
    )
    verdicts = [_verdict(result.text) for result in results]
    first, other = verdicts
    if first is None or other is None or first.grade != other.grade:
        return Graded(Grade.UNSURE)
    return Graded(Grade(first.grade), " ".join(first.reason.split()))


def grade_by_words(reference: str, answer: str) -> Grade | None:
    """Return what can be told by the words alone, None where it takes somebody who understands them.

    The same words in any order and case are right, small slips of the pen too; other figures are wrong;
    nothing is wrong.
    """
    wanted, given = _told(reference), _told(answer)
    if not given:
        return Grade.WRONG
    figures, given_figures = set(_FIGURES.findall(reference)), set(_FIGURES.findall(answer))
    if figures and given_figures and not figures & given_figures:
        return Grade.WRONG
    if sorted(wanted) == sorted(given):
        return Grade.RIGHT
    is_spelt_alike = fuzz.ratio(" ".join(wanted), " ".join(given)) >= _SPELT_ALIKE
    return Grade.RIGHT if is_spelt_alike and figures == given_figures else None


def _told(text: str) -> list[str]:
    words = plain_words(text) if regex.search(r"\p{Latin}", text) else tokenize(text)
    figures: list[str] = _FIGURES.findall(text)
    return [word for word in words if word not in _ARTICLES] + figures


def _ask(system: str, words: str, question: QuizQuestion, answer: str) -> Part:
    values = {"question": question.question, "reference": question.answer, "answer": " ".join(answer.split())}
    asked = regex.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), words)
    asked = asked.replace("{{", "{").replace("}}", "}")
    prompt = ChatPrompt((Message(Role.SYSTEM, system), Message(Role.USER, asked)))
    return Part(
        (Attempt(prompt, Sampling(temperature=0.0, json_schema=_SCHEMA), 160),),
        lambda text, is_whole: Problem.EMPTY if is_whole and not text.strip() else None,
    )


def _verdict(text: str) -> _Verdict | None:
    try:
        return msgspec.json.decode(text.encode("utf-8", "replace"), type=_Verdict)
    except msgspec.DecodeError:
        return None
