"""What the main window holds of comparing: the way to it from the menu and from a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QMenu, QWidget

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.conversations import StoredMessage
from lmstudio_lite.domain.generation import Message, Role
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.chat.thread_view import ThreadView
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr

if TYPE_CHECKING:
    from lmstudio_lite.ui.compare.window import CompareWindow


class CompareOpener(QObject):
    """Lives as long as the main window. GUI thread."""

    models_wanted = Signal()

    def __init__(
        self, services: Services, bridge: Bridge, theme: Theme, view: ThreadView, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._services, self._bridge, self._theme = services, bridge, theme
        self._view, self._widget = view, parent
        self.window: CompareWindow | None = None
        view.menu_wanted.connect(self._on_menu_wanted)

    @Slot()
    def show_window(self) -> None:
        """Open the window, or bring it to the front."""
        if self.window is None:
            from lmstudio_lite.ui.compare.window import CompareWindow

            self.window = CompareWindow(self._services, self._bridge, self._theme, self._widget)
            self.window.models_wanted.connect(self.models_wanted)
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()

    def compare(self, message: StoredMessage) -> None:
        """Have the question of a message on the screen answered by two, with what stands before it."""
        thread = list(self._view.messages)
        places = [place for place, each in enumerate(thread) if each.id == message.id]
        path = thread[: places[0] + 1] if places else [message]
        while path and path[-1].role is not Role.USER:
            path.pop()
        if path:
            self.show_window()
            assert self.window is not None
            self.window.ask([Message(each.role, each.text) for each in path])

    def close_window(self) -> None:
        """Close the window with the main window."""
        if self.window is not None:
            self.window.close()

    @Slot(object, object)
    def _on_menu_wanted(self, message: StoredMessage, menu: QMenu) -> None:
        if message.conversation_id in self._services.temporary:
            return  # what is compared is kept
        menu.addAction(tr("Compare with…")).triggered.connect(lambda _checked=False: self.compare(message))
