"""Paints a segment's cells, each in the direction of its language, and opens the editor of a translation."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from lmstudio_lite.formats.direction import RIGHT_TO_LEFT
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.tokens import SPACE_4, SPACE_8
from lmstudio_lite.ui.translate.review.segment_editor import EditEnd, SegmentEditor
from lmstudio_lite.ui.translate.review.segments_model import Column, Index, SegmentRole

_TEXTS = (Column.SOURCE, Column.TARGET)
_MARGIN = SPACE_8
_HIGHEST = 100_000


class SegmentDelegate(QStyledItemDelegate):
    """One for all columns. ``source`` and ``target`` are the languages of the file's two texts."""

    edit_begun = Signal(object)  # SegmentEditor
    edit_ended = Signal(object)  # EditEnd

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.source = self.target = ""

    def height_of(self, metrics: QFontMetrics, text: str, width: int) -> int:
        """Return the height in pixels that a cell needs for ``text``."""
        inside = max(20, width - 2 * _MARGIN)
        rect = metrics.boundingRect(0, 0, inside, _HIGHEST, Qt.TextFlag.TextWordWrap, text)
        return rect.height() + 2 * SPACE_4

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(120, self.height_of(QFontMetrics(option.font), "X", 120))

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        column = Column(index.column())
        option.displayAlignment = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if column in _TEXTS:
            language = self.source if column is Column.SOURCE else self.target
            is_right = language in RIGHT_TO_LEFT
            option.direction = Qt.LayoutDirection.RightToLeft if is_right else Qt.LayoutDirection.LeftToRight
        if column is Column.CONFIDENCE:
            option.displayAlignment = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        painter.setPen(QColor(self._theme.tokens.line))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = SegmentEditor(parent)
        editor.set_language(self.target)
        editor.ended.connect(lambda end: self._end(editor, end))
        self.edit_begun.emit(editor)
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        if isinstance(editor, SegmentEditor):
            editor.begin(str(index.data(Qt.ItemDataRole.EditRole) or ""))

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        if isinstance(editor, SegmentEditor):
            role = SegmentRole.ALONE if editor.is_alone else Qt.ItemDataRole.EditRole
            model.setData(index, editor.toPlainText(), role)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        editor.setGeometry(option.rect)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave the keys to the editor; a click elsewhere keeps the edit, as Qt does it."""
        if event.type() in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            return False
        return super().eventFilter(watched, event)

    def _end(self, editor: SegmentEditor, end: EditEnd) -> None:
        if end is not EditEnd.LEAVE:
            self.commitData.emit(editor)
        hint = SegmentDelegate.EndEditHint
        self.closeEditor.emit(editor, hint.RevertModelCache if end is EditEnd.LEAVE else hint.NoHint)
        self.edit_ended.emit(end)
