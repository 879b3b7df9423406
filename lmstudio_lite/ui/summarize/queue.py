"""Documents waiting for, in and after their summary, as a list model that works through itself.

One document runs at a time; each of its parts is a request that the engine batches with the others,
so a second document beside it would only take its memory. A document that fails does not stop the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import IntEnum
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from lmstudio_lite.services import Services
from lmstudio_lite.services.jobs import Job, JobContext
from lmstudio_lite.tasks.summary_options import SummaryOptions
from lmstudio_lite.tasks.summary_values import SummaryProgress
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.summarize.items import (
    DocumentRead,
    Done,
    Failed,
    ItemState,
    Paused,
    Reading,
    Source,
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
            return str(item.path or item.title)
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
        stored_id = item.state.result_id if isinstance(item.state, Done) else item.stored_id
        self._is_paused = False
        again = replace(item, options=options, state=Waiting(), stored_id=stored_id)
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

    def set_done(self, item: SummaryItem, done: Done) -> None:
        """Give an item another result, whether it is in the queue or only shown."""
        changed = replace(item, state=done)
        if self.row_of(item.item_id) >= 0:
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
                self._replace(replace(item, state=Stopped()))
            elif isinstance(item.state, Paused):
                self._replace(replace(item, state=item.state.kept))
        if self._job is not None:
            self._job.cancel()

    def _start_next(self) -> None:
        if self._job is not None or self._is_paused:
            return
        item = next((item for item in self._items if isinstance(item.state, Waiting | Paused)), None)
        if item is None:
            return
        source = item.source
        if source is None:
            self._replace(replace(item, state=Stopped()))
            return
        item_id, options, services = item.item_id, item.options, self._services
        stored_id = item.stored_id

        def work(context: JobContext) -> Done:
            # Imported on the job's thread: prompts, checks and evidence are nothing to draw.
            from lmstudio_lite.ui.summarize.work import summarize_source

            return summarize_source(services, source, options, context, stored_id)

        before = item.state.progress if isinstance(item.state, Paused) else None
        self._replace(replace(item, state=Working(before) if item.document else Reading()))
        self._job = self._bridge.run(
            work,
            on_progress=lambda value: self._on_progress(item_id, value),
            on_done=lambda done: self._end(item_id, done),
            on_failed=lambda error: self._end(item_id, Failed(error), stored_id),
            on_cancelled=lambda: self._end(item_id, Stopped(), stored_id),
        )
        self.working_changed.emit()

    def _on_progress(self, item_id: int, value: object) -> None:
        row = self.row_of(item_id)
        if row < 0:
            return
        item = self._items[row]
        match value:
            case DocumentRead(document, stored_id):
                self._replace(replace(item, document=document, state=Working(), stored_id=stored_id))
            case SummaryProgress():
                self._replace(replace(item, state=Working(value)))

    def _end(self, item_id: int, state: ItemState, stored_id: str | None = None) -> None:
        """Put an item into its last state; ``stored_id`` is the row it had before a run that left none."""
        self._job = None
        row = self.row_of(item_id)
        if row >= 0:
            state, stored_id = self._held(self._items[row], state, stored_id)
            item = replace(self._items[row], state=state)
            self._replace(item if stored_id is None else replace(item, stored_id=stored_id))
        if isinstance(state, Done) and state.result_id:
            self.result_stored.emit(state.result_id)
        self._start_next()
        if self._job is None:
            self.working_changed.emit()

    def _held(
        self, item: SummaryItem, state: ItemState, stored_id: str | None
    ) -> tuple[ItemState, str | None]:
        """Return the state of an item that ended, which is another one where it was only to pause."""
        is_whole = isinstance(state, Done) and not state.facts.is_stopped
        if not self._is_paused or is_whole or not isinstance(state, Done | Stopped):
            self._is_paused = False
            return state, stored_id
        progress = item.state.progress if isinstance(item.state, Working) else None
        return Paused(progress, state), state.result_id if isinstance(state, Done) else stored_id

    def _replace(self, item: SummaryItem) -> None:
        row = self.row_of(item.item_id)
        self._items[row] = item
        index = self.index(row)
        self.dataChanged.emit(index, index)
        self.item_changed.emit(item)


def _waiting_item(item_id: int, source: Source, options: SummaryOptions) -> SummaryItem:
    if isinstance(source, Path):
        return SummaryItem(item_id, source, source.name, options, Waiting())
    title = source.path.name if source.path else source.title
    return SummaryItem(item_id, source.path, title, options, Waiting(), source)
