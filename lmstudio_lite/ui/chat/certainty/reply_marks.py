"""What is known of how sure the model was of the replies on the screen, and the marks that tell of it.

What is kept is read in the background; of a reply that streams it comes with the text. A reply without gets a
line that says so, and offers to have the model in use read it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QTextEdit

from lmstudio_lite.app.jobs import Job
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.certainty import Doubt, TokenSpan, Word
from lmstudio_lite.domain.conversations import MessageState, ReplyText, StoredMessage
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.chat.certainty.shading import Shading, ShownWord
from lmstudio_lite.ui.chat.certainty.unknown_line import UnknownLine
from lmstudio_lite.ui.chat.message_body import MarkdownBody
from lmstudio_lite.ui.chat.message_widget import MessageWidget
from lmstudio_lite.ui.chat.thread_view import ThreadView
from lmstudio_lite.ui.chat.work import ChatWork
from lmstudio_lite.ui.history_model import STORAGE_LANE
from lmstudio_lite.ui.theme import Theme

_KNOWN_SHARE = 0.98
"""Less of a reply than this is a part: a mark or a space without a token is nothing to tell of."""


class ReplyMarks(QObject):
    """Marks what ``ThreadView`` shows while it is on. GUI thread."""

    failed = Signal(object)  # Exception

    def __init__(
        self,
        services: Services,
        bridge: Bridge,
        theme: Theme,
        work: ChatWork,
        view: ThreadView,
        on_pointed: Callable[[str, QTextEdit, ShownWord], None],
        parent: QObject,
    ) -> None:
        """``on_pointed`` hears in which message the pointer rests on which word, or clicked it."""
        super().__init__(parent)
        self._services, self._bridge, self._theme = services, bridge, theme
        self._work, self._view = work, view
        self._on_pointed = on_pointed
        self._is_on = False
        self._shadings: dict[str, Shading] = {}
        self._lines: dict[str, UnknownLine] = {}
        self._jobs: dict[str, Job] = {}
        view.widget_added.connect(self._on_widget_added)
        view.widget_removed.connect(self._on_widget_removed)
        work.reply_text_changed.connect(self._on_reply_text_changed)
        work.reply_ended.connect(self._on_reply_ended)
        work.reply_failed.connect(self._on_reply_failed)

    def set_on(self, *, is_on: bool) -> None:
        """Mark what is shown, or nothing."""
        self._is_on = is_on
        for widget in self._view.widgets:
            if is_on:
                self._on_widget_added(widget)
            else:
                self._on_widget_removed(widget)

    def of(self, message_id: str) -> Shading | None:
        """Return the marks of a message, None if it has none."""
        return self._shadings.get(message_id)

    def line_of(self, message_id: str) -> UnknownLine | None:
        """Return the line that says that a message's tokens are not known, None if they are."""
        return self._lines.get(message_id)

    def unsure_words(self) -> Iterator[tuple[str, Word]]:
        """Yield the words that are marked, each with its message, first to last."""
        for widget in self._view.widgets:
            shading = self._shadings.get(widget.message.id)
            for word in shading.words if shading is not None else ():
                if word.doubt is not Doubt.NONE:
                    yield widget.message.id, word

    @Slot(object)
    def _on_widget_added(self, widget: MessageWidget) -> None:
        message = widget.message
        is_reply = message.role is Role.ASSISTANT and isinstance(widget.body, MarkdownBody)
        if not self._is_on or not is_reply or message.id in self._shadings:
            return
        assert isinstance(widget.body, MarkdownBody)
        self._shadings[message.id] = Shading(
            self._theme, widget.body, lambda view, shown: self._on_pointed(message.id, view, shown)
        )
        widget.body.set_shade(self._shadings[message.id])
        self._load(message.id)

    @Slot(object)
    def _on_widget_removed(self, widget: MessageWidget) -> None:
        message_id = widget.message.id
        if self._shadings.pop(message_id, None) is not None and isinstance(widget.body, MarkdownBody):
            widget.body.set_shade(None)
        self._drop_line(message_id)
        job = self._jobs.pop(message_id, None)
        if job is not None:
            job.cancel()

    def _services_of(self, message_id: str) -> Services:
        """Return what works with the conversation of a message that is on the screen."""
        widget = self._view.widget_of(message_id)
        return self._services.at(widget.message.conversation_id) if widget is not None else self._services

    def _load(self, message_id: str) -> None:
        conversations = self._services_of(message_id).conversations
        self._bridge.run(
            lambda context: conversations.tokens.of(message_id),
            on_done=lambda tokens: self._take_tokens(message_id, tokens),
            on_failed=self.failed.emit,
            lane=STORAGE_LANE,
        )

    def _take_tokens(self, message_id: str, tokens: Sequence[TokenSpan]) -> None:
        widget, shading = self._view.widget_of(message_id), self._shadings.get(message_id)
        if widget is None or shading is None:
            return
        end = tokens[-1].end if tokens else 0
        newer = [token for word in shading.words for token in word.tokens if token.start >= end]
        message = self._work.newest(widget.message)
        shading.set_tokens([*tokens, *newer], message.text)
        self._repaint(widget)
        if message.state is not MessageState.STREAMING:
            self._tell_unknown(widget, message)

    def _tell_unknown(self, widget: MessageWidget, message: StoredMessage) -> None:
        shading = self._shadings[message.id]
        num_known = sum(token.end - token.start for word in shading.words for token in word.tokens)
        text = message.text.strip()
        is_known = num_known >= _KNOWN_SHARE * sum(not character.isspace() for character in text)
        if not text or is_known or message.is_edited:
            self._drop_line(message.id)
            return
        model = self._services.engine.state.model
        line = self._line(widget)
        line.show_unknown(model.name if model is not None else "", is_part=bool(num_known))

    def _line(self, widget: MessageWidget) -> UnknownLine:
        message_id = widget.message.id
        line = self._lines.get(message_id)
        if line is None:
            line = self._lines[message_id] = UnknownLine(widget)
            line.wanted.connect(lambda: self._work_out(message_id))
            line.stopped.connect(lambda: self._stop_working_out(message_id))
            widget.add_line(line)
        return line

    def _drop_line(self, message_id: str) -> None:
        line = self._lines.pop(message_id, None)
        if line is not None:
            line.hide()
            line.deleteLater()

    def _work_out(self, message_id: str) -> None:
        chat = self._services_of(message_id).chat

        def show_progress(progress: tuple[int, int]) -> None:
            if message_id in self._lines:
                self._lines[message_id].show_progress(*progress)

        def end() -> None:
            self._jobs.pop(message_id, None)
            self._load(message_id)

        def fail(error: Exception) -> None:
            self.failed.emit(error)
            end()

        show_progress((0, 1))
        self._jobs[message_id] = self._bridge.run(
            lambda context: chat.work_out_tokens(
                message_id,
                report=lambda num_done, num_total: context.report((num_done, num_total)),
                cancellation=context.cancellation,
            ),
            on_progress=show_progress,
            on_done=lambda _tokens: end(),
            on_failed=fail,
            on_cancelled=end,
        )

    def _stop_working_out(self, message_id: str) -> None:
        job = self._jobs.get(message_id)
        if job is not None:
            job.cancel()

    @Slot(object)
    def _on_reply_text_changed(self, reply: ReplyText) -> None:
        shading = self._shadings.get(reply.message_id)
        if shading is not None and reply.tokens:
            shading.add_tokens(reply.tokens, reply.added, reply.start)

    @Slot(object)
    def _on_reply_ended(self, message: StoredMessage) -> None:
        if message.id in self._shadings:
            self._load(message.id)

    @Slot(str, object)
    def _on_reply_failed(self, message_id: str, _error: Exception) -> None:
        if message_id in self._shadings:
            self._load(message_id)

    def _repaint(self, widget: MessageWidget) -> None:
        if isinstance(widget.body, MarkdownBody):
            for each in widget.body.views:
                each.viewport().update()
