"""Paints one row of the palette: what it is called, and at its end what it is or its keys."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.theme import Theme

HINT = Qt.ItemDataRole.UserRole + 1
_HINT_SHARE = 0.4


class CommandDelegate(QStyledItemDelegate):
    """Rows as tall as the font needs; the chosen one has the list's own colour."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(120, QFontMetrics(QApplication.font()).height() + design.SPACE_12)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        tokens = self._theme.tokens
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            is_chosen = bool(state & QStyle.StateFlag.State_Selected)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.selected if is_chosen else tokens.hover))
            painter.drawRoundedRect(rect, design.RADIUS_CONTROL, design.RADIUS_CONTROL)
        words = rect.adjusted(design.SPACE_8, 0, -design.SPACE_8, 0)
        hint = index.data(HINT) or ""
        painter.setFont(self._theme.ui_font(design.SMALL_SCALE))
        width = min(painter.fontMetrics().horizontalAdvance(hint), round(words.width() * _HINT_SHARE))
        painter.setPen(QColor(tokens.muted))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(words, middle | Qt.AlignmentFlag.AlignTrailing, hint)
        is_mirrored = option.direction is Qt.LayoutDirection.RightToLeft
        room = width + design.SPACE_16 if hint else 0
        words.adjust(room if is_mirrored else 0, 0, 0 if is_mirrored else -room, 0)
        painter.setFont(self._theme.ui_font())
        painter.setPen(QColor(tokens.text))
        title = painter.fontMetrics().elidedText(
            str(index.data()), Qt.TextElideMode.ElideRight, max(0, words.width())
        )
        painter.drawText(words, middle | Qt.AlignmentFlag.AlignLeading, title)
        painter.restore()
