"""Shows in a reply's own widget what becomes of it: the prompt that is read, its text, why it failed."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from lmstudio_lite.domain.conversations import PartsRead, ReplyText
from lmstudio_lite.errors import AppError
from lmstudio_lite.ui.chat.thread_view import ThreadView
from lmstudio_lite.ui.chat.work import ChatWork


class ReplyProgress(QObject):
    """A reply that is not on the screen shows nothing; it is shown whole when it is opened."""

    def __init__(self, work: ChatWork, view: ThreadView, parent: QObject) -> None:
        super().__init__(parent)
        self._work, self._view = work, view
        work.reply_text_changed.connect(self._on_text_changed)
        work.prompt_read.connect(self._on_prompt_read)
        work.turns_read.connect(self._on_turns_read)
        work.meanings_compared.connect(self._on_meanings_compared)
        work.parts_read.connect(self._on_parts_read)
        work.reply_failed.connect(self._on_failed)

    @Slot(object)
    def _on_text_changed(self, reply: ReplyText) -> None:
        widget = self._view.widget_of(reply.message_id)
        if widget is not None and not widget.append(reply):
            widget.set_message(self._work.newest(widget.message))

    @Slot(str, int, int)
    def _on_prompt_read(self, message_id: str, num_done: int, num_total: int) -> None:
        widget = self._view.widget_of(message_id)
        if widget is not None:
            widget.show_reading(num_done, num_total)

    @Slot(str, int, int)
    def _on_turns_read(self, message_id: str, num_done: int, num_total: int) -> None:
        widget = self._view.widget_of(message_id)
        if widget is not None:
            widget.show_summarizing(num_done, num_total)

    @Slot(str, int, int)
    def _on_meanings_compared(self, message_id: str, num_done: int, num_total: int) -> None:
        widget = self._view.widget_of(message_id)
        if widget is not None:
            widget.show_comparing(num_done, num_total)

    @Slot(str, object)
    def _on_parts_read(self, message_id: str, parts: PartsRead) -> None:
        widget = self._view.widget_of(message_id)
        if widget is not None:
            widget.show_parts_read(parts.num_done, parts.num_total, parts.seconds_left)

    @Slot(str, object)
    def _on_failed(self, message_id: str, error: AppError) -> None:
        widget = self._view.widget_of(message_id)
        if widget is not None:
            widget.show_error(error)
