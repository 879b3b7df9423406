"""Rich text that is as tall as it needs to be, inside a scrolled column.

It leaves the wheel to the column, takes the focus by clicking only (the buttons beneath are what Tab
visits), says where a link leads, and asks before it is opened.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import (
    QEvent,
    QMimeData,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    QSizeF,
    Qt,
    QUrl,
    Slot,
)
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QTextCursor,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QTextEdit, QToolTip, QWidget

from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.chat.link_question import LinkQuestion, shown_address
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.ui.prose_blocks import QUOTE_DEPTH
from lmstudio_lite.ui.prose_copy import copied
from lmstudio_lite.ui.prose_formulas import EXPLANATION
from lmstudio_lite.ui.theme import Theme, set_role

_QUOTE_BAR = 3


class Shade(Protocol):
    """Draws behind the text of a view and over it; see ``certainty.shading``."""

    def paint_ground(self, view: QTextEdit, painter: QPainter, rect: QRect) -> None:
        """Draw what lies behind the text in ``rect`` of the viewport."""

    def paint_lines(self, view: QTextEdit, painter: QPainter, rect: QRect) -> None:
        """Draw what lies over it."""

    def point(self, view: QTextEdit, position: int) -> bool:
        """Tell of what stands at a position of the document; whether there is anything."""


def point_at(view: QTextEdit, shade: Shade | None, event: QEvent) -> bool:
    """Tell ``shade`` where the pointer rests or clicked, if ``event`` of the viewport is that."""
    if shade is None:
        return False
    if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
        place = QPointF(event.pos())
    elif isinstance(event, QMouseEvent) and event.type() is QEvent.Type.MouseButtonRelease:
        if event.button() is not Qt.MouseButton.LeftButton or view.textCursor().hasSelection():
            return False
        place = event.position()
    else:
        return False
    offset = QPointF(view.horizontalScrollBar().value(), view.verticalScrollBar().value())
    hit = Qt.HitTestAccuracy.ExactHit
    position = view.document().documentLayout().hitTest(place + offset, hit)
    is_link = bool(view.anchorAt(place.toPoint()))
    return position >= 0 and not is_link and shade.point(view, position)


class ProseView(QTextBrowser):
    """Rich text without scroll bars; its height follows its document."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.shade: Shade | None = None
        self.together: Callable[[QTextEdit], QMimeData | None] | None = None
        """Returns what is copied where the selection runs on in other views."""
        self.question: LinkQuestion | None = None
        """What was asked last about a link."""
        set_role(self, "bare")
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option = self.document().defaultTextOption()
        option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        self.document().setDefaultTextOption(option)
        self.viewport().setAutoFillBackground(False)
        self.document().documentLayout().documentSizeChanged.connect(self._on_document_size_changed)
        self.anchorClicked.connect(self._on_anchor_clicked)

    def sizeHint(self) -> QSize:
        return QSize(200, self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(40, 0)

    def createMimeDataFromSelection(self) -> QMimeData:
        """Copy formulas as they are written, and nothing of the window's colours."""
        together = self.together(self) if self.together is not None else None
        return together or copied([self.textCursor()])

    def event(self, event: QEvent) -> bool:
        """Say what the character under the pointer stands for."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._show_explanation(event)
            return True
        return super().event(event)

    def _show_explanation(self, event: QHelpEvent) -> None:
        words = self.explanation_at(event.pos())
        if words:
            QToolTip.showText(event.globalPos(), plain_tip(words), self.viewport())
        else:
            QToolTip.hideText()

    def explanation_at(self, place: QPoint) -> str:
        """Return what the character at ``place`` stands for, "" if it is what it seems."""
        position = self.document().documentLayout().hitTest(QPointF(place), Qt.HitTestAccuracy.ExactHit)
        if position < 0:
            return ""
        cursor = QTextCursor(self.document())
        cursor.setPosition(min(position + 1, self.document().characterCount() - 1))
        chars = cursor.charFormat()
        address = shown_address(QUrl(chars.anchorHref())) if chars.isAnchor() else ""
        return str(chars.property(EXPLANATION) or address)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave scrolling to the column around."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the text, and a bar at the side of each quoted paragraph."""
        if self.shade is not None:
            ground = QPainter(self.viewport())
            ground.setRenderHint(QPainter.RenderHint.Antialiasing)
            self.shade.paint_ground(self, ground, event.rect())
            ground.end()
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        layout = self.document().documentLayout()
        block = self.cursorForPosition(event.rect().topLeft()).block()
        while block.isValid() and layout.blockBoundingRect(block).top() <= event.rect().bottom():
            depth = block.blockFormat().intProperty(QUOTE_DEPTH)
            if depth:
                place = layout.blockBoundingRect(block)
                height = place.height()
                is_rtl = block.textDirection() is Qt.LayoutDirection.RightToLeft
                for level in range(depth):
                    left = level * design.SPACE_16
                    x = self.viewport().width() - left - _QUOTE_BAR if is_rtl else left
                    bar = QRectF(x, place.top(), _QUOTE_BAR, height)
                    painter.fillRect(bar, QColor(self._theme.tokens.control_line))
            block = block.next()
        if self.shade is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self.shade.paint_lines(self, painter, event.rect())
        painter.end()

    def viewportEvent(self, event: QEvent) -> bool:
        """Tell of what the pointer is on, beside what it does anyway."""
        is_explained = isinstance(event, QHelpEvent) and bool(self.explanation_at(event.pos()))
        is_told = not is_explained and point_at(self, self.shade, event)
        return is_told or super().viewportEvent(event)

    @Slot(QSizeF)
    def _on_document_size_changed(self, size: QSizeF) -> None:
        self.setFixedHeight(math.ceil(size.height()))

    @Slot(QUrl)
    def _on_anchor_clicked(self, url: QUrl) -> None:
        self.question = LinkQuestion(url, self._words_of(url), self)
        self.question.open()

    def _words_of(self, url: QUrl) -> str:
        """Return what the link under the cursor says, or the first one with this address."""
        words, block = "", self.textCursor().block()
        pieces = block.begin()
        while block.isValid() and not pieces.atEnd():
            chars = pieces.fragment().charFormat()
            if chars.isAnchor() and QUrl(chars.anchorHref()) == url:
                words += pieces.fragment().text()
            pieces += 1
        return words
