"""The engine as the rest of the program uses it: submit, listen, cancel, and never mind the process.

The client keeps a ledger of open requests with the text they have produced. When the worker dies it
starts another (``ladder`` says how), loads the model again and resubmits every open request with its
text as the beginning of the reply, so a reply goes on mid-sentence. It also guards the promise of
exactly one terminal event.

Threads: public methods may be called from any; listeners and ``on_event`` run on the link's thread.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path

from lmstudio_lite.domain.generation import (
    ChatPrompt,
    Failed,
    Finished,
    FinishReason,
    GenerationEvent,
    GenerationRequest,
    PromptProgress,
    TextDelta,
    Usage,
)
from lmstudio_lite.domain.models import EngineState, Failure, LoadedModel, ModelPhase
from lmstudio_lite.engine import wire
from lmstudio_lite.engine.interface import LoadOptions
from lmstudio_lite.engine.ladder import Ladder
from lmstudio_lite.engine.link import Link, OnDeath, OnMessages, ThreadLink, WorkerLink
from lmstudio_lite.errors import (
    EngineCrashLoopError,
    EngineUnavailableError,
    NoModelError,
    error_from_code,
)

_logger = logging.getLogger(__name__)
OpenLink = Callable[[OnMessages, OnDeath], Link]


@dataclass(slots=True)
class _Open:
    """A request without its terminal event yet."""

    request: GenerationRequest
    on_event: Callable[[GenerationEvent], None]
    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    num_tokens: int = 0
    num_tokens_before: int = 0
    is_cancelled: bool = False

    def resumed(self, model: LoadedModel | None) -> GenerationRequest:
        """Return the request that goes on where this one was cut off; ``model`` is what it ran on."""
        request, text = self.request, "".join(self.text)
        self.num_tokens_before = self.num_tokens
        left = None if request.max_tokens is None else max(1, request.max_tokens - self.num_tokens)
        if isinstance(request.prompt, ChatPrompt):
            before = request.prompt.reply_start
            raw = model.raw_reply("".join(self.reasoning), text, before) if model else before + text
            return replace(request, prompt=replace(request.prompt, reply_start=raw), max_tokens=left)
        return replace(request, prompt=request.prompt + text, max_tokens=left)


class Client:
    """An ``EngineClient`` over any link; the link is opened with the first model."""

    def __init__(self, open_link: OpenLink) -> None:
        self._open_link = open_link
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._link: Link | None = None
        self._state = EngineState()
        self._model: LoadedModel | None = None
        self._listeners: list[Callable[[EngineState], None]] = []
        self._open: dict[str, _Open] = {}
        self._calls: dict[int, tuple[Future[list[int]], tuple[str, ...]]] = {}
        self._call_ids = itertools.count(1)
        self._wanted: tuple[Path, LoadOptions] | None = None
        self._ladder = Ladder()
        self._restart_reason = ""
        self._is_closed = False

    @property
    def state(self) -> EngineState:
        with self._lock:
            return self._state

    @property
    def worker_pid(self) -> int | None:
        """Process id that the engine runs in, None before the first model."""
        with self._lock:
            return self._link.pid if self._link is not None else None

    def subscribe(self, listener: Callable[[EngineState], None]) -> Callable[[], None]:
        with self._lock:
            self._listeners.append(listener)

        def unsubscribe() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return unsubscribe

    def load_model(self, path: Path, options: LoadOptions) -> None:
        with self._lock:
            self._raise_if_closed()
            self._wanted = (path, options)
            self._ladder = Ladder(options.rung)
            self._restart_reason = ""
            self._set_state(EngineState(phase=ModelPhase.LOADING, path=path, rung=options.rung))
            if self._link is None:
                self._link = self._new_link()
            self._link.send(wire.LoadModel(path, options))

    def unload_model(self) -> None:
        with self._lock:
            self._wanted = None
            if self._link is not None:
                self._link.send(wire.UnloadModel())

    def submit(self, request: GenerationRequest, on_event: Callable[[GenerationEvent], None]) -> None:
        with self._lock:
            failure = self._reason_not_to_serve()
            if failure is None:
                assert self._link is not None
                self._open[request.request_id] = _Open(request, on_event)
                self._link.send(wire.Submit(request))
                return
        on_event(Failed(request.request_id, failure.code, failure.details))

    def cancel(self, request_id: str) -> None:
        with self._lock:
            entry = self._open.get(request_id)
            if entry is not None and self._link is not None:
                entry.is_cancelled = True
                self._link.send(wire.Cancel(request_id))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        future: Future[list[int]] = Future()
        with self._lock:
            failure = self._reason_not_to_serve()
            if failure is not None:
                raise error_from_code(failure.code, failure.details)
            assert self._link is not None
            call_id = next(self._call_ids)
            self._calls[call_id] = (future, tuple(texts))
            self._link.send(wire.CountTokens(call_id, tuple(texts)))
        return future.result()

    def wait_until_ready(self, timeout_s: float | None = None) -> None:
        with self._changed:
            self._changed.wait_for(
                lambda: self._state.phase not in (ModelPhase.LOADING, ModelPhase.RESTARTING), timeout_s
            )
            state = self._state
        if state.failure is not None:
            raise error_from_code(state.failure.code, state.failure.details)
        if state.phase is ModelPhase.NONE:
            raise NoModelError
        if state.phase is not ModelPhase.READY:
            raise EngineUnavailableError(reason="the model is still loading")

    def close(self) -> None:
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            link, self._link = self._link, None
        if link is not None:
            link.close()
        self._fail_everything(EngineUnavailableError(reason="closed"))

    # Messages of the service

    def _on_messages(self, messages: Sequence[wire.Message]) -> None:
        for message in messages:
            match message:
                case wire.StateChanged(state):
                    self._on_state(state)
                case wire.TokenCounts(call_id, counts):
                    with self._lock:
                        call = self._calls.pop(call_id, None)
                    if call is not None:
                        call[0].set_result(list(counts))
                case wire.CallFailed(call_id, code, details):
                    with self._lock:
                        call = self._calls.pop(call_id, None)
                    if call is not None:
                        call[0].set_exception(error_from_code(code, details))
                case _:
                    self._on_generation_event(message)

    def _on_state(self, state: EngineState) -> None:
        with self._lock:
            is_stale = self._wanted is not None and state.path != self._wanted[0]
            if is_stale and state.phase is not ModelPhase.FAILED:
                return
            phase = state.phase
            if phase is ModelPhase.LOADING and self._restart_reason:
                phase = ModelPhase.RESTARTING
            self._set_state(replace(state, phase=phase, restart_reason=self._restart_reason))

    def _on_generation_event(self, event: GenerationEvent) -> None:
        with self._lock:
            entry = self._open.get(event.request_id)
            if entry is None:
                return
            match event:
                case TextDelta(_, text, num_tokens, is_reasoning):
                    (entry.reasoning if is_reasoning else entry.text).append(text)
                    entry.num_tokens += num_tokens
                case Finished():
                    del self._open[event.request_id]
                    event = _whole(event, entry)
                case Failed():
                    del self._open[event.request_id]
                case PromptProgress():
                    pass
        entry.on_event(event)

    # Death and restart

    def _on_death(self, reason: str) -> None:
        _logger.warning("the engine's process died: %s", reason)
        cancelled: list[_Open] = []
        with self._lock:
            if self._is_closed:
                return
            self._link = None
            self._restart_reason = reason
            cancelled = [entry for entry in self._open.values() if entry.is_cancelled]
            for entry in cancelled:
                del self._open[entry.request.request_id]
            rung = self._ladder.next_rung(time.monotonic())
            wanted = self._wanted
            if rung is not None and wanted is not None:
                self._restart(wanted[0], replace(wanted[1], rung=rung))
        for entry in cancelled:
            usage = Usage(0, 0, entry.num_tokens, 0.0, 0.0)
            entry.on_event(Finished(entry.request.request_id, FinishReason.CANCELLED, usage))
        if wanted is None:
            self._fail_everything(NoModelError())
        elif rung is None:
            error = EngineCrashLoopError(num_crashes=self._ladder.num_crashes, reason=reason)
            self._fail_everything(error)
            failed = EngineState(
                phase=ModelPhase.FAILED,
                path=wanted[0],
                failure=Failure(error.code, error.details),
                restart_reason=reason,
            )
            with self._lock:
                self._set_state(failed)

    def _restart(self, path: Path, options: LoadOptions) -> None:
        """Start another worker and give it all that was open; called with the lock held."""
        self._wanted = (path, options)
        self._set_state(
            EngineState(
                phase=ModelPhase.RESTARTING, path=path, rung=options.rung, restart_reason=self._restart_reason
            )
        )
        link = self._link = self._new_link()
        link.send(wire.LoadModel(path, options))
        for entry in self._open.values():
            link.send(wire.Submit(entry.resumed(self._model)))
        for call_id, (_, texts) in self._calls.items():
            link.send(wire.CountTokens(call_id, texts))

    # Shared

    def _new_link(self) -> Link:
        return self._open_link(self._on_messages, self._on_death)

    def _reason_not_to_serve(self) -> Failure | None:
        """Return why nothing can be submitted now; loading is no reason, requests wait for it."""
        if self._is_closed:
            return Failure(EngineUnavailableError.code, {"reason": "closed"})
        if self._state.failure is not None:
            return self._state.failure
        if self._link is None or self._wanted is None:
            return Failure(NoModelError.code, {})
        return None

    def _raise_if_closed(self) -> None:
        if self._is_closed:
            raise EngineUnavailableError(reason="closed")

    def _fail_everything(self, error: NoModelError | EngineUnavailableError | EngineCrashLoopError) -> None:
        with self._lock:
            entries, self._open = list(self._open.values()), {}
            calls, self._calls = list(self._calls.values()), {}
        for future, _ in calls:
            future.set_exception(error)
        for entry in entries:
            entry.on_event(Failed(entry.request.request_id, error.code, error.details))

    def _set_state(self, state: EngineState) -> None:
        """Take over a snapshot and tell everybody; called with the lock held."""
        self._state = state
        self._model = state.model or self._model
        self._changed.notify_all()
        for listener in tuple(self._listeners):
            listener(state)


def _whole(event: Finished, entry: _Open) -> Finished:
    """Count what was generated before a restart in, too."""
    usage = replace(
        event.usage, num_generated_tokens=event.usage.num_generated_tokens + entry.num_tokens_before
    )
    return replace(event, usage=usage)


class WorkerClient(Client):
    """The engine in its own process: what the window and the terminal use."""

    def __init__(self) -> None:
        super().__init__(WorkerLink)


class ThreadClient(Client):
    """The same engine on a thread of this process."""

    def __init__(self) -> None:
        def open_link(on_messages: OnMessages, _on_death: OnDeath) -> Link:
            from lmstudio_lite.engine.llama_backend import load_llama

            return ThreadLink(load_llama, on_messages)

        super().__init__(open_link)
