"""What the main window holds of the window of batches: the way to it, made when it is first wanted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from lmstudio_lite.app.session import Services
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.theme import Theme

if TYPE_CHECKING:
    from lmstudio_lite.ui.batch.window import BatchWindow

_TABLES = frozenset({".csv", ".tsv", ".tab", ".xlsx", ".xlsm", ".xls", ".ods"})


def is_one_table(paths: Sequence[Path]) -> bool:
    """Tell whether what is dropped is a table, whose rows may be labelled."""
    return len(paths) == 1 and paths[0].suffix.lower() in _TABLES


class BatchOpener(QObject):
    """Lives as long as the main window."""

    model_wanted = Signal()

    def __init__(self, services: Services, bridge: Bridge, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._theme = theme
        self._widget = parent
        self.window: BatchWindow | None = None

    @Slot()
    def show_window(self) -> None:
        """Open the window, or bring it to the front."""
        if self.window is None:
            from lmstudio_lite.ui.batch.window import BatchWindow

            self.window = BatchWindow(self._services, self._bridge, self._theme, self._widget)
            self.window.model_wanted.connect(self.model_wanted)
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()

    def open_files(self, paths: list[Path]) -> None:
        """Open the window with the rows of a file."""
        self.show_window()
        assert self.window is not None
        self.window.input_box.open_file(paths[0])

    def close_window(self) -> None:
        """Close the window with the main window."""
        if self.window is not None:
            self.window.close()
