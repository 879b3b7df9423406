"""The engine thread: takes commands, steps the engine, gives messages.

Model: llama-server's queue and loop. One thread owns the model from loading to closing. ``post``
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

from lmstudio_lite.domain.engine import LoadOptions, Purpose
from lmstudio_lite.domain.generation import (
    ChatPrompt,
    Failed,
    Finished,
    GenerationEvent,
    PromptProgress,
    TextDelta,
)
from lmstudio_lite.domain.models import EngineState, Failure, LoadedModel, ModelPhase
from lmstudio_lite.engine import protocol
from lmstudio_lite.engine.backend import Embedder, EmbedderLoader, Model, ModelLoader
from lmstudio_lite.engine.core.delta_merging import merge_deltas
from lmstudio_lite.engine.core.router import EngineRouter
from lmstudio_lite.engine.core.snapshots import SnapshotStore
from lmstudio_lite.engine.core.token_rate import TokenRate
from lmstudio_lite.engine.core.used_time import UseMeter
from lmstudio_lite.engine.templates.chat_format import ChatFormat, choose_format
from lmstudio_lite.engine.tuning.measuring import Measuring
from lmstudio_lite.engine.tuning.run import TuningRun
from lmstudio_lite.errors import (
    AppError,
    BadRequestError,
    CancelledError,
    EngineUnavailableError,
    ModelLoadError,
    NoModelError,
)

STATE_INTERVAL_S = 0.25
LOAD_STEP = 0.05
FRAME_S = 0.033
"""Text is sent 30 times a second at most."""
IDLE_S = 1.0
HEARTBEAT_S = 1.0
CELLS_WORTH_KEEPING = 256
STREAMS_CHECK_S = 5.0
SETTLING_S = 0.1
"""How long at most a caller is waited for who is to say whether it retries a request that has ended."""
_logger = logging.getLogger(__name__)


class Service:
    """Runs until ``Shutdown``; then the model is closed and nothing more is sent."""

    def __init__(
        self,
        load_model: ModelLoader,
        send: Callable[[Sequence[protocol.Message]], None],
        load_embedder: EmbedderLoader | None = None,
    ) -> None:
        self._load_model = load_model
        self._load_embedder = load_embedder
        self._send = send
        self._commands: queue.SimpleQueue[protocol.Command] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._state = EngineState()
        self._model: Model | None = None
        self._engine: EngineRouter | None = None
        self._chat_format: ChatFormat | None = None
        self._has_given_template = False
        self._embedder: Embedder | None = None
        self._measuring: Measuring | None = None
        self._snapshots: SnapshotStore | None = None
        self._outbox: list[protocol.Message] = []
        self._may_save = False
        self._is_stopping = threading.Event()
        self._load_number = 0
        self._newest: protocol.Command | None = None
        self._rate = TokenRate()
        self._meter = UseMeter()
        self._state_sent_at = 0.0
        self._flushed_at = 0.0
        self._sent_at = 0.0
        self._idle_since = 0.0

    def start(self) -> None:
        self._thread.start()

    def post(self, command: protocol.Command) -> None:
        """Queue a command; what must not wait for the step under way takes effect at once."""
        is_about_model = isinstance(command, protocol.LoadModel | protocol.UnloadModel | protocol.Shutdown)
        if is_about_model:
            self._newest = command
        if isinstance(command, protocol.Shutdown):
            self._is_stopping.set()
        self._commands.put(command)
        engine, measuring = self._engine, self._measuring
        if engine is None:
            return
        if is_about_model or (measuring is not None and measuring.is_measuring):
            engine.abort()
        elif isinstance(command, protocol.Cancel):
            engine.interrupt(command.request_id)
        elif isinstance(command, protocol.SubmitGroup):
            for request in command.requests:
                engine.make_way(request)

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the thread to end after ``Shutdown``; whether it did."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._is_stopping.is_set():
                self._take_commands()
                self._flush()
                if self._engine is not None and self._engine.has_work and not self._is_stopping.is_set():
                    self._meter.note_running(self._engine.num_running)
                    self._engine.step()
                    self._beat()
                self._report_activity()
                self._flush()
        finally:
            self._close_model(EngineUnavailableError(reason="closed"))

    def _take_commands(self) -> None:
        """Handle what is queued; wait for a command only when there is nothing to do."""
        idle = self._engine is None or not self._engine.has_work
        if idle and (self._state.num_active or self._state.num_waiting):
            self._report_activity(now=True)
            self._flush()
        if not idle:
            self._idle_since = time.monotonic()
        try:
            patience_s = self._patience_s() if idle else SETTLING_S
            command = self._commands.get(block=idle or self._is_unsettled, timeout=patience_s)
            while True:
                self._may_save = True
                self._idle_since = time.monotonic()
                self._handle(command)
                if self._is_unsettled:
                    self._flush()  # what was cancelled just now is settled once that is known
                command = self._commands.get(block=self._is_unsettled, timeout=SETTLING_S)
        except queue.Empty:
            if self._engine is not None:
                self._engine.settle_all()
            if idle:
                self._use_idle_time()

    @property
    def _is_unsettled(self) -> bool:
        return self._engine is not None and self._engine.is_unsettled

    def _patience_s(self) -> float | None:
        """How long to wait for a command before idle time is used; None where there is no use for it."""
        if self._engine is None:
            return None
        if not (self._may_save or self._measuring is not None):
            return STREAMS_CHECK_S if self._engine.has_streams else None
        return max(0.0, self._idle_since + IDLE_S - time.monotonic())

    def _use_idle_time(self) -> None:
        """Keep a conversation that was left, else measure something."""
        if self._engine is None or time.monotonic() - self._idle_since < IDLE_S:
            return
        self._engine.close_idle_streams()
        if self._may_save:
            self._may_save = self._engine.save_one_conversation()
        elif self._measuring is not None:
            self._measure(self._measuring)

    def _measure(self, measuring: Measuring) -> None:
        ended = measuring.step()
        if measuring.is_over:
            self._measuring = None
        if ended is not None:
            self._use_tuning(ended)
        elif self._measuring is None:
            self._set_state(replace(self._state, is_measuring=False))

    def _use_tuning(self, tuning: TuningRun) -> None:
        """Run with what was found, unless much would have to be read again: then the next load does."""
        assert self._model is not None
        assert self._engine is not None
        found = tuning.finish()
        if not tuning.takes_context or self._engine.num_cells_used <= CELLS_WORTH_KEEPING:
            self._engine.save_conversations()
            self._engine.close_streams()
            if self._model.reconfigure(found):
                self._engine = self._new_engine()
        self._set_state(
            replace(
                self._state,
                is_measuring=self._measuring is not None,
                num_cells_used=self._engine.num_cells_used,
                model=self._described(),
            )
        )

    def _handle(self, command: protocol.Command) -> None:
        match command:
            case protocol.LoadModel():
                self._load(command)
            case protocol.UnloadModel():
                self._close_model()
                self._set_state(EngineState())
            case protocol.SubmitGroup(requests):
                if self._engine is not None:
                    self._engine.submit_group(requests)
                else:
                    for request in requests:
                        self._emit(Failed(request.request_id, NoModelError.code, {}))
            case protocol.Cancel(request_id):
                if self._engine is not None:
                    self._engine.cancel(request_id)
            case protocol.Settle(request_id):
                if self._engine is not None:
                    self._engine.settle(request_id)
            case protocol.CountTokens(call_id, texts):
                self._count_tokens(call_id, texts)
            case protocol.CountPrompt(call_id, prompt):
                self._count_prompt(call_id, prompt)
            case protocol.Embed(call_id, texts):
                self._embed(call_id, texts)
            case protocol.Shutdown():
                self._is_stopping.set()
            case _:
                assert_never(command)

    def _load(self, command: protocol.LoadModel) -> None:
        path, options = command.path, command.options
        self._close_model()
        self._load_number = command.load_number
        self._meter = UseMeter()
        self._set_state(EngineState(phase=ModelPhase.LOADING, path=path, rung=options.rung))
        self._flush()

        def go_on(fraction: float) -> bool:
            if fraction - self._state.loading_fraction >= LOAD_STEP:
                self._set_state(replace(self._state, loading_fraction=fraction))
            self._beat()
            self._flush()
            return self._newest is command

        try:
            if options.purpose is Purpose.EMBED:
                self._open_embedder(path, options, go_on)
            else:
                self._open_model(path, options, go_on)
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
                model=self._described(),
                rung=options.rung,
                is_measuring=self._measuring is not None,
                loading_fraction=1.0,
            )
        )

    def _open_model(self, path: Path, options: LoadOptions, go_on: Callable[[float], bool]) -> None:
        model = self._model = self._load_model(path, options, go_on)
        self._snapshots = _open_snapshots(options)
        tokenizer = model.tokenizer
        self._has_given_template = bool(options.chat_template)
        self._chat_format = choose_format(
            options.chat_template or tokenizer.chat_template,
            special_texts=tokenizer.special_texts,
            guarded_texts=tokenizer.guarded_texts,
        )
        if self._chat_format.problem:
            _logger.info("the model's chat template can't be used: %s", self._chat_format.problem)
        self._engine = self._new_engine()
        measuring = Measuring.begin(model, options, lambda: not self._commands.empty())
        self._measuring = None if measuring.is_over else measuring

    def _open_embedder(self, path: Path, options: LoadOptions, go_on: Callable[[float], bool]) -> None:
        if self._load_embedder is None:
            raise ModelLoadError(path=str(path), reason="embeds_nothing")
        self._embedder = self._load_embedder(path, options, go_on)

    def _new_engine(self) -> EngineRouter:
        assert self._model is not None
        assert self._chat_format is not None
        return EngineRouter(self._model, self._chat_format, self._emit, self._snapshots)

    def _described(self) -> LoadedModel | None:
        if self._embedder is not None:
            return self._embedder.info
        if self._model is None or self._chat_format is None:
            return None
        return replace(
            self._model.info,
            has_chat_template=self._model.info.has_chat_template or self._has_given_template,
            reasoning_marks=self._chat_format.reasoning_marks,
            has_thinking_switch=self._chat_format.has_thinking_switch,
            template_problem=self._chat_format.problem,
        )

    def _close_model(self, reason: AppError | None = None) -> None:
        """Give the model's memory back; what is open fails with ``reason``, or for want of a model."""
        if self._measuring is not None:
            self._measuring.close()
            self._measuring = None
        if self._embedder is not None:
            self._embedder.close()
            self._embedder = None
        if self._engine is not None:
            self._engine.fail_all(reason or NoModelError())
            self._engine.save_conversations()
            self._engine.close_streams()
            self._engine = None
        if self._model is not None:
            self._model.close()
            self._model = None
        self._flush()
        if self._snapshots is not None:
            self._snapshots.close()
            self._snapshots = None

    def _count_tokens(self, call_id: int, texts: Sequence[str]) -> None:
        counter = self._engine or self._embedder
        if counter is None:
            self._refuse(call_id, NoModelError())
        else:
            self._outbox.append(protocol.TokenCounts(call_id, tuple(counter.count_tokens(texts))))

    def _count_prompt(self, call_id: int, prompt: ChatPrompt) -> None:
        if self._engine is None:
            self._refuse(call_id, NoModelError())
            return
        try:
            count = self._engine.count_prompt_tokens(prompt)
        except AppError as error:
            self._refuse(call_id, error)
        else:
            self._outbox.append(protocol.TokenCounts(call_id, (count,)))

    def _embed(self, call_id: int, texts: Sequence[str]) -> None:
        if self._embedder is None:
            wrong = NoModelError() if self._engine is None else BadRequestError(reason="the model writes")
            self._refuse(call_id, wrong)
            return

        def go_on() -> bool:
            self._beat()
            self._flush()
            return not self._is_stopping.is_set()

        try:
            embeddings = self._embedder.embed(texts, go_on)
        except AppError as error:
            self._refuse(call_id, error)
        else:
            self._outbox.append(protocol.Embedded(call_id, embeddings))

    def _refuse(self, call_id: int, error: AppError) -> None:
        failure = self._state.failure or Failure(error.code, error.details)
        self._outbox.append(protocol.CallFailed(call_id, failure.code, failure.details))

    # Messages

    def _emit(self, event: GenerationEvent) -> None:
        if isinstance(event, TextDelta):
            self._rate.add(event.num_tokens)
        elif isinstance(event, Finished):
            self._meter.note_finished(event.usage)
        self._outbox.append(event)

    def _set_state(self, state: EngineState) -> None:
        self._state = state
        self._outbox.append(protocol.StateChanged(state, self._load_number))
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
            tokens_per_s=self._rate.per_second(),
            used=self._meter.used,
        )
        if state != self._state:
            self._set_state(state)

    def _beat(self) -> None:
        """Give a sign of life, if nothing else did for a while."""
        if time.monotonic() - self._sent_at >= HEARTBEAT_S:
            self._outbox.append(protocol.Heartbeat())

    def _flush(self) -> None:
        """Send what has gathered: at once if anything of it ends or answers something, else now and then.

        A wake-up of the window for every token would take cores from the next one.
        """
        if not self._outbox:
            return
        is_urgent = any(not isinstance(message, TextDelta | PromptProgress) for message in self._outbox)
        now = time.monotonic()
        if is_urgent or now - self._flushed_at >= FRAME_S:
            self._flushed_at = self._sent_at = now
            messages, self._outbox = self._outbox, []
            self._send(merge_deltas(messages))


def _open_snapshots(options: LoadOptions) -> SnapshotStore | None:
    if options.snapshot_folder is None or options.snapshot_limit_bytes <= 0:
        return None
    return SnapshotStore(options.snapshot_folder, options.snapshot_limit_bytes)
