"""Paints one row of the history: a heading where a new section begins, the title, a dot while working."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QPoint, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.history_drag import RowDrag
from lmstudio_lite.ui.history_items import FolderState
from lmstudio_lite.ui.history_model import HistoryModel, HistoryRole, Index
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr

_INSET = design.SPACE_8
_DOT = 6
_BAR = 4
_INDENT = 14
_DEPTH_MAX = 8
"""Deeper folders are drawn no further in: their names would have no room."""


class _TitleEditor(QLineEdit):
    commit_wanted = Signal(QWidget)

    @Slot()
    def commit(self) -> None:
        """Keep what is typed: the list is about to be filled anew, which closes the editor."""
        if self.isVisible():  # a closed one lives on for a moment
            self.commit_wanted.emit(self)


class HistoryDelegate(QStyledItemDelegate):
    """Rows as tall as the font needs; the heading belongs to the row below it."""

    def __init__(self, theme: Theme, drag: RowDrag, has_many: Callable[[], bool], parent: QObject) -> None:
        """``has_many`` tells whether several rows are chosen: then those are marked, not the open one."""
        super().__init__(parent)
        self._has_many = has_many
        self._theme = theme
        self._drag = drag

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        heading = self._heading_height(index)
        return QSize(120, heading + self._row_height())

    def row_rect(self, rect: QRect, index: Index) -> QRect:
        """Return the part of an item's ``rect`` that is the row itself, without the heading above it."""
        row = rect.adjusted(_INSET, self._heading_height(index) + 1, -_INSET, -1)
        depth = min(int(index.data(HistoryRole.DEPTH) or 0), _DEPTH_MAX)
        indent = min(self._theme.scaled(_INDENT) * depth, rect.width() // 3)
        is_mirrored = QApplication.layoutDirection() is Qt.LayoutDirection.RightToLeft
        return row.adjusted(0, 0, -indent, 0) if is_mirrored else row.adjusted(indent, 0, 0, 0)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tokens = self._theme.tokens
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        row = self.row_rect(rect, index)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        heading = index.data(HistoryRole.SECTION)
        if heading:
            painter.setFont(self._theme.ui_font(design.SMALL_SCALE, bold=True))
            painter.setPen(QColor(tokens.muted))
            place = QRect(row.left() + _INSET, rect.top(), row.width() - _INSET, row.top() - rect.top() - 3)
            painter.drawText(place, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeading, heading)
        has_many, is_open = self._has_many(), self._is_open(index)
        is_chosen = has_many and bool(state & QStyle.StateFlag.State_Selected)
        if is_chosen or is_open or state & QStyle.StateFlag.State_MouseOver:
            is_strong = is_chosen if has_many else is_open
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.selected if is_strong else tokens.hover))
            painter.drawRoundedRect(row, design.RADIUS_CONTROL, design.RADIUS_CONTROL)
        if is_chosen:
            self._paint_chosen(painter, row)
        is_target = index.row() == self._drag.target_row
        if state & QStyle.StateFlag.State_HasFocus or is_target:
            painter.setPen(QColor(tokens.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            ring = QRectF(row).adjusted(0.5, 0.5, -0.5, -0.5)
            painter.drawRoundedRect(ring, design.RADIUS_CONTROL, design.RADIUS_CONTROL)
        words = row.adjusted(_INSET, 0, -_INSET, 0)
        folder = index.data(HistoryRole.FOLDER)
        if folder is not None:
            words = self._paint_folder(painter, words, folder)
        if index.data(HistoryRole.IS_WORKING):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.accent))
            painter.drawEllipse(words.right() - _DOT, words.center().y() - _DOT // 2 + 1, _DOT, _DOT)
            words.adjust(0, 0, -_DOT - design.SPACE_8, 0)
        if index.data(HistoryRole.IS_DAMAGED):
            icon = self._theme.icon("warning", tokens.warning)
            place = QRect(0, 0, self._mark_size(), self._mark_size())
            place.moveCenter(QPoint(words.right() - place.width() // 2, words.center().y()))
            icon.paint(painter, place)
            words.adjust(0, 0, -place.width() - design.SPACE_8, 0)
        painter.setFont(self._theme.ui_font())
        painter.setPen(QColor(tokens.text))
        title = painter.fontMetrics().elidedText(
            index.data(), Qt.TextElideMode.ElideRight, max(0, words.width())
        )
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading, title)
        painter.restore()

    def _paint_folder(self, painter: QPainter, words: QRect, folder: FolderState) -> QRect:
        """Draw an arrow, a folder and how much lies in it; return the place that is left for its name."""
        is_mirrored = QApplication.layoutDirection() is Qt.LayoutDirection.RightToLeft
        direction = Qt.LayoutDirection.RightToLeft if is_mirrored else Qt.LayoutDirection.LeftToRight
        muted, size = self._theme.tokens.muted, self._mark_size()
        closed = "chevron-left" if is_mirrored else "chevron-right"
        left = 0
        for name in (closed if folder.is_collapsed else "chevron-down", "folder"):
            place = QRect(words.left() + left, words.center().y() - size // 2 + 1, size, size)
            self._theme.icon(name, muted).paint(painter, QStyle.visualRect(direction, words, place))
            left += size + 2
        painter.setFont(self._theme.ui_font(design.SMALL_SCALE))
        painter.setPen(QColor(muted))
        number = f"{folder.num_items:,}" if folder.num_items else ""
        width = painter.fontMetrics().horizontalAdvance(number)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignTrailing, number)
        name_place = words.adjusted(left + 2, 0, -width - design.SPACE_8, 0)
        return QStyle.visualRect(direction, words, name_place)

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        """Rename in place; the editor commits what is typed when the list is about to be filled anew."""
        editor = _TitleEditor(parent)
        editor.setAccessibleName(tr("Name"))
        editor.commit_wanted.connect(self.commitData)
        index.model().modelAboutToBeReset.connect(editor.commit)
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """Show the title, unless something was typed: rows that are listed again don't undo that."""
        if not (isinstance(editor, QLineEdit) and editor.isModified()):
            super().setEditorData(editor, index)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        row = self.row_rect(option.rect, index)
        height = max(row.height(), editor.sizeHint().height())
        editor.setGeometry(row.adjusted(0, 0, 0, height - row.height()))

    def _is_open(self, index: Index) -> bool:
        model = index.model()
        return isinstance(model, HistoryModel) and index.data(HistoryRole.ID) == model.current_id

    def _paint_chosen(self, painter: QPainter, row: QRect) -> None:
        """Mark one of several chosen rows at the side where its title begins: not by colour alone."""
        is_mirrored = QApplication.layoutDirection() is Qt.LayoutDirection.RightToLeft
        direction = Qt.LayoutDirection.RightToLeft if is_mirrored else Qt.LayoutDirection.LeftToRight
        bar = QRect(row.left(), row.top() + _BAR, _BAR, row.height() - 2 * _BAR)
        painter.setBrush(QColor(self._theme.tokens.accent))
        painter.drawRoundedRect(QStyle.visualRect(direction, row, bar), _BAR / 2, _BAR / 2)

    def _mark_size(self) -> int:
        return QFontMetrics(QApplication.font()).height()

    def _row_height(self) -> int:
        return QFontMetrics(QApplication.font()).height() + design.SPACE_16

    def _heading_height(self, index: Index) -> int:
        if not index.data(HistoryRole.SECTION):
            return 0
        gap = design.SPACE_4 if index.row() == 0 else design.SPACE_16
        return QFontMetrics(QApplication.font()).height() + gap
