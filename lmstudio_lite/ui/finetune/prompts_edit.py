"""A low editor for a few prompts, one a line: as high as its hint needs at every size of text and width."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

_LINES = 4


class PromptsEdit(QPlainTextEdit):
    """Tab leaves it, for a prompt has none."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTabChangesFocus(True)
        self._fit()

    def set_hint(self, words: str) -> None:
        """Show ``words`` while nothing is typed."""
        self.setPlaceholderText(words)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Ask for the height of the hint, or of a few lines where that is more."""
        margin = math.ceil(self.document().documentMargin())
        width = max(1, self.viewport().width() - 2 * margin)
        flags = int(Qt.TextFlag.TextWordWrap)
        hint = self.fontMetrics().boundingRect(0, 0, width, 1 << 16, flags, self.placeholderText())
        height = max(hint.height(), _LINES * self.fontMetrics().lineSpacing())
        around = self.height() - self.viewport().height()
        self.setFixedHeight(height + 2 * margin + around)
