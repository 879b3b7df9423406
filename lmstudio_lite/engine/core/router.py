"""One engine to its service, two inside: for conversations, and for bulk work in a context of its own.

Long jobs (the parts of a summary, the segments of a translation) come as groups of requests that are alike
in size. They get a second context over the same weights, with streams: its sequences see nothing of each
other and nothing of the chats. It is opened for a group of several and closed when there has been no work
for a while, for it takes memory. Where there is none, and for a request that does not fit, the engine of the
model's first context serves all.

Steps alternate: while somebody waits for a text, those in streams are short or left out. Belongs to the
engine thread; ``abort``, ``interrupt`` and ``make_way`` may be called from others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from lmstudio_lite.domain.generation import (
    ChatPrompt,
    Failed,
    Finished,
    FinishReason,
    GenerationEvent,
    GenerationRequest,
    Priority,
    Usage,
)
from lmstudio_lite.engine.backend import Context, Model
from lmstudio_lite.engine.core.engine import Engine
from lmstudio_lite.engine.core.scheduler import ContextTurns
from lmstudio_lite.engine.core.sequence import TokenizedRequest
from lmstudio_lite.engine.core.snapshots import SnapshotStore
from lmstudio_lite.engine.templates.chat_format import ChatFormat
from lmstudio_lite.errors import AppError

REQUESTS_MIN = 4
"""Fewer at a time are not worth a context of their own."""
SPARE_SHARE = 4
"""A quarter more cells than the longest asks for: a retry has other instructions."""
IDLE_S = 30.0


class EngineRouter:
    """Serves requests on one loaded model; see ``Engine``."""

    def __init__(
        self,
        model: Model,
        chat_format: ChatFormat,
        emit: Callable[[GenerationEvent], None],
        snapshots: SnapshotStore | None = None,
    ) -> None:
        self._model = model
        self._format = chat_format
        self._emit = emit
        self._main = Engine(model.context, chat_format, emit, snapshots)
        self._streams: Engine | None = None
        self._streams_context: Context | None = None
        self._unplaced: list[list[GenerationRequest]] = []
        self._may_be_retried: set[str] = set()
        self._unsettled: set[str] = set()
        self._turns = ContextTurns()
        self._idle_since = 0.0

    @property
    def has_work(self) -> bool:
        return bool(self._unplaced) or self._main.has_work or self._streams_have_work

    @property
    def is_unsettled(self) -> bool:
        """Whether a request has ended that may be retried, and another one waits for its cells.

        The next step would give them away; its caller is about to say what follows.
        """
        return bool(self._unsettled) and self._streams is not None and self._streams.num_waiting > 0

    @property
    def num_running(self) -> int:
        return self._main.num_running + (self._streams.num_running if self._streams else 0)

    @property
    def num_waiting(self) -> int:
        waiting = self._streams.num_waiting if self._streams else 0
        return self._main.num_waiting + waiting + sum(map(len, self._unplaced))

    @property
    def num_cells_used(self) -> int:
        """Cells of the conversations' memory in use."""
        return self._main.num_cells_used

    def submit_group(self, requests: Sequence[GenerationRequest]) -> None:
        """Queue requests that belong together; the bulk ones get their place in the next step."""
        self._unsettled.difference_update(request.retry_of for request in requests)
        for request in requests:
            if not _is_for_streams(request):
                self._main.submit(request)
        bulk = [request for request in requests if _is_for_streams(request)]
        if bulk:
            self._unplaced.append(bulk)

    def settle(self, request_id: str) -> None:
        """No retry of this request comes; see ``is_unsettled``."""
        self._unsettled.discard(request_id)

    def settle_all(self) -> None:
        """Wait no longer for what follows the requests that have ended."""
        self._unsettled.clear()

    def cancel(self, request_id: str) -> None:
        """End a request as cancelled; unknown and ended ones are ignored."""
        self._cancel_unplaced(request_id)
        self._main.cancel(request_id)
        if self._streams is not None:
            self._streams.cancel(request_id)

    def interrupt(self, request_id: str) -> None:
        """Break off the decode under way if this request takes part in it. Any thread."""
        for engine in self._engines():
            engine.interrupt(request_id)

    def make_way(self, request: GenerationRequest) -> None:
        """Break off the decode under way if it is bulk work and ``request`` is not. Any thread."""
        for engine in self._engines():
            engine.make_way(request)

    def abort(self) -> None:
        """Break off the decode under way, or else the next one: the model is going away. Any thread."""
        for engine in self._engines():
            engine.abort()

    def fail_all(self, error: AppError) -> None:
        """End every request with ``error``: the model is going away."""
        unplaced, self._unplaced = self._unplaced, []
        for request in (request for group in unplaced for request in group):
            self._emit(Failed(request.request_id, error.code, error.details))
        for engine in self._engines():
            engine.fail_all(error)

    def count_prompt_tokens(self, prompt: ChatPrompt) -> int:
        return self._main.count_prompt_tokens(prompt)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._main.count_tokens(texts)

    def save_one_conversation(self) -> bool:
        """Keep one idle conversation's state on disk; whether there was one to keep."""
        return self._main.save_one_conversation()

    def save_conversations(self) -> None:
        """Keep every idle conversation's state on disk: the memory is about to go."""
        self._main.save_conversations()

    def step(self) -> None:
        """Take a step for the conversations or one in streams, in turns: words go out in between."""
        self._place_groups()
        if self._streams is not None and self._is_streams_turn():
            self._streams.step(is_watched=self._main.has_interactive)
            self._idle_since = time.monotonic()
        elif self._main.has_work:
            self._main.step()
            self.close_idle_streams()

    def _is_streams_turn(self) -> bool:
        return self._streams_have_work and self._turns.is_streams_turn(
            others_have_work=self._main.has_work,
            is_reading_interactive=self._main.is_reading_interactive,
        )

    def close_idle_streams(self) -> None:
        """Give the second context's memory back if there has been no work for it for a while."""
        if not self._streams_have_work and time.monotonic() - self._idle_since > IDLE_S:
            self.close_streams()

    def close_streams(self) -> None:
        """Give the second context's memory back; what runs there must have ended. Idempotent."""
        context, self._streams_context, self._streams = self._streams_context, None, None
        if context is not None:
            context.close()

    @property
    def has_streams(self) -> bool:
        return self._streams is not None

    @property
    def _streams_have_work(self) -> bool:
        return self._streams is not None and self._streams.has_work

    def _emit_from_streams(self, event: GenerationEvent) -> None:
        if isinstance(event, Finished | Failed) and event.request_id in self._may_be_retried:
            self._may_be_retried.remove(event.request_id)
            if isinstance(event, Finished):
                self._unsettled.add(event.request_id)
        self._emit(event)

    def _engines(self) -> list[Engine]:
        streams = self._streams
        return [self._main] if streams is None else [self._main, streams]

    def _cancel_unplaced(self, request_id: str) -> None:
        for group in self._unplaced:
            for request in [request for request in group if request.request_id == request_id]:
                group.remove(request)
                self._emit(Finished(request_id, FinishReason.CANCELLED, Usage(0, 0, 0, 0.0, 0.0)))
        self._unplaced = [group for group in self._unplaced if group]

    def _place_groups(self) -> None:
        groups, self._unplaced = self._unplaced, []
        for group in groups:
            tokenized = [found for request in group if (found := self._main.tokenize(request)) is not None]
            self._open_streams([found.num_cells for found in tokenized if found.num_cells is not None])
            for place, found in enumerate(tokenized):
                self._place(found, leads_group=place == 0 and len(tokenized) > 1)

    def _place(self, tokenized: TokenizedRequest, *, leads_group: bool) -> None:
        """Have a bulk request served in streams where it fits, else in the first context."""
        room = self._streams_context.context_size if self._streams_context else 0
        if self._streams is None or tokenized.num_cells is None or tokenized.num_cells > room:
            self._main.enqueue(tokenized, leads_group=leads_group)
            return
        if tokenized.request.may_be_retried:
            self._may_be_retried.add(tokenized.request.request_id)
        self._streams.enqueue(tokenized, leads_group=leads_group)

    def _open_streams(self, needs: Sequence[int]) -> None:
        """Open a context for several requests, or a larger one in place of an idle one that is too small."""
        if len(needs) < REQUESTS_MIN:
            return
        longest = max(needs)
        if self._streams_context is not None:
            if self._streams_have_work or longest <= self._streams_context.context_size:
                return
            self.close_streams()
        self._streams_context = self._model.open_streams(longest + longest // SPARE_SHARE)
        if self._streams_context is None:
            return  # the next job may be smaller, or find more memory free
        self._streams = Engine(self._streams_context, self._format, self._emit_from_streams)
        self._idle_since = time.monotonic()


def _is_for_streams(request: GenerationRequest) -> bool:
    """Long texts are. Short ones of many lengths that are only read make one batch in shared cells; in
    streams llama.cpp evaluates together only what is equally long.
    """
    return request.priority is Priority.BULK and not request.continuations
