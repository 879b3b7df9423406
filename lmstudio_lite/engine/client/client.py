"""The engine as the rest of the program uses it: submit, listen, cancel, and never mind the process.

The client keeps the open requests with the text they have produced. When the worker dies or
hangs it starts another (``ladder`` says how), loads the model again and resubmits every open request
with its text as the beginning of the reply, so a reply goes on mid-sentence. A worker without work ends
after a while, and is started again by the next request. It also guards the promise of exactly one
terminal event.

Threads: public methods may be called from any; listeners and ``on_event`` run on the transport's thread, or
on the one that watches it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lmstudio_lite.domain.embedding import Embeddings
from lmstudio_lite.domain.engine import LoadOptions, Running
from lmstudio_lite.domain.generation import (
    ChatPrompt,
    Failed,
    Finished,
    FinishReason,
    GenerationEvent,
    GenerationRequest,
)
from lmstudio_lite.domain.models import EngineState, Failure, ModelPhase, Rung
from lmstudio_lite.engine import protocol
from lmstudio_lite.engine.client.ladder import HUNG, Ladder
from lmstudio_lite.engine.client.open_request import OpenRequest
from lmstudio_lite.engine.client.open_requests import OpenRequests
from lmstudio_lite.engine.client.pending_calls import PendingCalls, Question
from lmstudio_lite.engine.client.published_state import PublishedState
from lmstudio_lite.engine.client.supervisor import Supervisor, Verdict
from lmstudio_lite.engine.client.ticker import Ticker
from lmstudio_lite.engine.client.transport import (
    OnDeath,
    OnMessages,
    ThreadTransport,
    Transport,
    WorkerTransport,
)
from lmstudio_lite.errors import (
    AppError,
    EngineCrashLoopError,
    EngineUnavailableError,
    NoModelError,
    error_from_code,
)

TICK_S = 0.25
_logger = logging.getLogger(__name__)
_STARTING = (ModelPhase.LOADING, ModelPhase.RESTARTING)
OpenTransport = Callable[[OnMessages, OnDeath], Transport]


class Client:
    """An ``EngineClient`` over any transport; the transport is opened with the first model."""

    def __init__(self, open_transport: OpenTransport) -> None:
        self._open_transport = open_transport
        self._lock = threading.RLock()
        self._transport: Transport | None = None
        self._transport_number = 0
        self._load_number = 0
        self._published = PublishedState(self._lock)
        self._open = OpenRequests()
        self._pending_calls = PendingCalls()
        self._wanted: tuple[Path, LoadOptions] | None = None
        self._next: tuple[Path, LoadOptions] | None = None
        self._ladder = Ladder()
        self._useful_rungs: tuple[Rung, ...] | None = None
        self._supervisor = Supervisor()
        self._restart_reason = ""
        self._kill_reason = ""
        self._is_closed = False
        self._watcher = Ticker("engine-watcher", TICK_S, self._watch)

    @property
    def state(self) -> EngineState:
        return self._published.value  # without the lock: a worker may be started under it; the window asks

    @property
    def worker_pid(self) -> int | None:
        """Process id that the engine runs in, None before the first model and while it sleeps."""
        with self._lock:
            return self._transport.pid if self._transport is not None else None

    def subscribe(self, listener: Callable[[EngineState], None]) -> Callable[[], None]:
        with self._lock:
            self._published.subscribe(listener)

        def unsubscribe() -> None:
            with self._lock:
                self._published.unsubscribe(listener)

        return unsubscribe

    def load_model(self, path: Path, options: LoadOptions, running: Running = Running.CANCEL) -> None:
        path = path.absolute()  # the worker runs in another folder
        with self._lock:
            self._raise_if_closed()
            if self._only_patience_differs(path, options):
                self._wanted = (path, options)
                self._supervisor.watchdog.stall_s = options.hang_s
                return
            if running is Running.FINISH and self._open:
                self._next = (path, options)
                self._published.publish(replace(self.state, next_path=path))
                return
            self._begin_load(path, options)

    def unload_model(self) -> None:
        with self._lock:
            self._wanted = self._next = None
            held = self._open.take_all_held()
            if self._transport is not None:
                self._transport.send(protocol.UnloadModel())
            else:
                self._published.publish(EngineState())
        for entry in held:
            entry.on_event(Failed(entry.request_id, NoModelError.code, {}))

    def submit(self, request: GenerationRequest, on_event: Callable[[GenerationEvent], None]) -> None:
        self.submit_group((request,), on_event)

    def submit_group(
        self, requests: Sequence[GenerationRequest], on_event: Callable[[GenerationEvent], None]
    ) -> None:
        entries = {
            request.request_id: OpenRequest(_with_absolute_paths(request), on_event) for request in requests
        }
        if not entries:
            return
        with self._lock:
            failure = self._reason_not_to_serve()
            if failure is None:
                if self._next is not None:
                    self._open.hold(entries.values())
                    return
                if not self._is_busy:
                    self._supervisor.watchdog.beat(time.monotonic())
                self._send_to_model(self._open.give(entries.values()))
                return
        for request_id in entries:
            on_event(Failed(request_id, failure.code, failure.details))

    def settle(self, request_id: str) -> None:
        with self._lock:
            if self._transport is not None:
                self._transport.send(protocol.Settle(request_id))

    def cancel(self, request_id: str) -> None:
        with self._lock:
            held = self._open.take_held(request_id)
            entry = self._open.given(request_id)
            if entry is not None and self._transport is not None:
                entry.is_cancelled = True
                self._transport.send(protocol.Cancel(request_id))
        if held is not None:
            held.on_event(held.ended(FinishReason.CANCELLED))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        counts: list[int] = self._call(lambda call_id: protocol.CountTokens(call_id, tuple(texts)))
        return counts

    def count_prompt_tokens(self, prompt: ChatPrompt) -> int:
        counts: list[int] = self._call(lambda call_id: protocol.CountPrompt(call_id, prompt))
        return counts[0]

    def embed(self, texts: Sequence[str]) -> Embeddings:
        found: Embeddings = self._call(lambda call_id: protocol.Embed(call_id, tuple(texts)))
        return found

    def wait_until_ready(self, timeout_s: float | None = None) -> None:
        with self._lock:
            if self.state.phase is ModelPhase.SLEEPING:
                self._wake()
            state = self._published.wait_for(lambda state: state.phase not in _STARTING, timeout_s)
        if state.failure is not None:
            raise error_from_code(state.failure.code, state.failure.details)
        if state.phase is ModelPhase.NONE:
            raise NoModelError
        if state.phase in _STARTING:
            raise EngineUnavailableError(reason="the model is still loading")

    def close(self) -> None:
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            transport, self._transport = self._transport, None
        self._watcher.stop()
        if transport is not None:
            transport.close()
        self._fail_everything(EngineUnavailableError(reason="closed"))

    # Loading, sleeping and waking; all called with the lock held

    def _begin_load(self, path: Path, options: LoadOptions) -> None:
        """Load another model; what runs on the one before is cancelled."""
        self._next = None
        self._wanted = (path, options)
        self._ladder = Ladder(options.rung)
        self._useful_rungs = None
        self._restart_reason = ""
        for cancel in self._open.cancel_all():
            if self._transport is not None:
                self._transport.send(cancel)
        self._start(path, options, ModelPhase.LOADING)

    def _load_next(self) -> None:
        """Load the model that waited for the one before to finish, with the requests that wait for it."""
        if self._next is None or self._open or self._is_closed:
            return
        self._begin_load(*self._next)
        held = self._open.take_all_held()
        if held:
            self._send_to_model(self._open.give(held))

    def _start(self, path: Path, options: LoadOptions, phase: ModelPhase) -> None:
        self._published.publish(
            EngineState(phase=phase, path=path, rung=options.rung, restart_reason=self._restart_reason)
        )
        self._supervisor.begin(time.monotonic(), options)
        if self._transport is None:
            self._transport = self._new_transport()
        self._load_number += 1
        self._transport.send(protocol.LoadModel(path, options, self._load_number))

    def _wake(self) -> None:
        assert self._wanted is not None
        self._start(*self._wanted, ModelPhase.LOADING)

    def _send_to_model(self, command: protocol.Command) -> None:
        if self.state.phase is ModelPhase.SLEEPING:
            self._wake()
        assert self._transport is not None
        self._transport.send(command)

    def _only_patience_differs(self, path: Path, options: LoadOptions) -> bool:
        """Whether the model that is ready is wanted again, with other times to wait."""
        if self._wanted is None or self.state.phase not in (ModelPhase.READY, ModelPhase.SLEEPING):
            return False
        before = self._wanted[1]
        same = replace(options, hang_s=before.hang_s, unload_after_s=before.unload_after_s) == before
        return self._wanted[0] == path and same and options != before

    # Messages of the service

    def _on_messages(self, number: int, messages: Sequence[protocol.Message]) -> None:
        with self._lock:
            if number != self._transport_number or (self._transport is None and not self._is_closed):
                return
            self._supervisor.watchdog.beat(time.monotonic())
        for message in messages:
            match message:
                case protocol.StateChanged(state, load_number):
                    self._on_state(state, load_number)
                case protocol.TokenCounts(call_id, counts):
                    self._answer(call_id, list(counts))
                case protocol.Embedded(call_id, embeddings):
                    self._answer(call_id, embeddings)
                case protocol.CallFailed(call_id, code, details):
                    self._answer(call_id, error_from_code(code, details))
                case protocol.Heartbeat():
                    pass
                case _:
                    self._on_generation_event(message)

    def _on_state(self, state: EngineState, load_number: int) -> None:
        with self._lock:
            if load_number != self._load_number:
                return
            phase = state.phase
            if phase is ModelPhase.LOADING and self._restart_reason:
                phase = ModelPhase.RESTARTING
            if phase is ModelPhase.READY and self.state.phase is not ModelPhase.READY:
                self._supervisor.ready(time.monotonic())
            if state.model is not None and state.rung is Rung.NORMAL:
                self._useful_rungs = state.model.useful_rungs
            self._published.publish(
                replace(
                    state,
                    phase=phase,
                    restart_reason=self._restart_reason,
                    rung_helps=self.state.rung_helps and self.state.rung is state.rung,
                    next_path=self._next[0] if self._next else None,
                )
            )

    def _on_generation_event(self, event: GenerationEvent) -> None:
        with self._lock:
            entry = self._open.given(event.request_id)
            if entry is None:
                return
            event = entry.take(event)
            if isinstance(event, Finished | Failed):
                self._open.end(event.request_id)
                if not self._open and (self.state.num_active or self.state.num_waiting):
                    self._published.publish(replace(self.state, num_active=0, num_waiting=0))
            if isinstance(event, Finished) and event.reason is not FinishReason.CANCELLED:
                self._supervisor.has_served = True
        entry.on_event(event)
        with self._lock:
            self._load_next()

    # Calls

    def _call(self, question_of: Callable[[int], Question]) -> Any:
        with self._lock:
            failure = self._reason_not_to_serve()
            if failure is not None:
                raise error_from_code(failure.code, failure.details)
            if not self._is_busy:
                self._supervisor.watchdog.beat(time.monotonic())
            future, question = self._pending_calls.ask(question_of)
            self._send_to_model(question)
        return future.result()

    def _answer(self, call_id: int, answer: object) -> None:
        with self._lock:
            self._pending_calls.answer(call_id, answer)

    # Death, hang and idleness

    def _on_death(self, number: int, reason: str) -> None:
        with self._lock:
            if self._is_closed or number != self._transport_number:
                return
            reason, self._kill_reason = self._kill_reason or reason, ""
            _logger.warning("the engine's process died: %s", reason)
            self._transport = None
            self._restart_reason = reason
            ended = self._open.take_ended()
            rung = self._ladder.next_rung(
                time.monotonic(),
                reason,
                useful=self._useful_rungs,
                is_measuring=self.state.is_measuring and not self._open and not ended,
            )
            wanted = self._wanted
            if wanted is not None and rung is not None:
                self._restart(wanted[0], replace(wanted[1], rung=rung))
        for entry, event in ended:
            entry.on_event(event)
        if wanted is None:
            self._fail_everything(NoModelError())
        elif rung is None:
            self._give_up(wanted[0], reason)
        with self._lock:
            self._load_next()

    def _restart(self, path: Path, options: LoadOptions) -> None:
        """Start another worker and give it all that was open; called with the lock held."""
        self._wanted = (path, options)
        self._start(path, options, ModelPhase.RESTARTING)
        assert self._transport is not None
        resumed = self._open.resumed(self._published.model)
        if resumed is not None:
            self._transport.send(resumed)
        for question in self._pending_calls.questions:
            self._transport.send(question)

    def _give_up(self, path: Path, reason: str) -> None:
        error = EngineCrashLoopError(num_crashes=self._ladder.num_crashes, reason=reason)
        self._fail_everything(error, with_held=self._next is None)
        failure = Failure(error.code, error.details)
        with self._lock:
            self._published.publish(
                EngineState(phase=ModelPhase.FAILED, path=path, failure=failure, restart_reason=reason)
            )

    def _watch(self) -> None:
        """Look after the worker; called four times a second, until the client is closed."""
        resting = self._look_after(time.monotonic())
        if resting is not None:
            resting.close()

    def _look_after(self, now: float) -> Transport | None:
        """Kill a worker that hangs, note a rung that helps; return the transport of one that may end."""
        with self._lock:
            transport, wanted = self._transport, self._wanted
            if transport is None or wanted is None or self._is_closed:
                return None
            verdict = self._supervisor.judge(
                now,
                wanted[1],
                is_busy=self._is_busy,
                is_ready=self.state.phase is ModelPhase.READY,
                measure=transport.activity,
            )
            match verdict:
                case Verdict.HANGS:
                    self._kill_reason = HUNG
                    transport.kill()
                case Verdict.HELPS:
                    self._published.publish(replace(self.state, rung_helps=True))
                case Verdict.MAY_SLEEP:
                    self._transport = None
                    rung, model = wanted[1].rung, self._published.model
                    asleep = EngineState(ModelPhase.SLEEPING, wanted[0], model=model, rung=rung)
                    self._published.publish(asleep)
                    return transport
                case Verdict.FINE:
                    pass
            return None

    # Shared

    @property
    def _is_busy(self) -> bool:
        return bool(self._open or self._pending_calls) or self.state.phase in _STARTING

    def _new_transport(self) -> Transport:
        self._transport_number += 1
        number = self._transport_number
        self._watcher.start()
        return self._open_transport(
            lambda messages: self._on_messages(number, messages),
            lambda reason: self._on_death(number, reason),
        )

    def _reason_not_to_serve(self) -> Failure | None:
        """Return why nothing can be submitted now; loading is no reason, requests wait for it."""
        if self._is_closed:
            return Failure(EngineUnavailableError.code, {"reason": "closed"})
        if self.state.failure is not None:
            return self.state.failure
        if self._wanted is None or (self._transport is None and self.state.phase is not ModelPhase.SLEEPING):
            return Failure(NoModelError.code, {})
        return None

    def _raise_if_closed(self) -> None:
        if self._is_closed:
            raise EngineUnavailableError(reason="closed")

    def _fail_everything(self, error: AppError, *, with_held: bool = True) -> None:
        with self._lock:
            entries = self._open.take_all(with_held=with_held)
            self._pending_calls.fail_all(error)
        for entry in entries:
            entry.on_event(Failed(entry.request_id, error.code, error.details))


def _with_absolute_paths(request: GenerationRequest) -> GenerationRequest:
    """Name the adapters so that a worker in another folder finds them."""
    adapters = tuple(replace(use, path=use.path.absolute()) for use in request.adapters)
    return replace(request, adapters=adapters)


class WorkerClient(Client):
    """The engine in its own process: what the window and the terminal use."""

    def __init__(self) -> None:
        super().__init__(WorkerTransport)


class ThreadClient(Client):
    """The same engine on a thread of this process."""

    def __init__(self) -> None:
        def open_transport(on_messages: OnMessages, _on_death: OnDeath) -> Transport:
            from lmstudio_lite.engine.llama.embedder import load_embedder
            from lmstudio_lite.engine.llama.model import load_llama

            return ThreadTransport(load_llama, load_embedder, on_messages)

        super().__init__(open_transport)
