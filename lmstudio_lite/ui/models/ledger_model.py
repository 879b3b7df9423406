"""The ledger's rows as a table: when, with whom, why, how much, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from lmstudio_lite.domain.connections import Connection
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.words.connections import say_outcome, say_purpose
from lmstudio_lite.words.saying import say_size
from lmstudio_lite.words.translate import mark, tr

_Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
_COLUMNS = (
    mark("Time"),
    mark("Host"),
    mark("Why"),
    mark("What"),
    mark("Sent"),
    mark("Received"),
    mark("Ended"),
)
WHAT = 3
_NUMBERS = (4, 5)


class LedgerModel(QAbstractTableModel):
    """The newest connections, the newest first."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rows: tuple[Connection, ...] = ()

    def put(self, rows: Sequence[Connection]) -> None:
        """Show ``rows`` in place of what was shown."""
        self.beginResetModel()
        self._rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(_COLUMNS)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.DisplayRole:
            return _cells(self._rows[index.row()])[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(_cells(self._rows[index.row()])[index.column()])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            is_number = index.column() in _NUMBERS
            at = Qt.AlignmentFlag.AlignRight if is_number else Qt.AlignmentFlag.AlignLeft
            return at | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr(_COLUMNS[section])
        return None

    def as_text(self) -> str:
        """Return all rows as lines with tabs between their cells, under their headings."""
        lines = ["\t".join(tr(column) for column in _COLUMNS)]
        return "\n".join([*lines, *("\t".join(_cells(row)) for row in self._rows)])


def _cells(row: Connection) -> tuple[str, ...]:
    opened = datetime.fromtimestamp(row.opened_at_us / 1e6).strftime("%Y-%m-%d %H:%M:%S")
    return (
        opened,
        row.host,
        say_purpose(row.purpose),
        row.subject,
        say_size(row.bytes_sent),
        say_size(row.bytes_received),
        say_outcome(row),
    )
