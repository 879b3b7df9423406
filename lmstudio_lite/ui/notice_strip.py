"""A notice with the window's margins around it; takes no room while the notice is hidden."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme


class NoticeStrip(QWidget):
    """Shows and hides itself with its ``notice``."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.notice = Notice(theme, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_24, design.SPACE_12, design.SPACE_24, 0)
        column.addWidget(self.notice)
        self.notice.installEventFilter(self)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the notice."""
        if event.type() is QEvent.Type.ShowToParent:
            self.show()
        elif event.type() is QEvent.Type.HideToParent:
            self.hide()
        return super().eventFilter(watched, event)
