"""One engine to its service, two inside: for conversations, and for bulk work in a memory of its own.

Long jobs (the parts of a summary, the segments of a translation) arrive many at a time and are alike in
size. They get a lane: a second memory over the same weights whose sequences see nothing of each other and
nothing of the chats. It is opened when several are waiting and closed when there has been none for a while,
for it takes memory. Where there is no lane, and for a request that does not fit, the first engine serves all.

Steps alternate: while somebody waits for a text, the lane's are short or left out. Belongs to the engine
thread; ``interrupt`` and ``make_way`` may be called from others.
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
from lmstudio_lite.engine.backend import Backend
from lmstudio_lite.engine.core.engine import Engine
from lmstudio_lite.engine.core.sequence import TokenizedRequest
from lmstudio_lite.engine.core.snapshots import SnapshotStore
from lmstudio_lite.engine.templates.chat_format import ChatFormat
from lmstudio_lite.errors import AppError

REQUESTS_MIN = 4
"""Fewer at a time are not worth a memory of their own."""
SPARE_SHARE = 4
"""A quarter more cells than the longest asks for: a retry has other instructions."""
IDLE_S = 30.0
PASSED_OVER_MAX = 3


class LanedEngine:
    """Serves requests on one loaded model; see ``Engine``."""

    def __init__(
        self,
        backend: Backend,
        chat_format: ChatFormat,
        emit: Callable[[GenerationEvent], None],
        snapshots: SnapshotStore | None = None,
    ) -> None:
        self._backend = backend
        self._format = chat_format
        self._emit = emit
        self._main = Engine(backend, chat_format, emit, snapshots)
        self._lane: Engine | None = None
        self._lane_backend: Backend | None = None
        self._unplaced: list[list[GenerationRequest]] = []
        self._may_be_retried: set[str] = set()
        self._unsettled: set[str] = set()
        self._num_passed_over = 0
        self._idle_since = 0.0

    @property
    def has_work(self) -> bool:
        return bool(self._unplaced) or self._main.has_work or self._lane_has_work

    @property
    def is_unsettled(self) -> bool:
        """Whether a request has ended that may be retried, and another one waits for its cells.

        The next step would give them away; its caller is about to say what follows.
        """
        return bool(self._unsettled) and self._lane is not None and self._lane.num_waiting > 0

    @property
    def num_running(self) -> int:
        return self._main.num_running + (self._lane.num_running if self._lane else 0)

    @property
    def num_waiting(self) -> int:
        waiting = self._lane.num_waiting if self._lane else 0
        return self._main.num_waiting + waiting + sum(map(len, self._unplaced))

    @property
    def num_cells_used(self) -> int:
        """Cells of the conversations' memory in use."""
        return self._main.num_cells_used

    def submit_group(self, requests: Sequence[GenerationRequest]) -> None:
        """Queue requests that belong together; the bulk ones get their place in the next step."""
        self._unsettled.difference_update(request.retry_of for request in requests)
        for request in requests:
            if request.priority is Priority.INTERACTIVE:
                self._main.submit(request)
        bulk = [request for request in requests if request.priority is Priority.BULK]
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
        if self._lane is not None:
            self._lane.cancel(request_id)

    def interrupt(self, request_id: str) -> None:
        """Break off the decode under way if this request takes part in it. Any thread."""
        for engine in self._engines():
            engine.interrupt(request_id)

    def make_way(self, request: GenerationRequest) -> None:
        """Break off the decode under way if it is bulk work and ``request`` is not. Any thread."""
        for engine in self._engines():
            engine.make_way(request)

    def abort_lane(self) -> None:
        """Break off the lane's decode: the model is going away. Any thread."""
        backend = self._lane_backend
        if backend is not None:
            backend.abort()

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
        """Take a step for the conversations or one in the lane, in turns: words go out in between."""
        self._place_groups()
        if self._lane is not None and self._is_lanes_turn():
            self._num_passed_over = 0
            self._lane.step(is_watched=self._main.has_interactive)
            self._idle_since = time.monotonic()
        elif self._main.has_work:
            self._num_passed_over += 1
            self._main.step()
            self.close_idle_lane()

    def _is_lanes_turn(self) -> bool:
        if not self._lane_has_work or not self._main.has_work:
            return self._lane_has_work
        patience = PASSED_OVER_MAX if self._main.is_reading_interactive else 1
        return self._num_passed_over >= patience

    def close_idle_lane(self) -> None:
        """Give the lane's memory back if there has been no work for it for a while."""
        if not self._lane_has_work and time.monotonic() - self._idle_since > IDLE_S:
            self.close_lane()

    def close_lane(self) -> None:
        """Give the lane's memory back at once; what runs there must have ended. Idempotent."""
        backend, self._lane_backend, self._lane = self._lane_backend, None, None
        if backend is not None:
            backend.close()

    @property
    def has_lane(self) -> bool:
        return self._lane is not None

    @property
    def _lane_has_work(self) -> bool:
        return self._lane is not None and self._lane.has_work

    def _emit_from_lane(self, event: GenerationEvent) -> None:
        if isinstance(event, Finished | Failed) and event.request_id in self._may_be_retried:
            self._may_be_retried.remove(event.request_id)
            if isinstance(event, Finished):
                self._unsettled.add(event.request_id)
        self._emit(event)

    def _engines(self) -> list[Engine]:
        lane = self._lane
        return [self._main] if lane is None else [self._main, lane]

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
            self._open_lane([found.num_cells for found in tokenized if found.num_cells is not None])
            for place, found in enumerate(tokenized):
                self._place(found, leads_group=place == 0 and len(tokenized) > 1)

    def _place(self, tokenized: TokenizedRequest, *, leads_group: bool) -> None:
        """Hand a bulk request to the lane where it fits, to the main engine where it does not."""
        room = self._lane_backend.model.context_size if self._lane_backend else 0
        if self._lane is None or tokenized.num_cells is None or tokenized.num_cells > room:
            self._main.enqueue(tokenized, leads_group=leads_group)
            return
        if tokenized.request.may_be_retried:
            self._may_be_retried.add(tokenized.request.request_id)
        self._lane.enqueue(tokenized, leads_group=leads_group)

    def _open_lane(self, needs: Sequence[int]) -> None:
        """Open a lane for several requests, or a larger one in place of an idle one that is too small."""
        if len(needs) < REQUESTS_MIN:
            return
        longest = max(needs)
        if self._lane_backend is not None:
            if self._lane_has_work or longest <= self._lane_backend.model.context_size:
                return
            self.close_lane()
        self._lane_backend = self._backend.open_lane(longest + longest // SPARE_SHARE)
        if self._lane_backend is None:
            return  # the next job may be smaller, or find more memory free
        self._lane = Engine(self._lane_backend, self._format, self._emit_from_lane)
        self._idle_since = time.monotonic()
