"""What a measure says."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Bound:
    """What the ratio must be: at least or at most ``limit``."""

    limit: float
    is_minimum: bool = False

    def holds(self, ratio: float) -> bool:
        return ratio >= self.limit if self.is_minimum else ratio <= self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.is_minimum else '≤'} {self.limit:g}"


@dataclass(frozen=True, slots=True)
class Row:
    """``value`` and ``against`` are medians in ``unit``, ``ratio`` is the median of the rounds' ratios.

    ``holds`` None means that it could not be judged; ``note`` says why, or what is worth knowing.
    """

    measure: str
    value: float | None
    against: float | None
    ratio: float | None
    bound: Bound
    holds: bool | None
    unit: str = ""
    note: str = ""

    def as_json(self) -> dict[str, object]:
        """Return plain values, the bound as a number with its direction beside it."""
        fields = asdict(self)
        return fields | {"bound": self.bound.limit, "bound_is": "min" if self.bound.is_minimum else "max"}


def compared(
    measure: str,
    rounds: Sequence[tuple[float, float]],
    bound: Bound,
    *,
    unit: str,
    note: str = "",
    is_judged: bool = True,
) -> Row:
    """Make a row of rounds of (ours, theirs)."""
    ratio = statistics.median(ours / theirs for ours, theirs in rounds)
    return Row(
        measure,
        statistics.median(ours for ours, _ in rounds),
        statistics.median(theirs for _, theirs in rounds),
        ratio,
        bound,
        bound.holds(ratio) if is_judged else None,
        unit,
        note,
    )


def missing(measure: str, bound: Bound, reason: str) -> Row:
    """Make the row of a measure that could not be taken."""
    return Row(measure, None, None, None, bound, None, note=reason)


class OpponentError(Exception):
    """What we are compared with does not start, died, or answers with an error."""


Say = Callable[[str], None]
Tell = Callable[[Mapping[str, object]], None]
