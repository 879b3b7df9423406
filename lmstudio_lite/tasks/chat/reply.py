"""Replies in a conversation: streamed, saved while they are written, stopped and continued.

A reply is a message of the conversation's tree. Its text is saved at least every 250 ms while it
streams, so that whatever ends the program leaves the reply as it stood. Where that fails (a full disk) the
reply goes on and waits in ``UnsavedWork``; until it is saved, ``ChatTask.thread`` and the next prompt have it
from there, not from the database. A dead engine worker is the engine client's affair: it starts another one
and resubmits, and the text goes on here.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.conversations import (
    MessageState,
    ReplyProgress,
    ReplyPrompt,
    ReplyStarted,
    ReplyText,
    StoredMessage,
)
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import (
    ChatPrompt,
    Failed,
    Finished,
    FinishReason,
    GenerationEvent,
    GenerationRequest,
    Message,
    Overflow,
    PromptProgress,
    Role,
    Sampling,
    TextDelta,
)
from lmstudio_lite.domain.profiles import NO_PROFILE, ModelProfile
from lmstudio_lite.domain.records import ReplyNote
from lmstudio_lite.domain.text import GrowingText
from lmstudio_lite.errors import (
    AppError,
    InvariantError,
    NoModelError,
    StorageError,
    error_from_code,
)
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.storage.conversations import Conversations
from lmstudio_lite.storage.records import failure_note
from lmstudio_lite.tasks.adapters import chosen_adapters
from lmstudio_lite.tasks.chat.attached_context import AttachedContext
from lmstudio_lite.tasks.text.titles import title_from
from lmstudio_lite.unsaved import Place, UnsavedPiece, UnsavedWork

if TYPE_CHECKING:
    from lmstudio_lite.tasks.chat.attachments import AttachmentReader

log = logging.getLogger(__name__)

_SAVE_INTERVAL_S = 0.25
_NO_NOTE = ReplyNote()

_END_STATES = {
    FinishReason.STOP: MessageState.COMPLETE,
    FinishReason.LENGTH: MessageState.LENGTH,
    FinishReason.CANCELLED: MessageState.STOPPED,
}


Report = Callable[[ReplyProgress], None]


class ChatTask:
    """Thread-safe; each call runs on its caller's thread and returns when the reply has ended."""

    def __init__(
        self,
        engine: EngineClient,
        conversations: Conversations,
        settings: SettingsStore,
        unsaved: UnsavedWork,
        profile_of: Callable[[Path], ModelProfile] = lambda _path: NO_PROFILE,
    ) -> None:
        """``profile_of`` returns what was decided for the model at a path; it holds before the settings."""
        self._engine = engine
        self._profile_of = profile_of
        self._unsaved = unsaved
        self._conversations = conversations
        self._settings = settings
        self._attachments: AttachmentReader | None = None
        self._attachments_lock = threading.Lock()

    def reply(
        self,
        conversation_id: str,
        user_message_id: str,
        *,
        report: Report,
        cancellation: Cancellation,
    ) -> StoredMessage:
        """Answer a user's message with a new sibling below it, and return the ended reply.

        Cancelling ends the reply as STOPPED with its text so far; that is no error. ``note`` of the
        result says how many old turns no longer fitted into the context, and how many passages of the
        attached documents were read where these did not fit whole.

        Raises:
            AppError: the engine failed; the reply stays as FAILED with its text so far, and the error as
                ``note``. Or there is no place for the reply: the conversation
                can't be read or written. Once it has begun, a reply that can't be saved is no error.
        """
        path = self._newest(lambda: self._conversations.path_to(user_message_id))
        self._entitle(conversation_id, path)
        attached = self._attached(path, cancellation)
        prompt = self._prompt(path, attached, reply_start="")
        message = self._conversations.add_message(
            conversation_id, user_message_id, Role.ASSISTANT, "", MessageState.STREAMING
        )
        return self._run(message, prompt, attached, report, cancellation)

    def continue_reply(self, message_id: str, *, report: Report, cancellation: Cancellation) -> StoredMessage:
        """Go on from the text of a reply that was stopped, cut, interrupted or failed; see ``reply``."""
        *path, message = self._newest(lambda: self._conversations.path_to(message_id))
        if message.role is not Role.ASSISTANT:
            raise InvariantError("only a reply can be continued")
        model = self._engine.state.model
        begun = model.raw_reply(message.reasoning, message.text) if model else message.text
        attached = self._attached(path, cancellation)
        prompt = self._prompt(path, attached, reply_start=begun)
        self._conversations.update_message(
            message_id,
            text=message.text,
            state=MessageState.STREAMING,
            reasoning=message.reasoning,
            reasoning_s=message.reasoning_s,
        )
        self._unsaved.drop(_key(message_id))
        begun_again = replace(message, state=MessageState.STREAMING, tokens_per_s=None, note=ReplyNote())
        return self._run(begun_again, prompt, attached, report, cancellation)

    def count_context(self, conversation_id: str) -> int:
        """Return the tokens that a conversation takes in the model's context, as it is on the screen; waits.

        Raises:
            AppError: there is no model, or the conversation can't be read or rendered.
        """
        path = self.thread(conversation_id)
        if not path:
            return 0
        attached = self._attached(path, Cancellation())
        return self._engine.count_prompt_tokens(self._prompt(path, attached, reply_start=""))

    def thread(self, conversation_id: str) -> list[StoredMessage]:
        """Return the messages on the screen, also with what could not be saved of them yet."""
        return self._newest(lambda: self._conversations.thread(conversation_id))

    def select_sibling(self, message_id: str) -> list[StoredMessage]:
        """Show the branch through ``message_id``; as ``Conversations.select_sibling`` and ``thread``."""
        return self._newest(lambda: self._conversations.select_sibling(message_id))

    def _newest(self, read: Callable[[], list[StoredMessage]]) -> list[StoredMessage]:
        """Put what waits to be saved over what ``read`` gives.

        Looked at before reading: what is saved in between is then shown twice the same, not missed.
        """
        waiting = {
            piece.value.id: piece.value
            for piece in self._unsaved.state.at(Place.CHAT)
            if isinstance(piece.value, StoredMessage)
        }
        return [_with_text_of(waiting.get(message.id), message) for message in read()]

    def _entitle(self, conversation_id: str, path: Sequence[StoredMessage]) -> None:
        """Name a conversation that has no title; one that can't be named now is named by its next reply."""
        if self._conversations.get(conversation_id).title:
            return
        first = next((message.text for message in path if message.role is Role.USER), "")
        try:
            self._conversations.rename(conversation_id, title_from(first))
        except StorageError as error:
            log.info("a conversation has no title yet: %s", error)

    def _attached(self, path: Sequence[StoredMessage], cancellation: Cancellation) -> AttachedContext:
        """Choose what the prompt gets of the documents along ``path``; waits for the model's tokenizer."""
        if not any(message.attachments for message in path):
            return AttachedContext()
        # Imported late: segmentation and word lists, for which the window's first sight need not wait.
        from lmstudio_lite.tasks.chat.attachments import AttachmentReader
        from lmstudio_lite.tasks.generate.attempts import wait_for_model

        wait_for_model(self._engine, cancellation)
        model = self._engine.state.model
        if model is None:
            raise NoModelError
        with self._attachments_lock:
            if self._attachments is None:
                read_text = self._conversations.attached_text
                self._attachments = AttachmentReader(read_text, self._engine.count_tokens)
            return self._attachments.context_for(path, model=str(model.path), context_size=model.context_size)

    def _prompt(
        self, path: Sequence[StoredMessage], attached: AttachedContext, *, reply_start: str
    ) -> ChatPrompt:
        own = self._profile().system_prompt
        standing = self._settings.value.chat.system_prompt if own is None else own
        system = _joined(standing.strip(), attached.system)
        messages = [Message(Role.SYSTEM, system)] if system else []
        for stored in path:
            _append(messages, Message(stored.role, _joined(attached.text_before(stored.id), stored.text)))
        model, thinks_first = self._engine.state.model, self._settings.value.chat.thinks_first
        has_switch = model is None or model.has_thinking_switch
        return ChatPrompt(
            tuple(messages),
            reply_start,
            Overflow.DROP_OLDEST_TURNS,
            {"enable_thinking": thinks_first} if has_switch else {},
        )

    def _run(
        self,
        message: StoredMessage,
        prompt: ChatPrompt,
        attached: AttachedContext,
        report: Report,
        cancellation: Cancellation,
    ) -> StoredMessage:
        settings = self._settings.value.chat
        request = GenerationRequest(
            request_id=uuid.uuid4().hex,
            prompt=prompt,
            max_tokens=settings.max_tokens or None,
            sampling=self._sampling(),
            adapters=chosen_adapters(self._settings, self._engine),
            copies_prompt=True,
            conversation_id=message.conversation_id,
        )
        reply = _Reply(self._conversations, self._unsaved, message, attached)
        events: queue.SimpleQueue[GenerationEvent] = queue.SimpleQueue()
        try:
            report(ReplyStarted(message))
            self._engine.submit(request, events.put)
            forget = cancellation.on_cancel(lambda: self._engine.cancel(request.request_id))
            try:
                _follow(events, reply, report)
            finally:
                forget()
        except BaseException as error:
            if not reply.is_ended:
                self._engine.cancel(request.request_id)
                reply.end_early(error)
            raise
        return reply.message

    def _sampling(self) -> Sampling:
        """Return what the model's makers recommend, with what the user chose for all models and for this."""
        model, temperature = self._engine.state.model, self._settings.value.chat.temperature
        recommended = model.sampling if model is not None else Sampling()
        general = recommended if temperature is None else replace(recommended, temperature=temperature)
        return self._profile().sampling.applied_to(general)

    def _profile(self) -> ModelProfile:
        path = self._engine.state.path
        return self._profile_of(path) if path is not None else NO_PROFILE


def _key(message_id: str) -> str:
    """Name a message among what could not be saved."""
    return f"message:{message_id}"


def _with_text_of(waiting: StoredMessage | None, message: StoredMessage) -> StoredMessage:
    """Return ``message`` as it stands in memory; its place among its siblings is the database's."""
    if waiting is None:
        return message
    return replace(
        message,
        text=waiting.text,
        state=waiting.state,
        tokens_per_s=waiting.tokens_per_s,
        note=waiting.note,
        reasoning=waiting.reasoning,
        reasoning_s=waiting.reasoning_s,
    )


class _Reply:
    """The text of a reply on its way, and when it was last saved or handed to ``UnsavedWork``."""

    def __init__(
        self,
        conversations: Conversations,
        unsaved: UnsavedWork,
        message: StoredMessage,
        attached: AttachedContext,
    ) -> None:
        self._conversations = conversations
        self._unsaved = unsaved
        self._attached = attached
        self.message = message
        self._text = GrowingText(message.text)
        self._reasoning = GrowingText(message.reasoning)
        self.reasoning_s = message.reasoning_s
        self.num_generated = 0
        self._began_thinking_at = 0.0
        self.is_ended = False
        self._saved_at = time.monotonic()
        self._is_saved = True

    def append(self, event: TextDelta) -> ReplyText:
        """Take what the reply goes on with; returns it as it is to be told."""
        start, reasoning_start = len(self._text), len(self._reasoning)
        self.num_generated += event.num_tokens
        added, thought = ("", event.text) if event.is_reasoning else (event.text, "")
        if event.is_reasoning:
            self._began_thinking_at = self._began_thinking_at or time.monotonic()
            self._reasoning.append(thought)
        else:
            self._end_thinking()
            self._text.append(added)
        self._is_saved = False
        return ReplyText(
            self.message.id, added, start, thought, reasoning_start, self.reasoning_s, self.num_generated
        )

    def _end_thinking(self) -> None:
        if self._began_thinking_at:
            thought_s = time.monotonic() - self._began_thinking_at
            self.reasoning_s = (self.reasoning_s or 0.0) + thought_s
            self._began_thinking_at = 0.0

    @property
    def seconds_to_save(self) -> float | None:
        """Seconds until the text must be saved, None if it is."""
        if self._is_saved:
            return None
        return max(0.0, self._saved_at + _SAVE_INTERVAL_S - time.monotonic())

    def save(self) -> None:
        """Save the text so far; what can't be saved waits and does not stop the reply."""
        self._saved_at = time.monotonic()
        self._is_saved = True
        self._update(MessageState.STREAMING)

    def note_of(self, num_dropped_turns: int) -> ReplyNote:
        """Say what the reply could not see, and whether it does what a document wants."""
        attached = self._attached
        obeys = bool(attached.wanted) and self._obeys(attached)
        if attached.is_whole:
            return ReplyNote(num_dropped_turns=num_dropped_turns, obeys_document=obeys)
        return ReplyNote(
            num_dropped_turns=num_dropped_turns,
            num_passages=attached.num_passages,
            num_passages_in_all=attached.num_total,
            obeys_document=obeys,
        )

    def _obeys(self, attached: AttachedContext) -> bool:
        """Tell whether the reply has what a document orders to be written, as its own words."""
        # Imported late, as in ``ChatTask._attached``.
        from lmstudio_lite.tasks.text.orders import Orders

        return Orders(wanted=attached.wanted).are_obeyed_in(self._text.whole)

    def end(self, state: MessageState, tokens_per_s: float | None = None, note: ReplyNote = _NO_NOTE) -> None:
        self._end_thinking()
        self._update(state, tokens_per_s, note)
        self.is_ended = True

    def _update(
        self, state: MessageState, tokens_per_s: float | None = None, note: ReplyNote = _NO_NOTE
    ) -> None:
        message = self.message = replace(
            self.message,
            text=self._text.whole,
            state=state,
            tokens_per_s=tokens_per_s,
            note=note,
            reasoning=self._reasoning.whole,
            reasoning_s=self.reasoning_s,
        )

        def write() -> None:
            self._conversations.update_message(
                message.id,
                text=message.text,
                state=message.state,
                tokens_per_s=message.tokens_per_s,
                note=message.note,
                reasoning=message.reasoning,
                reasoning_s=message.reasoning_s,
            )

        title = title_from(message.text)
        self._unsaved.save(UnsavedPiece(_key(message.id), Place.CHAT, title, message.text, write, message))

    def end_early(self, error: BaseException) -> None:
        """End because of ``error``, which is the one to raise."""
        state = MessageState.FAILED if isinstance(error, AppError) else MessageState.INTERRUPTED
        self.end(state, note=failure_note(error) if isinstance(error, AppError) else _NO_NOTE)


def _follow(events: queue.SimpleQueue[GenerationEvent], reply: _Reply, report: Report) -> None:
    """Take events until the last one; save in between."""
    while not reply.is_ended:
        if reply.seconds_to_save == 0.0:
            reply.save()
        try:
            event = events.get(timeout=reply.seconds_to_save)
        except queue.Empty:
            continue
        match event:
            case PromptProgress():
                report(
                    ReplyPrompt(event.num_done, event.num_total, event.num_cached, event.num_dropped_turns)
                )
            case TextDelta():
                report(reply.append(event))
            case Finished():
                note = reply.note_of(event.num_dropped_turns)
                reply.end(_END_STATES[event.reason], event.usage.tokens_per_s or None, note)
            case Failed():
                raise error_from_code(event.code, event.details)
            case _:
                assert_never(event)


def _joined(first: str, second: str) -> str:
    return f"{first}\n\n{second}" if first and second else first or second


def _append(messages: list[Message], message: Message) -> None:
    """Add a message so that roles alternate, as most chat templates demand; empty ones are left out."""
    if not message.text.strip():
        return
    if messages and messages[-1].role is message.role:
        joined = f"{messages[-1].text}\n\n{message.text}"
        messages[-1] = Message(message.role, joined)
    else:
        messages.append(message)
