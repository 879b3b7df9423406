"""The terms of one glossary as rows that are edited in place; an empty row at the end takes a new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from lmstudio_lite.domain.glossary import KeptTerm, Term
from lmstudio_lite.words.translate import mark, tr

Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
_NAMES = (
    mark("Term"),
    mark("Translation"),
    mark("Kind"),
    mark("Same case"),
    mark("Forbidden"),
    mark("Note"),
)
KINDS = ("", "noun", "verb", "adjective", "name")
_KIND_WORDS = {
    "": "",
    "noun": mark("Noun"),
    "verb": mark("Verb"),
    "adjective": mark("Adjective"),
    "name": mark("Name"),
}


class TermColumn(IntEnum):
    """From left to right."""

    SOURCE = 0
    TARGET = 1
    KIND = 2
    CASE = 3
    FORBIDDEN = 4
    NOTE = 5


_CHECKS = (TermColumn.CASE, TermColumn.FORBIDDEN)


def say_kind(kind: str) -> str:
    """``Noun``; "" for none."""
    return tr(_KIND_WORDS.get(kind, ""))


class TermsModel(QAbstractTableModel):
    """Lives on the GUI thread; whoever owns it keeps what ``added`` and ``changed`` say."""

    added = Signal(object)  # Term
    changed = Signal(int, object)  # number, Term

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._terms: list[KeptTerm] = []
        self._draft = Term("", "")
        self._is_open = False

    @property
    def num_terms(self) -> int:
        return len(self._terms)

    def number_at(self, row: int) -> int | None:
        """Return the number of the term in a row, None for the empty one."""
        return self._terms[row].number if 0 <= row < len(self._terms) else None

    def show(self, terms: Sequence[KeptTerm] | None) -> None:
        """Show the terms of a glossary, None for no glossary."""
        self.beginResetModel()
        self._terms = list(terms or ())
        self._draft = Term("", "")
        self._is_open = terms is not None
        self.endResetModel()

    def add(self, terms: Sequence[KeptTerm]) -> None:
        """Add what was kept."""
        if terms:
            first = len(self._terms)
            self.beginInsertRows(QModelIndex(), first, first + len(terms) - 1)
            self._terms.extend(terms)
            self.endInsertRows()

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._terms) + self._is_open

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(TermColumn)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if index.column() in _CHECKS:
            return flags | Qt.ItemFlag.ItemIsUserCheckable
        return flags | Qt.ItemFlag.ItemIsEditable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        term = self._term(index.row())
        column = TermColumn(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                if index.row() == len(self._terms) and column is TermColumn.SOURCE and not term.source:
                    return tr("New term…")
                return say_kind(term.part_of_speech) if column is TermColumn.KIND else _text(term, column)
            case Qt.ItemDataRole.EditRole:
                return _text(term, column)
            case Qt.ItemDataRole.CheckStateRole if column in _CHECKS:
                is_checked = term.matches_case if column is TermColumn.CASE else term.is_forbidden
                return Qt.CheckState.Checked if is_checked else Qt.CheckState.Unchecked
            case Qt.ItemDataRole.AccessibleTextRole:
                return tr("{0}: {1}").format(tr(_NAMES[column]), _text(term, column))
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Change a term; a new one is added as soon as its source is there."""
        column = TermColumn(index.column())
        before = self._term(index.row())
        if role == Qt.ItemDataRole.CheckStateRole:
            is_checked = Qt.CheckState(value) is Qt.CheckState.Checked
            term = (
                replace(before, matches_case=is_checked)
                if column is TermColumn.CASE
                else replace(before, is_forbidden=is_checked)
            )
        elif role == Qt.ItemDataRole.EditRole:
            term = _with_text(before, column, " ".join(str(value).split()))
        else:
            return False
        if term == before:
            return True
        number = self.number_at(index.row())
        if number is None:
            self._draft = term
            if term.source:
                self._draft = Term("", "")
                self.added.emit(term)
        elif term.source:
            self._terms[index.row()] = KeptTerm(number, term)
            self.changed.emit(number, term)
        self.dataChanged.emit(self.index(index.row(), 0), self.index(index.row(), TermColumn.NOTE))
        return True

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr(_NAMES[section])
        return None

    def _term(self, row: int) -> Term:
        return self._terms[row].term if row < len(self._terms) else self._draft


def _text(term: Term, column: TermColumn) -> str:
    match column:
        case TermColumn.SOURCE:
            return term.source
        case TermColumn.TARGET:
            return term.target
        case TermColumn.KIND:
            return term.part_of_speech
        case TermColumn.NOTE:
            return term.note
        case _:
            return ""


def _with_text(term: Term, column: TermColumn, text: str) -> Term:
    match column:
        case TermColumn.SOURCE:
            return replace(term, source=text)
        case TermColumn.TARGET:
            return replace(term, target=text)
        case TermColumn.KIND:
            return replace(term, part_of_speech=text)
        case TermColumn.NOTE:
            return replace(term, note=text)
        case _:
            return term
