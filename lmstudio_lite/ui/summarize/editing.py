"""Keeps a text that the user has changed, with new evidence, and takes that back when asked."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from lmstudio_lite.services import Services
from lmstudio_lite.services.jobs import JobContext
from lmstudio_lite.tasks.evidence_values import Evidence
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.summarize.items import Done, SummaryItem
from lmstudio_lite.ui.summarize.queue import SummaryQueue


class SummaryEditing(QObject):
    """Lives on the GUI thread; evidence and database are jobs."""

    def __init__(
        self, services: Services, bridge: Bridge, queue: SummaryQueue, notice: Notice, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._queue = queue
        self._notice = notice

    @Slot(object, str)
    @Slot(object, str, object)
    def keep(self, item: SummaryItem, text: str, found: Evidence | None = None) -> None:
        """Put ``text`` in place of the item's; a notice offers to undo that.

        ``found`` is evidence for sentences of it that can't be found by their own words.
        """
        document, before = item.document, item.state
        if document is None or not isinstance(before, Done):
            return

        def store(context: JobContext) -> Done:
            from lmstudio_lite.ui.summarize.work import store_edited

            return store_edited(self._services, document, before, text, found or Evidence())

        def restore(context: JobContext) -> Done:
            from lmstudio_lite.ui.summarize.work import restore_text

            return restore_text(self._services, document, before)

        def on_stored(edited: Done) -> None:
            self._queue.set_done(item, edited)
            self._notice.show_message(self.tr("Your text is kept."), "", self.tr("Undo"), undo)

        def undo() -> None:
            self._bridge.run(
                restore,
                on_done=lambda done: self._queue.set_done(item, done),
                on_failed=self._notice.show_error,
                lane="storage",
            )

        self._bridge.run(
            store,
            on_done=on_stored,
            on_failed=self._notice.show_error,
            lane="storage",
        )
