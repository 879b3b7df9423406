"""What is not finished, kept in the settings, so that the next start can offer to go on with it.

A document that was being read has a row among the results already; those that waited behind it only have
their files. What was pasted and not begun is not kept. What is named here may be gone: it is dropped.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from lmstudio_lite.errors import AppError
from lmstudio_lite.services import Services
from lmstudio_lite.tasks.summary_options import SummaryOptions
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.remembering import remember
from lmstudio_lite.ui.summarize.items import Done, SummaryItem, item_from_result, unfinished_options
from lmstudio_lite.ui.summarize.queue import SummaryQueue

log = logging.getLogger(__name__)

_RESULT_MARK = "result:"
_MOST_KEPT = 500
_SETTLE_MS = 200
"""How many changes of a long queue, stopped at once say, become one write."""


class OpenWork(QObject):
    """Watches a queue. Lives on the GUI thread; the database is read in a job."""

    resumed = Signal(object)  # list[SummaryItem], now in the queue

    def __init__(
        self,
        services: Services,
        bridge: Bridge,
        queue: SummaryQueue,
        notice: Notice,
        options: Callable[[], SummaryOptions],
        parent: QObject,
    ) -> None:
        """``options`` gives those for the files that were not begun; what was begun has its own."""
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._queue = queue
        self._notice = notice
        self._options = options
        self._is_offered = False
        self._left = services.settings.value.summarize.open_work
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(_SETTLE_MS)
        self._settling.timeout.connect(self._remember)
        queue.rowsInserted.connect(self._on_queue_changed)
        queue.rowsRemoved.connect(self._on_queue_changed)
        queue.item_changed.connect(self._on_queue_changed)
        notice.closed.connect(self._on_notice_closed)

    def offer(self) -> None:
        """Say on the empty page what the last run left, with a button to go on."""
        left = self._left
        if not left:
            return
        services = self._services
        self._bridge.run(lambda context: _read(services, left), on_done=self._on_read, lane="storage")

    def _on_read(self, found: tuple[list[SummaryItem], list[Path]]) -> None:
        items, paths = found
        count = len(items) + len(paths)
        if not count:
            self._forget()
            return
        name = items[0].title if items else paths[0].name
        what = (
            self.tr("“{0}” was not finished when the program ended.").format(name)
            if count == 1
            else self.tr("{0} documents were not finished when the program ended.").format(count)
        )
        self._is_offered = True
        remedy = self.tr("What was read is not read again.")
        self._notice.show_message(what, remedy, self.tr("Continue"), lambda: self._resume(items, paths))

    def _resume(self, items: Sequence[SummaryItem], paths: Sequence[Path]) -> None:
        self._left, self._is_offered = (), False
        queue = self._queue
        resumed = [queue.run_again(replace(item, item_id=queue.new_id()), item.options) for item in items]
        resumed += queue.add(paths, self._options())
        self._notice.clear()
        self.resumed.emit(resumed)

    @Slot()
    def _on_notice_closed(self) -> None:
        """Take no for an answer; what was begun stays in the history."""
        if self._is_offered:
            self._forget()

    def _forget(self) -> None:
        self._left, self._is_offered = (), False
        self._remember()

    @Slot()
    def _on_queue_changed(self) -> None:
        if not self._settling.isActive():
            self._settling.start()

    @Slot()
    def _remember(self) -> None:
        names = [name for item in self._queue.items if item.is_open and (name := _name_of(item))]
        kept = tuple(dict.fromkeys([*names, *self._left]))[:_MOST_KEPT]
        if kept != self._services.settings.value.summarize.open_work:
            remember(self._services.settings, "summarize", open_work=kept)


def _name_of(item: SummaryItem) -> str:
    if item.stored_id:
        return f"{_RESULT_MARK}{item.stored_id}"
    return str(item.path) if item.path is not None else ""


def _read(services: Services, names: Sequence[str]) -> tuple[list[SummaryItem], list[Path]]:
    """Return the stored results that are not whole, and the files that are still there."""
    items: list[SummaryItem] = []
    paths: list[Path] = []
    for name in names:
        if not name.startswith(_RESULT_MARK):
            paths += [path for path in [Path(name)] if path.exists()]
            continue
        try:
            item = _open_item(services, name.removeprefix(_RESULT_MARK))
        except AppError as error:
            log.info("open work is dropped: %s", error.code)
            continue
        if item is not None:
            items.append(item)
    return items, paths


def _open_item(services: Services, result_id: str) -> SummaryItem | None:
    """Return a stored summary with what it was to be, None if nothing is left to do."""
    result = services.results.get(result_id)
    item = item_from_result(result, 0, services.results.versions(result_id))
    wanted = unfinished_options(result.details)
    if wanted is not None:
        return replace(item, options=wanted)
    is_finished = isinstance(item.state, Done) and item.state.is_finished
    return item if not is_finished and item.can_run_again else None
