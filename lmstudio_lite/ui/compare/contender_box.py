"""Who takes part: a model, and what it is asked with. Two of these stand side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFormLayout, QFrame, QWidget

from lmstudio_lite.domain.duels import Contender
from lmstudio_lite.domain.models import ModelFile
from lmstudio_lite.domain.personas import KeptPersona
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.choice_box import ChoiceBox
from lmstudio_lite.ui.controls import text_label
from lmstudio_lite.ui.number_boxes import DecimalBox
from lmstudio_lite.ui.theme import set_role
from lmstudio_lite.words.translate import tr

_RECOMMENDED = -0.1


@dataclass(frozen=True, slots=True)
class Offered:
    """What there is to choose from; adapters are files."""

    models: tuple[ModelFile, ...]
    adapters: tuple[Path, ...]
    personas: tuple[KeptPersona, ...]


class ContenderBox(QFrame):
    """One of the two. GUI thread."""

    changed = Signal()

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        set_role(self, "card")
        self.title = text_label(title, self, role="heading")
        self.model_box = _choice(title, tr("Model"), self)
        self.adapter_box = _choice(title, tr("Adapter"), self)
        self.persona_box = _choice(title, tr("Persona"), self)
        self.temperature_box = DecimalBox(self)
        self.temperature_box.setRange(_RECOMMENDED, 2.0)
        self.temperature_box.setSingleStep(0.1)
        self.temperature_box.setDecimals(1)
        self.temperature_box.setSpecialValueText(tr("as in chats"))
        self.temperature_box.setValue(_RECOMMENDED)
        self.temperature_box.setAccessibleName(f"{title}: {tr('Temperature')}")
        form = QFormLayout(self)
        form.setContentsMargins(design.SPACE_12, design.SPACE_8, design.SPACE_12, design.SPACE_8)
        form.setSpacing(design.SPACE_8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(self.title)
        form.addRow(tr("Model"), self.model_box)
        form.addRow(tr("Adapter"), self.adapter_box)
        form.addRow(tr("Persona"), self.persona_box)
        form.addRow(tr("Temperature"), self.temperature_box)
        for box in (self.model_box, self.adapter_box, self.persona_box):
            box.currentIndexChanged.connect(self._on_changed)
        self.temperature_box.valueChanged.connect(self._on_changed)

    def offer(self, offered: Offered, chosen: Path | None) -> None:
        """Show what there is to choose from; what was chosen stays, else it is ``chosen``."""
        before = self.model_box.currentData()
        wanted = before.path if isinstance(before, ModelFile) else chosen
        _fill(self.model_box, [(file.name, file) for file in offered.models])
        paths = [file.path for file in offered.models]
        if wanted in paths:
            self.model_box.setCurrentIndex(paths.index(wanted))
        none: list[tuple[str, object]] = [(tr("none"), None)]
        _fill(self.adapter_box, [*none, *((path.stem, path) for path in offered.adapters)])
        _fill(self.persona_box, [*none, *((each.persona.name, each.persona) for each in offered.personas)])
        self.adapter_box.setEnabled(bool(offered.adapters))

    @property
    def contender(self) -> Contender | None:
        """Who is chosen, None without a model."""
        file = self.model_box.currentData()
        if not isinstance(file, ModelFile):
            return None
        adapter, temperature = self.adapter_box.currentData(), self.temperature_box.value()
        return Contender(
            model=str(file.path),
            model_name=file.name,
            adapter=str(adapter) if adapter is not None else "",
            persona=self.persona_box.currentData(),
            temperature=round(temperature, 1) if temperature >= 0 else None,
        )

    @Slot()
    def _on_changed(self) -> None:
        self.changed.emit()


def _choice(title: str, name: str, parent: QWidget) -> ChoiceBox:
    box = ChoiceBox(parent)
    box.setAccessibleName(f"{title}: {name}")
    box.setMinimumContentsLength(8)
    box.setSizeAdjustPolicy(ChoiceBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return box


def _fill(box: ChoiceBox, choices: Sequence[tuple[str, object]]) -> None:
    """Offer ``choices``; the one that was chosen by its name stays."""
    before = box.currentText()
    box.blockSignals(True)
    box.clear()
    for words, value in choices:
        box.addItem(words, value)
    box.setCurrentIndex(max(0, box.findText(before)))
    box.blockSignals(False)
