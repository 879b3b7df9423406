"""A plain text editor that is as tall as its text, up to a limit, and then scrolls."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QInputMethodEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QSizePolicy, QWidget

from lmstudio_lite.ui.theme import set_role

_LINES_MIN = 1


class GrowingEditor(QPlainTextEdit):
    """Sits in a frame that draws its edge; ``is_composing`` while an input method needs the keys."""

    focus_changed = Signal(bool)

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        set_role(self, "bare")
        self.is_composing = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def fit(self, height_max: int) -> None:
        """Be as tall as the wrapped lines, between one line and ``height_max`` pixels."""
        line_height = QFontMetricsF(self.document().defaultFont()).lineSpacing()
        margins = 2 * self.document().documentMargin()
        num_lines = max(_LINES_MIN, math.ceil(self.document().size().height()))
        wanted = math.ceil(num_lines * line_height + margins)
        height = max(30, min(wanted, max(height_max, 60)))
        is_cut = wanted > height
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if is_cut else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(policy)
        if height != self.height() or self.minimumHeight() != height:
            self.setFixedHeight(height)
            self.setViewportMargins(0, max(0, (height - wanted) // 2), 0, 0)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self.is_composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focus_changed.emit(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.textChanged.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self.textChanged.emit()
