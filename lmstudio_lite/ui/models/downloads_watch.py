"""Follows the downloads for the window: at most some ten times a second, on the GUI thread."""

from __future__ import annotations

import threading

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.downloads import FetchProgress
from lmstudio_lite.ui.bridge import Bridge

Rows = tuple[FetchProgress, ...]

_LOOK_MS = 100


class DownloadsWatch(QObject):
    """Emits the whole list when it has changed.

    The downloads speak on a thread of their own; what they said last is looked for by a timer, so that
    nothing of Qt is touched there and a fast download costs the window no more than a slow one.
    """

    changed = Signal(object)  # Rows
    failed = Signal(object)  # AppError

    def __init__(self, services: Services, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._heard = _Newest()
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._on_timeout)
        withdraw = services.fetching.subscribe(self._heard.put)
        self.destroyed.connect(lambda: withdraw())
        self._timer.start()

    def read(self) -> None:
        """Read the list for the first time, or again."""
        self._bridge.run(
            lambda context: self._services.fetching.list(),
            on_done=self.changed.emit,
            on_failed=self.failed.emit,
            lane="downloads",
        )

    @Slot()
    def _on_timeout(self) -> None:
        rows = self._heard.take()
        if rows is not None:
            self.changed.emit(rows)


class _Newest:
    """The newest list, between two threads; knows nothing of Qt."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: Rows | None = None

    def put(self, rows: Rows) -> None:
        with self._lock:
            self._rows = rows

    def take(self) -> Rows | None:
        with self._lock:
            rows, self._rows = self._rows, None
        return rows
