"""The library's models as a list of cards: searched, sorted and filtered, filled as the folders are read.

Rows are put in, taken out and moved one stretch at a time, so that the card that is looked at stays where it
is while a thousand others arrive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import IntEnum
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from lmstudio_lite.domain.shelf import ModelEntry
from lmstudio_lite.ui.models.card import Card, CardFilter, SortBy, card_words, sort_key
from lmstudio_lite.ui.plain_words import plain_tip

Index = QModelIndex | QPersistentModelIndex


_STRETCHES_MAX = 40
"""More stretches of rows than this are replaced in one go: each costs the view a look at all of them."""


class CardRole(IntEnum):
    """Roles besides Qt's own."""

    CARD = Qt.ItemDataRole.UserRole + 1


class CardsModel(QAbstractListModel):
    """Lives on the GUI thread."""

    counted = Signal()  # how many are shown, or are there, may be different

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cards: dict[Path, Card] = {}
        self._names: Counter[str] = Counter()
        self._order: list[Path] = []
        self._rows: dict[Path, int] = {}
        self._filter = CardFilter()
        self._sort_by = SortBy.NAME
        self._in_use: Path | None = None

    @property
    def num_all(self) -> int:
        """Return how many models there are, whatever the filter leaves of them."""
        return len(self._cards)

    @property
    def cards(self) -> list[Card]:
        """Return the cards that are shown, in their order."""
        return [self._cards[path] for path in self._order]

    @property
    def all_cards(self) -> list[Card]:
        """Return all cards, whatever the filter leaves of them."""
        return list(self._cards.values())

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._order)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._order):
            return None
        card = self._cards[self._order[index.row()]]
        if self._names[card.name] > 1:
            card = replace(card, has_namesake=True)
        if role == CardRole.CARD:
            return card
        if role == Qt.ItemDataRole.DisplayRole:
            return card.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            words = card_words(card)
            return ", ".join(filter(None, (words.name, words.verdict, words.about, words.more)))
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(str(card.entry.path))
        return None

    def card_at(self, path: Path) -> Card | None:
        """Return the card of a model, shown or not."""
        return self._cards.get(path)

    def row_of(self, path: Path) -> int:
        """Return the row of a model, -1 where the list does not show it."""
        return self._rows.get(path, -1)

    def put(self, entries: Iterable[ModelEntry], gone: Iterable[Path] = ()) -> None:
        """Put in or replace models by their paths, and take others out."""
        changed = []
        for entry in entries:
            known = self._cards.get(entry.path)
            if known is None:
                changed.append(Card(entry, is_in_use=entry.path == self._in_use))
            else:
                changed.append(known.with_entry(entry))
        self._replace(changed, tuple(gone))

    def replace_cards(self, cards: Sequence[Card]) -> None:
        """Show newer values of cards that are there; those of models that are gone are left out."""
        self._replace([card for card in cards if card.entry.path in self._cards])

    def set_filter(self, wanted: CardFilter) -> None:
        """Show the cards that ``wanted`` lets through."""
        if wanted != self._filter:
            self._filter = wanted
            self._arrange()

    def set_sort(self, by: SortBy) -> None:
        """Show the cards in another order."""
        if by is not self._sort_by:
            self._sort_by = by
            self._arrange()

    def set_in_use(self, path: Path | None) -> None:
        """Mark the model in use."""
        if path == self._in_use:
            return
        cards = [self._cards.get(each) for each in (self._in_use, path) if each is not None]
        self._in_use = path
        self._replace([card.with_use(is_in_use=card.entry.path == path) for card in cards if card])

    def _replace(self, cards: Sequence[Card], gone: Sequence[Path] = ()) -> None:
        changed = [card for card in cards if self._cards.get(card.entry.path) != card]
        if not changed and not any(path in self._cards for path in gone):
            return
        is_arranged = not gone and all(map(self._stays, changed))
        is_renamed = any([self._keep(card) for card in changed])
        if not is_arranged:
            self._arrange(frozenset(gone))
        rows = sorted(row for row in (self.row_of(card.entry.path) for card in changed) if row >= 0)
        if rows and is_renamed:
            rows = [0, len(self._order) - 1]  # a card far off may have got a namesake, or lost one
        if rows:
            self.dataChanged.emit(self.index(rows[0]), self.index(rows[-1]))

    def _keep(self, card: Card) -> bool:
        """Put ``card`` in the place of its older value, and tell whether there is a new name."""
        before = self._cards.get(card.entry.path)
        self._cards[card.entry.path] = card
        if before is not None and before.name == card.name:
            return False
        if before is not None:
            self._names[before.name] -= 1
        self._names[card.name] += 1
        return True

    def _stays(self, card: Card) -> bool:
        """Tell whether a newer value of a card leaves it in its place."""
        before = self._cards.get(card.entry.path)
        if before is None or self._filter.lets_through(before) != self._filter.lets_through(card):
            return False
        return sort_key(before, self._sort_by) == sort_key(card, self._sort_by)

    def _arrange(self, gone: frozenset[Path] = frozenset()) -> None:
        """Bring the rows into the order that they should have: out, in, and what is left moves.

        The cards that are ``gone`` can be asked for until views know that their rows are.
        """
        shown = [
            card for path, card in self._cards.items() if path not in gone and self._filter.lets_through(card)
        ]
        shown.sort(key=lambda card: sort_key(card, self._sort_by))
        wanted = [card.entry.path for card in shown]
        if wanted != self._order:
            if _is_scattered(self._order, wanted):
                self.beginResetModel()
                self._order = wanted
                self._rows = {path: row for row, path in enumerate(wanted)}
                self.endResetModel()
            else:
                self._take_out(set(wanted))
                self._put_in(wanted)
                self._move(wanted)
                self._rows = {path: row for row, path in enumerate(wanted)}
        for path in gone:
            card = self._cards.pop(path, None)
            if card is not None:
                self._names[card.name] -= 1
        self.counted.emit()

    def _take_out(self, kept: set[Path]) -> None:
        row = len(self._order) - 1
        while row >= 0:
            last = row
            while row >= 0 and self._order[row] not in kept:
                row -= 1
            if row < last:
                self.beginRemoveRows(QModelIndex(), row + 1, last)
                del self._order[row + 1 : last + 1]
                self.endRemoveRows()
            row -= 1

    def _put_in(self, wanted: list[Path]) -> None:
        known = set(self._order)
        row = 0
        while row < len(wanted):
            last = row
            while last < len(wanted) and wanted[last] not in known:
                last += 1
            if last > row:
                place = min(row, len(self._order))
                self.beginInsertRows(QModelIndex(), place, place + last - row - 1)
                self._order[place:place] = wanted[row:last]
                self.endInsertRows()
            row = last + 1

    def _move(self, wanted: list[Path]) -> None:
        if wanted == self._order:
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        rows = {path: row for row, path in enumerate(wanted)}
        after = [self.index(rows[self._order[index.row()]]) for index in before]
        self._order = list(wanted)
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()


def _is_scattered(before: Sequence[Path], after: Sequence[Path]) -> bool:
    """Tell whether rows come or go in too many places to be told one by one."""
    kept, known = set(after), set(before)
    return _num_stretches(before, kept) + _num_stretches(after, known) > _STRETCHES_MAX


def _num_stretches(paths: Sequence[Path], others: set[Path]) -> int:
    """Count the stretches of ``paths`` that are not among ``others``."""
    num_stretches, was_in = 0, True
    for path in paths:
        is_in = path in others
        num_stretches += was_in and not is_in
        was_in = is_in
    return num_stretches
