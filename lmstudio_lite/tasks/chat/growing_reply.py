"""A reply while it is written: its text grows with the engine's events and is saved on the way.

Its text is saved at least every 250 ms, so that whatever ends the program leaves the reply as it stood. Where
that fails (a full disk) the reply goes on and waits in ``UnsavedWork``.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from msgspec.structs import replace as with_fields

from lmstudio_lite.domain.certainty import TokenPlaces
from lmstudio_lite.domain.conversations import (
    MessageState,
    ReplyProgress,
    ReplyPrompt,
    ReplyText,
    StoredMessage,
)
from lmstudio_lite.domain.generation import (
    Failed,
    Finished,
    FinishReason,
    GenerationEvent,
    PromptProgress,
    TextDelta,
)
from lmstudio_lite.domain.models import LoadedModel
from lmstudio_lite.domain.records import ReplyNote
from lmstudio_lite.domain.reply_making import ReplyMaking
from lmstudio_lite.domain.text import GrowingText
from lmstudio_lite.errors import AppError, error_from_code
from lmstudio_lite.storage.conversations import Conversations
from lmstudio_lite.storage.records import failure_note
from lmstudio_lite.storage.reply_tokens import TokenParts
from lmstudio_lite.tasks.chat.attached_context import AttachedContext
from lmstudio_lite.tasks.chat.choices import ReplyPlan
from lmstudio_lite.tasks.chat.making import checked, with_usage
from lmstudio_lite.tasks.text.titles import title_from
from lmstudio_lite.unsaved import Place, UnsavedPiece, UnsavedWork

_SAVE_INTERVAL_S = 0.25
_NO_NOTE = ReplyNote()

_END_STATES = {
    FinishReason.STOP: MessageState.COMPLETE,
    FinishReason.LENGTH: MessageState.LENGTH,
    FinishReason.CANCELLED: MessageState.STOPPED,
}

Report = Callable[[ReplyProgress], None]


def key_of(message_id: str) -> str:
    """Name a message among what could not be saved."""
    return f"message:{message_id}"


class GrowingReply:
    """The text of a reply on its way, and when it was last saved or handed to ``UnsavedWork``."""

    def __init__(
        self,
        conversations: Conversations,
        unsaved: UnsavedWork,
        message: StoredMessage,
        attached: AttachedContext,
        token_parts: TokenParts,
    ) -> None:
        self._conversations = conversations
        self._unsaved = unsaved
        self._attached = attached
        self._reads_all = message.note.reads_all
        self._making: ReplyMaking | None = None
        self._schema = ""
        self._token_parts = token_parts
        self._token_places = TokenPlaces(len(message.text))
        self.message = message
        self._text = GrowingText(message.text)
        self._reasoning = GrowingText(message.reasoning)
        self.reasoning_s = message.reasoning_s
        self.num_generated = 0
        self._began_thinking_at = 0.0
        self.is_ended = False
        self._saved_at = time.monotonic()
        self._is_saved = True

    def made_with(self, making: ReplyMaking, plan: ReplyPlan) -> None:
        """Keep with the reply how it is made; at its end it is held to the schema of ``plan``."""
        self._making, self._schema = making, plan.json_schema

    def has_read(self, attached: AttachedContext) -> None:
        """Take what was read after the reply began."""
        self._attached = attached

    def append(self, event: TextDelta) -> ReplyText:
        """Take what the reply goes on with; returns it as it is to be told."""
        start, reasoning_start = len(self._text), len(self._reasoning)
        self.num_generated += event.num_tokens
        added, thought = ("", event.text) if event.is_reasoning else (event.text, "")
        tokens = self._token_places.take(event.text, event.choices, is_reply=not event.is_reasoning)
        self._token_parts.add(tokens)
        if event.is_reasoning:
            self._began_thinking_at = self._began_thinking_at or time.monotonic()
            self._reasoning.append(thought)
        elif added:
            self._end_thinking()
            self._text.append(added)
        self._is_saved = self._is_saved and not event.text
        return ReplyText(
            *(self.message.id, added, start, thought, reasoning_start),
            *(self.reasoning_s, self.num_generated, tuple(tokens)),
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

    def finish(self, event: Finished, model: LoadedModel | None) -> None:
        """End as the engine did, with what it cost; ``model`` is the one in use."""
        if self._making is not None:
            made = with_usage(self._making, event.usage, model)
            self._making = checked(made, self._text.whole, self._schema)
        note = self._note_of(event.num_dropped_turns)
        self.end(_END_STATES[event.reason], event.usage.tokens_per_s or None, note)

    def _note_of(self, num_dropped_turns: int) -> ReplyNote:
        """Say what the reply could not see, and whether it does what a document wants."""
        attached = self._attached
        obeys = bool(attached.wanted) and self._obeys(attached)
        num_rows = attached.num_rows_computed if self._says_figure(attached) else 0
        if attached.num_parts_read:
            return ReplyNote(
                num_dropped_turns=num_dropped_turns,
                num_parts_read=attached.num_parts_read,
                num_notes_left_out=attached.num_notes_left_out,
                passages=attached.passages,
                num_rows_computed=num_rows,
                obeys_document=obeys,
            )
        if attached.is_whole:
            return ReplyNote(
                num_dropped_turns=num_dropped_turns,
                obeys_document=obeys,
                passages=attached.passages,
                num_rows_computed=num_rows,
            )
        return ReplyNote(
            num_dropped_turns=num_dropped_turns,
            num_passages=attached.num_passages,
            num_passages_in_all=attached.num_total,
            passages=attached.passages,
            num_rows_computed=num_rows,
            obeys_document=obeys,
        )

    def _says_figure(self, attached: AttachedContext) -> bool:
        """Tell whether something that was computed from tables stands in the reply."""
        if not attached.figures:
            return False
        # Imported late, as in ``ReplyRequests.attached``.
        from lmstudio_lite.tasks.chat.tables import says_figure

        return says_figure(self._text.whole, attached.figures)

    def _obeys(self, attached: AttachedContext) -> bool:
        """Tell whether the reply has what a document orders to be written, as its own words."""
        # Imported late, as in ``ReplyRequests.attached``.
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
            note=with_fields(note, making=self._making, reads_all=self._reads_all),
            reasoning=self._reasoning.whole,
            reasoning_s=self.reasoning_s,
        )

        parts, token_parts = self._token_parts.due(), self._token_parts

        def write() -> None:
            self._conversations.update_message(
                message.id,
                text=message.text,
                state=message.state,
                tokens_per_s=message.tokens_per_s,
                note=message.note,
                reasoning=message.reasoning,
                reasoning_s=message.reasoning_s,
                token_parts=parts,
            )
            token_parts.note_kept(parts)

        title = title_from(message.text)
        self._unsaved.save(UnsavedPiece(key_of(message.id), Place.CHAT, title, message.text, write, message))

    def end_early(self, error: BaseException) -> None:
        """End because of ``error``, which is the one to raise."""
        state = MessageState.FAILED if isinstance(error, AppError) else MessageState.INTERRUPTED
        self.end(state, note=failure_note(error) if isinstance(error, AppError) else _NO_NOTE)


def follow(
    events: queue.SimpleQueue[GenerationEvent],
    reply: GrowingReply,
    report: Report,
    model_in_use: Callable[[], LoadedModel | None],
) -> None:
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
                reply.finish(event, model_in_use())
            case Failed():
                raise error_from_code(event.code, event.details)
            case _:
                assert_never(event)
