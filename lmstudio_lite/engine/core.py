"""The engine's step: schedule → decode → sample, for many requests in one batch.

Runs on one thread, which owns the backend. It knows neither queues nor processes (see ``service``);
what happens comes out as events through ``emit``. Promise: every submitted request gets exactly one
terminal event.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from collections.abc import Sequence as Sequence_

from lmstudio_lite.domain.generation import (
    ChatPrompt,
    Failed,
    Finished,
    FinishReason,
    GenerationEvent,
    GenerationRequest,
    Message,
    Priority,
    PromptProgress,
    TextDelta,
)
from lmstudio_lite.engine.backend import Backend, Batch, DecodeStatus
from lmstudio_lite.engine.chat_format import ChatFormat, fit_prompt
from lmstudio_lite.engine.prefix_cache import IdleEntry, PrefixCache, best_running_match
from lmstudio_lite.engine.reasoning import THINK, Piece
from lmstudio_lite.engine.scheduler import Scheduler, Share
from lmstudio_lite.engine.sequence import Sequence
from lmstudio_lite.engine.text_stream import TextStream
from lmstudio_lite.errors import (
    AppError,
    BadRequestError,
    ContextFullError,
    DecodeError,
    PromptTooLongError,
)

STEP_TARGET_S = 0.4
STEP_TARGET_WHILE_TYPING_S = 0.15
PROMPT_CHUNK_MIN = 32
PROMPT_CHUNK_FIRST = 128
REPLY_RESERVE = 512
SHARED_PREFIX_MIN = 32


class Engine:
    """Serves requests on one loaded model. Everything is called on the engine thread but ``interrupt``."""

    def __init__(
        self, backend: Backend, chat_format: ChatFormat, emit: Callable[[GenerationEvent], None]
    ) -> None:
        model = backend.model
        self._backend = backend
        self._format = chat_format
        self._emit = emit
        self._mark_bytes = _mark_bytes(backend, chat_format)
        self._context_size = model.context_size
        self._scheduler = Scheduler(model.num_sequences_max, model.context_size, model.batch_size)
        self._cache = PrefixCache()
        self._waiting: list[Sequence] = []
        self._running: list[Sequence] = []
        self._free_ids = list(range(backend.num_sequence_ids))
        self._num_arrivals = 0
        self._prompt_tokens_per_s = 0.0
        self._in_batch: frozenset[str] = frozenset()

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
    def num_cells_used(self) -> int:
        used = self._cache.num_own_cells + sum(s.num_own_cells for s in self._running)
        return min(self._context_size, used)

    def submit(self, request: GenerationRequest) -> None:
        """Tokenize and queue a request; one that can't be served fails at once."""
        try:
            self._waiting.append(self._sequence_for(request))
        except AppError as error:
            self._emit(Failed(request.request_id, error.code, error.details))

    def cancel(self, request_id: str) -> None:
        """End a request as cancelled; unknown and ended ones are ignored."""
        for sequence in [*self._waiting, *self._running]:
            if sequence.request.request_id == request_id:
                self._finish(sequence, FinishReason.CANCELLED)

    def interrupt(self, request_id: str) -> None:
        """Break off the decode under way if this request takes part in it. Any thread."""
        if request_id in self._in_batch:
            self._backend.abort()

    def fail_all(self, error: AppError) -> None:
        """End every request with ``error``: the model is going away."""
        for sequence in [*self._waiting, *self._running]:
            self._fail(sequence, error)

    def count_tokens(self, texts: Sequence_[str]) -> list[int]:
        return [len(self._backend.tokenize(text, add_special=False, parse_special=False)) for text in texts]

    def step(self) -> None:
        """Admit who may run, evaluate one batch, sample what is due."""
        self._admit()
        shares = self._scheduler.plan(self._running, prompt_budget=self._prompt_budget())
        if not shares:
            return
        began = time.perf_counter()
        match self._decode(shares):
            case DecodeStatus.OK:
                self._learn_speed(shares, time.perf_counter() - began)
                self._advance(shares)
            case DecodeStatus.ABORTED:
                for share in shares:
                    self._roll_back(share.sequence)
            case DecodeStatus.NO_ROOM:
                self._make_room(shares)
            case DecodeStatus.FAILED:
                for share in shares:
                    self._fail(share.sequence, DecodeError(status="failed"), is_cacheable=False)

    # Submitting

    def _sequence_for(self, request: GenerationRequest) -> Sequence:
        reserve = min(request.max_tokens or REPLY_RESERVE, self._context_size // 4)
        limit = self._context_size - reserve
        token_ids, num_dropped = self._tokenize(request.prompt, limit)
        if not token_ids:
            raise BadRequestError(reason="the prompt is empty")
        room = self._context_size - len(token_ids)
        self._num_arrivals += 1
        return Sequence(
            request=request,
            arrival=self._num_arrivals,
            token_ids=token_ids,
            num_prompt_tokens=len(token_ids),
            max_tokens=min(request.max_tokens or room, room),
            stream=self._stream_for(request),
            submitted_at=time.perf_counter(),
            num_dropped_turns=num_dropped,
        )

    def _stream_for(self, request: GenerationRequest) -> TextStream:
        if isinstance(request.prompt, str):
            return TextStream(request.stop)
        return TextStream((*request.stop, *self._format.stop), self._format.splitter(request.prompt))

    def _tokenize(self, prompt: ChatPrompt | str, limit: int) -> tuple[list[int], int]:
        if isinstance(prompt, str):
            token_ids = self._backend.tokenize(prompt, add_special=True, parse_special=True)
            if len(token_ids) > limit:
                raise PromptTooLongError(num_prompt_tokens=len(token_ids), context_size=self._context_size)
            return token_ids, 0
        if not prompt.messages:
            raise BadRequestError(reason="there are no messages")

        def encode(messages: Sequence_[Message], reply_start: str) -> list[int]:
            text = self._format.render(messages, reply_start, prompt.template_options)
            return self._backend.tokenize(text, add_special=self._format.adds_special, parse_special=True)

        return fit_prompt(prompt, encode=encode, limit=limit, context_size=self._context_size)

    # Admitting

    def _admit(self) -> None:
        for sequence in self._scheduler.admission_order(self._waiting):
            if not self._scheduler.may_start(sequence, self._running) and not self._preempt_for(sequence):
                return
            if self._waits_for_shared_prefix(sequence):
                continue
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

    def _waits_for_shared_prefix(self, sequence: Sequence) -> bool:
        """Whether a running prompt is just computing a long prefix that this one could copy soon."""
        donor, length = best_running_match(self._running, sequence.token_ids)
        if donor is None or donor.is_generating or donor.num_computed >= length:
            return False
        _, cached = self._cache.best_match(sequence.token_ids)
        return length >= max(cached, donor.num_computed) + SHARED_PREFIX_MIN

    def _start(self, sequence: Sequence) -> None:
        self._waiting.remove(sequence)
        self._place(sequence)
        sequence.num_cached = sequence.num_computed
        sequence.admitted_at = sequence.admitted_at or time.perf_counter()
        if sequence.sampler is None:
            sequence.sampler = self._backend.create_sampler(sequence.request.sampling, sequence.token_ids)
        self._running.append(sequence)
        self._report_prompt(sequence)

    def _place(self, sequence: Sequence) -> None:
        """Give ``sequence`` a sequence id, with as much of its prompt already computed as can be found."""
        usable = sequence.token_ids[:-1]
        entry, idle_length = self._cache.best_match(usable)
        donor, shared_length = best_running_match(self._running, usable)
        if donor is not None:
            shared_length = min(shared_length, donor.num_computed)
        if entry is not None and idle_length >= max(shared_length, len(entry.token_ids) // 2):
            self._cache.take(entry)
            sequence.sequence_id = entry.sequence_id
            sequence.num_shared = min(entry.num_shared, idle_length)
            self._cut(sequence, idle_length)
            return
        source_id = donor.sequence_id if donor is not None else None
        if entry is not None and idle_length > shared_length:
            self._cache.take(entry)
            self._cache.add(entry)
            source_id, shared_length = entry.sequence_id, idle_length
        sequence.sequence_id = self._free_sequence_id(keep=source_id)
        sequence.num_computed = sequence.num_shared = 0
        if source_id is not None and source_id != sequence.sequence_id and shared_length > 0:
            kept = self._backend.copy_prefix(source_id, sequence.sequence_id, shared_length)
            sequence.num_computed = sequence.num_shared = kept
            if kept != shared_length:
                self._cut(sequence, 0)

    def _free_sequence_id(self, keep: int | None) -> int:
        """Return an unused id, evicting the oldest idle entry (the one to keep last) if none is left."""
        if self._free_ids:
            return self._free_ids.pop()
        entry = self._cache.evict_oldest()
        if entry is not None and entry.sequence_id == keep and len(self._cache) > 0:
            spared, entry = entry, self._cache.evict_oldest()
            self._cache.add(spared)
        assert entry is not None, "more ids than running sequences"
        self._backend.remove(entry.sequence_id, 0)
        return entry.sequence_id

    # Decoding

    def _prompt_budget(self) -> int:
        if self._prompt_tokens_per_s == 0.0:
            return PROMPT_CHUNK_FIRST
        typing = any(s.request.priority is Priority.INTERACTIVE and s.is_generating for s in self._running)
        target_s = STEP_TARGET_WHILE_TYPING_S if typing else STEP_TARGET_S
        return max(PROMPT_CHUNK_MIN, int(self._prompt_tokens_per_s * target_s))

    def _decode(self, shares: list[Share]) -> DecodeStatus:
        batch = Batch()
        for share in shares:
            sequence = share.sequence
            assert sequence.sequence_id is not None
            end = sequence.num_computed + share.num_tokens
            batch.add(
                sequence.token_ids[sequence.num_computed : end],
                start=sequence.num_computed,
                sequence_id=sequence.sequence_id,
                wants_last_logits=end == len(sequence.token_ids),
            )
        self._in_batch = frozenset(share.sequence.request.request_id for share in shares)
        try:
            return self._backend.decode(batch)
        finally:
            self._in_batch = frozenset()

    def _learn_speed(self, shares: list[Share], elapsed_s: float) -> None:
        """Remember how fast prompts are evaluated, from steps that are mostly prompt."""
        num_tokens = sum(share.num_tokens for share in shares)
        if num_tokens < PROMPT_CHUNK_MIN or elapsed_s <= 0:
            return
        speed = num_tokens / elapsed_s
        known = self._prompt_tokens_per_s
        self._prompt_tokens_per_s = speed if known == 0.0 else 0.7 * known + 0.3 * speed

    def _advance(self, shares: list[Share]) -> None:
        row = -1
        for share in shares:
            row += share.num_tokens
            sequence = share.sequence
            was_prompt = not sequence.is_generating
            sequence.num_computed += share.num_tokens
            if was_prompt:
                self._report_prompt(sequence)
            if sequence.num_pending == 0:
                assert sequence.sampler is not None
                self._take_token(sequence, sequence.sampler.sample(row))

    def _take_token(self, sequence: Sequence, token_id: int) -> None:
        now = time.perf_counter()
        sequence.first_token_at = sequence.first_token_at or now
        sequence.last_token_at = now
        if self._backend.is_end_of_generation(token_id):
            self._finish(sequence, FinishReason.STOP)
            return
        sequence.token_ids.append(token_id)
        sequence.num_unreported += 1
        piece = self._mark_bytes.get(token_id) or self._backend.token_bytes(token_id)
        self._report_text(sequence, sequence.stream.push(piece))
        if sequence.stream.is_stopped:
            self._finish(sequence, FinishReason.STOP)
        elif sequence.num_generated >= sequence.max_tokens or len(sequence.token_ids) >= self._context_size:
            self._finish(sequence, FinishReason.LENGTH)

    # Running out of room

    def _make_room(self, shares: list[Share]) -> None:
        """Evict an idle prefix, else preempt a bulk request, else end the longest text here."""
        entry = self._cache.evict_oldest()
        if entry is not None:
            self._backend.remove(entry.sequence_id, 0)
            self._free_ids.append(entry.sequence_id)
            return
        victim = self._scheduler.victim(self._running)
        if victim is not None and len(self._running) > 1:
            self._preempt(victim)
            return
        longest = max((share.sequence for share in shares), key=lambda s: len(s.token_ids))
        if longest.num_generated > 0:
            self._finish(longest, FinishReason.LENGTH)
        else:
            self._fail(longest, ContextFullError(context_size=self._context_size), is_cacheable=False)

    def _preempt(self, sequence: Sequence) -> None:
        """Send a running request back to the queue; what it generated stays and is evaluated again."""
        self._running.remove(sequence)
        self._drop_cells(sequence)
        self._waiting.append(sequence)

    def _roll_back(self, sequence: Sequence) -> None:
        """Undo what an aborted decode left of this step's tokens."""
        self._cut(sequence, sequence.num_computed)

    def _cut(self, sequence: Sequence, length: int) -> None:
        """Keep the first ``length`` positions, or nothing where the memory can't be cut there."""
        assert sequence.sequence_id is not None
        kept = self._backend.remove(sequence.sequence_id, length)
        if kept != length:
            self._backend.remove(sequence.sequence_id, 0)
            kept = 0
        sequence.num_computed = kept
        sequence.num_shared = min(sequence.num_shared, kept)

    def _drop_cells(self, sequence: Sequence) -> None:
        if sequence.sequence_id is None:
            return
        self._backend.remove(sequence.sequence_id, 0)
        self._free_ids.append(sequence.sequence_id)
        sequence.sequence_id = None
        sequence.num_computed = sequence.num_shared = 0

    # Ending

    def _finish(self, sequence: Sequence, reason: FinishReason) -> None:
        self._report_text(sequence, sequence.stream.flush())
        self._leave(sequence, is_cacheable=True)
        usage = sequence.usage()
        self._emit(Finished(sequence.request.request_id, reason, usage, sequence.num_dropped_turns))

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
        if sequence.sequence_id is None:
            return
        if not is_cacheable or sequence.num_computed == 0:
            self._drop_cells(sequence)
            return
        computed = sequence.token_ids[: sequence.num_computed]
        self._cache.add(IdleEntry(sequence.sequence_id, computed, sequence.num_shared))
        sequence.sequence_id = None

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
        for piece in pieces:
            request_id, count = sequence.request.request_id, sequence.num_unreported
            self._emit(TextDelta(request_id, piece.text, count, piece.is_reasoning))
            sequence.num_unreported = 0


def _mark_bytes(backend: Backend, chat_format: ChatFormat) -> dict[int, bytes]:
    """Return the text of control tokens that mark thinking; it must be seen although theirs is not shown."""
    found = {}
    for mark in (chat_format.reasoning_style or THINK).controls:
        token_ids = backend.tokenize(mark, add_special=False, parse_special=True)
        if len(token_ids) == 1 and not backend.token_bytes(token_ids[0]):
            found[token_ids[0]] = mark.encode()
    return found
