"""Several rows of the left panel at once: moved, archived, pinned, deleted together, with one undo for all.

What is done to many is done in one job of the storage's lane, row by row, and each row remembers what undoes
it. Where the disk refuses in the middle, what was done until then can be undone, and the rest is untouched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from lmstudio_lite.domain.conversations import Shelf
from lmstudio_lite.ui.history_folders import FolderActions, OfferUndo
from lmstudio_lite.ui.history_items import HistoryItem
from lmstudio_lite.ui.history_model import HistoryModel
from lmstudio_lite.ui.history_source import HistoryOrganizer
from lmstudio_lite.ui.history_view import MOVE_KEYS, HistoryView
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import trn

Undo = Callable[[], object]


class ManyRows(QObject):
    """Acts on the rows that are chosen in a view. GUI thread; the work runs in the model's lane."""

    def __init__(
        self, theme: Theme, view: HistoryView, folders: FolderActions, offer_undo: OfferUndo, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view = view
        self._folders = folders
        self._offer_undo = offer_undo
        view.many_menu_wanted.connect(self._fill)
        view.delete_many_requested.connect(self.delete)
        view.move_many_requested.connect(self.move)

    @property
    def items(self) -> list[HistoryItem]:
        return self._view.chosen_items()

    def delete(self) -> None:
        """Take the chosen rows away; what lies in the bin stays there."""
        model, items = self._model, self.items
        if model is None or model.shelf is Shelf.BIN or not items:
            return
        deleted: list[str] = []
        self._offer(
            trn("{n} deleted", "{n} deleted", len(items)), items, lambda: model.restore_all(tuple(deleted))
        )
        model.delete_all([each.id for each in items], deleted, self._on_failed(items, deleted))

    def archive(self) -> None:
        """Take the chosen rows into the archive, or out of it."""
        model = self._model
        if model is None:
            return
        archives, number = model.shelf is Shelf.LIST, len(self.items)
        self._change(
            trn("{n} moved into the archive", "{n} moved into the archive", number)
            if archives
            else trn("{n} back in the list", "{n} back in the list", number),
            self.items,
            lambda organizer, each: _archived(organizer, each, archives=archives),
        )

    def pin(self) -> None:
        """Pin the chosen rows, or unpin them where all are pinned."""
        items = self.items
        is_pinned = not all(each.is_pinned for each in items)
        wanted = [each for each in reversed(items) if each.is_pinned != is_pinned]
        self._change(
            trn("{n} pinned", "{n} pinned", len(wanted))
            if is_pinned
            else trn("{n} unpinned", "{n} unpinned", len(wanted)),
            wanted,
            lambda organizer, each: _pinned(organizer, each, is_pinned=is_pinned),
        )

    def move(self) -> None:
        """Ask which folder the chosen rows shall lie in."""
        model, items = self._model, self.items
        if model is not None and model.has_folders and items:
            self._folders.choose_for_all(items)

    @property
    def _model(self) -> HistoryModel | None:
        model = self._view.model()
        return model if isinstance(model, HistoryModel) else None

    def _fill(self, menu: QMenu) -> None:
        """Offer what can be done with all chosen rows, and say how many they are."""
        model, items = self._model, self.items
        if model is None:
            return
        number = len(items)
        if model.shelf is Shelf.BIN:
            words = trn("Put {n} conversation back", "Put {n} conversations back", number)
            self._add(menu, "undo", words, lambda: model.restore_all([each.id for each in items]))
            words = trn("Delete {n} conversation for good", "Delete {n} conversations for good", number)
            self._add(menu, "trash", words, lambda: self._delete_for_good(items))
            return
        if model.organizer is not None:
            self._fill_order(menu, model, items)
        delete = self._add(
            menu,
            "trash",
            trn("Delete {n} conversation", "Delete {n} conversations", number)
            if model.organizer is not None
            else trn("Delete {n} of the list", "Delete {n} of the list", number),
            self.delete,
        )
        delete.setShortcut("Del")

    def _fill_order(self, menu: QMenu, model: HistoryModel, items: Sequence[HistoryItem]) -> None:
        number, is_archived = len(items), model.shelf is Shelf.ARCHIVE
        if not is_archived:
            words = (
                trn("Unpin {n} conversation", "Unpin {n} conversations", number)
                if all(each.is_pinned for each in items)
                else trn("Pin {n} conversation", "Pin {n} conversations", number)
            )
            self._add(menu, "pin", words, self.pin)
        if model.has_folders:
            words = trn("Move {n} conversation to a folder…", "Move {n} conversations to a folder…", number)
            self._add(menu, "folder", words, self.move).setShortcut(MOVE_KEYS)
        words = (
            trn("{n} conversation back to the list", "{n} conversations back to the list", number)
            if is_archived
            else trn("Archive {n} conversation", "Archive {n} conversations", number)
        )
        self._add(menu, "archive", words, self.archive)

    def _add(self, menu: QMenu, icon: str, words: str, on_chosen: Callable[[], object]) -> QAction:
        action = menu.addAction(self._theme.icon(icon), words)
        action.triggered.connect(lambda _checked=False: on_chosen())
        return action

    def _delete_for_good(self, items: Sequence[HistoryItem]) -> None:
        def delete(organizer: HistoryOrganizer) -> None:
            for each in items:
                organizer.delete_for_good(each.id)

        if self._model is not None:
            self._model.organize(delete)

    def _change(
        self,
        words: str,
        items: Sequence[HistoryItem],
        do: Callable[[HistoryOrganizer, HistoryItem], Callable[[HistoryOrganizer], object]],
    ) -> None:
        """Do something to each row, and offer to undo it for all of them at once."""
        model = self._model
        if model is None or not items:
            return
        undos: list[Callable[[HistoryOrganizer], object]] = []  # filled and read in the storage's one lane

        def change(organizer: HistoryOrganizer) -> None:
            for each in items:
                undos.append(do(organizer, each))

        def undo_all(organizer: HistoryOrganizer) -> None:
            while undos:
                undos.pop()(organizer)

        self._offer(words, items, lambda: model.organize(undo_all))
        model.organize(change, self._on_failed(items, undos))

    def _offer(self, words: str, items: Sequence[HistoryItem], undo: Undo) -> None:
        self._offer_undo(words, key_of(items), undo)

    def _on_failed(self, items: Sequence[HistoryItem], done: Sequence[object]) -> Undo:
        """Return what takes the offer to undo back, where nothing was done at all."""

        def take_back() -> None:
            model = self._model
            if model is not None and not done:
                model.item_not_deleted.emit(key_of(items))

        return take_back


def key_of(items: Sequence[HistoryItem]) -> str:
    """Return what the undo of a change to several rows is known by."""
    return "\n".join(each.id for each in items)


def _archived(
    organizer: HistoryOrganizer, item: HistoryItem, *, archives: bool
) -> Callable[[HistoryOrganizer], object]:
    before = organizer.set_archived(item.id, is_archived=archives)
    return lambda later: later.put_archived_back(item.id, before)


def _pinned(
    organizer: HistoryOrganizer, item: HistoryItem, *, is_pinned: bool
) -> Callable[[HistoryOrganizer], object]:
    before = organizer.set_pinned(item.id, is_pinned=is_pinned)
    return lambda later: later.put_pinned_back(item.id, before)
