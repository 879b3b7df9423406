"""The knobs of sampling with what each does in plain words, and what holds where nothing is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QDoubleSpinBox,
    QFormLayout,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.domain.profiles import SamplingChoice
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.chat.control.preset_row import PresetRow
from lmstudio_lite.ui.controls import text_label
from lmstudio_lite.ui.number_boxes import DecimalBox, NumberBox
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.words.control import KNOBS, say_knob, say_knob_help
from lmstudio_lite.words.translate import tr

_RANGES = {
    "temperature": (-0.1, 2.0, 0.1),
    "top_p": (-0.05, 1.0, 0.05),
    "min_p": (-0.05, 1.0, 0.05),
    "repeat_penalty": (0.45, 2.0, 0.05),
}
"""The lowest value of each stands for "not chosen"."""
_TOP_K_MAX = 1000
_SEED_MAX = (1 << 32) - 1


class KnobForm(QWidget):
    """``changed`` follows what the user changes; ``choice`` is what stands in the form."""

    changed = Signal()

    def __init__(self, settings: SettingsStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_showing = False
        self.presets = PresetRow(settings, self)
        self.boxes: dict[str, QSpinBox | QDoubleSpinBox] = {}
        for name in KNOBS:
            if name in _RANGES:
                self.boxes[name] = _fraction(*_RANGES[name], self)
            elif name == "top_k":
                self.boxes[name] = _whole(self)
        self.seed_edit = QLineEdit(self)
        self.seed_edit.setPlaceholderText(tr("a new throw each time"))
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(design.SPACE_16)
        self._form.setVerticalSpacing(design.SPACE_8)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._add(tr("Preset"), self.presets, tr("A choice of knobs that go together."))
        self.presets.box.setAccessibleName(tr("Preset"))
        for name, box in self.boxes.items():
            self._add(say_knob(name), box, say_knob_help(name))
        self._add(say_knob("seed"), self.seed_edit, say_knob_help("seed"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._form)
        self.presets.chosen.connect(self._on_preset_chosen)
        for box in self.boxes.values():
            box.valueChanged.connect(self._on_changed)
        self.seed_edit.textEdited.connect(self._on_changed)

    @property
    def choice(self) -> SamplingChoice:
        """Return what was chosen; a seed that is no number counts as none."""
        found = {
            name: round(box.value(), 2) if isinstance(box, QDoubleSpinBox) else box.value()
            for name, box in self.boxes.items()
            if box.value() > box.minimum()
        }
        text = self.seed_edit.text().strip()
        is_seed = text.isascii() and text.isdecimal() and int(text[:11]) <= _SEED_MAX
        return SamplingChoice(**found, seed=int(text[:11]) if is_seed else None)  # type: ignore[arg-type]

    def show_choice(self, choice: SamplingChoice) -> None:
        """Fill the form; ``changed`` does not follow."""
        self._is_showing = True
        for name, box in self.boxes.items():
            value = getattr(choice, name)
            box.setValue(box.minimum() if value is None else value)  # type: ignore[arg-type]
        self.seed_edit.setText("" if choice.seed is None else str(choice.seed))
        self._is_showing = False
        self.presets.show_choice(self.choice)

    def show_instead(self, instead: Mapping[str, str]) -> None:
        """Say by knob what holds where nothing is chosen: "0.7, the persona"."""
        for name, box in self.boxes.items():
            box.setSpecialValueText(instead.get(name) or tr("As recommended"))

    def _add(self, name: str, field: QWidget, told: str) -> None:
        holder = QWidget(self)
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(field)
        column.addWidget(text_label(told, holder, role="small", wrap=True))
        label = text_label(name, self, wrap=True)
        label.setBuddy(field)
        self._form.addRow(label, holder)
        field.setAccessibleName(name)
        field.setAccessibleDescription(told)
        field.setToolTip(plain_tip(told))

    @Slot(object)
    def _on_preset_chosen(self, preset: SamplingChoice) -> None:
        self.show_choice(replace(preset, seed=self.choice.seed))
        self.changed.emit()

    @Slot()
    def _on_changed(self) -> None:
        if not self._is_showing:
            self.presets.show_choice(self.choice)
            self.changed.emit()


def _fraction(low: float, high: float, step: float, parent: QWidget) -> QDoubleSpinBox:
    box = DecimalBox(parent)
    box.setRange(low, high)
    box.setSingleStep(step)
    _prepare(box)
    return box


def _whole(parent: QWidget) -> QSpinBox:
    box = NumberBox(parent)
    box.setRange(-1, _TOP_K_MAX)
    _prepare(box)
    return box


def _prepare(box: QAbstractSpinBox) -> None:
    box.setSpecialValueText(tr("As recommended"))
    box.lineEdit().setTextMargins(design.SPACE_8, 0, design.SPACE_8, 0)
