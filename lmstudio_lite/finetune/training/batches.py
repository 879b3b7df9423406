"""In which order examples are learned, and how many at once.

The order is drawn anew for each pass from the seed, so it is known from the step alone and a run that is
taken up again learns exactly what it would have. A step's examples are computed in parts of at most
``micro_tokens`` tokens, each part a row of examples behind each other without padding; the step's loss is
the mean over all its learned tokens, so that the parts change memory and speed, never the result.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from lmstudio_lite.finetune.training.token_store import Row, TokenStore


@dataclass(frozen=True, slots=True)
class Position:
    """How far the examples were learned: ``offset`` into pass ``epoch``."""

    epoch: int = 0
    offset: int = 0


class ExampleOrder:
    """Draws the examples of step after step."""

    def __init__(
        self,
        store: TokenStore,
        *,
        seed: int,
        examples_per_step: int,
        packed_length: int | None,
        position: Position | None = None,
    ) -> None:
        """``packed_length``: a step holds ``examples_per_step`` windows of that many tokens instead."""
        self._store = store
        self._seed = seed
        self._per_step = examples_per_step
        self._packed_length = packed_length
        self.position = position or Position()
        self._shuffled_epoch = -1
        self._shuffled: NDArray[np.int64] = np.zeros(0, np.int64)

    def next_step(self) -> list[int]:
        """Return the numbers of the next step's examples."""
        if self._packed_length is None:
            return [self._take() for _ in range(self._per_step)]
        chosen: list[int] = []
        for _ in range(self._per_step):
            room = self._packed_length
            while self._store.length(self._peek()) <= room:
                room -= self._store.length(self._peek())
                chosen.append(self._take())
        return chosen

    def count_steps(self, epochs: float) -> int:
        """Return how many steps ``epochs`` passes take; with packing about so many."""
        if self._packed_length is None:
            return max(1, math.ceil(len(self._store) * epochs / self._per_step))
        per_step = self._per_step * self._packed_length
        return max(1, math.ceil(self._store.counts.num_tokens * epochs / per_step))

    @property
    def epoch(self) -> float:
        """How many passes are done."""
        return self.position.epoch + self.position.offset / max(1, len(self._store))

    def _peek(self) -> int:
        epoch = self.position.epoch
        if self._shuffled_epoch != epoch:
            self._shuffled = np.random.default_rng((self._seed, epoch)).permutation(len(self._store))
            self._shuffled_epoch = epoch
        return int(self._shuffled[self.position.offset])

    def _take(self) -> int:
        number = self._peek()
        offset = self.position.offset + 1
        is_over = offset == len(self._store)
        self.position = (
            Position(self.position.epoch + 1, 0) if is_over else Position(self.position.epoch, offset)
        )
        return number


@dataclass(frozen=True, slots=True)
class Part:
    """Examples behind each other in one row. ``learned_at`` are the positions whose next token is learned,
    ``labels`` these tokens.
    """

    token_ids: torch.Tensor
    position_ids: torch.Tensor
    lengths: list[int]
    learned_at: torch.Tensor
    labels: torch.Tensor

    @property
    def num_tokens(self) -> int:
        return int(self.token_ids.shape[1])

    @property
    def num_learned(self) -> int:
        return int(self.labels.shape[0])


def make_part(rows: Sequence[Row], device: torch.device) -> Part:
    """Lay rows behind each other."""
    lengths = [len(row.token_ids) for row in rows]
    token_ids = np.concatenate([row.token_ids for row in rows])
    positions = np.concatenate([np.arange(length) for length in lengths])
    learned = np.concatenate([row.is_learned for row in rows])
    # A token is predicted from the one before it; the first of an example from nothing.
    at = np.flatnonzero(learned & (positions > 0)) - 1
    return Part(
        token_ids=torch.from_numpy(token_ids)[None].to(device),
        position_ids=torch.from_numpy(positions)[None].to(device),
        lengths=lengths,
        learned_at=torch.from_numpy(at).to(device),
        labels=torch.from_numpy(token_ids[at + 1]).to(device),
    )


def split_step(lengths: Sequence[int], micro_tokens: int, *, can_pack: bool) -> Iterator[list[int]]:
    """Yield which of a step's examples are computed together: at most ``micro_tokens``, at least one.

    Long ones come first, so that a step runs out of memory at its beginning if at all.
    """
    order = sorted(range(len(lengths)), key=lambda at: -lengths[at])
    if not can_pack:
        yield from ([at] for at in order)
        return
    part: list[int] = []
    num_tokens = 0
    for at in order:
        if part and num_tokens + lengths[at] > micro_tokens:
            yield part
            part, num_tokens = [], 0
        part.append(at)
        num_tokens += lengths[at]
    if part:
        yield part
