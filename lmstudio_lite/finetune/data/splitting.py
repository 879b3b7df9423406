"""Which examples are held back to measure with: never one that training sees in other words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lmstudio_lite.finetune.data.statistics import Index


@dataclass(frozen=True, slots=True)
class SplitOptions:
    """``validation_share`` of the examples, at most ``validation_max``, is held back by ``seed``.

    ``length_max`` (tokens) leaves longer examples out, None keeps all. Repeats are left out unless
    ``keeps_repeats``.
    """

    validation_share: float = 0.1
    validation_max: int = 500
    seed: int = 0
    length_max: int | None = None
    keeps_repeats: bool = False


@dataclass(frozen=True, slots=True)
class Split:
    """A mask over the examples for each side; what is in neither is left out."""

    is_train: npt.NDArray[np.bool_]
    is_validation: npt.NDArray[np.bool_]


def split_examples(index: Index, options: SplitOptions) -> Split:
    """Divide the examples group by group, the same way for the same data and seed.

    A group (the same question, or neighbouring pieces of a text) is never parted. If there are fewer than
    two groups nothing is held back.
    """
    keep = np.ones(len(index.lengths), bool)
    if options.length_max is not None:
        keep &= index.lengths <= options.length_max
    if not options.keeps_repeats:
        keep &= ~index.is_repeat
    groups, sizes = np.unique(index.groups[keep], return_counts=True)
    num_kept = int(keep.sum())
    wanted = min(options.validation_max, round(num_kept * options.validation_share))
    if options.validation_share > 0 and num_kept >= 2:
        wanted = max(1, wanted)
    if len(groups) < 2 or wanted < 1:
        return Split(keep, np.zeros(len(keep), bool))
    order = np.argsort(_scrambled(groups, options.seed), kind="stable")
    # Groups that would take more than half of all stay in training: there would be little left to learn.
    small = order[sizes[order] * 2 <= max(2, num_kept)]
    before = np.cumsum(sizes[small]) - sizes[small]
    held_back = groups[small[before < wanted]]
    is_validation = keep & np.isin(index.groups, held_back)
    return Split(keep & ~is_validation, is_validation)


def _scrambled(values: npt.NDArray[np.uint64], seed: int) -> npt.NDArray[np.uint64]:
    """Return splitmix64 of each value (Steele, Lea and Flood 2014): an order without order."""
    offset = (seed * 0x9E3779B97F4A7C15 + 0x9E3779B97F4A7C15) % (1 << 64)
    with np.errstate(over="ignore"):
        mixed = values + np.uint64(offset)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return mixed ^ (mixed >> np.uint64(31))
