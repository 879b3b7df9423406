"""The engine thread: takes commands, steps the engine, gives messages.

Model: llama-server's queue and loop. One thread owns the backend from loading to closing. ``post``
may be called from any thread; ``send`` is called on the engine thread, with a step's messages at once.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import assert_never

from lmstudio_lite.domain.generation import Failed, GenerationEvent, PromptProgress, TextDelta
from lmstudio_lite.domain.models import EngineState, Failure, ModelPhase
from lmstudio_lite.engine import wire
from lmstudio_lite.engine.backend import Backend, BackendLoader
from lmstudio_lite.engine.chat_format import choose_format
from lmstudio_lite.engine.core import Engine
from lmstudio_lite.engine.interface import LoadOptions
from lmstudio_lite.engine.snapshots import SnapshotStore
from lmstudio_lite.errors import (
    AppError,
    CancelledError,
    EngineUnavailableError,
    NoModelError,
)

STATE_INTERVAL_S = 0.25
LOAD_STEP = 0.05
FRAME_S = 0.016
SAVE_AFTER_IDLE_S = 1.0
_logger = logging.getLogger(__name__)


class Service:
    """Runs until ``Shutdown``; then the backend is closed and nothing more is sent."""

    def __init__(self, load_backend: BackendLoader, send: Callable[[Sequence[wire.Message]], None]) -> None:
        self._load_backend = load_backend
        self._send = send
        self._commands: queue.SimpleQueue[wire.Command] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._state = EngineState()
        self._backend: Backend | None = None
        self._engine: Engine | None = None
        self._snapshots: SnapshotStore | None = None
        self._outbox: list[wire.Message] = []
        self._may_save = False
        self._is_stopping = threading.Event()
        self._gives_up_loading = threading.Event()
        self._rate = _Rate()
        self._state_sent_at = 0.0
        self._flushed_at = 0.0

    def start(self) -> None:
        self._thread.start()

    def post(self, command: wire.Command) -> None:
        """Queue a command; what must not wait for the step under way takes effect at once."""
        match command:
            case wire.Cancel(request_id):
                engine = self._engine
                if engine is not None:
                    engine.interrupt(request_id)
            case wire.Submit(request):
                engine = self._engine
                if engine is not None:
                    engine.make_way(request)
            case wire.LoadModel() | wire.UnloadModel() | wire.Shutdown():
                self._gives_up_loading.set()
                if isinstance(command, wire.Shutdown):
                    self._is_stopping.set()
                backend = self._backend
                if backend is not None:
                    backend.abort()
            case _:
                pass
        self._commands.put(command)

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the thread to end after ``Shutdown``; whether it did."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._is_stopping.is_set():
                self._take_commands()
                if self._engine is not None and self._engine.has_work and not self._is_stopping.is_set():
                    self._engine.step()
                self._report_activity()
                self._flush()
        finally:
            self._close_model(EngineUnavailableError(reason="closed"))

    def _take_commands(self) -> None:
        """Handle what is queued; wait for a command only when there is nothing to do."""
        idle = self._engine is None or not self._engine.has_work
        if idle and self._state.num_active:
            self._report_activity(now=True)
            self._flush()
        try:
            command = self._commands.get(block=idle, timeout=SAVE_AFTER_IDLE_S if self._may_save else None)
            while True:
                self._may_save = True
                self._handle(command)
                command = self._commands.get_nowait()
        except queue.Empty:
            if idle and self._may_save:
                self._may_save = self._engine is not None and self._engine.save_one_conversation()

    def _handle(self, command: wire.Command) -> None:
        match command:
            case wire.LoadModel(path, options):
                self._load(path, options)
            case wire.UnloadModel():
                self._close_model()
                self._set_state(EngineState())
            case wire.Submit(request):
                if self._engine is None:
                    self._emit(Failed(request.request_id, NoModelError.code, {}))
                else:
                    self._engine.submit(request)
            case wire.Cancel(request_id):
                if self._engine is not None:
                    self._engine.cancel(request_id)
            case wire.CountTokens(call_id, texts):
                self._count_tokens(call_id, texts)
            case wire.Shutdown():
                self._is_stopping.set()
            case _:
                assert_never(command)

    def _load(self, path: Path, options: LoadOptions) -> None:
        self._close_model()
        self._gives_up_loading.clear()
        self._set_state(EngineState(phase=ModelPhase.LOADING, path=path, rung=options.rung))
        self._flush()
        try:
            self._backend = self._load_backend(path, options, self._on_load_progress)
            self._snapshots = _open_snapshots(options)
            chat_format = choose_format(
                self._backend.chat_template,
                special_texts=self._backend.special_texts,
                control_texts=self._backend.control_texts,
            )
            if chat_format.problem:
                _logger.warning("the model's chat template can't be used: %s", chat_format.problem)
            self._engine = Engine(self._backend, chat_format, self._emit, self._snapshots)
        except CancelledError:
            self._close_model()
            self._set_state(EngineState())
            return
        except AppError as error:
            self._close_model()
            failure = Failure(error.code, error.details)
            self._set_state(EngineState(phase=ModelPhase.FAILED, path=path, failure=failure))
            return
        self._set_state(
            EngineState(
                phase=ModelPhase.READY,
                path=path,
                model=replace(
                    self._backend.model,
                    reasoning_marks=chat_format.reasoning_marks,
                    has_thinking_switch=chat_format.has_thinking_switch,
                    template_problem=chat_format.problem,
                ),
                rung=options.rung,
                loading_fraction=1.0,
            )
        )

    def _on_load_progress(self, fraction: float) -> bool:
        if fraction - self._state.loading_fraction >= LOAD_STEP:
            self._set_state(replace(self._state, loading_fraction=fraction))
            self._flush()
        return not self._gives_up_loading.is_set()

    def _close_model(self, reason: AppError | None = None) -> None:
        """Give the model's memory back; what is open fails with ``reason``, or for want of a model."""
        if self._engine is not None:
            self._engine.fail_all(reason or NoModelError())
            self._engine.save_conversations()
            self._engine = None
        if self._backend is not None:
            self._backend.close()
            self._backend = None
        self._flush()
        if self._snapshots is not None:
            self._snapshots.close()
            self._snapshots = None

    def _count_tokens(self, call_id: int, texts: Sequence[str]) -> None:
        if self._engine is None:
            failure = self._state.failure or Failure(NoModelError.code, {})
            self._outbox.append(wire.CallFailed(call_id, failure.code, failure.details))
        else:
            self._outbox.append(wire.TokenCounts(call_id, tuple(self._engine.count_tokens(texts))))

    # Messages

    def _emit(self, event: GenerationEvent) -> None:
        if isinstance(event, TextDelta):
            self._rate.add(event.num_tokens)
        self._outbox.append(event)

    def _set_state(self, state: EngineState) -> None:
        self._state = state
        self._outbox.append(wire.StateChanged(state))
        self._state_sent_at = time.monotonic()

    def _report_activity(self, *, now: bool = False) -> None:
        """Tell the numbers of the status line, four times a second and when work ends."""
        engine = self._engine
        if engine is None or (not now and time.monotonic() - self._state_sent_at < STATE_INTERVAL_S):
            return
        state = replace(
            self._state,
            num_cells_used=engine.num_cells_used,
            num_active=engine.num_running,
            num_waiting=engine.num_waiting,
            tokens_per_s=self._rate.per_second() or self._state.tokens_per_s,
        )
        if state != self._state:
            self._set_state(state)

    def _flush(self) -> None:
        """Send what has gathered: at once if anything of it ends or answers something, else once a frame.

        A wake-up of the window for every token would take cores from the next one.
        """
        if not self._outbox:
            return
        is_urgent = any(not isinstance(message, TextDelta | PromptProgress) for message in self._outbox)
        now = time.monotonic()
        if is_urgent or now - self._flushed_at >= FRAME_S:
            self._flushed_at = now
            messages, self._outbox = self._outbox, []
            self._send(messages)


class _Rate:
    """Tokens per second over the last two seconds or so."""

    WINDOW_S = 2.0

    def __init__(self) -> None:
        self._samples: list[tuple[float, int]] = []

    def add(self, count: int) -> None:
        self._samples.append((time.monotonic(), count))

    def per_second(self) -> float:
        """Return the rate, 0.0 when too little happened to tell."""
        now = time.monotonic()
        self._samples = [(at, count) for at, count in self._samples if now - at <= self.WINDOW_S]
        if len(self._samples) < 4:
            return 0.0
        elapsed = self._samples[-1][0] - self._samples[0][0]
        return sum(count for _, count in self._samples[1:]) / elapsed if elapsed > 0 else 0.0


def _open_snapshots(options: LoadOptions) -> SnapshotStore | None:
    if options.snapshot_folder is None or options.snapshot_limit_bytes <= 0:
        return None
    return SnapshotStore(options.snapshot_folder, options.snapshot_limit_bytes)
