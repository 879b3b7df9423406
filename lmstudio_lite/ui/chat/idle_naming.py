"""Has new conversations named while nobody does anything: any key, click or wheel ends it at once.

The application's events are looked at only while a conversation waits to be named.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication

from lmstudio_lite.app.jobs import Job
from lmstudio_lite.app.naming import is_free, name_conversation
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.conversations import MessageState, StoredMessage
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.chat.work import ChatWork

IDLE_MS = 8_000
_NUM_TRIES = 3
"""A conversation that was interrupted so often keeps its first words."""
_DOING = frozenset(
    (
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.Wheel,
        QEvent.Type.InputMethod,
        QEvent.Type.DragEnter,
        QEvent.Type.TouchBegin,
    )
)


class IdleNaming(QObject):
    """Waits for idle moments after a first answer. GUI thread; the model is asked in a job."""

    def __init__(self, services: Services, bridge: Bridge, work: ChatWork, parent: QObject) -> None:
        super().__init__(parent)
        self._services, self._bridge, self._work = services, bridge, work
        self._waiting: dict[str, int] = {}
        self._job: Job | None = None
        self._is_watching = False
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(IDLE_MS)
        self._idle.timeout.connect(self._on_idle)
        work.reply_ended.connect(self._on_reply_ended)
        work.working_changed.connect(self._on_working_changed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice that somebody does something; nothing is kept from them."""
        if event.type() in _DOING:
            self._interrupt()
        return False

    @Slot(object)
    def _on_reply_ended(self, message: StoredMessage) -> None:
        is_new = len(self._waiting) < 20 and message.conversation_id not in self._waiting
        wanted = self._services.settings.value.chat.names_chats
        if message.state is MessageState.COMPLETE and is_new and wanted:
            self._waiting[message.conversation_id] = _NUM_TRIES
            self._watch(is_watching=True)
            self._idle.start()

    @Slot()
    def _on_working_changed(self) -> None:
        if self._work.is_working:
            self._interrupt()

    def _interrupt(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None
        if self._waiting:
            self._idle.start()

    @Slot()
    def _on_idle(self) -> None:
        if self._job is not None or not self._waiting:
            return
        if self._work.is_working or not is_free(self._services):
            self._idle.start()
            return
        services, conversation_id = self._services, next(iter(self._waiting))
        self._waiting[conversation_id] -= 1
        if not self._waiting[conversation_id]:
            del self._waiting[conversation_id]

        def done(title: str) -> None:
            self._waiting.pop(conversation_id, None)
            self._go_on()
            if title:
                self._work.list_changed.emit()

        self._job = self._bridge.run(
            lambda context: name_conversation(services, conversation_id, context.cancellation),
            on_done=done,
            on_failed=lambda _error: done(""),  # its first words are a title
            on_cancelled=self._go_on,
        )

    def _go_on(self) -> None:
        self._job = None
        if self._waiting:
            self._idle.start()
        else:
            self._watch(is_watching=False)

    def _watch(self, *, is_watching: bool) -> None:
        application = QApplication.instance()
        if application is None or is_watching == self._is_watching:
            return
        self._is_watching = is_watching
        if is_watching:
            application.installEventFilter(self)
        else:
            application.removeEventFilter(self)
