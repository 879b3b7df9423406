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

from lmstudio_lite.domain.generation import ChatPrompt, Finished, GenerationEvent, GenerationRequest, Priority
from lmstudio_lite.engine.backend import Backend
from lmstudio_lite.engine.core.engine import Engine
from lmstudio_lite.engine.core.snapshots import SnapshotStore
from lmstudio_lite.engine.templates.chat_format import ChatFormat
from lmstudio_lite.errors import AppError

REQUESTS_MIN = 4
"""Fewer at a time are not worth a memory of their own."""
SPARE_SHARE = 4
"""A quarter more cells than the longest asks for: a second attempt has other instructions."""
LONG_PROMPT = 600
"""Tokens that are worth a moment's wait for another attempt, which could use them."""
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
        self._undecided: list[GenerationRequest] = []
        self._num_passed_over = 0
        self._has_ended = False
        self._idle_since = 0.0

    @property
    def has_work(self) -> bool:
        return bool(self._undecided) or self._main.has_work or self._lane_has_work

    @property
    def is_gathering(self) -> bool:
        """Whether more requests are likely at once: bulk ones have come whose place is still open, or some
        have ended, after which another attempt may be made.
        """
        return bool(self._undecided) or (self._has_ended and self._lane_has_work)

    @property
    def num_running(self) -> int:
        return self._main.num_running + (self._lane.num_running if self._lane else 0)

    @property
    def num_waiting(self) -> int:
        waiting = self._lane.num_waiting if self._lane else 0
        return self._main.num_waiting + waiting + len(self._undecided)

    @property
    def num_cells_used(self) -> int:
        """Cells of the conversations' memory in use."""
        return self._main.num_cells_used

    def submit(self, request: GenerationRequest) -> None:
        """Queue a request; bulk ones get their place in the next step: how many came decides it."""
        if request.priority is Priority.BULK:
            self._undecided.append(request)
        else:
            self._main.submit(request)

    def cancel(self, request_id: str) -> None:
        """End a request as cancelled; unknown and ended ones are ignored."""
        self._place_undecided()
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
        self._place_undecided()
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
        self._has_ended = False
        self._place_undecided()
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
        self._has_ended |= isinstance(event, Finished) and event.usage.num_prompt_tokens >= LONG_PROMPT
        self._emit(event)

    def _engines(self) -> list[Engine]:
        lane = self._lane
        return [self._main] if lane is None else [self._main, lane]

    def _place_undecided(self) -> None:
        """Hand bulk requests to the lane where they fit, to the main engine where they don't."""
        if not self._undecided:
            return
        requests, self._undecided = self._undecided, []
        needs = [self._main.cells_needed(request) for request in requests]
        self._open_lane([need for need in needs if need is not None])
        for request, need in zip(requests, needs, strict=True):
            room = self._lane_backend.model.context_size if self._lane_backend else 0
            fits = need is not None and need <= room
            (self._lane if fits and self._lane is not None else self._main).submit(request)

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
