"""The list of cards and how one is painted: name and verdict, numbers, what it can do."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.models.card import Card, card_words
from lmstudio_lite.ui.models.cards_model import CardRole, CardsModel, Index
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr

_INSET = design.SPACE_12
_GAP = design.SPACE_4


class CardsView(QListView):
    """A click or an arrow key chooses a card; Enter uses its model."""

    card_chosen = Signal(object)  # Path
    use_requested = Signal(object)  # Path
    delete_requested = Signal(object)  # Path

    def __init__(self, theme: Theme, model: CardsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards = model
        self._theme = theme
        self._kept: Path | None = None
        self.setModel(model)
        self.setItemDelegate(CardDelegate(theme, self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setAccessibleName(tr("Models"))
        theme.changed.connect(self._on_theme_changed)
        model.modelAboutToBeReset.connect(self._on_about_to_be_reset)
        model.modelReset.connect(self._on_reset)

    @property
    def chosen(self) -> Path | None:
        """Return the path of the card that is chosen."""
        return _path_of(self.currentIndex())

    def choose(self, path: Path) -> bool:
        """Choose a model's card and bring it into sight; False where the list does not show it."""
        row = self._cards.row_of(path)
        if row < 0:
            return False
        index = self._cards.index(row)
        self.setCurrentIndex(index)
        self.scrollTo(index)
        return True

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        path = _path_of(current)
        if path is not None:
            self.card_chosen.emit(path)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        path = self.chosen
        if path is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.use_requested.emit(path)
        elif path is not None and event.key() == Qt.Key.Key_Delete:
            self.delete_requested.emit(path)
        else:
            super().keyPressEvent(event)

    @Slot()
    def _on_about_to_be_reset(self) -> None:
        self._kept = self.chosen

    @Slot()
    def _on_reset(self) -> None:
        """Keep what was chosen chosen, where it is still shown."""
        row = self._cards.row_of(self._kept) if self._kept is not None else -1
        if row >= 0:
            self.setCurrentIndex(self._cards.index(row))

    @Slot()
    def _on_theme_changed(self) -> None:
        self.scheduleDelayedItemsLayout()
        self.viewport().update()


def _path_of(index: Index) -> Path | None:
    card = index.data(CardRole.CARD) if index.isValid() else None
    return card.entry.path if isinstance(card, Card) else None


class CardDelegate(QStyledItemDelegate):
    """Three lines, all cards of one height."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, self._line() + 2 * self._small_line() + 2 * _INSET + _GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        card: Card = index.data(CardRole.CARD)
        tokens = self._theme.tokens
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        is_chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(rect).adjusted(design.SPACE_8 + 0.5, 2.5, -design.SPACE_8 - 0.5, -2.5)
        is_hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        ground = tokens.selected if is_chosen else tokens.hover if is_hovered else tokens.surface
        has_focus = is_chosen and bool(state & QStyle.StateFlag.State_HasFocus)
        painter.setPen(QColor(tokens.accent if has_focus else tokens.line))
        painter.setBrush(QColor(ground))
        painter.drawRoundedRect(frame, design.RADIUS, design.RADIUS)
        inner = frame.toRect().adjusted(_INSET, _INSET - 4, -_INSET, -_INSET + 4)
        self._paint_lines(painter, inner, card, option.direction)
        painter.restore()

    def _paint_lines(
        self, painter: QPainter, inner: QRect, card: Card, direction: Qt.LayoutDirection
    ) -> None:
        words = card_words(card)
        tokens = self._theme.tokens
        top = QRect(inner.left(), inner.top(), inner.width(), self._line())
        painter.setFont(self._theme.ui_font(design.SMALL_SCALE))
        colours = {"danger": tokens.danger, "warning": tokens.warning, "accent": tokens.accent}
        painter.setPen(QColor(colours.get(words.verdict_role, tokens.muted)))
        verdict = painter.fontMetrics().elidedText(
            words.verdict, Qt.TextElideMode.ElideRight, top.width() // 2
        )
        width = painter.fontMetrics().horizontalAdvance(verdict)
        trailing = Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter
        leading = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(top, QStyle.visualAlignment(direction, trailing), verdict)
        room = top.width() - width - design.SPACE_12
        painter.setFont(self._theme.ui_font(bold=True))
        painter.setPen(QColor(tokens.text))
        name = painter.fontMetrics().elidedText(words.name, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(top, QStyle.visualAlignment(direction, leading), name)
        painter.setFont(self._theme.ui_font(design.SMALL_SCALE))
        painter.setPen(QColor(tokens.danger if card.entry.failure is not None else tokens.muted))
        place = QRect(inner.left(), top.bottom() + 1 + _GAP, inner.width(), self._small_line())
        for line in (words.about, words.more):
            cut = painter.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, place.width())
            # The font that a script needs may be higher than the line: nothing of it is cut off.
            flags = QStyle.visualAlignment(direction, leading).value | Qt.TextFlag.TextDontClip.value
            painter.drawText(place, flags, cut)
            place.translate(0, self._small_line())

    def _line(self) -> int:
        return QFontMetrics(self._theme.ui_font(bold=True)).height()

    def _small_line(self) -> int:
        return QFontMetrics(self._theme.ui_font(design.SMALL_SCALE)).height()
