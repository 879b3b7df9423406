"""Brings the passages of replies to the screen: their words below the reply, their place in the document."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from lmstudio_lite.app.reading_cost import ReadingCost, reading_cost
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.sources import source_of, words_of
from lmstudio_lite.domain.conversations import StoredMessage
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.chat.passages_view import PassagesView
from lmstudio_lite.ui.chat.source_dialog import SourceDialog
from lmstudio_lite.ui.chat.thread_view import ThreadView
from lmstudio_lite.ui.history_model import STORAGE_LANE
from lmstudio_lite.ui.theme import Theme

_TOKENS_OF_ANSWER = 120


class ReplySources(QObject):
    """Answers what ``ThreadView`` asks about passages. GUI thread; texts are read in jobs."""

    failed = Signal(object)  # Exception

    def __init__(
        self, services: Services, bridge: Bridge, theme: Theme, view: ThreadView, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._theme = theme
        self._view = view
        self._window = parent
        view.passages_unfolded.connect(self._on_unfolded)
        view.passage_chosen.connect(self._on_chosen)
        view.cost_wanted.connect(self._on_cost_wanted)

    @Slot(object)
    def _on_unfolded(self, message: StoredMessage) -> None:
        services, passages = self._services.at(message.conversation_id), message.note.passages

        def show(words: list[str]) -> None:
            widget = self._view.widget_of(message.id)
            if widget is not None and widget.passages is not None:
                widget.passages.show_words(words)

        self._bridge.run(
            lambda context: words_of(services, passages),
            on_done=show,
            on_failed=self.failed.emit,
            lane=STORAGE_LANE,
        )

    @Slot(object)
    def _on_cost_wanted(self, message: StoredMessage) -> None:
        services, question_id = self._services, message.parent_id or ""
        making = message.note.making
        num_answer_tokens = making.num_generated_tokens if making is not None else _TOKENS_OF_ANSWER

        def passages() -> PassagesView | None:
            widget = self._view.widget_of(message.id)
            return widget.passages if widget is not None else None

        def show(cost: ReadingCost) -> None:
            if (shown := passages()) is not None:
                shown.show_cost(cost.num_parts, cost.seconds)

        def fail(error: Exception) -> None:
            if (shown := passages()) is not None:
                shown.show_no_cost()
            self.failed.emit(error)

        self._bridge.run(
            lambda context: reading_cost(
                services, question_id, context.cancellation, num_answer_tokens=num_answer_tokens
            ),
            on_done=show,
            on_failed=fail,
        )

    @Slot(object, int)
    def _on_chosen(self, message: StoredMessage, place: int) -> None:
        services = self._services.at(message.conversation_id)
        chosen = message.note.passages[place]
        of_document = [each for each in message.note.passages if each.content_hash == chosen.content_hash]

        def show(document: Document) -> None:
            number = of_document.index(chosen)
            SourceDialog(self._theme, document, of_document, number, self._window).show()

        self._bridge.run(
            lambda context: source_of(services, message, chosen),
            on_done=show,
            on_failed=self.failed.emit,
            lane=STORAGE_LANE,
        )
