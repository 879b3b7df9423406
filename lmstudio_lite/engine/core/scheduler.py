"""Who is next, and with how many tokens. Pure policy: no model, no clock, no native call.

``Scheduler`` plans the steps of one context; ``prompt_budget`` says how long one may be; ``AdapterTurns`` and
``ContextTurns`` say who has the next one where not all can share it. Learned from llama-server (slots over
one shared batch) and nano-vllm (schedule, run, postprocess):

* every generating sequence gets its one token, so nobody's text stalls; where all is bulk work, prompts go
  first for some steps: on CPUs flash attention computes a mixed batch as one tile that attends to every cell,
  and texts that are generated together take the fewest steps; only the first text of a group goes to its end
  at once, for somebody waits for a sign of it;
* the rest of the batch goes to prompts, interactive before bulk: interactive ones in equal shares, bulk
  ones in their order, since attention skips what belongs to others in whole tiles of tokens only;
* bulk prompts get a little beside interactive ones, so a talkative chat can't starve a summary; only a
  short interactive prompt, done in one step, has it alone;
* bulk requests leave one sequence id free, so a chat is admitted at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence as Sequence_
from dataclasses import dataclass

from lmstudio_lite.domain.generation import AdapterUse, Priority
from lmstudio_lite.engine.core.sequence import Sequence

BULK_TOKENS_MIN = 16
PASSED_OVER_MAX = 3
PASSED_OVER_BY_BULK_MAX = 16
"""Steps that generating bulk work waits for bulk prompts; without a limit, prompts that wait for its cells
would wait for ever."""
LONG_WAIT = 8192
FIRST_TEXT_MAX = 256
"""The first text of a group, or a retry, does not wait until more prompt tokens than
``LONG_WAIT`` are read, unless it is longer itself than this: by itself it takes a step a token, one percent
or two of what is read then."""
RESERVE_INTERACTIVE = 256
STEP_TARGET_S = 1.0
STEP_TARGET_OF_BULK_S = 6.0
STEP_TARGET_WHILE_TYPING_S = 0.15
PROMPT_CHUNK_MIN = 32
PROMPT_CHUNK_FIRST = 128
"""Prompt tokens of a step before the speed of reading is known."""
ADAPTER_TURN_STEPS = 4
STREAMS_PASSED_OVER_MAX = 3
"""Steps in which somebody's prompt is read before bulk work in streams has one."""


@dataclass(frozen=True, slots=True)
class Share:
    """``sequence`` evaluates its next ``num_tokens`` pending tokens in this step."""

    sequence: Sequence
    num_tokens: int


@dataclass(frozen=True, slots=True)
class Scheduler:
    """Limits of one context: sequences at once, cells in the cache, rows in a batch.

    ``shares_cells``: all sequences together have ``context_size`` of them, and one place is kept for a chat.
    Else each has so many; only bulk work comes there, and no place is kept. Texts that are only read, to be
    told what they go on with, have ``num_scored_max`` places of their own; with 0 they take those of others.
    """

    num_sequences_max: int
    context_size: int
    batch_size: int
    shares_cells: bool = True
    num_scored_max: int = 0

    def admission_order(self, waiting: Iterable[Sequence]) -> list[Sequence]:
        """Interactive first, then retries of bulk requests, then by arrival.

        A retry comes while many wait: behind them its prompt would have to be read again.
        """

        def rank(sequence: Sequence) -> tuple[Priority, bool, int]:
            is_bulk = sequence.request.priority is Priority.BULK
            return sequence.request.priority, is_bulk and not sequence.is_retry, sequence.arrival

        return sorted(waiting, key=rank)

    def may_start(self, sequence: Sequence, running: Sequence_[Sequence]) -> bool:
        """Whether ``sequence`` may run beside ``running``: a free place, and cells for all of their needs.

        A bulk request needs its whole prompt and answer; an interactive one its prompt and the
        beginning of the answer, for waiting is worse there than preempting a bulk one later.
        A sequence alone always may.
        """
        if not running:
            return True
        if not self._has_place_for(sequence, running):
            return False
        if not self.shares_cells:
            return True
        needed = self.cells_needed(sequence) + sum(self.cells_needed(other) for other in running)
        return needed <= self.context_size

    def _has_place_for(self, sequence: Sequence, running: Sequence_[Sequence]) -> bool:
        num_scored = sum(other.scores is not None for other in running) if self.num_scored_max else 0
        if sequence.scores is not None and self.num_scored_max:
            return num_scored < self.num_scored_max
        places = self.num_sequences_max
        if self.shares_cells and sequence.request.priority is Priority.BULK and places > 1:
            places -= 1
        return len(running) - num_scored < places

    def cells_needed(self, sequence: Sequence) -> int:
        """Cells that ``sequence`` will fill beyond those it shares."""
        to_come = max(0, sequence.max_tokens - sequence.num_generated)
        if sequence.request.priority is Priority.INTERACTIVE:
            to_come = min(to_come, RESERVE_INTERACTIVE)
        return len(sequence.token_ids) - sequence.num_shared + to_come

    def plan(self, running: Sequence_[Sequence], *, prompt_budget: int) -> list[Share]:
        """Return this step's shares: together at most ``batch_size`` rows, each at least one.

        ``prompt_budget`` bounds the prompt tokens of the step (its duration); generating sequences
        are served regardless of it.
        """
        generating = [s for s in running if s.is_generating]
        if self._prompts_go_first(running, generating):
            prompts = [s for s in running if not s.is_generating]
            if len(generating) == 1 and _is_first_of_many(generating[0], prompts):
                return [Share(generating[0], 1)]
            return _share_in_order(prompts, min(self.batch_size, max(1, prompt_budget)))
        shares = [Share(sequence, 1) for sequence in generating[: self.batch_size]]
        if len(generating) == len(running):
            return shares
        room = min(self.batch_size - len(shares), max(1, prompt_budget))
        prompts = [s for s in running if s.num_pending > 0 and not s.is_generating]
        bulk = [s for s in prompts if s.request.priority is Priority.BULK]
        interactive = [s for s in prompts if s.request.priority is Priority.INTERACTIVE]
        kept_for_bulk = min(BULK_TOKENS_MIN, room // 4) if bulk else 0
        is_patient = all(s.num_passed_over < PASSED_OVER_MAX for s in bulk)
        if is_patient and sum(s.num_pending for s in interactive) <= room:
            kept_for_bulk = 0
        first = _share_fairly(interactive, room - kept_for_bulk)
        room -= sum(share.num_tokens for share in first)
        if interactive and kept_for_bulk == 0:
            return shares + first
        return shares + first + _share_in_order(bulk, room)

    def _prompts_go_first(self, running: Sequence_[Sequence], generating: Sequence_[Sequence]) -> bool:
        is_bulk = all(s.request.priority is Priority.BULK for s in running)
        is_patient = all(s.num_passed_over < PASSED_OVER_BY_BULK_MAX for s in generating)
        return is_bulk and is_patient and 0 < len(generating) < len(running)

    def victim(self, running: Iterable[Sequence]) -> Sequence | None:
        """Return whom to preempt: the bulk sequence that came last, None if there is no bulk."""
        bulk = [s for s in running if s.request.priority is Priority.BULK]
        return max(bulk, key=lambda s: s.arrival, default=None)


def prompt_budget(running: Sequence_[Sequence], *, tokens_per_s: float, is_watched: bool = False) -> int:
    """Return how many prompt tokens a step may have: few while somebody watches a text grow.

    ``tokens_per_s`` is how fast prompts are read, 0.0 if not known; ``is_watched``: somebody watches a text
    of another context. Bulk work has the longest steps, for a chat breaks them off. Without a watcher it is a
    power of two, so that small variations in speed don't change how prompts are cut: rows are rounded a
    little differently in other batches.
    """
    if tokens_per_s == 0.0:
        return PROMPT_CHUNK_FIRST
    is_watched |= any(s.request.priority is Priority.INTERACTIVE and s.is_generating for s in running)
    if is_watched:
        return max(PROMPT_CHUNK_MIN, int(tokens_per_s * STEP_TARGET_WHILE_TYPING_S))
    is_bulk = all(s.request.priority is Priority.BULK for s in running)
    wanted = max(1, int(tokens_per_s * (STEP_TARGET_OF_BULK_S if is_bulk else STEP_TARGET_S)))
    return max(PROMPT_CHUNK_FIRST, 1 << (wanted.bit_length() - 1))


@dataclass(slots=True)
class AdapterTurns:
    """Sequences with other adapters can't share a batch: each kind has some steps, then the next has."""

    _current: tuple[AdapterUse, ...] | None = None
    _num_steps: int = 0

    def choose(self, running: Iterable[Sequence]) -> tuple[AdapterUse, ...] | None:
        """Return the adapters of the next step, one of ``running``'s; as before if none runs."""
        kinds = list(dict.fromkeys(sequence.request.adapters for sequence in running))
        if not kinds or kinds == [self._current]:
            return self._current
        self._num_steps += 1
        if self._current not in kinds or (len(kinds) > 1 and self._num_steps > ADAPTER_TURN_STEPS):
            at = kinds.index(self._current) if self._current in kinds else -1
            self._current = kinds[(at + 1) % len(kinds)]
            self._num_steps = 0
        return self._current


@dataclass(slots=True)
class ContextTurns:
    """A step is of one context: that of the conversations or that of bulk work in streams."""

    _num_passed_over: int = 0

    def is_streams_turn(self, *, others_have_work: bool, is_reading_interactive: bool) -> bool:
        """Say of streams that have work whether they have the next step.

        ``is_reading_interactive``: somebody waits for a text's first token in the other context.
        """
        patience = STREAMS_PASSED_OVER_MAX if is_reading_interactive else 1
        has_turn = not others_have_work or self._num_passed_over >= patience
        self._num_passed_over = 0 if has_turn else self._num_passed_over + 1
        return has_turn


def _is_first_of_many(sequence: Sequence, prompts: Sequence_[Sequence]) -> bool:
    is_first = sequence.leads_group or sequence.is_retry
    is_long = sum(prompt.num_pending for prompt in prompts) > LONG_WAIT
    return is_first and is_long and sequence.num_generated < FIRST_TEXT_MAX


def _share_in_order(sequences: Sequence_[Sequence], room: int) -> list[Share]:
    """Give ``room`` tokens to retries, then to who came first, then to the next."""
    shares = []
    for sequence in sorted(sequences, key=lambda s: (not s.is_retry, s.arrival)):
        count = min(sequence.num_pending, room)
        room -= count
        if count > 0:
            shares.append(Share(sequence, count))
    return shares


def _share_fairly(sequences: Sequence_[Sequence], room: int) -> list[Share]:
    """Divide ``room`` tokens equally; who needs less passes the rest on; in order of arrival."""
    shares = {}
    open_ones = sorted(sequences, key=lambda s: s.num_pending)
    for served, sequence in enumerate(open_ones):
        equal = -(-room // (len(open_ones) - served))
        count = min(sequence.num_pending, equal, room)
        room -= count
        if count > 0:
            shares[sequence] = count
    return [Share(s, shares[s]) for s in sorted(shares, key=lambda s: s.arrival)]
