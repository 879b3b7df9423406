"""A line of text that is cut in its middle where there is no room, and says the whole on hovering."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.ui.theme import set_role


class ElidedLabel(QLabel):
    """A label that may shrink to nothing; ``set_full_text`` is what to call instead of ``setText``."""

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        role: str = "",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        fewest_characters: int = 6,
    ) -> None:
        """``fewest_characters`` is about how many it shows where there is no room at all."""
        super().__init__(parent)
        self._full_text = ""
        self._mode = mode
        self._fewest_characters = fewest_characters
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        if role:
            set_role(self, role)

    @property
    def full_text(self) -> str:
        return self._full_text

    def set_full_text(self, text: str) -> None:
        """Show ``text``, cut to the width there is."""
        self._full_text = " ".join(text.split())
        self.setAccessibleName(self._full_text)
        self.updateGeometry()
        self._cut()

    def sizeHint(self) -> QSize:
        """Ask for room for all of it."""
        return QSize(self.fontMetrics().horizontalAdvance(self._full_text) + 2, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Do with a few characters."""
        width = self._fewest_characters * self.fontMetrics().averageCharWidth()
        return QSize(min(self.sizeHint().width(), width), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._cut()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()
            self._cut()

    def _cut(self) -> None:
        shown = self.fontMetrics().elidedText(self._full_text, self._mode, self.width())
        if shown != self.text():
            self.setText(shown)
        self.setToolTip(plain_tip(self._full_text if shown != self._full_text else ""))
