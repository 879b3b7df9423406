"""What the pages of the Models window have in common, and the rail that leads from one to the other."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from lmstudio_lite.ui.rail import Rail, RailButton
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


class PageRail(Rail):
    """The pages' names at the left."""

    page_chosen = Signal(object)  # Page

    def __init__(self, names: Sequence[tuple[Page, str]], parent: QWidget) -> None:
        super().__init__(tr("Pages"), RAIL_WIDTH, parent)
        self.buttons = {page: RailButton(name, self) for page, name in names}
        for page, button in self.buttons.items():
            button.clicked.connect(lambda _checked=False, page=page: self.page_chosen.emit(page))
        self.lay_out([*self.buttons.values()])

    def choose(self, page: Page) -> None:
        self.buttons[page].setChecked(True)
