"""What was chosen for the conversation on the screen; that of a new one is kept beside its draft."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.unbegun import control_for_new, piece_for_new
from lmstudio_lite.domain.control import NO_CONTROL, ConversationControl
from lmstudio_lite.domain.conversations import StoredMessage
from lmstudio_lite.domain.personas import KeptPersona
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.chat.work import ChatWork
from lmstudio_lite.ui.history_model import STORAGE_LANE


class ChosenControl(QObject):
    """Follows ``ChatWork``. GUI thread; reads and writes in jobs."""

    changed = Signal()
    personas_listed = Signal(object)  # list[KeptPersona]
    model_found = Signal(object, object)  # KeptPersona, Path | None: where the persona's model is
    failed = Signal(object)  # AppError

    def __init__(
        self, services: Services, bridge: Bridge, work: ChatWork, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._work = work
        self.control = NO_CONTROL
        self.personas: list[KeptPersona] = []
        self._for_new = NO_CONTROL
        self._num_read = 0
        work.control_for_new = lambda: self.control
        work.conversation_opened.connect(self._on_conversation_opened)
        work.reply_ended.connect(self._on_reply_ended)
        work.question_taken.connect(self._on_question_taken)
        self._run(lambda: control_for_new(services), self._on_left_read)
        self.list_personas()

    @property
    def persona(self) -> KeptPersona | None:
        return self.control.persona

    def list_personas(self) -> None:
        """Read the personas again, and the one of this conversation as it is now."""
        self._run(lambda: self._services.personas.list(), self._show_personas)
        self.read()

    def choose_persona(self, persona: KeptPersona | None) -> None:
        """Answer as ``persona`` from now on; ``model_found`` follows where it wants a model."""
        self.choose(replace(self.control, persona=persona))
        if persona is None or persona.persona.model is None:
            return
        wanted, personas = persona.persona.model, self._services.personas
        self._bridge.run(
            lambda context: personas.model_path(wanted),
            on_done=lambda path: self._tell_model(persona, path),
            on_failed=self.failed.emit,
        )

    def choose(self, control: ConversationControl) -> None:
        """Let ``control`` hold for what follows in this conversation."""
        conversation_id = self._work.conversation_id
        self._num_read += 1
        self._set(control)
        if conversation_id:
            personas = self._services.at(conversation_id).personas
            self._run(lambda: personas.keep_control(conversation_id, control))
        else:
            self._keep_for_new(control)

    def read(self) -> None:
        """Read what holds for the open conversation; for one that is not begun only its persona anew."""
        conversation_id, control = self._work.conversation_id, self.control
        personas = self._services.at(conversation_id).personas
        self._num_read += 1
        number = self._num_read

        def read() -> ConversationControl:
            return personas.control_of(conversation_id) if conversation_id else personas.newest(control)

        def show(found: ConversationControl) -> None:
            if number == self._num_read:
                self._set(found)

        self._run(read, show)

    def _set(self, control: ConversationControl) -> None:
        if control != self.control:
            self.control = control
            self.changed.emit()

    def _run(self, work: Callable[[], object], on_done: Callable[..., None] | None = None) -> None:
        def run(context: JobContext) -> object:
            return work()

        def done(result: object) -> None:
            if on_done is not None:
                on_done(result)

        self._bridge.run(run, on_done=done, on_failed=self.failed.emit, lane=STORAGE_LANE)

    def _show_personas(self, personas: list[KeptPersona]) -> None:
        self.personas = personas
        self.personas_listed.emit(personas)

    def _tell_model(self, persona: KeptPersona, path: Path | None) -> None:
        if self.persona == persona:
            self.model_found.emit(persona, path)

    def _keep_for_new(self, control: ConversationControl) -> None:
        self._for_new = control
        unsaved, piece = self._services.unsaved, piece_for_new(self._services, control)
        self._run(lambda: unsaved.save(piece))

    @Slot(object)
    def _on_left_read(self, control: ConversationControl) -> None:
        """Take over what the last run left, unless something was chosen since."""
        if self._for_new.is_empty and not control.is_empty:
            self._for_new = control
            if not self._work.conversation_id:
                self._num_read += 1
                self._set(control)

    @Slot(str, str)
    def _on_question_taken(self, conversation_id: str, _text: str) -> None:
        """The conversation has begun, and keeps what was chosen for it itself."""
        if not conversation_id and not self._for_new.is_empty:
            self._keep_for_new(NO_CONTROL)

    @Slot(str)
    def _on_conversation_opened(self, conversation_id: str) -> None:
        """A conversation that only got its id keeps what was chosen for it."""
        if not conversation_id:
            self._num_read += 1
            self._set(self._for_new)
        self.read()

    @Slot(object)
    def _on_reply_ended(self, message: StoredMessage) -> None:
        """A schema that was meant for one reply is gone now."""
        if message.conversation_id == self._work.conversation_id and self.control.is_schema_once:
            self.read()
