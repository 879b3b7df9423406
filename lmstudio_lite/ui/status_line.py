"""The window's last line: speed and context of the conversation on the screen, what runs, where it runs.

Speed and context belong to the conversation that is shown and to nothing else: where none is, none is said.
"""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from lmstudio_lite.domain.models import EngineState, ModelPhase
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.chat.figures import ConversationFigures
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.model_control import ModelControl
from lmstudio_lite.ui.theme import set_role
from lmstudio_lite.words.translate import tr

_BAR_WIDTH = 96


class StatusLine(QFrame):
    """Follows ``ModelControl``, and the conversation on the screen if there is one."""

    context_requested = Signal()

    def __init__(
        self, control: ModelControl, figures: ConversationFigures, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        set_role(self, "status")
        self._control = control
        self._figures = figures
        self._is_chat_shown = True
        self.speed = text_label("", self)
        self.context = text_button("", self, role="quiet")
        self.context.setToolTip(tr("Show what is in the context"))
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(_BAR_WIDTH)
        self._bar.setAccessibleName(tr("Context used"))
        self.work = text_label("", self)
        self.device = text_label("", self)
        self.offline = text_label(tr("offline"), self)
        self.offline.setToolTip(tr("Nothing leaves this computer."))
        row = QHBoxLayout(self)
        row.setContentsMargins(design.SPACE_16, 3, design.SPACE_16, 3)
        row.setSpacing(design.SPACE_16)
        row.addWidget(self.speed)
        row.addWidget(self.context)
        row.addWidget(self._bar)
        row.addWidget(self.work)
        row.addStretch(1)
        row.addWidget(self.device)
        row.addWidget(self.offline)
        self.context.clicked.connect(self.context_requested)
        control.changed.connect(self._on_control_changed)
        figures.changed.connect(self._on_control_changed)
        self._on_control_changed()

    @Slot(bool)
    def show_fetching(self, is_fetching: bool) -> None:
        """Say whether the network is used: for what the user asked to fetch, and for nothing else."""
        self.offline.setText(tr("fetching a model") if is_fetching else tr("offline"))
        self.offline.setToolTip(
            tr("Only what you asked for is fetched. Nothing of yours leaves this computer.")
            if is_fetching
            else tr("Nothing leaves this computer.")
        )

    def show_chat(self, is_shown: bool) -> None:
        """Say whether a conversation is on the screen."""
        self._is_chat_shown = is_shown
        self._on_control_changed()

    @Slot()
    def _on_control_changed(self) -> None:
        state = self._control.state
        model = state.model if state.phase is ModelPhase.READY else None
        self._show(self.speed, self._speed_words(state) if model else "")
        self._show(self.work, self._work_words(state) if model else self._sleep_words(state))
        self._show(self.device, model.device if model else "")
        used = self._figures.num_context_tokens if self._is_chat_shown else None
        self._bar.setVisible(model is not None and used is not None)
        if model is None or used is None:
            self._show(self.context, "")
            return
        size = model.context_size
        self._show(self.context, tr("context {0} of {1}").format(f"{used:,}", f"{size:,}"))
        self._bar.setRange(0, max(1, size))
        self._bar.setValue(min(used, size))

    def _show(self, label: QLabel | QPushButton, words: str) -> None:
        if isinstance(label, QPushButton):  # no higher than the labels: the line takes no room from the tab
            label.setMaximumHeight(self.offline.sizeHint().height())
        label.setText(words)
        label.setVisible(bool(words))

    def _speed_words(self, state: EngineState) -> str:
        speed = self._speed(state) if self._is_chat_shown else None
        if not speed:
            return ""
        digits = 0 if speed >= 10 else 1
        return tr("{0} tokens/s").format(f"{speed:.{digits}f}")

    def _speed(self, state: EngineState) -> float | None:
        """Return the speed of the reply on the screen; while it is written, if nothing else is."""
        if not self._figures.is_replying:
            return self._figures.tokens_per_s
        return state.tokens_per_s if state.num_active == 1 else None

    def _sleep_words(self, state: EngineState) -> str:
        if state.phase is not ModelPhase.SLEEPING:
            return ""
        return tr("the model sleeps until it is needed")

    def _work_words(self, state: EngineState) -> str:
        if state.is_measuring and not state.num_active:
            return tr("measuring what is fastest here")
        if state.num_waiting:
            return tr("{0} running, {1} waiting").format(state.num_active, state.num_waiting)
        return tr("{0} running").format(state.num_active) if state.num_active > 1 else ""
