"""What is done with folders in the left panel: made, named, moved, closed and removed, each with its undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Slot

from lmstudio_lite.domain.folders import Folder, ids_within
from lmstudio_lite.ui.folder_chooser import FolderChooser
from lmstudio_lite.ui.history_items import HistoryItem
from lmstudio_lite.ui.history_model import HistoryModel
from lmstudio_lite.ui.history_source import HistoryOrganizer
from lmstudio_lite.ui.history_view import MOVE_KEYS, HistoryView
from lmstudio_lite.ui.palette.commands import Command
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr, trn

Undo = Callable[[HistoryOrganizer], object]


class OfferUndo(Protocol):
    """Shows words and keeps what undoes them; ``item_id`` is the row that was changed."""

    def __call__(self, words: str, item_id: str, undo: Callable[[], object]) -> None: ...


class FolderActions(QObject):
    """Acts on the model that the view shows. GUI thread; the work runs in its lane."""

    def __init__(
        self,
        theme: Theme,
        view: HistoryView,
        offer_undo: OfferUndo,
        end_search: Callable[[], None],
        parent: QObject,
    ) -> None:
        """``end_search`` shows the whole list again."""
        super().__init__(parent)
        self._theme = theme
        self._view = view
        self._offer_undo = offer_undo
        self._end_search = end_search
        self._wanted_id, self._is_named = "", True
        self.chooser: FolderChooser | None = None
        view.folder_toggled.connect(self.toggle)
        view.folder_wanted.connect(self.create_in)
        view.move_requested.connect(self.choose_for)
        view.drag.dropped.connect(self.move)
        view.drag.open_wanted.connect(lambda folder_id: self._set_collapsed(folder_id, is_collapsed=False))

    @property
    def _model(self) -> HistoryModel | None:
        model = self._view.model()
        return model if isinstance(model, HistoryModel) and model.organizer is not None else None

    def follow(self, model: HistoryModel) -> None:
        """Hear of a model's rows, to go to a folder that is new among them."""
        model.loaded.connect(self._on_model_loaded)

    @Slot(QModelIndex)
    def toggle(self, index: QModelIndex) -> None:
        """Close an open folder, open a closed one."""
        model = self._model
        item = model.item_at(index) if model is not None else None
        if item is not None and item.folder is not None:
            self._set_collapsed(item.id, is_collapsed=not item.folder.is_collapsed)

    @Slot(object)
    def create_in(self, parent_id: str | None) -> None:
        """Make a folder, in another or at the top, and have it named."""
        self._create(tr("New folder"), parent_id, is_named=False)

    @Slot(object, object)
    def move(self, item_ids: Sequence[str], folder_id: str | None) -> None:
        """Put rows into a folder, None: out of all."""
        model = self._model
        if model is not None:
            rows = [row for each in item_ids if (row := model.row_of(each)) >= 0]
            self._move([model.item_at(model.index(row)) for row in rows], folder_id)

    @Slot(QModelIndex)
    def choose_for(self, index: QModelIndex) -> None:
        """Ask which folder a row shall lie in."""
        if self._model is not None:
            self.choose_for_all([self._model.item_at(index)])

    def choose_for_all(self, items: Sequence[HistoryItem]) -> None:
        """Ask which folder rows shall lie in, one for all of them."""
        model, number = self._model, len(items)
        if model is None:
            return
        title = trn("Move {n} conversation to", "Move {n} conversations to", number)
        if number == 1:
            title = tr("Move “{0}” to").format(items[0].title)
        places = {item.folder_id for item in items}
        present_id = next(iter(places)) if len(places) == 1 else None

        def show(folders: list[Folder]) -> None:
            within = {each for item in items for each in ids_within(folders, item.id)}
            free = [each for each in folders if each.id not in within]
            chooser = FolderChooser(
                self._theme, title, free, present_id, self._view, offers_none=places != {None}
            )
            chooser.chosen.connect(lambda folder_id: self._move(items, folder_id))
            chooser.new_wanted.connect(lambda name: self._create(name, None, holds=items))
            self.chooser = chooser
            chooser.show_over(self._view.window())

        model.ask(lambda organizer: organizer.folders.list(), show)

    def remove(self, item: HistoryItem) -> None:
        """Remove a folder; what lies in it goes one level up."""

        def remove(organizer: HistoryOrganizer) -> Undo:
            removed = organizer.folders.remove(item.id)
            return lambda later: later.folders.restore(removed)

        self._change(tr("Folder removed. What was in it is still here."), item.id, remove)

    def reveal(self, folder_id: str) -> None:
        """Open a folder and all that it lies in, and go there."""
        model = self._model
        if model is not None:
            self._end_search()
            self._wanted_id, self._is_named = folder_id, True
            model.organize(lambda organizer: organizer.folders.open_up_to(folder_id))

    def offer(self, add: Callable[[Sequence[Command]], None]) -> None:
        """Offer in the palette what can be done with folders, and each of them by its name."""
        model = self._model
        if model is None:
            return
        add([Command(tr("New folder"), "", lambda: self.create_in(None))])
        row = model.row_of(model.current_id)
        if row >= 0 and model.has_folders:
            index = QPersistentModelIndex(model.index(row))
            words = tr("Move this conversation to a folder…")
            add([Command(words, "", lambda: self._choose_if_there(index), MOVE_KEYS.toString())])

        def show(folders: list[Folder]) -> None:
            kind = tr("Folder")
            add([Command(each.full_name, kind, partial(self.reveal, each.id)) for each in folders])

        model.ask(lambda organizer: organizer.folders.list(), show)

    def _choose_if_there(self, index: QPersistentModelIndex) -> None:
        if index.isValid():
            self.choose_for(self._view.model().index(index.row(), 0))

    def _set_collapsed(self, folder_id: str, *, is_collapsed: bool) -> None:
        if self._model is not None:
            self._model.set_collapsed(folder_id, is_collapsed=is_collapsed)

    def _create(
        self, name: str, parent_id: str | None, *, holds: Sequence[HistoryItem] = (), is_named: bool = True
    ) -> None:
        """Make a folder, with something in it or with its name to be typed."""

        def create(organizer: HistoryOrganizer) -> Undo:
            folder = organizer.folders.create(name, parent_id)
            self._wanted_id = folder.id
            if parent_id is not None:
                organizer.folders.open_up_to(parent_id)
            put_back = _put(organizer, holds, folder.id)

            def undo(later: HistoryOrganizer) -> None:
                put_back(later)
                later.folders.remove(folder.id)

            return undo

        self._end_search()
        self._is_named = is_named
        self._change(tr("New folder"), "", create)

    def _move(self, items: Sequence[HistoryItem], folder_id: str | None) -> None:
        moved = [item for item in items if item.folder_id != folder_id]
        if not moved:
            return
        words = tr("Moved into a folder") if folder_id is not None else tr("Moved out of the folder")
        if len(moved) > 1 and folder_id is not None:
            words = trn("{n} moved into a folder", "{n} moved into a folder", len(moved))
        elif len(moved) > 1:
            words = trn("{n} moved out of their folder", "{n} moved out of their folders", len(moved))
        key = "\n".join(item.id for item in moved)
        self._change(words, key, lambda organizer: _put(organizer, moved, folder_id))

    def _change(self, words: str, item_id: str, do: Callable[[HistoryOrganizer], Undo]) -> None:
        """Do something and offer to undo it; the lane does both in their order."""
        model = self._model
        if model is None:
            return
        undos: list[Undo] = []

        def undo() -> None:
            model.organize(lambda organizer: [each(organizer) for each in undos])

        self._offer_undo(words, item_id, undo)
        model.organize(
            lambda organizer: undos.append(do(organizer)), lambda: model.item_not_deleted.emit(item_id)
        )

    @Slot()
    def _on_model_loaded(self) -> None:
        """Go to the folder that was made or looked for."""
        model, wanted = self._model, self._wanted_id
        row = model.row_of(wanted) if model is not None and wanted else -1
        if model is None or row < 0:
            return
        self._wanted_id = ""
        index = model.index(row)
        self._view.setFocus()
        self._view.setCurrentIndex(index)
        self._view.scrollTo(index)
        if not self._is_named:
            self._view.edit(index)


def _put(organizer: HistoryOrganizer, items: Sequence[HistoryItem], folder_id: str | None) -> Undo:
    """Put folders and conversations somewhere else; return what undoes that."""
    placed = organizer.folders.put([item.id for item in items if item.folder is None], folder_id)
    folders = [item.id for item in items if item.folder is not None]
    before = [(each, organizer.folders.move(each, folder_id)) for each in folders]

    def undo(later: HistoryOrganizer) -> None:
        for each, parent_id in before:
            later.folders.move(each, parent_id)
        later.folders.put_back(placed)

    return undo
