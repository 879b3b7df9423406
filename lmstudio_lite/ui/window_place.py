"""Where the main window stands and how it is divided: restored at the start, saved soon after each change."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, QPoint, QRect, Qt, QTimer, Slot
from PySide6.QtWidgets import QApplication, QMainWindow, QSplitter, QWidget

from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.ui.remembering import remember
from lmstudio_lite.ui.tab_set import CHAT, SUMMARIZE, TRANSLATE, TabSet

WIDTH_MIN, HEIGHT_MIN = 720, 480
_SAVE_DELAY_MS = 500
_TABS: dict[Literal["chat", "summarize", "translate"], int] = {
    "chat": CHAT,
    "summarize": SUMMARIZE,
    "translate": TRANSLATE,
}


class WindowPlace(QObject):
    """The window tells of its changes with ``note``; of its parts ``history`` is the list beside the tab."""

    def __init__(
        self,
        window: QMainWindow,
        splitter: QSplitter,
        history: QWidget,
        tabs: TabSet,
        settings: SettingsStore,
    ) -> None:
        super().__init__(window)
        self._window, self._splitter, self._history, self._tabs = window, splitter, history, tabs
        self._settings = settings
        self._save_due = QTimer(self)
        self._save_due.setSingleShot(True)
        self._save_due.setInterval(_SAVE_DELAY_MS)
        self._save_due.timeout.connect(self.save)
        splitter.splitterMoved.connect(self.note)

    def restore(self) -> int:
        """Give the window the place that it had; returns the tab that was shown."""
        place = self._settings.value.window
        self._window.resize(max(WIDTH_MIN, place.width), max(HEIGHT_MIN, place.height))
        if place.x is not None and place.y is not None:
            corner = QPoint(place.x, place.y)
            if any(screen.availableGeometry().contains(corner) for screen in QApplication.screens()):
                self._window.move(corner)
        if place.maximized:
            self._window.setWindowState(Qt.WindowState.WindowMaximized)
        self._splitter.setSizes([place.history_width, max(1, self._window.width() - place.history_width)])
        self._history.setVisible(not place.history_collapsed)
        return _TABS[place.tab]

    @Slot()
    def note(self) -> None:
        """Save the place soon: it has changed."""
        self._save_due.start()

    @Slot()
    def save(self) -> None:
        """Save the place now."""
        self._save_due.stop()
        window = self._window
        normal = window.normalGeometry() if window.isMaximized() else QRect(window.pos(), window.size())
        place: dict[str, object] = {
            "maximized": window.isMaximized(),
            "tab": list(_TABS)[self._tabs.currentIndex()],
            "history_collapsed": self._history.isHidden(),
        }
        if normal.isValid():
            place |= {"width": normal.width(), "height": normal.height(), "x": normal.x(), "y": normal.y()}
        if not self._history.isHidden():
            place["history_width"] = self._history.width()
        remember(self._settings, "window", **place)
