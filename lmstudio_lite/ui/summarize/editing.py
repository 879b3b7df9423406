"""Keeps a text that the user has changed, with new evidence, and takes that back when asked.

What stands in the editor is a draft on the disk half a second later: it is there again when its summary is
shown, after another one was looked at as after a killed program.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal, Slot

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.summaries import Done
from lmstudio_lite.domain.conversations import Draft
from lmstudio_lite.domain.evidence import Evidence
from lmstudio_lite.domain.results import StoredResult
from lmstudio_lite.errors import NotStoredError
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.drafts import DraftKeeper
from lmstudio_lite.ui.history_model import STORAGE_LANE
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.summarize.items import SummaryItem
from lmstudio_lite.ui.summarize.queue import SummaryQueue
from lmstudio_lite.words.translate import tr

_PLACE = "summary-edit:"


class SummaryEditing(QObject):
    """Lives on the GUI thread; evidence and database are jobs."""

    edits_found = Signal()

    def __init__(
        self,
        services: Services,
        bridge: Bridge,
        queue: SummaryQueue,
        notice: Notice,
        keeper: DraftKeeper,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._queue = queue
        self._notice = notice
        self._keeper = keeper
        self._texts: dict[str, str] = {}
        self.left: StoredResult | None = None
        """The summary that was being edited last when the program ended."""

    def restore(self) -> None:
        """Look for what the last run left in the editor; ``edits_found`` follows."""
        services = self._services
        self._bridge.run(lambda context: _read(services), on_done=self._on_read, lane=STORAGE_LANE)

    def text_of(self, item: SummaryItem) -> str:
        """Return what was made of the shown summary in the editor and not kept yet, "" if nothing was."""
        return self._texts.get(_place_of(item), "") if isinstance(item.state, Done) else ""

    @Slot(object, str)
    def follow(self, item: SummaryItem | None, text: str) -> None:
        """Remember what stands in the editor; "" forgets it."""
        if item is None or not isinstance(item.state, Done):
            return
        place = _place_of(item)
        if text and text != item.state.text:
            self._texts[place] = text
            self._keeper.note(place, text)
        elif self._texts.pop(place, ""):
            self._keeper.forget(place)

    @Slot(object, str)
    @Slot(object, str, object)
    def keep(self, item: SummaryItem, text: str, found: Evidence | None = None) -> None:
        """Put ``text`` in place of the item's; a notice offers to undo that.

        ``found`` is evidence for sentences of it that can't be found by their own words. The text is a draft
        until it is stored: evidence takes its time.
        """
        document, before = item.document, item.state
        if document is None or not isinstance(before, Done):
            return
        place = _place_of(item)
        self._texts.pop(place, "")
        self._keeper.note(place, text)

        def store(context: JobContext) -> Done:
            from lmstudio_lite.app.summary_rows import store_edited

            return store_edited(self._services, document, before, text, found or Evidence())

        def on_stored(edited: Done) -> None:
            self._keeper.forget(place)
            self._queue.set_done(item, edited)
            self._notice.show_message(tr("Your text is kept."), "", tr("Undo"), lambda: undo(edited))

        def on_failed(error: Exception) -> None:
            self._texts[place] = text
            self._notice.show_error(error)

        def undo(edited: Done) -> None:
            def restore(context: JobContext) -> Done:
                from lmstudio_lite.app.summary_rows import restore_text

                return restore_text(self._services, document, edited, before)

            self._bridge.run(
                restore,
                on_done=lambda done: self._queue.set_done(item, done),
                on_failed=self._notice.show_error,
                lane=STORAGE_LANE,
            )

        self._bridge.run(store, on_done=on_stored, on_failed=on_failed, lane=STORAGE_LANE)

    def _on_read(self, found: tuple[Sequence[Draft], StoredResult | None]) -> None:
        drafts, self.left = found
        self._texts = {draft.place: draft.text for draft in drafts} | self._texts
        if drafts:
            self.edits_found.emit()


def _place_of(item: SummaryItem) -> str:
    """Name the shown version; one that has no row yet is told apart by its item."""
    shown = item.shown
    if shown is None or not shown.result_id:
        return f"{_PLACE}:{item.item_id}"
    return f"{_PLACE}{shown.result_id}:{shown.version}"


def _read(services: Services) -> tuple[list[Draft], StoredResult | None]:
    """Return the drafts whose summaries are there, and the summary of the newest; others are forgotten."""
    drafts: list[Draft] = []
    newest: StoredResult | None = None
    for draft in services.drafts.list(_PLACE):
        result_id = draft.place.removeprefix(_PLACE).rpartition(":")[0]
        try:
            result = services.results.get(result_id)
        except NotStoredError:
            services.drafts.remove(draft.place)
            continue
        drafts.append(draft)
        newest = newest or result
    return drafts, newest
