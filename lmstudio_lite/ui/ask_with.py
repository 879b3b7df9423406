"""A question is asked again with another model, which is put to use and answers beside the others."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from lmstudio_lite.domain.models import ModelPhase
from lmstudio_lite.ui.chat.work import ChatWork
from lmstudio_lite.ui.model_control import ModelControl
from lmstudio_lite.ui.model_switch import choose_model


@dataclass(frozen=True, slots=True)
class _Wanted:
    path: Path
    question_id: str
    conversation_id: str


class AskWithModel(QObject):
    """Waits until the model is being loaded; what is asked then waits for it. GUI thread."""

    def __init__(self, control: ModelControl, work: ChatWork, window: QWidget) -> None:
        super().__init__(window)
        self._control, self._work, self._window = control, work, window
        self._wanted: _Wanted | None = None
        control.changed.connect(self._on_control_changed)

    @Slot(object, str)
    def ask(self, path: Path, question_id: str) -> None:
        """Have the model at ``path`` answer a question of the open conversation."""
        self._wanted = _Wanted(path, question_id, self._work.conversation_id)
        if self._control.state.path == path and self._control.state.phase is ModelPhase.READY:
            self._reply()
            return
        question = choose_model(path, self._control, self._window)
        if question is not None:
            question.rejected.connect(self._on_refused)

    @Slot()
    def _on_control_changed(self) -> None:
        control, wanted = self._control, self._wanted
        if wanted is None or control.is_checking:
            return
        if control.error is not None:
            self._wanted = None
        elif control.path == wanted.path:
            self._reply()

    def _reply(self) -> None:
        wanted, self._wanted = self._wanted, None
        if wanted is not None and wanted.conversation_id == self._work.conversation_id:
            self._work.reply_to(wanted.question_id)

    @Slot()
    def _on_refused(self) -> None:
        self._wanted = None
