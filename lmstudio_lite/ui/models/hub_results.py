"""What a search of the hub found, as a list: name, owner, size, licence, how often it is fetched."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from lmstudio_lite.domain.hub import HubModel
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words import say_parameters
from lmstudio_lite.words.hub import say_num_downloads
from lmstudio_lite.words.translate import tr

Index = QModelIndex | QPersistentModelIndex
_MODEL = Qt.ItemDataRole.UserRole + 1
_INSET = design.SPACE_12
_NO_INDEX = QModelIndex()


def say_result(model: HubModel) -> str:
    """Say in one line what is known of a result besides its name, the most telling first."""
    parts = (
        model.repo.partition("/")[0],
        say_parameters(model.num_parameters) if model.num_parameters else "",
        tr("asks for consent") if model.is_gated else "",
        say_num_downloads(model.num_downloads),
        model.licence,
        model.updated_at[:10],
    )
    return safe_line(" · ".join(filter(None, parts)))


class ResultsModel(QAbstractListModel):
    """Lives on the GUI thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._models: list[HubModel] = []

    @property
    def models(self) -> tuple[HubModel, ...]:
        return tuple(self._models)

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._models)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._models):
            return None
        model = self._models[index.row()]
        if role == _MODEL:
            return model
        if role == Qt.ItemDataRole.DisplayRole:
            return model.repo
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{model.repo}, {say_result(model)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(f"{model.repo}\n{say_result(model)}")
        return None

    def show(self, models: Iterable[HubModel]) -> None:
        """Show other results."""
        self.beginResetModel()
        self._models = list(models)
        self.endResetModel()

    def append(self, models: Iterable[HubModel]) -> None:
        """Put more results behind those that are shown; what is shown already is left out."""
        known = {model.repo for model in self._models}
        added = [model for model in models if model.repo not in known]
        if added:
            self.beginInsertRows(QModelIndex(), len(self._models), len(self._models) + len(added) - 1)
            self._models += added
            self.endInsertRows()


class ResultsView(QListView):
    """A click, or Enter on a row, opens the model's page: each opening asks the hub."""

    opened = Signal(object)  # HubModel

    def __init__(self, theme: Theme, model: ResultsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setModel(model)
        self.setItemDelegate(_ResultDelegate(theme, self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setAccessibleName(tr("Models found"))
        self.clicked.connect(self._on_clicked)
        theme.changed.connect(self._on_theme_changed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._on_clicked(self.currentIndex())
        else:
            super().keyPressEvent(event)

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        model = index.data(_MODEL)
        if isinstance(model, HubModel):
            self.opened.emit(model)

    @Slot()
    def _on_theme_changed(self) -> None:
        self.scheduleDelayedItemsLayout()
        self.viewport().update()


class _ResultDelegate(QStyledItemDelegate):
    """Two lines, all rows of one height; of a long name the middle is left out."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, self._line() + self._small_line() + 2 * design.SPACE_8 + design.SPACE_4)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model: HubModel = index.data(_MODEL)
        tokens = self._theme.tokens
        state: QStyle.StateFlag = option.state
        is_chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect: QRect = option.rect
        frame = QRectF(rect).adjusted(design.SPACE_8 + 0.5, 1.5, -design.SPACE_8 - 0.5, -1.5)
        has_focus = is_chosen and bool(state & QStyle.StateFlag.State_HasFocus)
        is_hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        if is_chosen or is_hovered:
            painter.setPen(QColor(tokens.accent) if has_focus else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.selected if is_chosen else tokens.hover))
            painter.drawRoundedRect(frame, design.RADIUS_CONTROL, design.RADIUS_CONTROL)
        inner = frame.toRect().adjusted(_INSET - 4, design.SPACE_8 - 2, 4 - _INSET, 0)
        leading = QStyle.visualAlignment(
            option.direction, Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
        )
        place = QRect(inner.left(), inner.top(), inner.width(), self._line())
        painter.setFont(self._theme.ui_font(bold=True))
        painter.setPen(QColor(tokens.text))
        name = model.repo.partition("/")[2].removesuffix("-GGUF")  # which all of them are
        name = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, place.width())
        painter.drawText(place, leading, name)
        place = QRect(inner.left(), place.bottom() + 1, inner.width(), self._small_line())
        painter.setFont(self._theme.ui_font(design.SMALL_SCALE))
        painter.setPen(QColor(tokens.muted))
        cut = painter.fontMetrics().elidedText(say_result(model), Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, leading, cut)
        painter.restore()

    def _line(self) -> int:
        return QFontMetrics(self._theme.ui_font(bold=True)).height()

    def _small_line(self) -> int:
        return QFontMetrics(self._theme.ui_font(design.SMALL_SCALE)).height()
