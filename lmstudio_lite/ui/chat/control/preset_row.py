"""Choices of knobs by their names: the program's, and those that the user kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QInputDialog, QSizePolicy, QWidget

from lmstudio_lite.domain.persona_values import sampling_from
from lmstudio_lite.domain.personas import NAME_LENGTH_MAX
from lmstudio_lite.domain.profiles import NO_CHOICE, SamplingChoice
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import choice_box, text_button
from lmstudio_lite.ui.plain_words import PlainInputDialog
from lmstudio_lite.ui.remembering import remember
from lmstudio_lite.words.control import PRESETS
from lmstudio_lite.words.translate import tr

_FREE = "free"
_OWN_PREFIX = "own:"


class PresetRow(QWidget):
    """Announces ``chosen``; ``show_choice`` names what stands in the knobs. GUI thread."""

    chosen = Signal(object)  # SamplingChoice

    def __init__(self, settings: SettingsStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._choice = NO_CHOICE
        self.box = choice_box(self, [(tr("As recommended"), "")], "")
        self.box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.keep_button = text_button(tr("Keep…"), self)
        self.keep_button.setAccessibleName(tr("Keep these knobs as a preset"))
        self.forget_button = text_button(tr("Forget"), self, role="quiet")
        self.forget_button.setAccessibleName(tr("Forget this preset"))
        self.question: QInputDialog | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(design.SPACE_8)
        row.addWidget(self.box, 1)
        row.addWidget(self.keep_button)
        row.addWidget(self.forget_button)
        self.box.activated.connect(self._on_chosen)
        self.keep_button.clicked.connect(self._on_keep)
        self.forget_button.clicked.connect(self._on_forget)
        self._fill()

    def show_choice(self, choice: SamplingChoice) -> None:
        """Name the preset that a choice is, whatever its seed."""
        self._choice = replace(choice, seed=None)
        wanted = next((key for key, preset in self._presets.items() if preset == self._choice), _FREE)
        self.box.setCurrentIndex(self.box.findData(wanted))
        self.forget_button.setVisible(wanted.startswith(_OWN_PREFIX))
        self.keep_button.setVisible(wanted == _FREE)

    @property
    def _presets(self) -> Mapping[str, SamplingChoice]:
        kept = self._settings.value.chat.presets
        own = {f"{_OWN_PREFIX}{name}": sampling_from(values) for name, values in kept.items()}
        return {"": NO_CHOICE, **PRESETS, **own}

    def _fill(self) -> None:
        self.box.clear()
        for key in self._presets:
            if key.startswith(_OWN_PREFIX):
                self.box.addItem(safe_line(key.removeprefix(_OWN_PREFIX)), key)
            else:
                self.box.addItem(tr(key) or tr("As recommended"), key)
        self.box.addItem(tr("My own"), _FREE)
        self.show_choice(self._choice)

    @Slot()
    def _on_chosen(self) -> None:
        preset = self._presets.get(self.box.currentData())
        if preset is not None:
            self.chosen.emit(preset)
        self.show_choice(self._choice if preset is None else preset)

    @Slot()
    def _on_keep(self) -> None:
        """Ask for a name and keep what stands in the knobs."""
        question = PlainInputDialog(self)
        question.setWindowTitle(tr("Keep a preset"))
        question.setLabelText(tr("What the preset is to be called:"))
        question.textValueSelected.connect(self._keep)
        self.question = question
        question.open()

    @Slot(str)
    def _keep(self, text: str) -> None:
        name = " ".join(text.split())[:NAME_LENGTH_MAX]
        if name:
            presets = {**self._settings.value.chat.presets, name: self._choice.chosen}
            remember(self._settings, "chat", presets=presets)
            self._fill()

    @Slot()
    def _on_forget(self) -> None:
        """Forget the preset; its values stay in the knobs, to be kept again."""
        name = str(self.box.currentData()).removeprefix(_OWN_PREFIX)
        presets = {each: values for each, values in self._settings.value.chat.presets.items() if each != name}
        remember(self._settings, "chat", presets=presets)
        self._fill()
