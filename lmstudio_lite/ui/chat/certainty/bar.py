"""The line above a conversation whose unsure words are marked: what that means, and a way through them."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from lmstudio_lite.domain.certainty import Doubt
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.chat.certainty.shading import draw_line
from lmstudio_lite.ui.controls import IconButton, text_label
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words.certainty import say_meaning, say_probability
from lmstudio_lite.words.translate import tr


class CertaintyBar(QFrame):
    """Hidden until words are marked. GUI thread."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        set_role(self, "panel")
        self.meaning = text_label(say_meaning(), self, role="small", wrap=True)
        self.meaning.setToolTip(
            tr(
                "The probability that the model itself gave to each word, after all that stands before it, "
                "at temperature 1. It can be sure and wrong."
            )
        )
        self.previous_button = IconButton(theme, "chevron-up", tr("Previous unsure word"), self)
        self.next_button = IconButton(theme, "chevron-down", tr("Next unsure word"), self)
        self.close_button = IconButton(theme, "close", tr("Mark no words"), self)
        row = QHBoxLayout(self)
        row.setContentsMargins(design.SPACE_24, design.SPACE_4, design.SPACE_12, design.SPACE_4)
        row.setSpacing(design.SPACE_8)
        row.addWidget(self.meaning, 1)
        for doubt in (Doubt.SOME, Doubt.MUCH, Doubt.MOST):
            words = tr("below {0}").format(say_probability(doubt.limit))
            row.addWidget(_Sample(theme, doubt, words, self))
        for button in (self.previous_button, self.next_button, self.close_button):
            row.addWidget(button)
        self.hide()


class _Sample(QWidget):
    """Words marked as those are that they tell of."""

    def __init__(self, theme: Theme, doubt: Doubt, words: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._doubt, self._words = theme, doubt, words
        self.setAccessibleName(words)
        theme.changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(
            metrics.horizontalAdvance(self._words) + design.SPACE_8, metrics.height() + design.SPACE_8
        )

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the words with their ground and line."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = self.fontMetrics()
        width = metrics.horizontalAdvance(self._words)
        top = (self.height() - metrics.height()) / 2
        place = QRectF((self.width() - width) / 2, top, width, metrics.height())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.tokens.doubt_ground(self._doubt)))
        painter.drawRoundedRect(place.adjusted(-3, 0, 3, 0), 3, 3)
        painter.setPen(QColor(self._theme.tokens.text))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, self._words)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        y = top + metrics.ascent() + 2.5
        draw_line(painter, self._doubt, place, y, QColor(self._theme.tokens.warning))
        painter.end()
