"""What the status line says of the open conversation: how full its context is, how fast its last reply came.

The context is counted as the model reads it, by the engine, whenever the conversation on the screen or the
model changes; while a reply is written it is the prompt that the model has been given and the reply so far.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal, Slot

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.conversations import StoredMessage
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.models import EngineState, ModelPhase
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.chat.work import ChatWork

_LANE = "context"


class ConversationFigures(QObject):
    """Follows ``ChatWork``. ``num_context_tokens`` is None where it is not known. GUI thread."""

    changed = Signal()

    def __init__(
        self, services: Services, bridge: Bridge, work: ChatWork, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._work = work
        self._thread: Sequence[StoredMessage] = ()
        self._model: object = None
        self._num_asked = 0
        self.num_context_tokens: int | None = None
        work.thread_changed.connect(self._on_thread_changed)
        work.context_filled.connect(self._on_context_filled)
        work.working_changed.connect(self._on_working_changed)
        bridge.engine_state_changed.connect(self._on_engine_state_changed)

    @property
    def is_replying(self) -> bool:
        """Whether the open conversation gets a reply now."""
        return self._work.is_replying_here

    @property
    def tokens_per_s(self) -> float | None:
        """How fast the last reply on the screen was written, None where that was not measured."""
        last = self._thread[-1] if self._thread else None
        return last.tokens_per_s if last is not None and last.role is Role.ASSISTANT else None

    @Slot(object)
    def _on_thread_changed(self, thread: list[StoredMessage]) -> None:
        self._thread = thread
        self._count()

    @Slot(int)
    def _on_context_filled(self, num_tokens: int) -> None:
        self._num_asked += 1
        self._show(num_tokens)

    @Slot()
    def _on_working_changed(self) -> None:
        self._count()

    @Slot(object)
    def _on_engine_state_changed(self, state: EngineState) -> None:
        model = (state.path, state.model.context_size) if state.model is not None else None
        ready = model if state.phase is ModelPhase.READY else None
        if ready != self._model:
            self._model = ready
            self._count()

    def _count(self) -> None:
        """Ask anew; an answer that is not the newest is dropped."""
        self._num_asked += 1
        number, conversation_id = self._num_asked, self._work.conversation_id
        running = self._work.num_context_tokens
        if running is not None:
            self._show(running)
            return
        if self._model is None or not self._thread:
            self._show(0 if not self._thread and not conversation_id else None)
            return

        def count(context: JobContext) -> int:
            return self._services.at(conversation_id).chat.count_context(conversation_id)

        def show(num_tokens: int | None) -> None:
            if number == self._num_asked:
                self._show(num_tokens)

        self._bridge.run(count, on_done=show, on_failed=lambda _error: show(None), lane=_LANE)

    def _show(self, num_tokens: int | None) -> None:
        self.num_context_tokens = num_tokens
        self.changed.emit()
