"""Lets the kind of a term be chosen from a list."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtWidgets import QComboBox, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from lmstudio_lite.ui.translate.terms.terms_model import KINDS, Index, say_kind
from lmstudio_lite.words.translate import tr


class KindDelegate(QStyledItemDelegate):
    """A box in the cell while it is edited."""

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        box = QComboBox(parent)
        box.setAccessibleName(tr("Kind of the term"))
        for kind in KINDS:
            box.addItem(say_kind(kind), kind)
        box.activated.connect(lambda _row: self._end(box))
        return box

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        if isinstance(editor, QComboBox):
            editor.setCurrentIndex(max(0, editor.findData(index.data(Qt.ItemDataRole.EditRole))))

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        if isinstance(editor, QComboBox):
            model.setData(index, editor.currentData())

    def _end(self, box: QComboBox) -> None:
        self.commitData.emit(box)
        self.closeEditor.emit(box)
