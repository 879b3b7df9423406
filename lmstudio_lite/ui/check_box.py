"""A check box drawn from the theme: Fusion's own loses its edge under an application style sheet."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QWidget

from lmstudio_lite.ui.icons import tinted_pixmap
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.tokens import SPACE_4, SPACE_8

_BOX = 16
_RADIUS = 4
_TICK = 12


class CheckBox(QCheckBox):
    """A square that fills with the accent and shows a tick. Text stands after it."""

    def __init__(self, theme: Theme, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._theme = theme
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        theme.changed.connect(self._on_theme_changed)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        width = _BOX + SPACE_8 + metrics.horizontalAdvance(self.text()) + SPACE_4
        return QSize(width, max(_BOX, metrics.height()) + SPACE_4)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_mirrored = self.isRightToLeft()
        left = self.width() - _BOX if is_mirrored else 0
        box = QRect(left, (self.height() - _BOX) // 2, _BOX, _BOX)
        edge = tokens.accent if self.isChecked() or self.hasFocus() else tokens.muted
        painter.setPen(QPen(QColor(edge), 2 if self.hasFocus() else 1))
        painter.setBrush(QColor(tokens.accent if self.isChecked() else tokens.surface))
        painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)
        if self.isChecked():
            tick = tinted_pixmap("check", tokens.on_accent, _TICK, self.devicePixelRatioF())
            inset = (_BOX - _TICK) // 2
            painter.drawPixmap(box.left() + inset, box.top() + inset, tick)
        painter.setPen(QColor(tokens.text if self.isEnabled() else tokens.faint))
        words = self.rect().adjusted(_BOX + SPACE_8, 0, 0, 0)
        if is_mirrored:
            words = self.rect().adjusted(0, 0, -_BOX - SPACE_8, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading, self.text())
        painter.end()

    @Slot()
    def _on_theme_changed(self) -> None:
        self.updateGeometry()
        self.update()
