"""One batch through the context: rows in, sampled tokens out, and what a step costs.

Belongs to the engine's thread; only ``interrupt`` and ``make_way`` may be called from others. A step's
duration decides how long a click waits, so it is measured: prompts come in chunks that last about as
long as is wanted (see ``scheduler``), and proposals (see ``speculation``) are made only where they pay.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from collections.abc import Sequence as Sequence_

from lmstudio_lite.domain.generation import Priority, TokenChoice
from lmstudio_lite.engine.backend import Batch, Context, DecodeStatus
from lmstudio_lite.engine.core.kv_cache import KvMemory
from lmstudio_lite.engine.core.scheduler import PROMPT_CHUNK_MIN, Share
from lmstudio_lite.engine.core.sequence import Sequence
from lmstudio_lite.engine.core.shared_rows import Rows, lay_rows
from lmstudio_lite.engine.core.speculation import StepCosts

_GIVEN_ROWS_MAX = 31
"""Tokens of a given text read in a step, beside the pending one: about 0.25 s of a 0.5B model on 2 cores."""


class Evaluator:
    """Evaluates the shares of one step after the other.

    ``prompt_tokens_per_s`` is how fast prompts have been read, 0.0 before the first.
    """

    def __init__(self, context: Context, memory: KvMemory) -> None:
        self._context = context
        self._model = context.model
        self._memory = memory
        self._costs = StepCosts()
        self.prompt_tokens_per_s = 0.0
        self._in_batch: frozenset[str] = frozenset()
        self._is_bulk_in_batch = False
        self._rows = Rows(Batch(), (), ())

    def interrupt(self, request_id: str) -> None:
        """Break off the decode under way, or the next one, so that a cancellation is seen. Any thread.

        Work that can't be taken up again is broken off only for a request that takes part in it, and so is
        bulk work: the checks of a long job cancel often.
        """
        is_free = self._model.can_cut and not self._is_bulk_in_batch
        if is_free or request_id in self._in_batch:
            self._context.abort()

    def make_way(self) -> None:
        """Break off the decode under way, or the next one, if all of it is bulk work that can be taken up
        again. Any thread.
        """
        if self._is_bulk_in_batch and self._model.can_cut:
            self._context.abort()

    def evaluate(self, shares: list[Share], count_free_cells: Callable[[], int]) -> DecodeStatus:
        """Decode the shares' tokens, with proposals behind them where free cells and time allow."""
        may_propose = any(share.sequence.speculator is not None for share in shares)
        if may_propose or any(share.sequence.given for share in shares):
            self._propose(shares, count_free_cells())
        began = time.perf_counter()
        status = self._decode(shares)
        if status is DecodeStatus.NO_ROOM and any(share.sequence.proposed for share in shares):
            _forget_proposals(shares)
            status = self._decode(shares)
        if status is DecodeStatus.OK:
            self._note_joined(shares)
            self._learn_speed(shares, time.perf_counter() - began, may_propose)
        else:
            _forget_proposals(shares)
        return status

    @property
    def last_rows(self) -> Sequence_[int]:
        """The rows of the shares' last pending tokens in the step before, in the shares' order."""
        return self._rows.last

    def tokens(self, sequence: Sequence, row: int) -> Generator[int | None, None, None]:
        """Sample after the pending token in ``row``, then after each proposal as long as they prove right.

        The caller may stop at any token. Afterwards the memory holds exactly what the text has.
        """
        proposed, sequence.proposed = sequence.proposed, []
        num_right = 0
        try:
            for position in range(len(proposed) + 1):
                token_id = self._sample(sequence, row + position)
                is_right = position < len(proposed) and token_id == proposed[position]
                num_right += is_right
                yield token_id
                if not is_right:
                    return
        finally:
            if proposed:
                self._settle(sequence, len(proposed), num_right)

    def _propose(self, shares: list[Share], num_free_cells: int) -> None:
        num_rows = sum(share.num_tokens for share in shares)
        num_free = min(num_free_cells, self._context.batch_size) - num_rows
        for share in shares:
            sequence = share.sequence
            if not sequence.is_generating:
                continue
            num_max = min(num_free, sequence.max_tokens - sequence.num_generated - 1)
            if sequence.given:
                at = sequence.num_generated
                sequence.proposed = sequence.given[at : at + max(0, min(num_max, _GIVEN_ROWS_MAX))]
            elif sequence.speculator is not None:
                sequence.proposed = sequence.speculator.propose(
                    sequence.token_ids, num_rows=num_rows, num_max=num_max, costs=self._costs
                )
            else:
                continue
            num_rows += len(sequence.proposed)
            num_free -= len(sequence.proposed)

    def _decode(self, shares: list[Share]) -> DecodeStatus:
        self._rows = lay_rows(shares, joins=self._context.shares_cells and self._model.can_cut)
        self._in_batch = frozenset(share.sequence.request.request_id for share in shares)
        self._is_bulk_in_batch = all(share.sequence.request.priority is Priority.BULK for share in shares)
        return self._context.decode(self._rows.batch)

    def _note_joined(self, shares: list[Share]) -> None:
        """Count no cell twice: what a share's tokens have in common with others' lies in theirs."""
        for share, num_joined in zip(shares, self._rows.num_joined, strict=True):
            if share.sequence.num_shared == share.sequence.num_computed:
                share.sequence.num_shared += num_joined

    def _learn_speed(self, shares: list[Share], elapsed_s: float, may_propose: bool) -> None:
        num_tokens = sum(share.num_tokens for share in shares)
        if num_tokens == len(shares):
            if may_propose:
                self._costs.learn(num_tokens + sum(len(s.sequence.proposed) for s in shares), elapsed_s)
        elif (num_rows := num_tokens - sum(self._rows.num_joined)) >= PROMPT_CHUNK_MIN and elapsed_s > 0:
            speed, known = num_rows / elapsed_s, self.prompt_tokens_per_s
            self.prompt_tokens_per_s = speed if known == 0.0 else 0.7 * known + 0.3 * speed

    def _settle(self, sequence: Sequence, num_proposed: int, num_right: int) -> None:
        """Keep the cells of the proposals that were right, free those of the others."""
        if sequence.speculator is not None:
            sequence.speculator.learn(num_proposed, num_right)
            sequence.num_proposed += num_proposed
            sequence.num_accepted += num_right
        known = min(sequence.num_computed + num_right, len(sequence.token_ids))
        if known < sequence.num_computed + num_proposed:
            self._memory.cut(sequence, known)
        else:
            sequence.num_computed = known

    def _sample(self, sequence: Sequence, row: int) -> int | None:
        assert sequence.sampler is not None
        given = sequence.given[sequence.num_generated] if sequence.given else None
        token_id = sequence.sampler.sample(row) if given is None else given
        count = sequence.request.num_alternatives
        if token_id is not None and count is not None:
            logprob, best = self._context.log_probabilities(row, token_id, count)
            alternatives = tuple((self._text(found), value) for found, value in best)
            raw = self._model.tokenizer.token_bytes(token_id)
            choice = TokenChoice(token_id, self._text(token_id), logprob, alternatives, raw)
            sequence.choices.append(choice)
        return token_id

    def _text(self, token_id: int) -> str:
        return self._model.tokenizer.token_bytes(token_id).decode("utf-8", "replace")


def _forget_proposals(shares: list[Share]) -> None:
    for share in shares:
        share.sequence.proposed = []
