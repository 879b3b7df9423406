"""Many short texts at once: rows to label or to take values from, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A text of the input: ``number`` is its row's, from 1; ``truth`` its label as is known, "" for none."""

    number: int
    text: str
    truth: str = ""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How scores become probabilities: ``softmax(scores / temperature + biases)``.

    ``biases`` are one a label, () for none. ``num_fitted`` labelled rows have shown it, 0 where it is the
    program's own.
    """

    temperature: float = 1.0
    biases: tuple[float, ...] = ()
    num_fitted: int = 0


@dataclass(frozen=True, slots=True)
class Classified:
    """``probabilities`` are in the order of the labels, and sum to 1; ``label`` is the likeliest.

    ``scores`` are what they are made of. ``is_cut``: the text was longer than the model can read.
    """

    row: BatchRow
    label: str
    probabilities: tuple[float, ...]
    scores: tuple[float, ...]
    is_cut: bool = False

    @property
    def certainty(self) -> float:
        return max(self.probabilities)


@dataclass(frozen=True, slots=True)
class Confusion:
    """``counts[i][j]`` rows of the true label ``i`` were given the label ``j``.

    ``num_unknown`` rows have a true label that is none of them, or none at all.
    """

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    num_unknown: int = 0

    @property
    def num_rows(self) -> int:
        return sum(map(sum, self.counts))

    @property
    def accuracy(self) -> float:
        """The share of rows with the right label, 0.0 where there are none."""
        right = sum(row[at] for at, row in enumerate(self.counts))
        return right / self.num_rows if self.num_rows else 0.0


@dataclass(frozen=True, slots=True)
class Heard:
    """``logprobs`` are the labels' probabilities among themselves, as logarithms, before any calibration."""

    row: BatchRow
    logprobs: tuple[float, ...]
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """How well labels and probabilities agree with the labels that rows have.

    ``error`` is the expected calibration error. Where the calibration was fitted to these rows, each half was
    judged by what the other half taught.
    """

    confusion: Confusion
    error: float


@dataclass(frozen=True, slots=True)
class Labelled:
    """A batch's rows with their labels; ``judged`` where some have a true one."""

    labels: tuple[str, ...]
    rows: tuple[Classified, ...]
    calibration: Calibration
    judged: Judged | None = None


class ValueFlag(StrEnum):
    """What is to be said of an extracted row or value."""

    NOT_IN_TEXT = "not_in_text"
    INVALID = "invalid"
    INCOMPLETE = "incomplete"
    TEXT_CUT = "text_cut"


@dataclass(frozen=True, slots=True)
class Extracted:
    """``values`` by the schema's fields; ``flags`` by field, those of the whole row under ""."""

    row: BatchRow
    values: dict[str, object] = field(default_factory=dict)
    flags: dict[str, ValueFlag] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """``num_done`` of ``num_total`` rows have their result, ``num_known`` of them from an earlier run.

    ``num_total`` None: the input is not read to its end yet.
    """

    num_done: int
    num_total: int | None
    num_known: int = 0
    seconds_left: float | None = None
