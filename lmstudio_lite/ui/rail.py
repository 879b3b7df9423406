"""The names at a window's left that lead from one of its pages to another, each with its state below."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QFrame, QVBoxLayout, QWidget

from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import CardButton, text_label
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.theme import set_role


class RailButton(CardButton):
    """A page's name, and below it what goes on there. ``keeps_line``: even where that is nothing."""

    def __init__(self, name: str, parent: QWidget, *, role: str = "", keeps_line: bool = False) -> None:
        super().__init__("choice", parent)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._name = name
        self._keeps_line = keeps_line
        title = self._title = text_label(name, self, role=role)
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
        """Say what goes on there, "" for nothing."""
        self._state.set_full_text(state or (" " if self._keeps_line else ""))
        self._state.setVisible(bool(state) or self._keeps_line)
        self.setAccessibleName(f"{self._name}, {state}" if state else self._name)
        self.fit()


class Rail(QFrame):
    """``buttons`` below each other, at least ``width`` pixels wide; one of them is checked."""

    def __init__(self, name: str, width: int, parent: QWidget | None) -> None:
        super().__init__(parent)
        set_role(self, "panel")
        self.setAccessibleName(name)
        self._width = width
        self._group = QButtonGroup(self)
        self._group.buttonClicked.connect(self._on_button_clicked)

    def lay_out(self, buttons: Sequence[RailButton]) -> None:
        """Put the buttons in place; called once."""
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_8, design.SPACE_16, design.SPACE_8, design.SPACE_16)
        column.setSpacing(design.SPACE_4)
        for button in buttons:
            self._group.addButton(button)
            column.addWidget(button)
        column.addStretch(1)
        widest = max(button.name_width for button in buttons)
        self.setFixedWidth(max(self._width, widest + 2 * design.SPACE_24))

    @Slot(QAbstractButton)
    def _on_button_clicked(self, button: QAbstractButton) -> None:
        """Let the keys follow the mouse where another name has them."""
        if self.window().focusWidget() in self._group.buttons():
            button.setFocus(Qt.FocusReason.OtherFocusReason)
