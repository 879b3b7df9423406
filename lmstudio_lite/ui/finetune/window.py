"""The Fine-tune window: five steps at the left, the step at the right. Closing it stops nothing.

Pages are built when they are first shown; nothing here imports torch, and the curve's library only comes with
the fourth step.
"""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.training import Phase
from lmstudio_lite.finetune.sizes import Size
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import text_button
from lmstudio_lite.ui.drops import DropZone, install_drops
from lmstudio_lite.ui.finetune.draft import FinetuneDraft, Preset
from lmstudio_lite.ui.finetune.run_control import RunControl
from lmstudio_lite.ui.finetune.step import StepPage, StepRail
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words.runs import say_training
from lmstudio_lite.words.translate import tr, trn

if TYPE_CHECKING:
    from lmstudio_lite.ui.finetune.data_step import DataStep
    from lmstudio_lite.ui.finetune.result_step import ResultStep
    from lmstudio_lite.ui.finetune.train_step import TrainStep

WIDTH, HEIGHT = 960, 640
WIDTH_MIN, HEIGHT_MIN = 820, 560
_POINT_SIZE = 11.0


class Step(IntEnum):
    """Pages by their place in the rail."""

    MODEL = 0
    DATA = 1
    SETTINGS = 2
    TRAIN = 3
    RESULT = 4


class FinetuneWindow(QWidget):
    """Non-modal. The draft and the run outlive it."""

    chat_requested = Signal(object, object, float)  # model's path, adapter's path or None, strength

    def __init__(
        self,
        services: Services,
        bridge: Bridge,
        theme: Theme,
        draft: FinetuneDraft,
        runs: RunControl,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        set_role(self, "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(tr("Fine-tune"))
        # Large text wants a large window, as far as the screen goes.
        scale = max(1.0, theme.ui_font().pointSizeF() / _POINT_SIZE)
        room = self.screen().availableSize()
        self.resize(
            min(max(WIDTH, room.width()), round(WIDTH * scale)),
            min(max(HEIGHT, room.height()), round(HEIGHT * scale)),
        )
        self.setMinimumSize(WIDTH_MIN, HEIGHT_MIN)
        self.draft = draft
        self.runs = runs
        names = (
            tr("Model"),
            tr("Data"),
            tr("Settings"),
            tr("Train"),
            tr("Try and export"),
        )
        self.rail = StepRail(names, self)
        self.pages: dict[Step, StepPage] = {}
        self._services = services
        self._bridge = bridge
        self._theme = theme
        self._data: DataStep | None = None
        self._train: TrainStep | None = None
        self._result: ResultStep | None = None
        self._stack = QStackedWidget(self)
        self.back_button = text_button(tr("Back"), self)
        self.next_button = text_button(tr("Next"), self, role="primary")
        self._lay_out()
        self._number = Step.MODEL
        self.rail.step_chosen.connect(self.show_step)
        self.back_button.clicked.connect(lambda: self.show_step(self._number - 1))
        self.next_button.clicked.connect(lambda: self.show_step(self._number + 1))
        draft.changed.connect(self._on_state_changed)
        runs.changed.connect(self._on_state_changed)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Close), self).activated.connect(self.close)
        zone = DropZone(tr("Drop to learn from it"), self._on_paths_dropped)
        install_drops(self, lambda: [zone], self._on_text_dropped)
        self.show_step(Step.TRAIN if runs.is_active else Step.MODEL)
        self.setFocus()
        self._on_state_changed()

    @property
    def step(self) -> Step:
        return self._number

    @Slot(int)
    def show_step(self, number: int) -> None:
        """Go to a step; any may be gone to at any time."""
        step = Step(min(max(number, Step.MODEL), Step.RESULT))
        if step not in self.pages:
            page = self._make(step)
            self.pages[step] = page
            self._stack.addWidget(page)
        self._number = step
        self._stack.setCurrentWidget(self.pages[step])
        self.rail.choose(step)
        self.back_button.setVisible(step > Step.MODEL)
        self.next_button.setVisible(step < Step.RESULT)
        self.pages[step].begin()
        self._on_state_changed()

    def _lay_out(self) -> None:
        line = QFrame(self)
        line.setFixedWidth(1)
        set_role(line, "vertical-separator")
        bottom = QHBoxLayout()
        bottom.setContentsMargins(design.SPACE_24, 0, design.SPACE_24, design.SPACE_16)
        bottom.setSpacing(design.SPACE_8)
        bottom.addStretch(1)
        bottom.addWidget(self.back_button)
        bottom.addWidget(self.next_button)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self._stack, 1)
        right.addLayout(bottom)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addWidget(line)
        row.addLayout(right, 1)

    def _make(self, step: Step) -> StepPage:
        """Build a page; its modules are imported only now, so that the window opens at once."""
        services, bridge, theme = self._services, self._bridge, self._theme
        match step:
            case Step.MODEL:
                from lmstudio_lite.ui.finetune.model_step import ModelStep

                return ModelStep(services, bridge, theme, self.draft, self)
            case Step.DATA:
                from lmstudio_lite.ui.finetune.data_step import DataStep

                self._data = DataStep(services, bridge, theme, self.draft, self)
                return self._data
            case Step.SETTINGS:
                from lmstudio_lite.ui.finetune.settings_step import SettingsStep

                return SettingsStep(self.draft, self)
            case Step.TRAIN:
                from lmstudio_lite.ui.finetune.train_step import TrainStep

                self._train = TrainStep(services, bridge, theme, self.draft, self.runs, self)
                return self._train
            case Step.RESULT:
                from lmstudio_lite.ui.finetune.result_step import ResultStep

                self._result = ResultStep(services, bridge, theme, self.runs, self)
                self._result.chat_requested.connect(self.chat_requested)
                return self._result

    @Slot()
    def _on_state_changed(self) -> None:
        draft, buttons = self.draft, self.rail.buttons
        nothing = tr("From nothing") if draft.is_from_nothing else ""
        buttons[Step.MODEL].set_state(draft.base.name if draft.base is not None else nothing)
        buttons[Step.DATA].set_state(self._data_state())
        buttons[Step.SETTINGS].set_state(self._settings_state())
        record = self.runs.record
        state = tr("Starting") if self.runs.is_starting else say_training(record) if record else ""
        buttons[Step.TRAIN].set_state(state)
        is_done = record is not None and (record.phase is Phase.DONE or record.exporting is not None)
        num_files = len(record.exports) if record is not None and is_done else 0
        files = trn("{n} file", "{n} files", num_files)
        buttons[Step.RESULT].set_state(files if num_files else "")
        shown = self._train.shown if self._train is not None else record
        is_ready = (draft.has_model, draft.can_train, True, shown is not None, False)
        self.next_button.setEnabled(is_ready[self._number])
        if self._result is not None:
            self._result.show_run(shown)

    def _settings_state(self) -> str:
        chosen = self.draft.size if self.draft.is_from_nothing else self.draft.preset
        words: dict[Preset | Size | None, str] = {
            Preset.QUICK: tr("Quick try"),
            Preset.BALANCED: tr("Balanced"),
            Preset.THOROUGH: tr("Thorough"),
            Size.TINY: tr("Tiny"),
            Size.SMALL: tr("Small"),
            Size.LARGER: tr("Larger"),
            None: tr("your own settings"),
        }
        return words[chosen]

    def _data_state(self) -> str:
        data = self.draft.data
        if data.is_working:
            return tr("reading")
        if data.collection is None:
            return ""
        return trn("{n} example", "{n} examples", data.collection.figures.num_examples)

    def _on_paths_dropped(self, paths: list[Path]) -> None:
        self.show_step(Step.DATA)
        assert self._data is not None
        self._data.add_paths(paths)

    def _on_text_dropped(self, text: str) -> None:
        """Text is no file of examples; there is nothing to do with it here."""
