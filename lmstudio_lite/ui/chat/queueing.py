"""Wires the queue of messages: Enter while a reply is written, the strip above the composer, and its undo."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from lmstudio_lite.ui.chat.attachments import DraftAttachments
from lmstudio_lite.ui.chat.composer import Composer
from lmstudio_lite.ui.chat.drafting import Drafting
from lmstudio_lite.ui.chat.message_queue import MessageQueue, Queued, QueueStrip
from lmstudio_lite.ui.chat.thread_view import ThreadView
from lmstudio_lite.ui.chat.work import ChatWork
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.words.translate import tr


class Queueing(QObject):
    """Serves the open conversation. GUI thread."""

    def __init__(
        self,
        work: ChatWork,
        drafting: Drafting,
        composer: Composer,
        attachments: DraftAttachments,
        strip: QueueStrip,
        view: ThreadView,
        notice: Notice,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._work, self._drafting, self._composer = work, drafting, composer
        self._attachments, self._strip, self._view, self._notice = attachments, strip, view, notice
        self.queue = MessageQueue(work, drafting, self)
        composer.queued.connect(self._on_composer_queued)
        self.queue.changed.connect(self._show)
        work.conversation_opened.connect(self._show)
        work.working_changed.connect(self._show)
        strip.edit_requested.connect(self._on_edit_requested)
        strip.removal_requested.connect(self._on_removal_requested)
        strip.send_requested.connect(self._on_send_requested)

    @Slot(str)
    def _on_composer_queued(self, text: str) -> None:
        conversation_id = self._work.conversation_id
        if not conversation_id or self._drafting.edited is not None:
            return  # it stays in the composer
        if self._attachments.is_reading:
            self._notice.show_message(
                tr("A document is still being opened."), tr("Send again in a moment."), kind="info"
            )
            return
        self.queue.add(conversation_id, text, self._attachments.ready)
        self._drafting.take(conversation_id, text, conversation_id)

    @Slot(int)
    def _on_edit_requested(self, number: int) -> None:
        """Swap: the message goes to the composer, and what that held waits in its place."""
        conversation_id = self._work.conversation_id
        queued = self.queue.take(conversation_id, number)
        if queued is None:
            return
        text, attachments = self._composer.text.strip(), self._attachments.ready
        self._drafting.put(queued.text, queued.attachments)
        if text:
            self.queue.put_back(conversation_id, Queued(number, text, attachments))
        self._composer.setFocus()

    @Slot(int)
    def _on_removal_requested(self, number: int) -> None:
        conversation_id = self._work.conversation_id
        queued = self.queue.take(conversation_id, number)
        if queued is not None:
            self._notice.show_message(
                tr("Taken out of the queue."),
                "",
                tr("Undo"),
                lambda: self.queue.put_back(conversation_id, queued),
                kind="info",
            )

    @Slot()
    def _on_send_requested(self) -> None:
        messages = self._view.messages
        self.queue.send_next(self._work.conversation_id, messages[-1].id if messages else None)
        self._view.follow()

    @Slot()
    def _show(self) -> None:
        waiting = self.queue.waiting(self._work.conversation_id)
        self._strip.show_queue(waiting, is_working=self._work.is_replying_here)
