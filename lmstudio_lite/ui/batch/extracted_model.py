"""The rows of a batch with the values that were taken out of them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from lmstudio_lite.app.batch.output import as_cell
from lmstudio_lite.domain.batch import Extracted, ValueFlag
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.batch import say_flag
from lmstudio_lite.words.translate import tr

Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
_TOOLTIP_LENGTH = 2_000


class ExtractedModel(QAbstractTableModel):
    """Lives on the GUI thread. The first column is the text, the others are the fields."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme
        self.fields: tuple[str, ...] = ()
        self._rows: list[Extracted] = []

    @property
    def rows(self) -> Sequence[Extracted]:
        """As they are shown."""
        return self._rows

    @property
    def num_flagged(self) -> int:
        return sum(bool(each.flags) for each in self._rows)

    def begin(self, fields: tuple[str, ...]) -> None:
        """Forget all rows: others come, with these fields."""
        self.beginResetModel()
        self.fields = fields
        self._rows = []
        self.endResetModel()

    def add(self, rows: Sequence[Extracted]) -> None:
        """Add what has come."""
        if rows:
            self.beginInsertRows(QModelIndex(), len(self._rows), len(self._rows) + len(rows) - 1)
            self._rows.extend(rows)
            self.endInsertRows()

    def show(self, rows: Sequence[Extracted]) -> None:
        """Show all rows: those with flags first, else in their order."""
        self.beginResetModel()
        self._rows = sorted(rows, key=lambda each: (not each.flags, each.row.number))
        self.endResetModel()

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else 1 + len(self.fields)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        each, flag = self._rows[index.row()], self._flag(index)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._words(each, index.column())
            case Qt.ItemDataRole.ForegroundRole if flag is not None:
                return QColor(self._theme.tokens.warning)
            case Qt.ItemDataRole.ToolTipRole:
                words = each.row.text[:_TOOLTIP_LENGTH]
                return plain_tip(
                    f"{self._name(index.column())} {say_flag(flag)}" if flag is not None else words
                )
            case Qt.ItemDataRole.AccessibleTextRole:
                said = f" ({say_flag(flag)})" if flag is not None else ""
                words = self._words(each, index.column())
                return tr("{0}: {1}").format(self._name(index.column()), f"{words}{said}")
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._name(section)
        return None

    def _name(self, column: int) -> str:
        return self.fields[column - 1] if column else tr("Text")

    def _words(self, each: Extracted, column: int) -> str:
        value = (
            as_cell(each.values.get(self.fields[column - 1])) if column else each.row.text[:_TOOLTIP_LENGTH]
        )
        return " ".join(str(value).split())

    def _flag(self, index: Index) -> ValueFlag | None:
        column = index.column()
        return self._rows[index.row()].flags.get(self.fields[column - 1] if column else "")
