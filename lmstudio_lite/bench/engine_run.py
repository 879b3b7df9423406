"""Our engine as a measure uses it: a worker process with one model, requests with their times."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lmstudio_lite.bench.setting import Setting
from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.generation import (
    ChatPrompt,
    Failed,
    Finished,
    GenerationEvent,
    GenerationRequest,
    Priority,
    Sampling,
    TextDelta,
    Usage,
)
from lmstudio_lite.domain.models import Tuning
from lmstudio_lite.engine.client.client import WorkerClient
from lmstudio_lite.errors import EngineUnavailableError, error_from_code

GREEDY = Sampling(temperature=0)
LOAD_TIMEOUT_S = 300.0
TUNING_TIMEOUT_S = 120.0
ANSWER_TIMEOUT_S = 1800.0
SNAPSHOT_LIMIT_BYTES = 4 << 30


@dataclass(eq=False, slots=True)
class Reply:
    """A request under way. Times are ``time.perf_counter``'s, as its events reach this process."""

    request_id: str
    submitted_at: float
    arrivals: list[tuple[float, int]] = field(default_factory=list)
    text: str = ""
    _end: Finished | Failed | None = None
    ended_at: float = 0.0
    _ended: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)

    def take(self, event: GenerationEvent) -> None:
        """Note an event; called on the client's thread."""
        now = time.perf_counter()
        if isinstance(event, TextDelta):
            self.arrivals.append((now, event.num_tokens))
            self.text += event.text
            self.begun.set()
        elif isinstance(event, Finished | Failed):
            self._end, self.ended_at = event, now
            self.begun.set()
            self._ended.set()

    def wait(self) -> Usage:
        """Wait for the end; raises the error that it failed with."""
        if not self._ended.wait(ANSWER_TIMEOUT_S):
            raise EngineUnavailableError(reason="no answer")
        if isinstance(self._end, Failed):
            raise error_from_code(self._end.code, self._end.details)
        assert self._end is not None
        return self._end.usage

    @property
    def first_token_s(self) -> float:
        return self.arrivals[0][0] - self.submitted_at

    @property
    def tokens_per_s(self) -> float:
        """Rate between the first and the last arrival of text."""
        elapsed_s = self.arrivals[-1][0] - self.arrivals[0][0]
        return sum(count for _, count in self.arrivals[1:]) / elapsed_s


class EngineRun:
    """Submits requests to a loaded engine."""

    def __init__(self, client: WorkerClient) -> None:
        self.client = client
        self._ids = itertools.count()

    @property
    def tuning(self) -> Tuning | None:
        """What the model runs with, for the other side to run with the same."""
        model = self.client.state.model
        return model.tuning if model is not None else None

    def start(
        self,
        prompt: ChatPrompt | str,
        max_tokens: int,
        *,
        priority: Priority = Priority.INTERACTIVE,
        copies_prompt: bool = False,
        conversation_id: str = "",
    ) -> Reply:
        """Submit and return at once; greedy."""
        request = GenerationRequest(
            self._next_id(),
            prompt,
            max_tokens,
            GREEDY,
            priority=priority,
            copies_prompt=copies_prompt,
            conversation_id=conversation_id,
        )
        reply = Reply(request.request_id, time.perf_counter())
        self.client.submit(request, reply.take)
        return reply

    def start_group(self, prompts: Sequence[str], max_tokens: int) -> list[Reply]:
        """Submit bulk requests as one group and return at once; greedy."""
        requests = [
            GenerationRequest(self._next_id(), prompt, max_tokens, GREEDY, priority=Priority.BULK)
            for prompt in prompts
        ]
        began = time.perf_counter()
        replies = {request.request_id: Reply(request.request_id, began) for request in requests}
        self.client.submit_group(requests, lambda event: replies[event.request_id].take(event))
        return list(replies.values())

    def _next_id(self) -> str:
        return f"bench {next(self._ids)}"

    def ask(self, prompt: ChatPrompt | str, max_tokens: int, *, copies_prompt: bool = False) -> Reply:
        """Submit and wait for the end."""
        reply = self.start(prompt, max_tokens, copies_prompt=copies_prompt)
        reply.wait()
        return reply

    def wall_s(self, prompts: Sequence[str], max_tokens: int) -> tuple[float, int]:
        """Submit all at once; return the seconds until the last has ended, and the tokens generated."""
        began = time.perf_counter()
        replies = self.start_group(prompts, max_tokens)
        num_tokens = sum(reply.wait().num_generated_tokens for reply in replies)
        return time.perf_counter() - began, num_tokens


@contextmanager
def open_engine(
    setting: Setting,
    model: Path,
    *,
    context_size: int,
    num_sequences_max: int = 8,
    snapshots: Path | None = None,
) -> Iterator[EngineRun]:
    """Load a model in a worker process, tuned before if it is to be; it ends with the ``with`` block.

    Raises:
        AppError: the model can't be loaded.
    """
    options = LoadOptions(
        context_size=context_size,
        num_sequences_max=num_sequences_max,
        snapshot_folder=snapshots,
        snapshot_limit_bytes=SNAPSHOT_LIMIT_BYTES if snapshots else 0,
        tuning_path=setting.tuning_path,
    )
    client = WorkerClient()
    try:
        client.load_model(model, options)
        client.wait_until_ready(LOAD_TIMEOUT_S)
        if options.tuning_path is not None and client.state.is_measuring:
            setting.say(f"tuning {model.stem}")
            _wait_until_measured(client)
            client.close()
            client = WorkerClient()
            client.load_model(model, options)
            client.wait_until_ready(LOAD_TIMEOUT_S)
        yield EngineRun(client)
    finally:
        client.close()


def _wait_until_measured(client: WorkerClient) -> None:
    """Wait while the idle engine measures; what it can't finish in time is measured untuned."""
    deadline = time.monotonic() + TUNING_TIMEOUT_S
    while client.state.is_measuring and time.monotonic() < deadline:
        time.sleep(0.1)
