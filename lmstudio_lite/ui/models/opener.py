"""What the main window holds of the Models window: the way to it, made when it is first wanted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.catalog import UseCase
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.model_control import ModelControl
from lmstudio_lite.ui.models.fetch_chip import fetch_chip
from lmstudio_lite.ui.models.page import Page
from lmstudio_lite.ui.theme import Theme

if TYPE_CHECKING:
    from lmstudio_lite.ui.models.window import ModelsWindow


class ModelsOpener(QObject):
    """Lives as long as the main window."""

    fetching_changed = Signal(bool)

    def __init__(
        self, services: Services, bridge: Bridge, theme: Theme, control: ModelControl, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._theme = theme
        self._control = control
        self._widget = parent
        self.window: ModelsWindow | None = None
        self.chip = fetch_chip(services, bridge, parent, self.fetching_changed.emit)
        self.chip.clicked.connect(lambda: self.show_window(Page.DOWNLOADS))

    @Slot()
    def show_window(self, page: Page | None = None) -> None:
        """Open the window at ``page``, or where it was last, or bring it to the front."""
        is_new = self.window is None
        if self.window is None:
            from lmstudio_lite.ui.models.window import ModelsWindow

            self.window = ModelsWindow(self._theme, self._services, self._bridge, self._control, self._widget)
        if page is not None:
            self.window.show_page(page)
        elif is_new:
            self.window.show_remembered_page()
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()

    def show_model(self, path: Path) -> None:
        """Open the window at a model of the library, with its details."""
        from lmstudio_lite.ui.models.library_page import LibraryPage

        self.show_window(Page.LIBRARY)
        assert self.window is not None
        page = self.window.pages[Page.LIBRARY]
        assert isinstance(page, LibraryPage)
        page.choose(path)

    def show_offers(self, use: UseCase) -> None:
        """Open the window at the models that are recommended for ``use``."""
        from lmstudio_lite.ui.models.offers import OffersPage

        self.show_window(Page.OFFERS)
        assert self.window is not None
        page = self.window.pages[Page.OFFERS]
        assert isinstance(page, OffersPage)
        page.view.choose(use)

    def close_window(self) -> None:
        """Close the window with the main window."""
        if self.window is not None:
            self.window.close()
