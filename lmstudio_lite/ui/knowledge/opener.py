"""What the main window holds of the folders: what keeps them up to date, and the way to their window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from lmstudio_lite.app.session import Services
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.knowledge.updater import KnowledgeUpdater
from lmstudio_lite.ui.theme import Theme

if TYPE_CHECKING:
    from lmstudio_lite.ui.knowledge.window import KnowledgeWindow


class KnowledgeOpener(QObject):
    """Lives as long as the main window."""

    folders_changed = Signal()
    meaning_models_wanted = Signal()

    def __init__(self, services: Services, bridge: Bridge, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._theme = theme
        self._widget = parent
        self.updater = KnowledgeUpdater(services, bridge, self)
        self.window: KnowledgeWindow | None = None

    @Slot()
    def show_window(self) -> None:
        """Open the window, or bring it to the front."""
        if self.window is None:
            from lmstudio_lite.ui.knowledge.window import KnowledgeWindow

            self.window = KnowledgeWindow(
                self._services, self._bridge, self._theme, self.updater, self._widget
            )
            self.window.folders_changed.connect(self.folders_changed)
            self.window.meaning_models_wanted.connect(self.meaning_models_wanted)
        self.window.show_now()

    def close_window(self) -> None:
        """Close the window with the main window."""
        self.updater.stop()
        if self.window is not None:
            self.window.close()
