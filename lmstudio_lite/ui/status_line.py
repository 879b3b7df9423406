"""The window's last line: speed, how full the context is, where it runs, and that nothing is online."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QWidget

from lmstudio_lite.domain.models import EngineState, ModelPhase
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import text_label
from lmstudio_lite.ui.model_control import ModelControl
from lmstudio_lite.ui.theme import set_role

_BAR_WIDTH = 96


class StatusLine(QFrame):
    """Follows ``ModelControl``."""

    def __init__(self, control: ModelControl, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "status")
        self._control = control
        self.speed = text_label("", self)
        self.context = text_label("", self)
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(_BAR_WIDTH)
        self._bar.setAccessibleName(self.tr("Context used"))
        self.work = text_label("", self)
        self.device = text_label("", self)
        self.offline = text_label(self.tr("offline"), self)
        self.offline.setToolTip(self.tr("Nothing leaves this computer."))
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
        control.changed.connect(self._on_control_changed)
        self._on_control_changed()

    @Slot()
    def _on_control_changed(self) -> None:
        state = self._control.state
        model = state.model if state.phase is ModelPhase.READY else None
        self._show(self.speed, self._speed_words(state) if model else "")
        self._show(self.work, self._work_words(state) if model else self._sleep_words(state))
        self._bar.setVisible(model is not None)
        if model is None:
            self._show(self.context, "")
            self._show(self.device, "")
            return
        used, size = state.num_cells_used, model.context_size
        self._show(self.context, self.tr("context {0} of {1}").format(f"{used:,}", f"{size:,}"))
        self._bar.setRange(0, max(1, size))
        self._bar.setValue(min(used, size))
        self._show(self.device, model.device)

    def _show(self, label: QLabel, words: str) -> None:
        label.setText(words)
        label.setVisible(bool(words))

    def _speed_words(self, state: EngineState) -> str:
        if state.tokens_per_s <= 0:
            return ""
        digits = 0 if state.tokens_per_s >= 10 else 1
        return self.tr("{0} tokens/s").format(f"{state.tokens_per_s:.{digits}f}")

    def _sleep_words(self, state: EngineState) -> str:
        if state.phase is not ModelPhase.SLEEPING:
            return ""
        return self.tr("the model sleeps until it is needed")

    def _work_words(self, state: EngineState) -> str:
        if state.is_measuring and not state.num_active:
            return self.tr("measuring what is fastest here")
        if state.num_waiting:
            return self.tr("{0} running, {1} waiting").format(state.num_active, state.num_waiting)
        return self.tr("{0} running").format(state.num_active) if state.num_active > 1 else ""
