"""The rows of a step: what texts that are only read have in common is evaluated once for all of them.

Thousands of short texts follow the same instructions, and many of them begin alike: remarks of customers, a
column's values. A row of llama.cpp's batch may belong to several sequences; what it computes then lies in a
cell that all of them see. So the texts of a step make a tree of tokens, laid out so that each sequence's
positions grow. llama.cpp wants such sequences to have read equally much before.
"""

from __future__ import annotations

from collections.abc import Sequence as Sequence_
from dataclasses import dataclass

from lmstudio_lite.engine.backend import Batch
from lmstudio_lite.engine.core.prefix_cache import common_prefix_length
from lmstudio_lite.engine.core.scheduler import Share


@dataclass(frozen=True, slots=True)
class Rows:
    """``last`` are the rows of the shares' last pending tokens, behind which their proposals come.

    ``num_joined`` tells of each share how many of its tokens are in rows that another one brought.
    """

    batch: Batch
    last: tuple[int, ...]
    num_joined: tuple[int, ...]


def lay_rows(shares: Sequence_[Share], *, joins: bool) -> Rows:
    """Return the rows of a step; ``joins``: a row may belong to several sequences."""
    batch = Batch()
    last, num_joined = [0] * len(shares), [0] * len(shares)
    alike: dict[tuple[int, ...], list[int]] = {}
    for place, share in enumerate(shares):
        sequence = share.sequence
        if joins and sequence.scores is not None:
            alike.setdefault(tuple(sequence.token_ids[: sequence.num_computed]), []).append(place)
        else:
            last[place] = len(batch) + share.num_tokens - 1
            _add(batch, share, 0)
    for places in alike.values():
        path: list[int] = []
        before: list[int] = []
        for place in sorted(places, key=lambda place: _tokens(shares[place])):
            share = shares[place]
            tokens = _tokens(share)
            common = common_prefix_length(before, tokens)
            assert share.sequence.sequence_id is not None
            for row in path[:common]:
                batch.join(row, share.sequence.sequence_id)
            path = [*path[:common], *range(len(batch), len(batch) + len(tokens) - common)]
            _add(batch, share, common)
            batch.wants_logits[path[-1]] |= _is_last(share)
            last[place], num_joined[place], before = path[-1], common, tokens
    return Rows(batch, tuple(last), tuple(num_joined))


def _add(batch: Batch, share: Share, num_joined: int) -> None:
    sequence = share.sequence
    assert sequence.sequence_id is not None
    tokens = _tokens(share)[num_joined:]
    if tokens:
        batch.add(
            tokens + sequence.proposed,
            start=sequence.num_computed + num_joined,
            sequence_id=sequence.sequence_id,
            num_logits=1 + len(sequence.proposed) if _is_last(share) else 0,
        )


def _tokens(share: Share) -> list[int]:
    sequence = share.sequence
    return sequence.token_ids[sequence.num_computed : sequence.num_computed + share.num_tokens]


def _is_last(share: Share) -> bool:
    return share.num_tokens == share.sequence.num_pending
