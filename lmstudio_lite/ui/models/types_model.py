"""The types that a model can be written as, as rows of a table: they arrive one by one, most bits first."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont

from lmstudio_lite.domain.conversion import TypeForecast
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words import say_duration, say_size
from lmstudio_lite.words.conversion import say_type_notes
from lmstudio_lite.words.saying import begin_sentence
from lmstudio_lite.words.translate import tr

TYPE, SIZE, BITS, TIME, NOTES = range(5)
_Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
_NUMBERS = (SIZE, BITS, TIME)
_RECOMMENDED = "Q4_K_M"
"""Stayed close to the original on both models that were measured (docs/conversion.md)."""


class TypesModel(QAbstractTableModel):
    """Rows are added as they are foretold."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme
        self._source_bytes = 0
        self._forecasts: list[TypeForecast] = []

    def set_source_bytes(self, size_bytes: int) -> None:
        """Say how large the model itself is: what does not get smaller is not recommended."""
        self._source_bytes = size_bytes

    def add(self, forecast: TypeForecast) -> None:
        """Add a row, or bring the one of the same type up to date."""
        for row, known in enumerate(self._forecasts):
            if known.file_type == forecast.file_type:
                self._forecasts[row] = forecast
                self.dataChanged.emit(self.index(row, TYPE), self.index(row, NOTES))
                return
        row = len(self._forecasts)
        self.beginInsertRows(QModelIndex(), row, row)
        self._forecasts.append(forecast)
        self.endInsertRows()

    def forecast(self, row: int) -> TypeForecast | None:
        return self._forecasts[row] if 0 <= row < len(self._forecasts) else None

    def row_of(self, file_type: str) -> int:
        """Return a type's row, -1 if it is not there."""
        names = [forecast.file_type for forecast in self._forecasts]
        return names.index(file_type) if file_type in names else -1

    @property
    def recommended(self) -> str:
        """The type that suits most, "" where the model is small already."""
        found = next((each for each in self._forecasts if each.file_type == _RECOMMENDED), None)
        return _RECOMMENDED if found is not None and found.size_bytes < self._source_bytes else ""

    @property
    def first_smaller(self) -> str:
        """The largest type that makes the model smaller without a matrix; the smallest where none does."""
        plain = [each for each in self._forecasts if not each.needs_matrix]
        found = next((each for each in plain if each.size_bytes < self._source_bytes), None)
        return found.file_type if found is not None else self._forecasts[-1].file_type

    def without_time(self) -> list[str]:
        """Return the types whose time is not known for want of a matrix."""
        return [forecast.file_type for forecast in self._forecasts if forecast.seconds is None]

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._forecasts)

    def columnCount(self, parent: _Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else 5

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        forecast = self._forecasts[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._words(forecast)[index.column()]
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(self._words(forecast)[index.column()])
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(index.column())
            case Qt.ItemDataRole.AccessibleTextRole:
                name = self.headerData(index.column(), Qt.Orientation.Horizontal)
                return f"{name}: {self._words(forecast)[index.column()]}"
            case Qt.ItemDataRole.FontRole if forecast.file_type == self.recommended:
                font = QFont()
                font.setWeight(QFont.Weight.DemiBold)
                return font
            case Qt.ItemDataRole.ForegroundRole if forecast.seconds is None:
                return QColor(self._theme.tokens.muted)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return (tr("Type"), tr("Size"), tr("Bits a weight"), tr("Time"), tr("Notes"))[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None

    def _words(self, forecast: TypeForecast) -> tuple[str, str, str, str, str]:
        notes = say_type_notes(forecast)
        if forecast.file_type == self.recommended:
            notes.insert(0, tr("recommended"))
        return (
            forecast.file_type,
            say_size(forecast.size_bytes),
            f"{forecast.bits_per_weight:.2f}",
            "–" if forecast.seconds is None else say_duration(forecast.seconds),
            begin_sentence("; ".join(notes)),
        )


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in _NUMBERS else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
