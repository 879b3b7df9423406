"""The segments of a file as rows of a table: they arrive while the file is translated, and are reviewed.

A row stays where it is when it is edited or accepted: what the reviewer works on does not jump away. Rows are
put in order, and those left out that are not asked for, when the reviewer asks for another view.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QIcon

from lmstudio_lite.domain.file_translations import SegmentRow
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.translate.review.order import Looked
from lmstudio_lite.words.flags import name_flag, say_flag
from lmstudio_lite.words.reviews import say_confidence, say_place, say_row_state
from lmstudio_lite.words.translate import tr

Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()


class Column(IntEnum):
    """From left to right."""

    NUMBER = 0
    SOURCE = 1
    TARGET = 2
    FLAGS = 3
    CONFIDENCE = 4


class SegmentRole(IntEnum):
    """Roles besides Qt's own."""

    ROW = Qt.ItemDataRole.UserRole + 1
    ALONE = Qt.ItemDataRole.UserRole + 2
    """A translation that the segments which repeat it do not take over."""


class SegmentsModel(QAbstractTableModel):
    """Lives on the GUI thread; whoever owns it does the work that ``edited`` asks for."""

    edited = Signal(int, str, bool)  # number of the segment, text, whether its repetitions follow

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: dict[int, SegmentRow] = {}
        self._shown: list[int] = []
        self._keys: list[tuple[float, int]] = []
        self._looked = Looked()

    @property
    def looked(self) -> Looked:
        """Return what is shown, and in which order."""
        return self._looked

    @property
    def all_rows(self) -> Sequence[SegmentRow]:
        """Return every segment that is known, in reading order."""
        return [self._rows[number] for number in sorted(self._rows)]

    def segment_row(self, place: int) -> SegmentRow | None:
        """Return what stands at a place of the table."""
        return self._rows[self._shown[place]] if 0 <= place < len(self._shown) else None

    def place_of(self, number: int) -> int:
        """Return at which place of the table a segment stands, -1 if it is not shown."""
        return next((place for place, each in enumerate(self._shown) if each == number), -1)

    def reset(self, rows: Iterable[SegmentRow]) -> None:
        """Show another file."""
        self._rows = {row.number: row for row in rows}
        self._arrange()

    def look(self, looked: Looked) -> None:
        """Show other rows, or in another order."""
        self._looked = looked
        self._arrange()

    def put(self, rows: Iterable[SegmentRow]) -> None:
        """Bring rows up to date where they are, and add those that are new."""
        new: list[SegmentRow] = []
        changed: set[int] = set()
        for row in rows:
            if row.number not in self._rows:
                new.append(row)
            elif self._rows[row.number] != row:
                changed.add(row.number)
            self._rows[row.number] = row
        if changed:
            self._tell_changed(changed)
        for row in new:
            if self._looked.has(row):
                self._insert(row)

    def accept(self, number: int) -> None:
        """Show a segment as accepted at once: whoever goes on must not meet it again."""
        self.put([replace(self._rows[number], is_accepted=True)])

    def place_after(self, place: int, *, wants_look: bool) -> int:
        """Return the next place below ``place`` that is not accepted, or wants a look; -1 if there is none.

        After the last row it goes on at the first.
        """
        places: list[int] = [*range(place + 1, len(self._shown)), *range(place)]
        for each in places:
            row = self._rows[self._shown[each]]
            if row.needs_look if wants_look else not row.is_accepted:
                return each
        return -1

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(Column)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == Column.TARGET else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.segment_row(index.row())
        if row is None:
            return None
        column = Column(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return _words(row, column)
            case Qt.ItemDataRole.AccessibleTextRole:
                return _spoken(row, column)
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(_tip(row, column))
            case Qt.ItemDataRole.ForegroundRole:
                return self._colour(row, column)
            case Qt.ItemDataRole.DecorationRole:
                return self._icon(row) if column is Column.NUMBER else None
            case SegmentRole.ROW:
                return row
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Show an edit at once and ask for it; its flags are found when it is kept."""
        row = self.segment_row(index.row())
        is_edit = role in (Qt.ItemDataRole.EditRole, SegmentRole.ALONE)
        if not is_edit or row is None or index.column() != Column.TARGET:
            return False
        if str(value) != row.segment.text:
            segment = replace(row.segment, text=str(value), is_kept=False)
            self.put([replace(row, segment=segment, is_edited=True)])
            self.edited.emit(row.number, str(value), role != SegmentRole.ALONE)
        return True

    def is_repeated(self, row: SegmentRow) -> bool:
        """Tell whether an edit of a segment would change others, too: ``app.review`` has the same rule."""
        return any(
            each.number != row.number
            and not each.is_accepted
            and (each.segment.source, each.segment.text) == (row.segment.source, row.segment.text)
            for each in self._rows.values()
        )

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        names = (tr("No."), tr("Source"), tr("Translation"), tr("To look at"), tr("Sure"))
        return names[section]

    def _arrange(self) -> None:
        self.beginResetModel()
        rows = [row for row in self._rows.values() if self._looked.has(row)]
        pairs = sorted((self._looked.key(row), row.number) for row in rows)
        self._keys = [key for key, _ in pairs]
        self._shown = [number for _, number in pairs]
        self.endResetModel()

    def _insert(self, row: SegmentRow) -> None:
        key = self._looked.key(row)
        place = bisect_left(self._keys, key)
        self.beginInsertRows(QModelIndex(), place, place)
        self._keys.insert(place, key)
        self._shown.insert(place, row.number)
        self.endInsertRows()

    def _tell_changed(self, numbers: set[int]) -> None:
        places = [place for place, number in enumerate(self._shown) if number in numbers]
        if places:
            self.dataChanged.emit(
                self.index(places[0], Column.NUMBER), self.index(places[-1], Column.CONFIDENCE)
            )

    def _icon(self, row: SegmentRow) -> QIcon | None:
        tokens = self._theme.tokens
        if row.is_accepted:
            return self._theme.icon("check", tokens.accent)
        return self._theme.icon("warning", tokens.warning) if row.needs_look else None

    def _colour(self, row: SegmentRow, column: Column) -> QColor | None:
        tokens = self._theme.tokens
        if column is Column.FLAGS:
            return QColor(tokens.warning if row.needs_look else tokens.muted)
        if column is Column.TARGET and row.segment.is_kept and not row.is_accepted:
            return QColor(tokens.warning)
        return QColor(tokens.text if column is Column.TARGET else tokens.muted)


def _words(row: SegmentRow, column: Column) -> str:
    segment = row.segment
    match column:
        case Column.NUMBER:
            return str(row.number + 1)
        case Column.SOURCE:
            return segment.source
        case Column.TARGET:
            return segment.text
        case Column.FLAGS:
            if not row.needs_look:
                return say_row_state(row)
            names = [name_flag(flag.kind) for flag in segment.flags]
            return tr(", ").join(dict.fromkeys(names)) or tr("Not translated")
        case Column.CONFIDENCE:
            return say_confidence(segment.confidence)


def _spoken(row: SegmentRow, column: Column) -> str:
    match column:
        case Column.NUMBER:
            return tr("Segment {0}").format(row.number + 1)
        case Column.SOURCE:
            return tr("Source: {0}").format(row.segment.source)
        case Column.TARGET:
            return tr("Translation: {0}. {1}").format(row.segment.text, say_row_state(row))
        case Column.FLAGS:
            return " ".join(say_flag(flag) for flag in row.segment.flags) or say_row_state(row)
        case Column.CONFIDENCE:
            return tr("Sure: {0}").format(say_confidence(row.segment.confidence) or tr("not known"))


def _tip(row: SegmentRow, column: Column) -> str:
    match column:
        case Column.FLAGS:
            return "\n".join(say_flag(flag) for flag in row.segment.flags)
        case Column.NUMBER:
            return say_place(row.segment.place) if row.segment.place is not None else ""
        case _:
            return ""
