"""What the five steps have in common, and the rail that leads from one to the other."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import text_label
from lmstudio_lite.ui.rail import Rail, RailButton
from lmstudio_lite.words.translate import tr

RAIL_WIDTH = 208


class StepPage(QWidget):
    """A step's right side: a title, a sentence, and what the step holds."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(design.SPACE_24, design.SPACE_24, design.SPACE_24, design.SPACE_16)
        self.column.setSpacing(design.SPACE_12)

    def set_title(self, title: str, about: str = "") -> QLabel:
        """Put a title, and a sentence on what the step is for, at the top; returns the title."""
        label = text_label(title, self, role="title")
        self.column.addWidget(label)
        if about:
            self.column.addWidget(text_label(about, self, role="muted", wrap=True))
        return label

    def begin(self) -> None:
        """Bring the page up to date; called whenever it is shown."""


class StepRail(Rail):
    """The five steps at the left; any can be gone to at any time."""

    step_chosen = Signal(int)

    def __init__(self, names: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(tr("Steps"), RAIL_WIDTH, parent)
        self.buttons = [
            RailButton(f"{number}  {name}", self, role="heading", keeps_line=True)
            for number, name in enumerate(names, 1)
        ]
        for number, button in enumerate(self.buttons):
            button.clicked.connect(lambda _checked=False, number=number: self.step_chosen.emit(number))
        self.lay_out(self.buttons)

    def choose(self, number: int) -> None:
        self.buttons[number].setChecked(True)
