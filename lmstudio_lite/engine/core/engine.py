"""The engine's step: schedule → decode → sample, for many requests in one batch.

Runs on one thread, which owns the context. It knows neither queues nor processes (see ``service``);
what happens comes out as events through ``emit``. Promise: every submitted request gets exactly one
terminal event.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from collections.abc import Sequence as Sequence_
from contextlib import closing

from lmstudio_lite.domain.generation import (
    AdapterUse,
    ChatPrompt,
    Failed,
    Finished,
    FinishReason,
    GenerationEvent,
    GenerationRequest,
    Priority,
    PromptProgress,
    TextDelta,
)
from lmstudio_lite.engine.backend import Context, DecodeStatus
from lmstudio_lite.engine.core.evaluator import Evaluator
from lmstudio_lite.engine.core.intake import Intake
from lmstudio_lite.engine.core.kv_cache import KvMemory
from lmstudio_lite.engine.core.scheduler import AdapterTurns, Scheduler, Share, prompt_budget
from lmstudio_lite.engine.core.scoring import ContinuationScores
from lmstudio_lite.engine.core.sequence import Sequence, TokenizedRequest
from lmstudio_lite.engine.core.snapshots import SnapshotStore
from lmstudio_lite.engine.templates.chat_format import ChatFormat
from lmstudio_lite.engine.templates.reasoning import Piece
from lmstudio_lite.errors import (
    AppError,
    ContextFullError,
    DecodeError,
)


class Engine:
    """Serves requests in one context; only ``abort``, ``interrupt`` and ``make_way`` from other threads."""

    def __init__(
        self,
        context: Context,
        chat_format: ChatFormat,
        emit: Callable[[GenerationEvent], None],
        snapshots: SnapshotStore | None = None,
    ) -> None:
        self._context = context
        self._tokenizer = context.model.tokenizer
        self._intake = Intake(context, chat_format)
        self._emit = emit
        self._context_size = context.context_size
        self._scheduler = Scheduler(
            context.num_sequences_max,
            context.context_size,
            context.batch_size,
            context.shares_cells,
            context.num_scored_max,
        )
        self._memory = KvMemory(context, snapshots)
        self._evaluator = Evaluator(context, self._memory)
        self._waiting: list[Sequence] = []
        self._running: list[Sequence] = []
        self._num_arrivals = 0
        self._adapters: tuple[AdapterUse, ...] | None = None
        self._adapter_turns = AdapterTurns()

    @property
    def has_work(self) -> bool:
        return bool(self._waiting or self._running)

    @property
    def num_running(self) -> int:
        return len(self._running)

    @property
    def num_waiting(self) -> int:
        return len(self._waiting)

    @property
    def has_interactive(self) -> bool:
        """Whether somebody waits for a text that runs here."""
        return any(s.request.priority is Priority.INTERACTIVE for s in self._running)

    @property
    def is_reading_interactive(self) -> bool:
        """Whether somebody waits for a text's first token."""
        return any(s.request.priority is Priority.INTERACTIVE and not s.is_generating for s in self._running)

    @property
    def num_cells_used(self) -> int:
        used = self._memory.num_idle_cells + sum(s.num_own_cells for s in self._running)
        return min(self._context_size, used)

    def submit(self, request: GenerationRequest) -> None:
        """Tokenize and queue a request; one that can't be served fails at once."""
        tokenized = self.tokenize(request)
        if tokenized is not None:
            self.enqueue(tokenized)

    def tokenize(self, request: GenerationRequest) -> TokenizedRequest | None:
        """Render and tokenize a request's prompt; one that can't be served fails at once and gives None."""
        try:
            return self._intake.tokenize(request)
        except AppError as error:
            self._emit(Failed(request.request_id, error.code, error.details))
            return None

    def enqueue(self, tokenized: TokenizedRequest, *, leads_group: bool = False) -> None:
        """Queue a request; one whose adapters or sampling can't be used fails at once."""
        try:
            sequence = self._intake.prepare(
                tokenized, arrival=self._num_arrivals + 1, leads_group=leads_group
            )
        except AppError as error:
            self._emit(Failed(tokenized.request.request_id, error.code, error.details))
            return
        self._num_arrivals += 1
        self._waiting.append(sequence)

    def cancel(self, request_id: str) -> None:
        """End a request as cancelled; unknown and ended ones are ignored."""
        for sequence in [*self._waiting, *self._running]:
            if sequence.request.request_id == request_id:
                self._finish(sequence, FinishReason.CANCELLED)

    def abort(self) -> None:
        """Break off the decode under way, or else the next one. Any thread."""
        self._context.abort()

    def interrupt(self, request_id: str) -> None:
        """Break off the decode under way if this request takes part in it. Any thread."""
        self._evaluator.interrupt(request_id)

    def make_way(self, request: GenerationRequest) -> None:
        """Break off the decode under way if it is bulk work and ``request`` is not. Any thread."""
        if request.priority is Priority.INTERACTIVE:
            self._evaluator.make_way()

    def fail_all(self, error: AppError) -> None:
        """End every request with ``error``: the model is going away."""
        for sequence in [*self._waiting, *self._running]:
            self._fail(sequence, error)

    def count_tokens(self, texts: Sequence_[str]) -> list[int]:
        return self._intake.count_tokens(texts)

    def count_prompt_tokens(self, prompt: ChatPrompt) -> int:
        """See ``Intake.count_prompt_tokens``."""
        return self._intake.count_prompt_tokens(prompt)

    def step(self, *, is_watched: bool = False) -> None:
        """Admit who may run, evaluate one batch, sample what is due.

        ``is_watched``: somebody watches another text grow, which waits for this step.
        """
        if self._waiting:
            self._admit()
        runnable = self._in_turn()
        speed = self._evaluator.prompt_tokens_per_s
        budget = prompt_budget(runnable, tokens_per_s=speed, is_watched=is_watched)
        shares = self._scheduler.plan(runnable, prompt_budget=budget)
        if not shares:
            return
        shares.sort(key=_sequence_id)
        if len(shares) < len(runnable):
            self._count_passed_over(runnable, shares)
        match self._evaluator.evaluate(shares, self._count_free_cells):
            case DecodeStatus.OK:
                self._advance(shares)
            case DecodeStatus.ABORTED:
                for share in shares:
                    self._memory.cut(share.sequence, share.sequence.num_computed)
            case DecodeStatus.NO_ROOM:
                self._make_room(shares)
            case DecodeStatus.FAILED:
                for share in shares:
                    self._fail(share.sequence, DecodeError(status="failed"), is_cacheable=False)

    def save_one_conversation(self) -> bool:
        """Keep one idle conversation's state on disk; whether there was one to keep."""
        return self._memory.save_one()

    def save_conversations(self) -> None:
        """Keep every idle conversation's state on disk: the memory is about to go."""
        self._memory.save_all()

    # Admitting

    def _admit(self) -> None:
        for sequence in self._scheduler.admission_order(self._waiting):
            if not self._scheduler.may_start(sequence, self._running) and not self._preempt_for(sequence):
                return
            if not self._memory.waits_for_shared_prefix(sequence, self._running):
                self._start(sequence)

    def _preempt_for(self, sequence: Sequence) -> bool:
        """Let an interactive request in by sending bulk ones back to the queue, youngest first."""
        if sequence.request.priority is not Priority.INTERACTIVE:
            return False
        while not self._scheduler.may_start(sequence, self._running):
            victim = self._scheduler.victim(self._running)
            if victim is None:
                return False
            self._preempt(victim)
        return True

    def _start(self, sequence: Sequence) -> None:
        self._waiting.remove(sequence)
        self._memory.place(sequence, self._running)
        sequence.num_cached = sequence.num_computed
        sequence.admitted_at = sequence.admitted_at or time.perf_counter()
        self._running.append(sequence)
        self._report_prompt(sequence)

    # Decoding

    def _in_turn(self) -> list[Sequence]:
        """Return who may share a batch: those with the same adapters, which are in use then."""
        adapters = self._adapter_turns.choose(self._running)
        if adapters is not None and adapters != self._adapters:
            self._adapters = adapters
            self._context.use_adapters(adapters)
        return [sequence for sequence in self._running if sequence.request.adapters == self._adapters]

    def _count_passed_over(self, runnable: list[Sequence], shares: list[Share]) -> None:
        served = {id(share.sequence) for share in shares}
        for sequence in runnable:
            sequence.num_passed_over += id(sequence) not in served

    def _count_free_cells(self) -> int:
        return self._context_size - (self.num_cells_used if self._context.shares_cells else 0)

    def _advance(self, shares: list[Share]) -> None:
        for share, row in zip(shares, self._evaluator.last_rows, strict=True):
            sequence = share.sequence
            was_prompt = not sequence.is_generating
            sequence.num_computed += share.num_tokens
            sequence.num_passed_over = 0
            if was_prompt:
                self._report_prompt(sequence)
            if sequence.num_pending == 0 and sequence.scores is not None:
                self._take_scores(sequence, sequence.scores, row)
            elif sequence.num_pending == 0:
                self._take_tokens(sequence, row)

    def _take_tokens(self, sequence: Sequence, row: int) -> None:
        """Add what was sampled to the text, up to where it ends."""
        with closing(self._evaluator.tokens(sequence, row)) as tokens:
            for token_id in tokens:
                sequence.ended = self._take_token(sequence, token_id)
                if sequence.ended is not None:
                    break
        if sequence.ended is not None:
            self._finish(sequence, sequence.ended)

    def _take_scores(self, sequence: Sequence, scores: ContinuationScores, row: int) -> None:
        """Note what may follow, and look into the next branch of the continuations or end."""
        sequence.first_token_at = sequence.last_token_at = time.perf_counter()
        if scores.branch is not None:
            scores.take(lambda token_ids: self._context.token_log_probabilities(row, token_ids))
        if sequence.num_generated > 0:
            del sequence.token_ids[sequence.num_prompt_tokens :]
            self._memory.cut(sequence, sequence.num_prompt_tokens)
        if scores.branch is None:
            self._finish(sequence, FinishReason.STOP, scores.logprobs())
        else:
            sequence.token_ids += scores.branch

    def _take_token(self, sequence: Sequence, token_id: int | None) -> FinishReason | None:
        """Add a sampled token; return why the text ends with it, None if it goes on."""
        now = time.perf_counter()
        sequence.first_token_at = sequence.first_token_at or now
        sequence.last_token_at = now
        if token_id is None or self._tokenizer.is_end_of_generation(token_id):
            return FinishReason.STOP
        sequence.token_ids.append(token_id)
        sequence.num_unreported += 1
        mark = self._intake.marks.bytes_of(token_id)
        piece = mark or self._tokenizer.token_bytes(token_id)
        self._report_text(sequence, sequence.stream.push(piece, is_mark=bool(mark)))
        if sequence.stream.is_stopped:
            return FinishReason.STOP
        is_full = len(sequence.token_ids) >= self._context_size
        return FinishReason.LENGTH if is_full or sequence.num_generated >= sequence.max_tokens else None

    # Running out of room

    def _make_room(self, shares: list[Share]) -> None:
        """Evict an idle prefix, else preempt a bulk request, else end the longest text here."""
        if self._memory.evict_oldest():
            return
        victim = self._scheduler.victim(self._running)
        if victim is not None and len(self._running) > 1:
            self._preempt(victim)
            return
        longest = max((share.sequence for share in shares), key=lambda s: len(s.token_ids))
        if longest.num_generated > 0 and longest.scores is None:
            self._finish(longest, FinishReason.LENGTH)
        else:
            self._fail(longest, ContextFullError(context_size=self._context_size), is_cacheable=False)

    def _preempt(self, sequence: Sequence) -> None:
        """Send a running request back to the queue; what it generated stays and is evaluated again."""
        self._running.remove(sequence)
        self._memory.drop(sequence)
        self._waiting.append(sequence)

    # Ending

    def _finish(self, sequence: Sequence, reason: FinishReason, logprobs: tuple[float, ...] = ()) -> None:
        self._report_text(sequence, sequence.stream.flush())
        self._leave(sequence, is_cacheable=True)
        usage = sequence.usage()
        request_id, dropped = sequence.request.request_id, sequence.num_dropped_turns
        self._emit(Finished(request_id, reason, usage, dropped, logprobs))

    def _fail(self, sequence: Sequence, error: AppError, *, is_cacheable: bool = True) -> None:
        self._leave(sequence, is_cacheable=is_cacheable)
        self._emit(Failed(sequence.request.request_id, error.code, error.details))

    def _leave(self, sequence: Sequence, *, is_cacheable: bool) -> None:
        """Take a sequence out; its computed tokens stay as an idle prefix."""
        if sequence in self._waiting:
            self._waiting.remove(sequence)
        if sequence in self._running:
            self._running.remove(sequence)
        if sequence.sampler is not None:
            sequence.sampler.close()
            sequence.sampler = None
        if is_cacheable:
            self._memory.keep(sequence)
        else:
            self._memory.drop(sequence)

    # Reporting

    def _report_prompt(self, sequence: Sequence) -> None:
        self._emit(
            PromptProgress(
                sequence.request.request_id,
                num_done=min(sequence.num_computed, sequence.num_prompt_tokens),
                num_total=sequence.num_prompt_tokens,
                num_cached=sequence.num_cached,
                num_dropped_turns=sequence.num_dropped_turns,
            )
        )

    def _report_text(self, sequence: Sequence, pieces: Sequence_[Piece]) -> None:
        if not pieces and sequence.choices:
            pieces = (Piece(""),)
        for piece in pieces:
            choices, sequence.choices = tuple(sequence.choices), []
            request_id, count = sequence.request.request_id, sequence.num_unreported
            self._emit(TextDelta(request_id, piece.text, count, piece.is_reasoning, choices))
            sequence.num_unreported = 0


def _sequence_id(share: Share) -> int:
    """Sort rows by sequence: llama.cpp batches those of sequences with cells of their own only so."""
    assert share.sequence.sequence_id is not None
    return share.sequence.sequence_id
