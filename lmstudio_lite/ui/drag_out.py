"""A button that is dragged: what it stands for becomes a file where it is dropped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, Qt, QTemporaryDir, QUrl
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from lmstudio_lite.ui.controls import IconButton
from lmstudio_lite.ui.theme import Theme


@dataclass(frozen=True, slots=True)
class DraggedFile:
    """``content`` under ``name`` for whoever takes files; ``mime`` for whoever takes text."""

    name: str
    content: bytes
    mime: QMimeData


class DragButton(IconButton):
    """Asks for its file when a drag begins. The copy lives in a folder that ends with the button."""

    def __init__(
        self, theme: Theme, name: str, make_file: Callable[[], DraggedFile | None], parent: QWidget
    ) -> None:
        super().__init__(theme, "document", name, parent)
        self._make_file = make_file
        self._folder: QTemporaryDir | None = None
        self._pressed_at: QPoint | None = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = event.position().toPoint()
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = None
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed_at is None:
            return
        distance = (event.position().toPoint() - self._pressed_at).manhattanLength()
        if distance < QApplication.startDragDistance():
            return
        self._pressed_at = None
        mime = self.prepare()
        if mime is not None:
            drag = QDrag(self)
            drag.setMimeData(mime)
            drag.setPixmap(self.icon().pixmap(self.iconSize()))
            drag.setHotSpot(self.rect().center())
            drag.exec(Qt.DropAction.CopyAction)

    def prepare(self) -> QMimeData | None:
        """Write the file and return what a drag carries; None if there is nothing or no room for it."""
        made = self._make_file()
        self._folder = self._folder or QTemporaryDir()
        if made is None or not self._folder.isValid():
            return None
        path = Path(self._folder.filePath(made.name))
        try:
            path.write_bytes(made.content)
        except OSError:
            return None
        made.mime.setUrls([QUrl.fromLocalFile(str(path))])
        return made.mime
