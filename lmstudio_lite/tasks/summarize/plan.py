"""From a form and a number of words to what is asked of the model.

Small models hold one simple form at a time: what has several parts (a brief, minutes) is put together
from a list for each heading, an outline from a title and a list for each stretch of the text.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import assert_never

from lmstudio_lite.domain.summaries import WORDS_MAX, WORDS_MIN, SummaryForm, SummaryOptions
from lmstudio_lite.tasks.summarize.forms.form import (
    Form,
    bullets_form,
    own_form,
    paragraph_form,
    questions_form,
    timeline_form,
)

_WORDS_A_POINT = 20
_WORDS_A_SENTENCE = 25
_WORDS_A_TOPIC = 35
POINTS_A_TOPIC = 2
_FEWEST_PASSAGES = 3

_BRIEF = ("decisions", "numbers", "risks", "next_steps")
_COMPARISON = ("common", "differences")
_MINUTES = ("topics", "decisions", "next_steps")


@dataclass(frozen=True, slots=True)
class OneText:
    """One text; ``is_quoted`` if the passages behind its points are wanted, not the points.

    Of a long text a small model writes a few of its points or sentences for each of ``num_stretches``.
    """

    form: Form
    is_quoted: bool = False
    num_stretches: int = 1

    @property
    def is_plain(self) -> bool:
        """Sentences about the text, which need no other form than their order."""
        return not self.is_quoted and self.form.name in ("bullets", "paragraph", "abstract")


@dataclass(frozen=True, slots=True)
class UnderHeadings:
    """A list under each of some headings; ``headings`` are keys of the prompts' tables."""

    headings: tuple[str, ...]
    form: Form


@dataclass(frozen=True, slots=True)
class ByStretch:
    """A title and a list for each of up to ``num_topics`` stretches of the text."""

    num_topics: int
    form: Form


Plan = OneText | UnderHeadings | ByStretch


def plan_for(options: SummaryOptions, *, is_small: bool = False) -> Plan:
    """Return what to ask for; ``is_small`` of a model that can't keep a long text in mind."""
    words = min(WORDS_MAX, max(WORDS_MIN, options.words))
    points, sentences = max(2, round(words / _WORDS_A_POINT)), max(2, round(words / _WORDS_A_SENTENCE))
    num_stretches = math.ceil(points / POINTS_A_TOPIC) if is_small else 1
    num_passages = max(_FEWEST_PASSAGES, math.ceil(sentences / POINTS_A_TOPIC)) if is_small else 1
    match options.form:
        case SummaryForm.BULLETS:
            return OneText(bullets_form(points), num_stretches=num_stretches)
        case SummaryForm.QUOTES:
            return OneText(bullets_form(points), is_quoted=True, num_stretches=num_stretches)
        case SummaryForm.PARAGRAPH | SummaryForm.ABSTRACT:
            form = paragraph_form(sentences, options.form.value)
            return OneText(form, num_stretches=num_passages)
        case SummaryForm.NEWCOMER:
            return OneText(paragraph_form(sentences, options.form.value))
        case SummaryForm.GLOSSARY:
            return OneText(replace(bullets_form(points), name=options.form.value, may_copy=True))
        case SummaryForm.TIMELINE:
            return OneText(timeline_form(points))
        case SummaryForm.QUESTIONS:
            return OneText(questions_form(points))
        case SummaryForm.OWN:
            return OneText(own_form(words))
        case SummaryForm.BRIEF:
            return UnderHeadings(_BRIEF, _short_list(points, len(_BRIEF)))
        case SummaryForm.MINUTES:
            return UnderHeadings(_MINUTES, _short_list(points, len(_MINUTES)))
        case SummaryForm.COMPARISON:
            return UnderHeadings(_COMPARISON, _short_list(points, len(_COMPARISON)))
        case SummaryForm.OUTLINE:
            return ByStretch(max(2, round(words / _WORDS_A_TOPIC)), bullets_form(POINTS_A_TOPIC))
        case _:
            assert_never(options.form)


def most_groups(plan: Plan) -> int:
    """Return down to how many groups notes are merged; most forms have the same, and so share merges."""
    return plan.num_topics if isinstance(plan, ByStretch) else 1


def num_points(plan: Plan) -> int:
    """Return about how many points or sentences are wanted in all."""
    match plan:
        case ByStretch(num_topics, form):
            return num_topics * form.count
        case UnderHeadings(headings, form):
            return len(headings) * form.count
        case OneText(form):
            return max(2, round(form.count / _WORDS_A_POINT)) if form.name == "own" else form.count
        case _:
            assert_never(plan)


def _short_list(points: int, num_headings: int) -> Form:
    return replace(bullets_form(max(2, round(points / num_headings))), may_copy=True)
