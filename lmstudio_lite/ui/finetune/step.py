"""What the five steps have in common, and the rail that leads from one to the other."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QLabel, QVBoxLayout, QWidget

from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import CardButton, text_label
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.theme import set_role
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


class StepButton(CardButton):
    """A step's name and its state below."""

    def __init__(self, number: int, name: str, parent: QWidget) -> None:
        super().__init__("choice", parent)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._name = f"{number}  {name}"
        title = self._title = text_label(self._name, self, role="heading")
        self._state = ElidedLabel(self, role="small")
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_12, design.SPACE_8, design.SPACE_8, design.SPACE_8)
        column.setSpacing(2)
        column.addWidget(title)
        column.addWidget(self._state)
        for label in (title, self._state):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.set_state("")

    @property
    def name_width(self) -> int:
        return self._title.sizeHint().width()

    @property
    def state(self) -> str:
        return self._state.full_text

    def set_state(self, state: str) -> None:
        """Say how far the step is."""
        self._state.set_full_text(state or " ")
        self.setAccessibleName(f"{self._name}, {state}" if state else self._name)
        self.fit()


class StepRail(QFrame):
    """The five steps at the left; any can be gone to at any time."""

    step_chosen = Signal(int)

    def __init__(self, names: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "panel")
        self.setAccessibleName(tr("Steps"))
        self.buttons = [StepButton(number, name, self) for number, name in enumerate(names, 1)]
        group = QButtonGroup(self)
        widest = max(button.name_width for button in self.buttons)
        self.setFixedWidth(max(RAIL_WIDTH, widest + 2 * design.SPACE_24))
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_8, design.SPACE_16, design.SPACE_8, design.SPACE_16)
        column.setSpacing(design.SPACE_4)
        for number, button in enumerate(self.buttons):
            group.addButton(button, number)
            column.addWidget(button)
        column.addStretch(1)
        group.idClicked.connect(self.step_chosen)

    def choose(self, number: int) -> None:
        self.buttons[number].setChecked(True)
