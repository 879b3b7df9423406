"""Keys and tensors as rows of a table that is searched and sorted; they are made in the background."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from lmstudio_lite.library.gguf import MetadataEntry, Scalar
from lmstudio_lite.library.inspection.model import Inspection
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.words.inspection import say_shape, say_value
from lmstudio_lite.words.saying import say_size
from lmstudio_lite.words.translate import tr

_Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
_LONGEST_VALUE = 300
_LONGEST_ITEM = 1000


@dataclass(frozen=True, slots=True)
class Row:
    """``keys`` order the rows by their columns, ``text`` is what is searched, folded.

    ``entry`` is the key that the row shows, if it shows one.
    """

    cells: tuple[str, ...]
    keys: tuple[int | str, ...]
    text: str
    entry: MetadataEntry | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """``numbers`` are the columns that are aligned at their end. Rows may have more cells than titles."""

    titles: tuple[str, ...]
    numbers: frozenset[int]
    rows: tuple[Row, ...]


def keys_table(inspection: Inspection) -> Table:
    """Return the metadata in the file's order."""
    rows = []
    for entry in inspection.header.entries:
        kind = f"{entry.type_name}[{entry.length}]" if entry.is_array else entry.type_name
        cells = (safe_line(entry.key), kind, say_value(entry, _LONGEST_VALUE))
        rows.append(Row(cells, (entry.key, kind, cells[2]), "\t".join(cells).casefold(), entry))
    return Table((tr("Key"), tr("Type"), tr("Value")), frozenset(), tuple(rows))


def tensors_table(inspection: Inspection) -> Table:
    """Return the tensors of all parts in the files' order."""
    titles = [tr("Tensor"), tr("Shape"), tr("Type"), tr("Size"), tr("Offset")]
    rows = []
    for number, part in enumerate(inspection.parts, 1):
        for tensor in part.header.tensors:
            cells = (
                safe_line(tensor.name),
                say_shape(tensor),
                tensor.type_name,
                say_size(tensor.size_bytes),
                f"{part.header.data_start + tensor.offset:,}",
                str(number),
            )
            keys = (
                tensor.name,
                tensor.num_elements,
                tensor.type_name,
                tensor.size_bytes,
                tensor.offset,
                number,
            )
            rows.append(Row(cells, keys, "\t".join(cells[:3]).casefold()))
    if len(inspection.parts) > 1:
        titles.append(tr("Part"))
    return Table(tuple(titles), frozenset((1, 3, 4, 5)), tuple(rows))


class RowsModel(QAbstractTableModel):
    """The rows of a ``Table`` that hold the words looked for. Lives on the GUI thread."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._table = Table((), frozenset(), ())
        self._rows: list[Row] = []
        self._words: tuple[str, ...] = ()
        self._column = -1
        self._is_descending = False

    @property
    def num_all(self) -> int:
        """Return how many rows there are, whatever is looked for."""
        return len(self._table.rows)

    def show_table(self, table: Table) -> None:
        """Show other rows."""
        self._table = table
        self._arrange()

    def look_for(self, text: str) -> None:
        """Show the rows that hold every word of ``text``."""
        words = tuple(text.casefold().split())
        if words != self._words:
            self._words = words
            self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order the rows by a column, by -1 as the file has them."""
        self._column, self._is_descending = column, order is Qt.SortOrder.DescendingOrder
        self._arrange()

    def row_at(self, row: int) -> Row:
        return self._rows[row]

    def as_text(self, rows: Sequence[int]) -> str:
        """Return rows as lines with tabs between their cells; all that are shown for none."""
        count = len(self._table.titles)
        chosen = rows or range(len(self._rows))
        return "\n".join("\t".join(self._rows[row].cells[:count]) for row in chosen)

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._table.titles)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._rows[index.row()].cells[index.column()]
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(self._rows[index.row()].cells[index.column()])
            case Qt.ItemDataRole.TextAlignmentRole:
                return self._alignment(index.column()) | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal or section >= len(self._table.titles):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._table.titles[section]
        return self._alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def _alignment(self, column: int) -> Qt.AlignmentFlag:
        is_number = column in self._table.numbers
        return Qt.AlignmentFlag.AlignRight if is_number else Qt.AlignmentFlag.AlignLeft

    def _arrange(self) -> None:
        self.beginResetModel()
        rows = [row for row in self._table.rows if self._holds_words(row)]
        if 0 <= self._column < len(self._table.titles):
            rows.sort(key=lambda row: row.keys[self._column], reverse=self._is_descending)
        self._rows = rows
        self.endResetModel()

    def _holds_words(self, row: Row) -> bool:
        return all(word in row.text for word in self._words)


class ValuesModel(QAbstractListModel):
    """The values of an array, each with its number; only those on the screen are worded."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._values: Sequence[Scalar] = ()

    def show_values(self, values: Sequence[Scalar]) -> None:
        """Show other values."""
        self.beginResetModel()
        self._values = values
        self.endResetModel()

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._values)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return f"{index.row():,}   {safe_line(str(self._values[index.row()])[:_LONGEST_ITEM])}"
