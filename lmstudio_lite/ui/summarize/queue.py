"""Documents waiting for, in and after their summary, as a list model that works through itself.

One document runs at a time; each of its parts is a request that the engine batches with the others,
so a second document beside it would only take its memory. A document that fails does not stop the next.

What a document has stays while another version of it is made, and is there again if that is stopped or
fails. Only a run that the user stops takes its unfinished row away; one that the program's end stops
leaves it, and the next start offers to go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import IntEnum
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from lmstudio_lite.app.jobs import Job, JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.summaries import DocumentRead, Done, Source
from lmstudio_lite.domain.summaries import SummaryOptions, SummaryProgress
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.history_model import STORAGE_LANE
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.ui.summarize.items import (
    Failed,
    ItemState,
    Paused,
    Reading,
    Stopped,
    SummaryItem,
    Waiting,
    Working,
)

Index = QModelIndex | QPersistentModelIndex


class QueueRole(IntEnum):
    """Roles of ``SummaryQueue`` besides Qt's own: the whole ``SummaryItem``."""

    ITEM = Qt.ItemDataRole.UserRole + 1


class SummaryQueue(QAbstractListModel):
    """The items in order of arrival. Lives on the GUI thread."""

    item_changed = Signal(object)  # SummaryItem, the new value
    result_stored = Signal(str)  # id of the stored result
    working_changed = Signal()

    def __init__(self, services: Services, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._items: list[SummaryItem] = []
        self._num_added = 0
        self._job: Job | None = None
        self._is_paused = False
        self._running_row, self._is_row_new = "", False
        self._changed_options: SummaryOptions | None = None

    @property
    def items(self) -> Sequence[SummaryItem]:
        return tuple(self._items)

    @property
    def is_working(self) -> bool:
        return self._job is not None

    @property
    def num_waiting(self) -> int:
        return sum(isinstance(item.state, Waiting) for item in self._items)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._items):
            return None
        item = self._items[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return item.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(str(item.path or item.title))
        if role == QueueRole.ITEM:
            return item
        return None

    def row_of(self, item_id: int) -> int:
        """Return the row of ``item_id``, -1 if it is not in the queue."""
        return next((row for row, item in enumerate(self._items) if item.item_id == item_id), -1)

    def new_id(self) -> int:
        """Return an id that no item of this queue has."""
        self._num_added += 1
        return self._num_added

    def add(self, sources: Sequence[Source], options: SummaryOptions) -> list[SummaryItem]:
        """Queue files or read texts behind what is there; the first one starts when nothing runs."""
        added = [_waiting_item(self.new_id(), source, options) for source in sources]
        if not added:
            return []
        first = len(self._items)
        self.beginInsertRows(QModelIndex(), first, first + len(added) - 1)
        self._items.extend(added)
        self.endInsertRows()
        self._start_next()
        return [self._items[self.row_of(item.item_id)] for item in added]

    def pause(self) -> None:
        """Hold the running document and those behind it; what is read by then is not read again."""
        if self._job is not None:
            self._is_paused = True
            self._job.cancel()

    def resume(self) -> None:
        """Go on with the document that was held."""
        self._is_paused = False
        self._start_next()

    def run_again(self, item: SummaryItem, options: SummaryOptions) -> SummaryItem:
        """Queue ``item`` again, in its own row if it has one; its text is not read again."""
        row = self.row_of(item.item_id)
        self._is_paused = False
        again = _again(item, options)
        if row < 0:
            row = len(self._items)
            self.beginInsertRows(QModelIndex(), row, row)
            self._items.append(again)
            self.endInsertRows()
        else:
            self._replace(again)
        self._start_next()
        return self._items[row]

    def move(self, item_id: int, num_rows: int) -> None:
        """Move a row up (-1) or down (1): what waits further up comes first."""
        row = self.row_of(item_id)
        target = row + num_rows
        if row < 0 or not 0 <= target < len(self._items):
            return
        below = target + 1 if num_rows > 0 else target
        self.beginMoveRows(QModelIndex(), row, row, QModelIndex(), below)
        self._items.insert(target, self._items.pop(row))
        self.endMoveRows()

    def change_options(self, item: SummaryItem, options: SummaryOptions) -> SummaryItem:
        """Let a document that waits or runs go on with other options; what is read is not read again."""
        row = self.row_of(item.item_id)
        if isinstance(item.state, Waiting):
            self._replace(replace(item, options=options))
        elif item.is_running and self._job is not None:
            self._changed_options = options
            self._replace(replace(item, options=options))
            self._job.cancel()
        return self._items[row]

    def show_version(self, item: SummaryItem, place: int) -> None:
        """Show another of the item's finished versions; what runs goes on."""
        version = item.versions[place]
        if isinstance(item.state, Done):
            changed = replace(item, state=version, options=version.facts.options)
        else:
            changed = replace(item, before=version)
        self._change(changed)

    def set_done(self, item: SummaryItem, done: Done) -> None:
        """Give an item another result, whether it is in the queue or only shown."""
        self._change(item.with_done(done))

    def forget_result(self, result_id: str) -> None:
        """Stop and take out what would write into a result that the user has deleted."""
        for item in self.items:
            if item.stored_id == result_id and item.is_open:
                self.remove(item.item_id)

    def _change(self, changed: SummaryItem) -> None:
        if self.row_of(changed.item_id) >= 0:
            self._replace(changed)
        else:
            self.item_changed.emit(changed)

    def remove(self, item_id: int) -> None:
        """Take a row away; a running one is stopped first and keeps what is done in the history."""
        row = self.row_of(item_id)
        if row < 0:
            return
        is_running = self._items[row].is_running
        if is_running or isinstance(self._items[row].state, Paused):
            self._is_paused = False  # nothing is left that could be resumed
        if isinstance(self._items[row].state, Paused):
            self._forget_unfinished(self._items[row].stored_id)
        self.beginRemoveRows(QModelIndex(), row, row)
        del self._items[row]
        self.endRemoveRows()
        if is_running and self._job is not None:
            self._job.cancel()
        self._start_next()

    def clear_ended(self) -> None:
        """Forget what has ended; results stay in the history."""
        for item in [item for item in self._items if not item.is_running]:
            if not item.is_open:
                self.remove(item.item_id)

    def stop(self) -> None:
        """Stop the running document, which keeps what is done, and those that wait."""
        self._is_paused = False
        for item in self.items:
            if isinstance(item.state, Waiting):
                self._replace(_ended(item, Stopped()))
            elif isinstance(item.state, Paused):
                self._forget_unfinished(item.stored_id)
                self._replace(_ended(item, item.state.kept))
        self._changed_options = None
        if self._job is not None:
            self._job.cancel()

    def _start_next(self) -> None:
        if self._job is not None or self._is_paused:
            return
        item = next((item for item in self._items if isinstance(item.state, Waiting | Paused)), None)
        if item is None:
            return
        if isinstance(item.state, Paused) and isinstance(item.state.kept, Done) and item.before is None:
            item = replace(item, before=item.state.kept)
        source = item.source
        if source is None:
            self._replace(_ended(item, Stopped()))
            return
        item_id, options, services = item.item_id, item.options, self._services
        stored_id, before = item.stored_id, item.before
        self._running_row, self._is_row_new, self._changed_options = stored_id, not stored_id, None

        def work(context: JobContext) -> Done:
            # Imported on the job's thread: prompts, checks and evidence are nothing to draw.
            from lmstudio_lite.app.summarize import SummarizeFile

            return SummarizeFile(services, source, options, stored_id=stored_id, before=before).run(context)

        progress = item.state.progress if isinstance(item.state, Paused) else None
        self._replace(replace(item, state=Working(progress) if item.document else Reading()))
        self._job = self._bridge.run(
            work,
            on_progress=lambda value: self._on_progress(item_id, value),
            on_done=lambda done: self._end(item_id, done),
            on_failed=lambda error: self._end(item_id, Failed(error)),
            on_cancelled=lambda: self._end(item_id, Stopped()),
        )
        self.working_changed.emit()

    def _on_progress(self, item_id: int, value: object) -> None:
        if isinstance(value, DocumentRead):
            self._running_row = value.stored_id
        row = self.row_of(item_id)
        if row < 0:
            return
        item = self._items[row]
        match value:
            case DocumentRead(document, stored_id):
                self._replace(replace(item, document=document, state=Working(), stored_id=stored_id))
            case SummaryProgress():
                self._replace(replace(item, state=Working(value)))

    def _end(self, item_id: int, state: ItemState) -> None:
        """Put an item into its last state, or let it go on at once with the options chosen meanwhile."""
        self._job = None
        row, options = self.row_of(item_id), self._changed_options
        is_held = self._is_paused and row >= 0 and not _is_finished(state) and not isinstance(state, Failed)
        self._is_paused, self._changed_options = is_held, None
        is_dropped = not is_held and options is None and isinstance(state, Stopped | Failed)
        if is_dropped:
            self._forget_unfinished(self._running_row, is_new=self._is_row_new)
        if row >= 0:
            item = self._items[row]
            if is_held and isinstance(state, Done | Stopped):
                progress = item.state.progress if isinstance(item.state, Working) else None
                item = replace(item, state=Paused(progress, state))
            elif options is not None and not isinstance(state, Failed):
                item = _again(_ended(item, state), options)
            else:
                item = _ended(item, state)
            if isinstance(state, Done):
                item = replace(item, stored_id=state.result_id or item.stored_id)
            elif is_dropped and self._is_row_new:
                item = replace(item, stored_id="")
            self._replace(item)
        if isinstance(state, Done) and state.result_id:
            self.result_stored.emit(state.result_id)
        self._start_next()
        if self._job is None:
            self.working_changed.emit()

    def _forget_unfinished(self, result_id: str, *, is_new: bool = False) -> None:
        if not result_id:
            return
        services = self._services

        def forget(context: JobContext) -> None:
            from lmstudio_lite.app.summary_rows import forget_unfinished

            forget_unfinished(services, result_id, is_new=is_new)

        self._bridge.run(forget, on_done=lambda _: self.result_stored.emit(result_id), lane=STORAGE_LANE)

    def _replace(self, item: SummaryItem) -> None:
        row = self.row_of(item.item_id)
        self._items[row] = item
        index = self.index(row)
        self.dataChanged.emit(index, index)
        self.item_changed.emit(item)


def _is_finished(state: ItemState) -> bool:
    return isinstance(state, Done) and state.is_finished


def _ended(item: SummaryItem, state: ItemState) -> SummaryItem:
    """Return the item after a run: with what came of it, or with what it had before."""
    match state:
        case Done():
            return item.with_done(state)
        case Failed(error) if item.before is not None:
            kept = replace(item.before, failure=error)
            return replace(item, state=kept, before=None, options=kept.facts.options)
        case Stopped() if item.before is not None:
            return replace(item, state=item.before, before=None, options=item.before.facts.options)
    return replace(item, state=state, before=None)


def _again(item: SummaryItem, options: SummaryOptions) -> SummaryItem:
    """Return the item waiting for another run, with what it has on the screen until then."""
    shown = item.shown
    stored_id = shown.result_id if shown is not None and shown.result_id else item.stored_id
    before = replace(shown, failure=None) if shown is not None else None
    return replace(item, options=options, state=Waiting(), stored_id=stored_id, before=before)


def _waiting_item(item_id: int, source: Source, options: SummaryOptions) -> SummaryItem:
    if isinstance(source, Path):
        return SummaryItem(item_id, source, source.name, options, Waiting())
    title = source.path.name if source.path else source.title
    return SummaryItem(item_id, source.path, title, options, Waiting(), source)
