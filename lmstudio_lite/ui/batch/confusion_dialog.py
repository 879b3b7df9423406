"""Which true labels were taken for which, as a table of counts."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.domain.batch import Judged
from lmstudio_lite.ui.controls import text_label
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.tokens import SPACE_12, SPACE_16, SPACE_24
from lmstudio_lite.words.batch import say_judged
from lmstudio_lite.words.translate import tr

_SIZE = (620, 420)


class ConfusionDialog(QDialog):
    """Non-modal; shows what was known when it was opened."""

    def __init__(self, judged: Judged, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("True labels and given ones"))
        labels = judged.confusion.labels
        self.table = QTableWidget(len(labels), len(labels), self)
        self.table.setAccessibleName(tr("Rows: true labels. Columns: given labels."))
        self.table.setHorizontalHeaderLabels(list(labels))
        self.table.setVerticalHeaderLabels(list(labels))
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for row, counts in enumerate(judged.confusion.counts):
            for column, count in enumerate(counts):
                self.table.setItem(row, column, _item(count, theme, is_right=row == column))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        column_box = QVBoxLayout(self)
        column_box.setContentsMargins(SPACE_24, SPACE_24, SPACE_24, SPACE_16)
        column_box.setSpacing(SPACE_12)
        column_box.addWidget(text_label(say_judged(judged.confusion, judged.error), self, wrap=True))
        hint = tr("Rows are the true labels, columns the given ones.")
        column_box.addWidget(text_label(hint, self, role="small", wrap=True))
        column_box.addWidget(self.table, 1)
        column_box.addWidget(buttons)
        self.resize(theme.scaled(_SIZE[0]), theme.scaled(_SIZE[1]))


def _item(count: int, theme: Theme, *, is_right: bool) -> QTableWidgetItem:
    item = QTableWidgetItem(f"{count:,}")
    item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
    tokens = theme.tokens
    colour = tokens.accent if is_right else tokens.warning if count else tokens.muted
    item.setForeground(QColor(colour))
    return item
