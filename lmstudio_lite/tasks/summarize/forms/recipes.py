"""Every form of a summary as one recipe: what is asked for, and what is made of the answer.

Whoever adds a form adds it here, its words to the prompts, and its name to ``domain.summaries.SummaryForm``.
How an answer is tidied and judged is part of the ``Form`` that is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.summaries import SummaryForm
from lmstudio_lite.tasks.evidence.match import SupportingText
from lmstudio_lite.tasks.generate.attempts import Part, PartResult
from lmstudio_lite.tasks.summarize.form import (
    Form,
    bullets_form,
    own_form,
    paragraph_form,
    questions_form,
    timeline_form,
)
from lmstudio_lite.tasks.summarize.forms.glossary import with_meanings
from lmstudio_lite.tasks.summarize.forms.points import compose_points
from lmstudio_lite.tasks.summarize.forms.questions import answer_parts, open_questions, with_answers
from lmstudio_lite.tasks.summarize.forms.quotes import quote_passages
from lmstudio_lite.tasks.summarize.forms.timeline import quoted_timeline
from lmstudio_lite.tasks.summarize.parts import Written
from lmstudio_lite.tasks.summarize.plan import (
    POINTS_A_TOPIC,
    ByStretch,
    Length,
    OneText,
    Plan,
    UnderHeadings,
)
from lmstudio_lite.tasks.summarize.rules import RuleSet

_CountTokens = Callable[[Sequence[str]], Sequence[int]]


def _as_it_is(text: str, rules: RuleSet) -> str:
    return text


def _unmended(result: PartResult, source: str, rules: RuleSet) -> PartResult:
    return result


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What a first answer leaves open: found in its text, asked about, and put into it."""

    find: Callable[[str, RuleSet], list[str]]
    ask: Callable[[Sequence[str], Document, _CountTokens, str, SupportingText, RuleSet], list[Part]]
    join: Callable[[str, Sequence[str], Sequence[PartResult], SupportingText, RuleSet], str]


@dataclass(frozen=True, slots=True)
class Recipe:
    """``plan`` says what to ask for. The others are for a form of one text.

    ``is_plain``: sentences about the text, which need no other form than their order. ``follow_up`` asks on.
    ``mend`` completes an answer from the text that it was asked about, ``stand_in`` may give another for it
    from the document's texts, ``compose`` sorts what the model wrote, and ``quote`` puts the document's own
    words in its place.
    """

    plan: Callable[[Length], Plan]
    is_plain: bool = False
    follow_up: FollowUp | None = None
    mend: Callable[[PartResult, str, RuleSet], PartResult] = _unmended
    stand_in: Callable[[PartResult, Sequence[str], int, RuleSet], Written | None] | None = None
    compose: Callable[[str, RuleSet], str] = _as_it_is
    quote: Callable[[Written, Document, int, RuleSet], Written] | None = None


def _points(length: Length) -> Plan:
    return OneText(bullets_form(length.points), length.points, length.stretches_of_points)


def _passage(name: str) -> Callable[[Length], Plan]:
    def plan(length: Length) -> Plan:
        form = paragraph_form(length.sentences, name)
        return OneText(form, length.sentences, length.stretches_of_sentences)

    return plan


def _for_newcomers(length: Length) -> Plan:
    form = replace(paragraph_form(length.sentences, "newcomer"), needs_support=False)
    return OneText(form, length.sentences)


def _terms(length: Length) -> Plan:
    form = replace(bullets_form(length.points), name="glossary", may_copy=True, needs_support=False)
    return OneText(form, length.points)


def _list_of(form: Callable[[int], Form]) -> Callable[[Length], Plan]:
    return lambda length: OneText(form(length.points), length.points)


def _under(*headings: str) -> Callable[[Length], Plan]:
    def plan(length: Length) -> Plan:
        count = max(2, round(length.points / len(headings)))
        return UnderHeadings(headings, replace(bullets_form(count), may_copy=True))

    return plan


def _compose_list(text: str, rules: RuleSet) -> str:
    return compose_points([text], rules)


RECIPES: dict[SummaryForm, Recipe] = {
    SummaryForm.BULLETS: Recipe(_points, is_plain=True, compose=_compose_list),
    SummaryForm.PARAGRAPH: Recipe(_passage("paragraph"), is_plain=True),
    SummaryForm.ABSTRACT: Recipe(_passage("abstract"), is_plain=True),
    SummaryForm.BRIEF: Recipe(_under("decisions", "numbers", "risks", "next_steps")),
    SummaryForm.OUTLINE: Recipe(lambda length: ByStretch(length.topics, bullets_form(POINTS_A_TOPIC))),
    SummaryForm.QUOTES: Recipe(_points, compose=_compose_list, quote=quote_passages),
    SummaryForm.GLOSSARY: Recipe(_terms, mend=with_meanings),
    SummaryForm.TIMELINE: Recipe(_list_of(timeline_form), stand_in=quoted_timeline),
    SummaryForm.QUESTIONS: Recipe(
        _list_of(questions_form), follow_up=FollowUp(open_questions, answer_parts, with_answers)
    ),
    SummaryForm.NEWCOMER: Recipe(_for_newcomers),
    SummaryForm.MINUTES: Recipe(_under("topics", "decisions", "next_steps")),
    SummaryForm.COMPARISON: Recipe(_under("common", "differences")),
    SummaryForm.OWN: Recipe(lambda length: OneText(own_form(length.words), length.points)),
}
