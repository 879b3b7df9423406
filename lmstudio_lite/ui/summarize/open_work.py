"""What is not finished, kept on the disk, so that the next start can offer to go on with it.

A document that was being read has a row among the results already; those that waited behind it only have
their files. Both are named in the settings; what is named there may be gone: it is dropped. What was pasted
and not begun is a draft until it has its row.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from lmstudio_lite.app.session import Services
from lmstudio_lite.app.summaries import Done, decode_draft, encode_draft, read_stored
from lmstudio_lite.domain.conversations import Draft
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.summaries import SummaryOptions
from lmstudio_lite.errors import AppError
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.drafts import DraftKeeper
from lmstudio_lite.ui.history_model import STORAGE_LANE
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.remembering import remember
from lmstudio_lite.ui.summarize.items import SummaryItem, item_of
from lmstudio_lite.ui.summarize.queue import SummaryQueue
from lmstudio_lite.ui.summarize.texts import pasted
from lmstudio_lite.words.translate import tr, trn

log = logging.getLogger(__name__)

_RESULT_MARK = "result:"
_TEXT_PLACE = "summary-text:"
_MOST_KEPT = 500
_SETTLE_MS = 200
"""How many changes of a long queue, stopped at once say, become one write."""


@dataclass(frozen=True, slots=True)
class _Left:
    """What the last run left: results to go on with, files, and pasted texts with what was asked for."""

    items: tuple[SummaryItem, ...]
    paths: tuple[Path, ...]
    texts: tuple[tuple[Document, SummaryOptions], ...]

    @property
    def titles(self) -> list[str]:
        return [
            *(item.title for item in self.items),
            *(path.name for path in self.paths),
            *(document.title for document, _ in self.texts),
        ]


class OpenWork(QObject):
    """Watches a queue. Lives on the GUI thread; the database is read in a job."""

    resumed = Signal(object)  # list[SummaryItem], now in the queue
    settled = Signal()  # nothing was left, or the user has answered

    def __init__(
        self,
        services: Services,
        bridge: Bridge,
        queue: SummaryQueue,
        notice: Notice,
        options: Callable[[], SummaryOptions],
        keeper: DraftKeeper,
        parent: QObject,
    ) -> None:
        """``options`` gives those for the files that were not begun; what was begun has its own."""
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._queue = queue
        self._notice = notice
        self._options = options
        self._keeper = keeper
        self._texts: dict[str, str] = {}  # details of the pasted texts that are drafts, by place
        self._texts_left: set[str] = set()
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
        left, services = self._left, self._services
        self._bridge.run(lambda context: _read(services, left), on_done=self._on_read, lane=STORAGE_LANE)

    def flush(self) -> None:
        """Note the newest changes: the program ends."""
        if self._settling.isActive():
            self._settling.stop()
            self._remember()

    def _on_read(self, left: _Left) -> None:
        self._texts_left = {_place_of(document) for document, _ in left.texts}
        titles = left.titles
        if not titles:
            self._forget()
            return
        what = (
            tr("“{0}” was not finished when the program ended.").format(titles[0])
            if len(titles) == 1
            else trn(
                "{n} document was not finished when the program ended.",
                "{n} documents were not finished when the program ended.",
                len(titles),
            )
        )
        self._is_offered = True
        remedy = tr("What was read is not read again.")
        self._notice.show_message(what, remedy, tr("Continue"), lambda: self._resume(left))

    def _resume(self, left: _Left) -> None:
        self._is_offered = False
        queue = self._queue
        resumed = [
            queue.run_again(replace(item, item_id=queue.new_id()), item.options) for item in left.items
        ]
        resumed += queue.add(left.paths, self._options())
        for document, options in left.texts:
            resumed += queue.add([document], options)
        self._notice.clear()
        self.resumed.emit(resumed)
        self._forget()

    @Slot()
    def _on_notice_closed(self) -> None:
        """Take no for an answer; what was begun stays in the history."""
        if self._is_offered:
            self._forget()

    def _forget(self) -> None:
        """Keep no more than what is in the queue now."""
        self._left, self._is_offered = (), False
        self._texts |= dict.fromkeys(self._texts_left - self._texts.keys(), "")
        self._texts_left = set()
        self._remember()
        self.settled.emit()

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
        self._remember_texts()

    def _remember_texts(self) -> None:
        waiting = {
            _place_of(item.document): item
            for item in self._queue.items
            if item.is_open and item.document is not None and not _name_of(item)
        }
        for place, item in waiting.items():
            details = encode_draft(item.options, item.title)
            if item.document is not None and self._texts.get(place) != details:
                self._texts[place] = details
                self._keeper.note(place, item.document.text, details)
        for place in self._texts.keys() - waiting.keys() - self._texts_left:
            del self._texts[place]
            self._keeper.forget(place)


def _name_of(item: SummaryItem) -> str:
    if item.stored_id:
        return f"{_RESULT_MARK}{item.stored_id}"
    return str(item.path) if item.path is not None else ""


def _place_of(document: Document) -> str:
    return f"{_TEXT_PLACE}{document.content_hash}"


def _read(services: Services, names: Sequence[str]) -> _Left:
    """Return the stored results that are not whole, the files that are still there, the pasted texts."""
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
    texts = map(_text_of, reversed(services.drafts.list(_TEXT_PLACE)))
    return _Left(tuple(items), tuple(paths), tuple(texts))


def _text_of(draft: Draft) -> tuple[Document, SummaryOptions]:
    options, title = decode_draft(draft.details)
    return pasted(draft.text, title), options


def _open_item(services: Services, result_id: str) -> SummaryItem | None:
    """Return a stored summary with what it was to be, None if nothing is left to do."""
    stored = read_stored(services.results, result_id)
    item = item_of(stored, 0)
    if stored.wanted is not None:
        return replace(item, options=stored.wanted)
    is_finished = isinstance(item.state, Done) and item.state.is_finished
    return item if not is_finished and item.can_run_again else None
