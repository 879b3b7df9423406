"""What is shown of a collection of examples, and what about it may disappoint.

Without numpy, for a window opens with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lmstudio_lite.finetune.data.problems import ProblemKind


@dataclass(frozen=True, slots=True)
class Lengths:
    """Tokens of an example: the median and so on over all."""

    median: int = 0
    p90: int = 0
    p99: int = 0
    longest: int = 0
    histogram: tuple[int, ...] = ()


class WarningKind(StrEnum):
    """Why training on this data may disappoint."""

    FAR_TOO_SMALL = "far_too_small"
    SMALL = "small"
    REPEATS = "repeats"
    FEW_ANSWERS = "few_answers"
    TOO_LONG = "too_long"
    MANY_PROBLEMS = "many_problems"
    NO_VALIDATION = "no_validation"


@dataclass(frozen=True, slots=True)
class DataWarning:
    """``num_affected`` of ``num_total`` examples (or places) are meant."""

    kind: WarningKind
    num_affected: int
    num_total: int


FAR_TOO_SMALL = 10
SMALL = 50
_REPEATS_SHARE = 0.05
_FEW_ANSWERS_SHARE = 0.2
_PROBLEMS_SHARE = 0.1
_TOO_LONG_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Figures:
    """What is shown of a collection. ``languages`` are ISO 639-1 codes with their share of a sample."""

    num_examples: int
    num_conversations: int
    num_tokens: int
    is_estimated: bool
    lengths: Lengths
    num_duplicates: int
    num_distinct_answers: int
    languages: tuple[tuple[str, float], ...]
    num_problems: tuple[tuple[ProblemKind, int, int], ...]
    """Kind, how many places, and how many of these were mended."""

    @property
    def num_left_out(self) -> int:
        return sum(
            count - fixed for kind, count, fixed in self.num_problems if kind is not ProblemKind.DUPLICATE
        )


def warnings_of(figures: Figures, num_too_long: int, num_validation: int | None = None) -> list[DataWarning]:
    """Return why training on the data may disappoint, worst first."""
    total = figures.num_examples
    distinct = total - figures.num_duplicates
    found: list[DataWarning] = []
    if distinct < SMALL:
        kind = WarningKind.FAR_TOO_SMALL if distinct < FAR_TOO_SMALL else WarningKind.SMALL
        found.append(DataWarning(kind, distinct, total))
    num_places = total + figures.num_left_out
    if figures.num_left_out > num_places * _PROBLEMS_SHARE:
        found.append(DataWarning(WarningKind.MANY_PROBLEMS, figures.num_left_out, num_places))
    if figures.num_duplicates > total * _REPEATS_SHARE:
        found.append(DataWarning(WarningKind.REPEATS, figures.num_duplicates, total))
    if total >= FAR_TOO_SMALL and figures.num_distinct_answers < distinct * _FEW_ANSWERS_SHARE:
        found.append(DataWarning(WarningKind.FEW_ANSWERS, figures.num_distinct_answers, total))
    if num_too_long > total * _TOO_LONG_SHARE:
        found.append(DataWarning(WarningKind.TOO_LONG, num_too_long, total))
    if num_validation == 0 and total:
        found.append(DataWarning(WarningKind.NO_VALIDATION, 0, total))
    return found
