"""The rows of a batch with their labels, in the order of review: the least certain ones come first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from lmstudio_lite.domain.batch import Classified
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.words.translate import mark, tr

Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
_NAMES = (mark("Text"), mark("Label"), mark("Probability"), mark("True label"))
ROW_ROLE = Qt.ItemDataRole.UserRole + 1
"""The whole ``Classified`` of an index."""
_TOOLTIP_LENGTH = 2_000


class Column(IntEnum):
    """From left to right."""

    TEXT = 0
    LABEL = 1
    PROBABILITY = 2
    TRUTH = 3


class LabelledModel(QAbstractTableModel):
    """Lives on the GUI thread. ``corrected`` tells of true labels that the user gives; they can be undone."""

    corrected = Signal(object, str)  # BatchRow, the label before

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.labels: tuple[str, ...] = ()
        self._rows: list[Classified] = []
        self._sorted_by = (Column.PROBABILITY, Qt.SortOrder.AscendingOrder)

    @property
    def rows(self) -> Sequence[Classified]:
        """As they are shown."""
        return self._rows

    def begin(self, labels: tuple[str, ...]) -> None:
        """Forget all rows: others come, with these labels."""
        self.beginResetModel()
        self.labels = labels
        self._rows = []
        self.endResetModel()

    def add(self, rows: Sequence[Classified]) -> None:
        """Add what has come."""
        if rows:
            self.beginInsertRows(QModelIndex(), len(self._rows), len(self._rows) + len(rows) - 1)
            self._rows.extend(rows)
            self.endInsertRows()

    def show(self, rows: Sequence[Classified]) -> None:
        """Show all rows, in the order of review."""
        self.beginResetModel()
        self._rows = list(rows)
        self._sort()
        self.endResetModel()

    def update_rows(self, rows: Sequence[Classified]) -> None:
        """Take over the same rows with other probabilities; nobody's place changes under their hands."""
        by_number = {each.row.number: each for each in rows}
        self._rows = [by_number.get(each.row.number, each) for each in self._rows]
        self._tell(0, len(self._rows) - 1)

    def set_truth(self, row: int, label: str) -> bool:
        """Give a row its true label, "" for none; whether it is another one."""
        each = self._rows[row]
        before = each.row.truth
        if before == label:
            return False
        self._rows[row] = replace(each, row=replace(each.row, truth=label))
        self._tell(row, row)
        self.corrected.emit(self._rows[row].row, before)
        return True

    def row_of(self, number: int) -> int:
        """Return where the row with this number is shown, -1 if it is not."""
        return next((at for at, each in enumerate(self._rows) if each.row.number == number), -1)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._sorted_by = (Column(column), order)
        self.layoutAboutToBeChanged.emit()
        self._sort()
        self.layoutChanged.emit()

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(Column)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == Column.TRUTH else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        each, column = self._rows[index.row()], Column(index.column())
        if role == ROW_ROLE:
            return each
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return _words(each, column)
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(
                    self._shares(each) if column is Column.PROBABILITY else each.row.text[:_TOOLTIP_LENGTH]
                )
            case Qt.ItemDataRole.AccessibleTextRole:
                return tr("{0}: {1}").format(tr(_NAMES[column]), _words(each, column))
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        return role == Qt.ItemDataRole.EditRole and self.set_truth(index.row(), str(value))

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr(_NAMES[section])
        return None

    def _sort(self) -> None:
        column, order = self._sorted_by
        is_reverse = order is Qt.SortOrder.DescendingOrder
        match column:
            case Column.TEXT:
                self._rows.sort(key=lambda each: each.row.number, reverse=is_reverse)
            case Column.LABEL:
                self._rows.sort(key=lambda each: (each.label, each.certainty), reverse=is_reverse)
            case Column.PROBABILITY:
                self._rows.sort(key=lambda each: each.certainty, reverse=is_reverse)
            case Column.TRUTH:
                self._rows.sort(key=lambda each: (each.row.truth, each.certainty), reverse=is_reverse)

    def _tell(self, first: int, last: int) -> None:
        if last >= first:
            self.dataChanged.emit(self.index(first, 0), self.index(last, Column.TRUTH))

    def _shares(self, each: Classified) -> str:
        pairs = sorted(zip(self.labels, each.probabilities, strict=False), key=lambda pair: -pair[1])
        return "\n".join(tr("{0}: {1}").format(label, f"{share:.1%}") for label, share in pairs)


def _words(each: Classified, column: Column) -> str:
    match column:
        case Column.TEXT:
            return " ".join(each.row.text[:_TOOLTIP_LENGTH].split())
        case Column.LABEL:
            return each.label
        case Column.PROBABILITY:
            return f"{each.certainty:.0%}"
        case Column.TRUTH:
            return each.row.truth
