"""Messages that wait for the reply under way: shown above the composer, sent one after the other.

They are on the disk like drafts, in their order, and are back after whatever ended the program. Only a reply
that ended well sends the next one; after a stop, a failure or a restart they wait for the user. GUI thread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from lmstudio_lite.domain.conversations import Draft, MessageState, NewAttachment, StoredMessage
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.chat.drafting import QUEUE_PLACE, Drafting
from lmstudio_lite.ui.chat.work import ChatWork
from lmstudio_lite.ui.controls import IconButton, text_button, text_label
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words.translate import tr, trn

_GOES_ON = frozenset((MessageState.COMPLETE, MessageState.LENGTH))
_SHOWN_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Queued:
    """A message that waits; ``number`` is its place among all that ever waited."""

    number: int
    text: str
    attachments: tuple[NewAttachment, ...] = ()


class MessageQueue(QObject):
    """What waits in each conversation. ``changed`` names one whose queue is another now."""

    changed = Signal(str)

    def __init__(self, work: ChatWork, drafting: Drafting, parent: QObject) -> None:
        super().__init__(parent)
        self._work = work
        self._drafting = drafting
        self._waiting: dict[str, list[Queued]] = {}
        self._on_their_way: set[int] = set()
        self._next_number = 1
        work.reply_ended.connect(self._on_reply_ended)
        drafting.queued_read.connect(self._on_queued_read)

    def waiting(self, conversation_id: str) -> list[Queued]:
        """Return what waits in a conversation and is not on its way."""
        return [
            each for each in self._waiting.get(conversation_id, []) if each.number not in self._on_their_way
        ]

    def add(self, conversation_id: str, text: str, attachments: tuple[NewAttachment, ...]) -> None:
        """Have a message wait behind the others."""
        self._keep(conversation_id, Queued(self._next_number, text, attachments))

    def take(self, conversation_id: str, number: int) -> Queued | None:
        """Take a message out of the queue; None if it has been sent."""
        found = next((each for each in self.waiting(conversation_id) if each.number == number), None)
        if found is not None:
            self._remove(conversation_id, number)
        return found

    def put_back(self, conversation_id: str, queued: Queued) -> None:
        """Undo ``take``, at the place that it had."""
        self._keep(conversation_id, queued)

    def send_next(self, conversation_id: str, parent_id: str | None) -> None:
        """Ask the first that waits below ``parent_id``; it leaves the queue when the database has it."""
        waiting = self.waiting(conversation_id)
        if not waiting or conversation_id in self._work.working_ids:
            return
        first = waiting[0]
        self._on_their_way.add(first.number)

        def taken() -> None:
            self._on_their_way.discard(first.number)
            self._remove(conversation_id, first.number)

        def ended() -> None:
            if first.number in self._on_their_way:  # it came to nothing: it goes on waiting
                self._on_their_way.discard(first.number)
                self.changed.emit(conversation_id)

        self._work.send_below(
            conversation_id, parent_id, first.text, first.attachments, on_taken=taken, on_ended=ended
        )
        self.changed.emit(conversation_id)

    def _keep(self, conversation_id: str, queued: Queued) -> None:
        self._next_number = max(self._next_number, queued.number + 1)
        waiting = self._waiting.setdefault(conversation_id, [])
        waiting.append(queued)
        waiting.sort(key=lambda each: each.number)
        self._drafting.keep_queued(
            _place(conversation_id, queued.number), queued.text, conversation_id, queued.attachments
        )
        self.changed.emit(conversation_id)

    def _remove(self, conversation_id: str, number: int) -> None:
        waiting = self._waiting.get(conversation_id, [])
        self._waiting[conversation_id] = [each for each in waiting if each.number != number]
        self._drafting.forget_queued(_place(conversation_id, number))
        self.changed.emit(conversation_id)

    @Slot(object)
    def _on_reply_ended(self, message: StoredMessage) -> None:
        if message.state in _GOES_ON:
            self.send_next(message.conversation_id, message.id)

    @Slot(object)
    def _on_queued_read(self, draft: Draft) -> None:
        """Take over what waited when the last run ended."""
        number = draft.place.rpartition(":")[2]
        if not number.isdecimal():
            return
        queued = Queued(int(number), draft.text, draft.attachments)
        self._next_number = max(self._next_number, queued.number + 1)
        self._waiting.setdefault(draft.details, []).append(queued)
        self._waiting[draft.details].sort(key=lambda each: each.number)
        self.changed.emit(draft.details)


def _place(conversation_id: str, number: int) -> str:
    return f"{QUEUE_PLACE}{conversation_id}:{number:06d}"


class QueueStrip(QFrame):
    """The messages that wait in the open conversation. Hidden without any."""

    edit_requested = Signal(int)
    removal_requested = Signal(int)
    send_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        set_role(self, "card")
        self._theme = theme
        self._rows: list[QWidget] = []
        self.words = text_label("", self, role="small")
        self.send_button = text_button(tr("Send now"), self, role="quiet")
        head = QHBoxLayout()
        head.addWidget(self.words, 1)
        head.addWidget(self.send_button)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(design.SPACE_12, design.SPACE_4, design.SPACE_8, design.SPACE_4)
        self._column.setSpacing(0)
        self._column.addLayout(head)
        self.send_button.clicked.connect(self.send_requested)
        self.hide()

    def show_queue(self, waiting: list[Queued], *, is_working: bool) -> None:
        """Show what waits; while a reply is written it goes by itself."""
        for row in self._rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = [self._row(each) for each in waiting]
        for row in self._rows:
            self._column.addWidget(row)
        number = trn("{n} message waits", "{n} messages wait", len(waiting))
        self.words.setText(tr("{0} for this reply to end").format(number) if is_working else number)
        self.send_button.setVisible(not is_working)
        self.setAccessibleName(self.words.text())
        self.setVisible(bool(waiting))

    def _row(self, queued: Queued) -> QWidget:
        row = QWidget(self)
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(2)
        text = safe_line(queued.text[:_SHOWN_LENGTH])
        label = ElidedLabel(row)
        label.set_full_text(text)
        label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        line.addWidget(label, 1)
        buttons: tuple[tuple[str, str, Callable[[], None]], ...] = (
            ("edit", tr("Edit: {0}"), lambda: self.edit_requested.emit(queued.number)),
            ("close", tr("Don't send: {0}"), lambda: self.removal_requested.emit(queued.number)),
        )
        for icon, name, act in buttons:
            button = IconButton(self._theme, icon, name.format(text[:60]), row, size=24, icon_size=14)
            button.clicked.connect(act)
            line.addWidget(button)
        return row
