"""What is being typed in the chat: one draft a conversation, and the message that is worded anew.

Drafts are on the disk half a second behind the typing (``DraftKeeper``) and are back at the next start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal, Slot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.conversations import Draft, NewAttachment, StoredMessage
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.chat.attachments import DraftAttachments, attachments_again
from lmstudio_lite.ui.chat.composer import Composer
from lmstudio_lite.ui.chat.thread_view import ThreadView
from lmstudio_lite.ui.drafts import DraftKeeper
from lmstudio_lite.ui.history_model import STORAGE_LANE
from lmstudio_lite.unsaved import Place

_CHAT_PLACE = "chat:"
_EDIT_PLACE = "edit:"
QUEUE_PLACE = "queue:"


@dataclass(frozen=True, slots=True)
class _Draft:
    """What the composer of a conversation holds while another is open."""

    text: str = ""
    attachments: tuple[NewAttachment, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.text and not self.attachments


@dataclass(frozen=True, slots=True)
class _DraftsLeft:
    """The drafts of the last run, and the conversation in which it was typed last, "" for a new one."""

    drafts: Sequence[Draft]
    conversation_id: str


class Drafting(QObject):
    """Has the composer hold the draft of the conversation that is shown. GUI thread."""

    conversation_wanted = Signal(str)
    """Where it was typed last, before the program ended."""
    queued_read = Signal(object)  # Draft of a message that waited to be sent when the program ended
    failed = Signal(object)  # Exception

    def __init__(
        self,
        services: Services,
        bridge: Bridge,
        composer: Composer,
        attachments: DraftAttachments,
        thread_view: ThreadView,
        parent: QObject,
    ) -> None:
        """Read what the last run left, in the background."""
        super().__init__(parent)
        self._services = services
        self._composer = composer
        self._attachments = attachments
        self._thread_view = thread_view
        self._drafts: dict[str, _Draft] = {}
        self._edited: StoredMessage | None = None
        self._shown_id = ""
        self._is_showing = False
        self._keeper = DraftKeeper(services, bridge, Place.CHAT, self)
        self.are_read = False
        composer.editor.textChanged.connect(self._on_typed)
        attachments.changed.connect(self._on_attachments_changed)
        thread_view.edit_typed.connect(self._on_edit_typed)
        bridge.run(
            lambda context: _drafts_left(services),
            on_done=self._on_read,
            on_failed=self._on_failed,
            lane=STORAGE_LANE,
        )

    @property
    def edited(self) -> StoredMessage | None:
        """The message that the composer words anew, None while it holds a draft."""
        return self._edited

    @property
    def shown_id(self) -> str:
        """The conversation whose draft the composer holds, "" for a new one."""
        return self._shown_id

    @property
    def shown_text(self) -> str:
        """What is typed on the screen."""
        return self._composer.text

    def show(self, conversation_id: str) -> None:
        """Swap drafts: another conversation is on the screen."""
        self.leave_edit()
        self._drafts[self._shown_id] = self._draft()
        self._shown_id = conversation_id
        self._show_draft(self._drafts.pop(conversation_id, _Draft()))

    def set_shown_id(self, conversation_id: str) -> None:
        """The conversation on the screen has got its id."""
        self._shown_id = conversation_id

    def take(self, conversation_id: str, text: str, new_id: str) -> None:
        """Take what was sent out of its draft; what was typed behind it since then stays.

        ``conversation_id`` is where it was typed, "" for a conversation that began with it as ``new_id``.
        """
        if conversation_id != self._shown_id:
            self._take_from_hidden(conversation_id, text)
            return
        edited, self._edited = self._edited, None
        if edited is not None:
            self._keeper.forget(f"{_EDIT_PLACE}{edited.id}")
            self._drafts.pop(self._shown_id, None)
        self._composer.set_editing(False)
        self._attachments.take()
        self._is_showing = True
        self._composer.set_text(_behind(text, self._composer.text))
        self._is_showing = False
        if conversation_id:
            place = f"{_CHAT_PLACE}{conversation_id}"
            self._note(conversation_id, place, self._composer.text, attachments=())
            return
        self._keeper.forget(_CHAT_PLACE)
        if self._composer.text:
            self._keeper.note(f"{_CHAT_PLACE}{new_id}", self._composer.text)

    def _take_from_hidden(self, conversation_id: str, text: str) -> None:
        left = self._drafts.get(conversation_id, _Draft())
        if left.text.lstrip().startswith(text):
            behind = _behind(text, left.text)
            self._drafts[conversation_id] = _Draft(behind)
            self._note(conversation_id, f"{_CHAT_PLACE}{conversation_id}", behind, attachments=())

    def begin_edit(self, message: StoredMessage) -> None:
        """Have the composer hold a question that was sent, to be sent again."""
        if self._edited is None:
            self._drafts[self._shown_id] = self._draft()
        else:
            self._note_edit_left(self._edited)
        self._edited = message
        self._composer.set_editing(True)
        self._show_draft(_Draft(self._thread_view.take_unsaved(message), attachments_again(message)))
        self._composer.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave_edit(self) -> None:
        """Show the draft from before; what was typed in place of the message stays noted at it."""
        if self._edited is not None:
            self._note_edit_left(self._edited)
            self._edited = None
            self._composer.set_editing(False)
            self._show_draft(self._drafts.pop(self._shown_id, _Draft()))

    def forget_edit(self, message_id: str) -> None:
        """Remove what was typed in place of a message: it is kept."""
        self._keeper.forget(f"{_EDIT_PLACE}{message_id}")

    def put(self, text: str, attachments: Sequence[NewAttachment]) -> None:
        """Have the composer hold another draft, which is kept."""
        self._show_draft(_Draft(text, tuple(attachments)))
        self._keep(self._attachments.ready)

    def keep_queued(
        self, place: str, text: str, conversation_id: str, attachments: Sequence[NewAttachment]
    ) -> None:
        """Have a message that waits to be sent on the disk soon."""
        self._note(conversation_id, place, text, conversation_id, attachments)

    def forget_queued(self, place: str) -> None:
        """Remove a message that was sent, or is not to be sent."""
        self._keeper.forget(place)

    def keep_shown(self) -> None:
        """Have what is typed on the disk: its conversation was temporary until now."""
        self._keep(self._attachments.ready)

    def drop(self, conversation_id: str) -> None:
        """Forget what was typed in a conversation that is gone."""
        self._drafts.pop(conversation_id, None)
        if conversation_id == self._shown_id:
            self._show_draft(_Draft())

    def _note(
        self,
        conversation_id: str,
        place: str,
        text: str,
        details: str = "",
        attachments: Sequence[NewAttachment] | None = None,
    ) -> None:
        """Have a draft written soon, unless nothing of its conversation is ever written."""
        if conversation_id not in self._services.temporary:
            self._keeper.note(place, text, details, attachments)

    def flush(self) -> None:
        """Write what is not on the disk yet, on this thread."""
        self._keeper.flush()

    def _note_edit_left(self, message: StoredMessage) -> None:
        text = self._composer.text
        self._thread_view.set_unsaved(message.id, text if text.strip() != message.text.strip() else "")

    @Slot(object)
    def _on_read(self, left: _DraftsLeft) -> None:
        """Take over what the last run left; the place where it was typed last comes back to the screen."""
        self.are_read = True
        for draft in left.drafts:
            if draft.place.startswith(_CHAT_PLACE):
                conversation_id = draft.place.removeprefix(_CHAT_PLACE)
                self._drafts.setdefault(conversation_id, _Draft(draft.text, draft.attachments))
            elif draft.place.startswith(_EDIT_PLACE):
                self._thread_view.set_unsaved(draft.place.removeprefix(_EDIT_PLACE), draft.text)
            elif draft.place.startswith(QUEUE_PLACE):
                self.queued_read.emit(draft)
        if self._shown_id or not self._draft().is_empty:
            return
        self._show_draft(self._drafts.pop("", _Draft()))
        self.conversation_wanted.emit(left.conversation_id)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self.failed.emit(error)

    @Slot()
    def _on_typed(self) -> None:
        if not self._is_showing:
            self._keep()

    @Slot()
    def _on_attachments_changed(self) -> None:
        if not self._is_showing:
            self._keep(self._attachments.ready)

    @Slot(object, str)
    def _on_edit_typed(self, message: StoredMessage, text: str) -> None:
        place = f"{_EDIT_PLACE}{message.id}"
        self._note(message.conversation_id, place, text, message.conversation_id)

    def _keep(self, attachments: tuple[NewAttachment, ...] | None = None) -> None:
        """Have the composer's text on the disk soon, where it belongs."""
        text = self._composer.text
        if self._edited is None:
            place = f"{_CHAT_PLACE}{self._shown_id}"
            self._note(self._shown_id, place, text, attachments=attachments)
            return
        is_changed = text.strip() != self._edited.text.strip()
        place = f"{_EDIT_PLACE}{self._edited.id}"
        conversation_id = self._edited.conversation_id
        self._note(conversation_id, place, text if is_changed else "", conversation_id)

    def _draft(self) -> _Draft:
        return _Draft(self._composer.text, self._attachments.ready)

    def _show_draft(self, draft: _Draft) -> None:
        self._is_showing = True
        self._composer.set_text(draft.text)
        self._attachments.put(draft.attachments)
        self._is_showing = False


def _drafts_left(services: Services) -> _DraftsLeft:
    drafts = services.drafts.list()
    newest = next((draft for draft in drafts if draft.place.startswith((_CHAT_PLACE, _EDIT_PLACE))), None)
    if newest is None:
        return _DraftsLeft(drafts, "")
    is_edit = newest.place.startswith(_EDIT_PLACE)
    conversation_id = newest.details if is_edit else newest.place.removeprefix(_CHAT_PLACE)
    return _DraftsLeft(drafts, conversation_id if services.conversations.exists(conversation_id) else "")


def _behind(sent: str, text: str) -> str:
    """Return what of ``text`` stands behind ``sent``; all of it if it says something else by now."""
    begun = text.lstrip()
    return begun.removeprefix(sent).lstrip() if begun.startswith(sent) else text
