"""Files that the system hands to the running program: dropped on its icon or opened with it, on macOS.

Other systems start the program again with the files as its arguments; see ``single_instance``. They need no
such watch, and it has a price: a filter of the application runs Python for every event of every widget.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtGui import QFileOpenEvent


class FileOpenWatch(QObject):
    """Calls ``on_paths`` with each local file; addresses of the web are left alone."""

    def __init__(self, application: QCoreApplication, on_paths: Callable[[list[Path]], None]) -> None:
        super().__init__(application)
        self._application = application
        self._on_paths = on_paths
        application.installEventFilter(self)

    def close(self) -> None:
        """Stop watching."""
        self._application.removeEventFilter(self)
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.FileOpen and isinstance(event, QFileOpenEvent) and event.file():
            self._on_paths([Path(event.file())])
            return True
        return False
