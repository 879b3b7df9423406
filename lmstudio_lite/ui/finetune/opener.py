"""What the main window holds of fine-tuning: the chip, and the window that is made when it is wanted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.generation import AdapterUse
from lmstudio_lite.domain.training import Phase
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.finetune.chip import training_chip
from lmstudio_lite.ui.finetune.run_control import RunControl
from lmstudio_lite.ui.model_control import ModelControl
from lmstudio_lite.ui.theme import Theme

if TYPE_CHECKING:
    from lmstudio_lite.ui.finetune.draft import FinetuneDraft
    from lmstudio_lite.ui.finetune.window import FinetuneWindow


class FinetuneOpener(QObject):
    """Lives as long as the main window; what was decided in a closed window is still there in the next."""

    chat_wanted = Signal()

    def __init__(
        self, services: Services, bridge: Bridge, theme: Theme, control: ModelControl, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._theme = theme
        self._control = control
        self._widget = parent
        self._draft: FinetuneDraft | None = None
        self.window: FinetuneWindow | None = None
        self.runs = RunControl(services, bridge, self)
        self.chip = training_chip(self.runs, parent)
        self.chip.clicked.connect(self._on_chip_clicked)
        self.runs.look_for_interrupted()

    @Slot()
    def show_window(self) -> None:
        """Open the window, or bring it to the front."""
        if self.window is None:
            from lmstudio_lite.ui.finetune.draft import FinetuneDraft
            from lmstudio_lite.ui.finetune.window import FinetuneWindow

            if self._draft is None:
                self._draft = FinetuneDraft(self._services, self._bridge, self)
            self.window = FinetuneWindow(
                self._services, self._bridge, self._theme, self._draft, self.runs, self._widget
            )
            self.window.chat_requested.connect(self._on_chat_requested)
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()

    def close_window(self) -> None:
        """Close the window with the main window."""
        if self._draft is not None:
            self._draft.keep_now()
        if self.window is not None:
            self.window.close()

    @Slot()
    def _on_chip_clicked(self) -> None:
        """Open the window where the training is, or what came of it."""
        from lmstudio_lite.ui.finetune.window import Step

        self.show_window()
        assert self.window is not None
        record = self.runs.record
        self.window.show_step(Step.RESULT if record and record.phase is Phase.DONE else Step.TRAIN)

    @Slot(object, object, float)
    def _on_chat_requested(self, model: Path, adapter: Path | None, strength: float) -> None:
        use = AdapterUse(adapter, strength) if adapter is not None else None
        self._control.choose(model, adapter=use)
        self.chat_wanted.emit()
