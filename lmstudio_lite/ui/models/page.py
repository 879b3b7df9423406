"""What the pages of the Models window have in common, and the rail that leads from one to the other."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QVBoxLayout, QWidget

from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import CardButton, text_label
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.theme import set_role
from lmstudio_lite.words.translate import tr

RAIL_WIDTH = 176


class Page(StrEnum):
    """The pages by the names that the settings remember."""

    OFFERS = "offers"
    LIBRARY = "library"
    FIND = "find"
    DOWNLOADS = "downloads"
    CONNECTIONS = "connections"


class ModelsPage(QWidget):
    """A page; those that have nothing to say to the window may be any widget instead."""

    page_wanted = Signal(object)  # Page
    state_changed = Signal(str)  # what stands below the page's name in the rail

    def begin(self) -> None:
        """Come up to date; called whenever the page is shown."""

    def end(self) -> None:
        """Stop what only serves the eye; called when the page or the window is hidden."""


class PageButton(CardButton):
    """A page's name, and below it what goes on there."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__("choice", parent)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._name = name
        title = self._title = text_label(name, self)
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
        self._state.set_full_text(state)
        self._state.setVisible(bool(state))
        self.setAccessibleName(f"{self._name}, {state}" if state else self._name)
        self.fit()


class PageRail(QFrame):
    """The pages' names at the left."""

    page_chosen = Signal(object)  # Page

    def __init__(self, names: Sequence[tuple[Page, str]], parent: QWidget) -> None:
        super().__init__(parent)
        set_role(self, "panel")
        self.setAccessibleName(tr("Pages"))
        self.buttons = {page: PageButton(name, self) for page, name in names}
        group = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_8, design.SPACE_16, design.SPACE_8, design.SPACE_16)
        column.setSpacing(design.SPACE_4)
        for page, button in self.buttons.items():
            group.addButton(button)
            column.addWidget(button)
            button.clicked.connect(lambda _checked=False, page=page: self.page_chosen.emit(page))
        column.addStretch(1)
        widest = max(button.name_width for button in self.buttons.values())
        self.setFixedWidth(max(RAIL_WIDTH, widest + 2 * design.SPACE_24))

    def choose(self, page: Page) -> None:
        self.buttons[page].setChecked(True)
