"""Paints a probability as a bar with its figure, and a true label that is not the given one as a warning."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPalette
from PySide6.QtWidgets import QComboBox, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from lmstudio_lite.domain.batch import Classified
from lmstudio_lite.ui.batch.labelled_model import ROW_ROLE, Column, Index, LabelledModel
from lmstudio_lite.ui.choice_box import ChoiceBox
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.tokens import SPACE_8
from lmstudio_lite.words.translate import tr

_BAR_HEIGHT = 6


class LabelDelegate(QStyledItemDelegate):
    """One for all columns; a true label is chosen from the batch's labels."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        each = index.data(ROW_ROLE)
        column = Column(index.column())
        if column is Column.PROBABILITY:
            option.displayAlignment = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        elif isinstance(each, Classified) and column is Column.TRUTH and is_wrong(each):
            option.palette.setColor(QPalette.ColorRole.Text, QColor(self._theme.tokens.warning))
            option.palette.setColor(QPalette.ColorRole.HighlightedText, QColor(self._theme.tokens.warning))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        each = index.data(ROW_ROLE)
        if index.column() == Column.PROBABILITY and isinstance(each, Classified):
            self._paint_bar(painter, option, each.certainty)
        painter.setPen(QColor(self._theme.tokens.line))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        box = ChoiceBox(parent)
        box.setAccessibleName(tr("True label"))
        model = index.model()
        box.addItem(tr("none"), "")
        for label in model.labels if isinstance(model, LabelledModel) else ():
            box.addItem(label, label)
        box.activated.connect(lambda _at: self._commit(box))
        return box

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        if isinstance(editor, QComboBox):
            editor.setCurrentIndex(max(0, editor.findData(index.data(Qt.ItemDataRole.EditRole))))
            editor.showPopup()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        if isinstance(editor, QComboBox):
            model.setData(index, editor.currentData())

    def _commit(self, box: QComboBox) -> None:
        self.commitData.emit(box)
        self.closeEditor.emit(box)

    def _paint_bar(self, painter: QPainter, option: QStyleOptionViewItem, share: float) -> None:
        figure = option.fontMetrics.horizontalAdvance("100%") + 2 * SPACE_8
        is_mirrored = option.direction == Qt.LayoutDirection.RightToLeft
        room = option.rect.adjusted(
            figure if is_mirrored else SPACE_8, 0, -SPACE_8 if is_mirrored else -figure, 0
        )
        height = self._theme.scaled(_BAR_HEIGHT)
        top = option.rect.center().y() - height // 2
        ground = QRect(room.left(), top, max(0, room.width()), height)
        width = round(ground.width() * share)
        left = ground.right() + 1 - width if is_mirrored else ground.left()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for rect, colour in (
            (ground, self._theme.tokens.line),
            (QRect(left, top, width, height), self._theme.tokens.accent),
        ):
            painter.setBrush(QColor(colour))
            painter.drawRoundedRect(rect, height / 2, height / 2)
        painter.restore()


def is_wrong(each: Classified) -> bool:
    """Tell whether a row has a true label that is not the one it was given."""
    return bool(each.row.truth) and each.row.truth.strip().casefold() != each.label.casefold()
