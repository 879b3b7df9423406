"""What the main window holds of writing: the ways to Compose and to the prompts, made when first wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from lmstudio_lite.app.session import Services
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.theme import Theme

if TYPE_CHECKING:
    from lmstudio_lite.ui.write.compose_window import ComposeWindow
    from lmstudio_lite.ui.write.library_window import LibraryWindow


class WritingOpener(QObject):
    """Lives as long as the main window."""

    chat_wanted = Signal(str)
    role_wanted = Signal(object, str)  # ConversationControl, the first message

    def __init__(self, services: Services, bridge: Bridge, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._parts = (services, bridge, theme)
        self._widget = parent
        self.compose: ComposeWindow | None = None
        self.library: LibraryWindow | None = None

    @Slot()
    def show_compose(self) -> None:
        """Open Compose, or bring it to the front."""
        if self.compose is None:
            from lmstudio_lite.ui.write.compose_window import ComposeWindow

            self.compose = ComposeWindow(*self._parts, self._widget)
            self.compose.chat_wanted.connect(self.chat_wanted)
            self.compose.role_wanted.connect(self.role_wanted)
        self.compose.begin()

    @Slot()
    def show_library(self) -> None:
        """Open the prompts, or bring them to the front."""
        if self.library is None:
            from lmstudio_lite.ui.write.library_window import LibraryWindow

            self.library = LibraryWindow(*self._parts, self._widget)
        self.library.begin()

    def flush(self) -> None:
        """Write at once what was typed in the windows: the program ends."""
        if self.compose is not None:
            self.compose.flush()
        if self.library is not None:
            self.library.flush()

    def close_windows(self) -> None:
        """Close them with the main window."""
        for window in (self.compose, self.library):
            if window is not None:
                window.close()
