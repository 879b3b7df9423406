"""Draft-free speculation: runs of the text so far, proposed as its continuation and verified in one batch.

Prompt lookup: what followed the last occurrence of the newest few tokens is likely to follow again when a
text quotes or rewrites its prompt. Verifying ``k`` proposals costs a batch of ``k + 1`` rows, which on most
hardware is far cheaper than as many steps; how much cheaper is measured as the engine runs, and where the
accepted tokens don't pay for the rows nothing is proposed. Pure policy: no model, no clock.
"""

from __future__ import annotations

from bisect import bisect_left

NGRAM_MAX = 4
NGRAM_MIN = 2
LENGTHS = (1, 2, 3, 5, 7, 11, 15)
PROBE_INTERVAL = 48
_FIRST_ACCEPTANCE = 0.6
_LEARNING_RATE = 0.1
_GAIN_MIN = 1.05
_TYPICAL_COSTS = {1: 1.0, 2: 1.25, 4: 1.56, 8: 2.6, 16: 4.1, 32: 7.5, 64: 14.0}
"""Seconds of a step against one with a single row, on a CPU; where a measurement of our own is missing."""


class StepCosts:
    """What a step of so many rows takes, learned from steps without prompt chunks. Seconds."""

    def __init__(self) -> None:
        self._seconds: dict[int, float] = {}

    def learn(self, num_rows: int, elapsed_s: float) -> None:
        """Note a step; steps longer than the largest size are no decoding steps."""
        if num_rows > max(_TYPICAL_COSTS) or elapsed_s <= 0:
            return
        size = self._size(num_rows)
        known = self._seconds.get(size)
        self._seconds[size] = elapsed_s if known is None else 0.8 * known + 0.2 * elapsed_s

    def of(self, num_rows: int) -> float:
        """Return the cost of a step of ``num_rows`` rows, in any unit, the same for all sizes."""
        size = self._size(num_rows)
        measured = self._seconds.get(size)
        if measured is not None:
            return measured
        if not self._seconds:
            return _TYPICAL_COSTS[size]
        nearest = min(self._seconds, key=lambda known: abs(known - size))
        return self._seconds[nearest] * _TYPICAL_COSTS[size] / _TYPICAL_COSTS[nearest]

    def _size(self, num_rows: int) -> int:
        sizes = list(_TYPICAL_COSTS)
        return sizes[min(bisect_left(sizes, num_rows), len(sizes) - 1)]


class Speculator:
    """Proposals for one request, and how good they have been."""

    def __init__(self) -> None:
        self._acceptance = _FIRST_ACCEPTANCE
        self._since_proposal = 0
        self._num_indexed = 0
        self._follows: dict[tuple[int, ...], int] = {}

    def propose(self, token_ids: list[int], *, num_rows: int, num_max: int, costs: StepCosts) -> list[int]:
        """Return tokens that may follow ``token_ids`` (the newest is not evaluated yet), [] for none.

        ``num_rows`` are in the step anyway, at least this sequence's own; ``num_max`` is how many
        proposals have room.
        """
        self._index(token_ids)
        length = min(self._best_length(num_rows, costs), num_max)
        if length < 1:
            self._since_proposal += 1
            return []
        found = self._continuation(token_ids, length)
        self._since_proposal = 0 if found else self._since_proposal + 1
        return found

    def learn(self, num_proposed: int, num_accepted: int) -> None:
        """Note how many of the proposals were right; those after the first wrong one were never judged."""
        num_judged = min(num_proposed, num_accepted + 1)
        for position in range(num_judged):
            was_right = position < num_accepted
            self._acceptance += _LEARNING_RATE * (was_right - self._acceptance)

    def _best_length(self, num_rows: int, costs: StepCosts) -> int:
        """Return how many proposals give the most tokens a second; 0 where that is no gain."""
        rate = self._acceptance
        alone = 1.0 / costs.of(num_rows)
        best, best_length = alone * _GAIN_MIN, 0
        for length in LENGTHS:
            expected = 1.0 + sum(rate**position for position in range(1, length + 1))
            # Only this request gains; the others in the batch wait as long and get one token each.
            speed = (num_rows - 1 + expected) / num_rows / costs.of(num_rows + length)
            if speed > best:
                best, best_length = speed, length
        if best_length == 0 and self._since_proposal >= PROBE_INTERVAL:
            return LENGTHS[0]
        return best_length

    def _index(self, token_ids: list[int]) -> None:
        """Remember what follows each n-gram; the newest token's own are left out, nothing follows them."""
        for end in range(max(self._num_indexed, NGRAM_MIN), len(token_ids)):
            for size in range(NGRAM_MIN, min(NGRAM_MAX, end) + 1):
                self._follows[tuple(token_ids[end - size : end])] = end
        self._num_indexed = max(self._num_indexed, len(token_ids))

    def _continuation(self, token_ids: list[int], length: int) -> list[int]:
        for size in range(min(NGRAM_MAX, len(token_ids) - 1), NGRAM_MIN - 1, -1):
            at = self._follows.get(tuple(token_ids[-size:]))
            if at is not None:
                return token_ids[at : at + length]
        return []
