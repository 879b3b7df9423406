"""The glossaries as a list: checked are those in use; a name is edited in place."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from lmstudio_lite.domain.glossary import Glossary
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.words.languages import say_language
from lmstudio_lite.words.translate import tr, trn

Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()


class GlossariesModel(QAbstractListModel):
    """Lives on the GUI thread; whoever owns it keeps what the signals say."""

    renamed = Signal(str, str)  # id, name
    use_changed = Signal(str, bool)  # id

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._glossaries: list[Glossary] = []

    @property
    def glossaries(self) -> Sequence[Glossary]:
        return self._glossaries

    def glossary(self, row: int) -> Glossary | None:
        """Return what stands in a row."""
        return self._glossaries[row] if 0 <= row < len(self._glossaries) else None

    def row_of(self, glossary_id: str) -> int:
        """Return the row of a glossary, -1 if it is not there."""
        return next((row for row, each in enumerate(self._glossaries) if each.id == glossary_id), -1)

    def show(self, glossaries: Sequence[Glossary]) -> None:
        """Show the newest list."""
        if [each.id for each in glossaries] == [each.id for each in self._glossaries]:
            self._glossaries = list(glossaries)
            if self._glossaries:
                self.dataChanged.emit(self.index(0), self.index(len(self._glossaries) - 1))
            return
        self.beginResetModel()
        self._glossaries = list(glossaries)
        self.endResetModel()

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._glossaries)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsUserCheckable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        glossary = self._glossaries[index.row()]
        pair = tr("{0} → {1}").format(say_language(glossary.source), say_language(glossary.target))
        amount = trn("{n} term", "{n} terms", glossary.num_terms)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return tr("{0} · {1}").format(glossary.name, f"{glossary.source} → {glossary.target}")
            case Qt.ItemDataRole.EditRole:
                return glossary.name
            case Qt.ItemDataRole.CheckStateRole:
                return Qt.CheckState.Checked if glossary.is_in_use else Qt.CheckState.Unchecked
            case Qt.ItemDataRole.AccessibleTextRole:
                state = tr("in use") if glossary.is_in_use else tr("not in use")
                return tr("{0}, {1}, {2}, {3}").format(glossary.name, pair, amount, state)
            case Qt.ItemDataRole.ToolTipRole:
                told = tr("Translations are held to the glossaries that are checked.")
                return plain_tip(f"{glossary.name}\n{pair}, {amount}\n{told}")
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Ask for another name or use; the list shows it when it is kept."""
        glossary = self._glossaries[index.row()]
        if role == Qt.ItemDataRole.CheckStateRole:
            self.use_changed.emit(glossary.id, Qt.CheckState(value) is Qt.CheckState.Checked)
            return True
        name = " ".join(str(value).split())
        if role == Qt.ItemDataRole.EditRole and name and name != glossary.name:
            self.renamed.emit(glossary.id, name)
        return True
