"""The table of labels, reviewed by keys: a figure gives the row the label with that number, and goes on."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from lmstudio_lite.ui.batch.delegate import LabelDelegate
from lmstudio_lite.ui.batch.labelled_model import Column, LabelledModel
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr

_SHARES = {Column.LABEL: 130, Column.PROBABILITY: 130, Column.TRUTH: 130}
"""Widths in pixels beside text of the system's size."""


class ReviewTable(QTableView):
    """Keys 1 to 9 choose a label, Delete takes the true label away, F2 or Enter opens the choice."""

    undo_wanted = Signal()

    def __init__(self, model: LabelledModel, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self.setModel(model)
        self.setItemDelegate(LabelDelegate(theme, self))
        self.setAccessibleName(tr("Texts and their labels"))
        self.setShowGrid(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        trigger = QAbstractItemView.EditTrigger
        self.setEditTriggers(trigger.DoubleClicked | trigger.EditKeyPressed)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + theme.scaled(14))
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(Column.TEXT, QHeaderView.ResizeMode.Stretch)
        for column, width in _SHARES.items():
            header.resizeSection(column, theme.scaled(width))
        self.setSortingEnabled(True)
        self.sortByColumn(Column.PROBABILITY, Qt.SortOrder.AscendingOrder)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Review by keys; the others are the table's own."""
        row = self.currentIndex().row()
        digit = event.key() - Qt.Key.Key_0
        has_modifier = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if row < 0 or has_modifier:
            super().keyPressEvent(event)
        elif 1 <= digit <= min(9, len(self._model.labels)):
            self._model.set_truth(row, self._model.labels[digit - 1])
            self._go_to(row + 1)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._model.set_truth(row, "")
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2):
            self.edit(self._model.index(row, Column.TRUTH))
        else:
            super().keyPressEvent(event)

    def _go_to(self, row: int) -> None:
        if row < self._model.rowCount():
            self.setCurrentIndex(self._model.index(row, self.currentIndex().column()))
