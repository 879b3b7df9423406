"""The personas as a list."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from lmstudio_lite.domain.personas import KeptPersona
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.words.translate import tr

Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()


class PersonasModel(QAbstractListModel):
    """Lives on the GUI thread."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._personas: list[KeptPersona] = []

    def persona(self, row: int) -> KeptPersona | None:
        """Return what stands in a row."""
        return self._personas[row] if 0 <= row < len(self._personas) else None

    def row_of(self, persona_id: str) -> int:
        """Return the row of a persona, -1 if it is not there."""
        return next((row for row, each in enumerate(self._personas) if each.id == persona_id), -1)

    def show(self, personas: Sequence[KeptPersona]) -> None:
        """Show the newest list; the chosen row stays where it is the same list."""
        if [each.id for each in personas] == [each.id for each in self._personas]:
            self._personas = list(personas)
            if self._personas:
                self.dataChanged.emit(self.index(0), self.index(len(self._personas) - 1))
            return
        self.beginResetModel()
        self._personas = list(personas)
        self.endResetModel()

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._personas)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        kept = self._personas[index.row()]
        name = safe_line(kept.persona.name)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return tr("{0} · built in").format(name) if kept.is_built_in else name
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(name)
        return None
