"""From a form and a number of words to what is asked of the model.

Small models hold one simple form at a time: what has several parts (a brief, minutes) is put together
from a list for each heading, an outline from a title and a list for each stretch of the text.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import assert_never

from lmstudio_lite.domain.summaries import WORDS_MAX, WORDS_MIN
from lmstudio_lite.tasks.summarize.form import Form

_WORDS_A_POINT = 20
_WORDS_A_SENTENCE = 25
_WORDS_A_TOPIC = 35
POINTS_A_TOPIC = 2
_FEWEST_PASSAGES = 3


@dataclass(frozen=True, slots=True)
class Length:
    """How long a summary of about ``asked_words`` is to get, in each thing that it may be made of.

    ``is_by_stretch`` of a model that can't keep a long text in mind: it writes a few points at a time.
    """

    asked_words: int
    is_by_stretch: bool = False

    @property
    def words(self) -> int:
        return min(WORDS_MAX, max(WORDS_MIN, self.asked_words))

    @property
    def points(self) -> int:
        return max(2, round(self.words / _WORDS_A_POINT))

    @property
    def sentences(self) -> int:
        return max(2, round(self.words / _WORDS_A_SENTENCE))

    @property
    def topics(self) -> int:
        return max(2, round(self.words / _WORDS_A_TOPIC))

    @property
    def stretches_of_points(self) -> int:
        """Return for how many stretches of a long text points are asked for."""
        return math.ceil(self.points / POINTS_A_TOPIC) if self.is_by_stretch else 1

    @property
    def stretches_of_sentences(self) -> int:
        """Return for how many stretches of a long text sentences are asked for."""
        few = max(_FEWEST_PASSAGES, math.ceil(self.sentences / POINTS_A_TOPIC))
        return few if self.is_by_stretch else 1


@dataclass(frozen=True, slots=True)
class OneText:
    """One text with about ``num_points`` points or sentences.

    Of a long text a small model writes a few of them for each of ``num_stretches``.
    """

    form: Form
    num_points: int
    num_stretches: int = 1


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
        case OneText():
            return plan.num_points
        case _:
            assert_never(plan)
