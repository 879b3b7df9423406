"""The parts of a file as rows of a table: what was not read first, then the others in the file's order."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from lmstudio_lite.domain.inventory import Part
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.inventory import say_how, say_place
from lmstudio_lite.words.saying import begin_sentence
from lmstudio_lite.words.translate import tr

PLACE, NUM_CHARACTERS, HOW = range(3)
_Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()


class InventoryModel(QAbstractTableModel):
    """Never changes once it is made."""

    def __init__(self, theme: Theme, inventory: Sequence[Part], parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme
        self._parts = sorted(inventory, key=lambda part: not part.is_unread)

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._parts)

    def columnCount(self, parent: _Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else 3

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        part = self._parts[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _words_of(part)[index.column()]
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(_words_of(part)[index.column()])
            case Qt.ItemDataRole.TextAlignmentRole:
                at = Qt.AlignmentFlag.AlignRight if index.column() == NUM_CHARACTERS else _AT_BEGINNING
                return at | Qt.AlignmentFlag.AlignVCenter
            case Qt.ItemDataRole.ForegroundRole if part.is_unread:
                return QColor(self._theme.tokens.warning)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return (tr("Part"), tr("Characters"), tr("How it was read"))[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight if section == NUM_CHARACTERS else _AT_BEGINNING
        return None

    def as_text(self, rows: Sequence[int]) -> str:
        """Return rows as lines with tabs between their cells; all rows for none."""
        return "\n".join("\t".join(_words_of(self._parts[row])) for row in rows or range(len(self._parts)))


_AT_BEGINNING = Qt.AlignmentFlag.AlignLeft


def _words_of(part: Part) -> tuple[str, str, str]:
    num_characters = part.num_characters
    is_known = num_characters is not None and not (part.is_unread and not num_characters)
    return (
        begin_sentence(say_place(part)),
        f"{num_characters:,}" if is_known else "–",
        begin_sentence(say_how(part)),
    )
