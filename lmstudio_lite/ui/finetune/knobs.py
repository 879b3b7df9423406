"""Rows of a form that write into the draft as the user goes, and follow it when it changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QFormLayout, QSpinBox, QWidget

from lmstudio_lite.finetune.protocol import FinetuneSettings
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import choice_box
from lmstudio_lite.ui.finetune.draft import FinetuneDraft
from lmstudio_lite.ui.number_boxes import DecimalBox, NumberBox

NUMBER_WIDTH = 120


class Knobs:
    """Builds the rows of ``form``, whose widgets belong to ``parent``."""

    def __init__(self, draft: FinetuneDraft, form: QFormLayout, parent: QWidget) -> None:
        self._draft = draft
        self._form = form
        self._parent = parent
        self._followers: list[Callable[[FinetuneSettings], None]] = []
        self.is_filling = False

    def fill(self, settings: FinetuneSettings) -> None:
        """Show ``settings``; nothing is written back meanwhile."""
        self.is_filling = True
        try:
            for follower in self._followers:
                follower(settings)
        finally:
            self.is_filling = False

    def follow(self, follower: Callable[[FinetuneSettings], None]) -> None:
        """Have ``follower`` show settings whenever they change."""
        self._followers.append(follower)

    def set(self, **changes: object) -> None:
        """Write what the user changed."""
        if not self.is_filling:
            self._draft.set_settings(**changes)

    def row(self, name: str, widget: QWidget) -> None:
        self._form.addRow(name, widget)
        widget.setAccessibleName(name)

    def number(
        self,
        name: str,
        field: str,
        low: int,
        high: int,
        lowest: str = "",
        *,
        get: Callable[[FinetuneSettings], int] | None = None,
        change: Callable[[int], object] | None = None,
    ) -> QSpinBox:
        """Add a whole number; ``get`` and ``change`` are for a field within ``field``."""
        box = NumberBox(self._parent)
        box.setRange(low, high)
        box.setSpecialValueText(lowest)
        box.setMinimumWidth(NUMBER_WIDTH)
        box.lineEdit().setTextMargins(design.SPACE_4, 0, design.SPACE_4, 0)
        box.valueChanged.connect(lambda value: self.set(**{field: change(value) if change else value}))
        self.follow(lambda settings: box.setValue(get(settings) if get else getattr(settings, field)))
        self.row(name, box)
        return box

    def decimal(self, name: str, field: str, low: float, high: float, digits: int) -> QDoubleSpinBox:
        box = DecimalBox(self._parent)
        box.setDecimals(digits)
        box.setRange(low, high)
        box.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
        box.setMinimumWidth(NUMBER_WIDTH)
        box.lineEdit().setTextMargins(design.SPACE_4, 0, design.SPACE_4, 0)
        box.valueChanged.connect(lambda value: self.set(**{field: round(value, digits)}))
        self.follow(lambda settings: box.setValue(getattr(settings, field)))
        self.row(name, box)
        return box

    def choice(
        self,
        name: str,
        field: str,
        choices: Sequence[tuple[str, object]],
        on_chosen: Callable[[], None] | None = None,
    ) -> QComboBox:
        box = choice_box(self._parent, choices, choices[0][1])
        values = [value for _, value in choices]

        def choose() -> None:
            self.set(**{field: choices[box.currentIndex()][1]})
            if on_chosen is not None:
                on_chosen()

        def show(settings: FinetuneSettings) -> None:
            if (value := getattr(settings, field)) in values:
                box.setCurrentIndex(values.index(value))

        box.currentIndexChanged.connect(choose)
        self.follow(show)
        self.row(name, box)
        return box

    def flag(self, name: str, field: str) -> None:
        box = QCheckBox(name, self._parent)
        box.toggled.connect(lambda value: self.set(**{field: value}))
        self.follow(lambda settings: box.setChecked(getattr(settings, field)))
        self._form.addRow("", box)


def new_form() -> QFormLayout:
    """Return an empty form in the window's measures."""
    form = QFormLayout()
    form.setHorizontalSpacing(design.SPACE_16)
    form.setVerticalSpacing(design.SPACE_8)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
    return form
