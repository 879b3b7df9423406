"""Replies in a conversation: streamed, saved while they are written, stopped and continued.

A reply is a message of the conversation's tree; ``growing_reply`` saves it while it streams. What could not
be saved waits in ``UnsavedWork``: ``ChatTask.thread`` and the next prompt have it from there, not from the
database. A dead engine worker is the engine client's affair: it starts another one and resubmits, and the
text goes on here.
"""

from __future__ import annotations

import logging
import queue
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.certainty import NUM_ALTERNATIVES, OtherWay, TokenSpan, tokens_of_other_way
from lmstudio_lite.domain.context import ContextInventory
from lmstudio_lite.domain.conversations import MessageState, ReplyStarted, StoredMessage, TurnsRead
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import GenerationEvent, Role
from lmstudio_lite.domain.profiles import NO_PROFILE, ModelProfile
from lmstudio_lite.domain.records import ReplyNote
from lmstudio_lite.errors import CancelledError, InvariantError, StorageError
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.storage.chat_summaries import ChatSummaries
from lmstudio_lite.storage.conversations import Conversations
from lmstudio_lite.storage.part_cache import PartCache
from lmstudio_lite.storage.reply_tokens import TokenParts, in_parts
from lmstudio_lite.tasks.chat.attached_context import AttachedContext
from lmstudio_lite.tasks.chat.choices import ChoiceStore, NoChoices, ReplyChoices, ReplyPlan
from lmstudio_lite.tasks.chat.context_inventory import inventory_of
from lmstudio_lite.tasks.chat.growing_reply import GrowingReply, Report, follow, key_of
from lmstudio_lite.tasks.chat.making import making_of
from lmstudio_lite.tasks.chat.requests import ReplyRequests, system_text
from lmstudio_lite.tasks.chat.summarizing import StandIn, TurnSummaries, is_too_small
from lmstudio_lite.tasks.chat.token_reading import read_tokens
from lmstudio_lite.tasks.text.titles import title_from
from lmstudio_lite.unsaved import Place, UnsavedWork

if TYPE_CHECKING:
    from lmstudio_lite.tasks.chat.reading_all import DocumentPart, ReadsAll
    from lmstudio_lite.tasks.text.meaning import MeaningSource

log = logging.getLogger(__name__)


class ChatTask:
    """Thread-safe; each call runs on its caller's thread and returns when the reply has ended."""

    def __init__(
        self,
        engine: EngineClient,
        conversations: Conversations,
        settings: SettingsStore,
        unsaved: UnsavedWork,
        profile_of: Callable[[Path], ModelProfile] = lambda _path: NO_PROFILE,
        store: ChoiceStore | None = None,
        summaries: ChatSummaries | None = None,
        part_cache: PartCache | None = None,
        meanings: MeaningSource | None = None,
        *,
        keeps_snapshots: bool = True,
    ) -> None:
        """``profile_of`` returns what was decided for the model at a path; it holds before the settings.

        ``store`` has what was chosen for each conversation, ``summaries`` what stands for its older turns,
        ``part_cache`` what was read of whole documents, ``meanings`` what passages mean.
        With ``keeps_snapshots`` the engine may keep on the disk what it has read of a conversation.
        """
        self._engine = engine
        self._keeps_snapshots = keeps_snapshots
        self._unsaved = unsaved
        self._conversations = conversations
        self._requests = ReplyRequests(engine, settings, conversations.attached_text, meanings)
        self.choices = ReplyChoices(engine, settings, profile_of, store or NoChoices())
        self._summaries = TurnSummaries(engine, summaries)
        self._part_cache = part_cache

    def reply(
        self,
        conversation_id: str,
        user_message_id: str,
        *,
        reads_all: bool = False,
        report: Report,
        cancellation: Cancellation,
    ) -> StoredMessage:
        """Answer a user's message with a new sibling below it, and return the ended reply.

        Cancelling ends the reply as STOPPED with its text so far; that is no error. ``note`` of the
        result says how many old turns no longer fitted into the context, and how many passages of the
        attached documents were read where these did not fit whole; with ``reads_all`` each of their parts is
        read first, for this question alone.

        Raises:
            AppError: the engine failed; the reply stays as FAILED with its text so far, and the error as
                ``note``. Or there is no place for the reply: the conversation
                can't be read or written. Once it has begun, a reply that can't be saved is no error.
        """
        path = self._newest(lambda: self._conversations.path_to(user_message_id))
        self._entitle(conversation_id, path)
        attached = self._requests.attached(path, cancellation)
        plan = self.choices.plan(conversation_id)
        message = self._conversations.add_message(
            conversation_id,
            user_message_id,
            Role.ASSISTANT,
            "",
            MessageState.STREAMING,
            note=ReplyNote(reads_all=reads_all),
        )
        return self._run(message, _Asked(path, attached, plan), report, cancellation)

    def continue_reply(self, message_id: str, *, report: Report, cancellation: Cancellation) -> StoredMessage:
        """Go on from the text of a reply that was stopped, cut, interrupted or failed; see ``reply``."""
        *path, message = self._newest(lambda: self._conversations.path_to(message_id))
        if message.role is not Role.ASSISTANT:
            raise InvariantError("only a reply can be continued")
        attached = self._requests.attached(path, cancellation)
        self._conversations.update_message(
            message_id,
            text=message.text,
            state=MessageState.STREAMING,
            reasoning=message.reasoning,
            reasoning_s=message.reasoning_s,
        )
        self._unsaved.drop(key_of(message_id))
        begun_again = replace(message, state=MessageState.STREAMING, tokens_per_s=None, note=ReplyNote())
        asked = _Asked(path, attached, self._plan_of(message), self._begun(message))
        return self._run(begun_again, asked, report, cancellation)

    def branch_reply(
        self, message_id: str, way: OtherWay, *, report: Report, cancellation: Cancellation
    ) -> StoredMessage:
        """Write a reply beside ``message_id`` that says the same up to a place, and there goes another way.

        Nothing of the first changes. Otherwise as ``reply``.
        """
        *path, message = self._newest(lambda: self._conversations.path_to(message_id))
        if message.role is not Role.ASSISTANT:
            raise InvariantError("only a reply can go another way")
        branched = replace(message, text=message.text[: way.start] + way.text)
        asked = _Asked(
            *(path, self._requests.attached(path, cancellation)),
            *(self._plan_of(message), self._begun(branched)),
        )
        known = self._conversations.tokens.of(message_id)
        beside = self._conversations.add_message(
            message.conversation_id, message.parent_id, Role.ASSISTANT, branched.text, MessageState.STREAMING
        )
        self._conversations.update_message(
            beside.id,
            text=branched.text,
            state=MessageState.STREAMING,
            reasoning=message.reasoning,
            reasoning_s=message.reasoning_s,
            token_parts=dict(enumerate(in_parts(tokens_of_other_way(known, message.text, way)))),
        )
        beside = replace(beside, reasoning=message.reasoning, reasoning_s=message.reasoning_s)
        return self._run(beside, asked, report, cancellation)

    def work_out_tokens(
        self, message_id: str, *, report: Callable[[int, int], None], cancellation: Cancellation
    ) -> list[TokenSpan]:
        """Have the model in use read a reply, and keep how probable each of its tokens is to it; waits.

        ``report`` is told how many characters of how many are read.

        Raises:
            AppError: there is no model, it failed, or the conversation can't be read or written.
            CancelledError: cancelled; nothing is kept.
        """
        *path, message = self._newest(lambda: self._conversations.path_to(message_id))
        attached, plan = self._requests.attached(path, cancellation), self._plan_of(message)
        begun = self._begun(replace(message, text="")) if message.reasoning else ""
        stand_in = self._summaries.standing(message.conversation_id, path)
        prompt = self._requests.prompt(path, attached, plan, stand_in, reply_start=begun)
        request = self._requests.request(uuid.uuid4().hex, "", prompt, plan)
        spans = read_tokens(
            self._engine,
            replace(
                request,
                given_text=message.text,
                max_tokens=None,
                copies_prompt=False,
                num_alternatives=NUM_ALTERNATIVES,
            ),
            report,
            cancellation,
        )
        self._conversations.tokens.replace(message_id, spans)
        return spans

    def _begun(self, message: StoredMessage) -> str:
        """Return a reply's text and thoughts as the model in use would have written them."""
        model = self._engine.state.model
        return model.raw_reply(message.reasoning, message.text) if model else message.text

    def _plan_of(self, message: StoredMessage) -> ReplyPlan:
        """Return how a reply that has begun is gone on with: what was no JSON does not become it."""
        plan = self.choices.plan(message.conversation_id)
        has_schema = message.note.making is not None and message.note.making.has_schema
        return plan if has_schema else plan.without_schema()

    def count_context(self, conversation_id: str) -> int:
        """Return the tokens that a conversation takes in the model's context, as it is on the screen; waits.

        Raises:
            AppError: there is no model, or the conversation can't be read or rendered.
        """
        path = self.thread(conversation_id)
        if not path:
            return 0
        attached = self._requests.attached(path, Cancellation())
        plan, stand_in = self.choices.plan(conversation_id), self._summaries.standing(conversation_id, path)
        return self._engine.count_prompt_tokens(self._requests.prompt(path, attached, plan, stand_in))

    def context_of(self, conversation_id: str) -> ContextInventory | None:
        """Return what of a conversation is in the context, as it is on the screen; None without a model.

        Waits for the model. Raises as ``count_context``.
        """
        path, model = self.thread(conversation_id), self._engine.state.model
        if model is None:
            return None
        attached = self._requests.attached(path, Cancellation())
        plan, stand_in = self.choices.plan(conversation_id), self._summaries.standing(conversation_id, path)
        prompt = self._requests.prompt(path, attached, plan, stand_in)
        inventory = inventory_of(
            path,
            attached,
            plan,
            stand_in,
            num_tokens=self._engine.count_prompt_tokens(prompt) if prompt.messages else 0,
            context_size=model.context_size,
            count_tokens=self._engine.count_tokens,
        )
        counting, summaries = self._summaries.of_branch(conversation_id, path)
        too_small = plan.decided.summarizes and is_too_small(model)
        return replace(inventory, summary=counting, summaries=summaries, is_too_small=too_small)

    def thread(self, conversation_id: str) -> list[StoredMessage]:
        """Return the messages on the screen, also with what could not be saved of them yet."""
        return self._newest(lambda: self._conversations.thread(conversation_id))

    def thread_end(self, conversation_id: str, num_messages: int) -> tuple[list[StoredMessage], bool]:
        """Return the last messages of ``thread``, and whether those are all."""
        is_whole = False

        def read() -> list[StoredMessage]:
            nonlocal is_whole
            end, is_whole = self._conversations.thread_end(conversation_id, num_messages)
            return end

        return self._newest(read), is_whole

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

    def _run(
        self,
        message: StoredMessage,
        asked: _Asked,
        report: Report,
        cancellation: Cancellation,
    ) -> StoredMessage:
        parts = TokenParts(self._conversations.tokens.num_parts(message.id) if message.text else 0)
        reply = GrowingReply(self._conversations, self._unsaved, message, asked.attached, parts)
        request_id, events = uuid.uuid4().hex, queue.SimpleQueue[GenerationEvent]()
        try:
            report(ReplyStarted(message))
            if not message.text and not asked.attached.is_whole and self._requests.can_compare():
                attached = self._requests.attached(asked.path, cancellation, report)
                asked = replace(asked, attached=attached)
                reply.has_read(asked.attached)
            if message.note.reads_all and not message.text:
                asked = self._having_read_all(asked, report, cancellation)
                reply.has_read(asked.attached)
            stand_in = self._stand_in(message.conversation_id, asked, report, cancellation)
            prompt = self._requests.prompt(
                asked.path, asked.attached, asked.plan, stand_in, reply_start=asked.reply_start
            )
            kept_as = message.conversation_id if self._keeps_snapshots else ""
            request = self._requests.request(request_id, kept_as, prompt, asked.plan)
            reply.made_with(making_of(request, asked.plan, stand_in, self._engine.state.model), asked.plan)
            self._engine.submit(request, events.put)
            forget = cancellation.on_cancel(lambda: self._engine.cancel(request_id))
            try:
                follow(events, reply, report, lambda: self._engine.state.model)
            finally:
                forget()
        except CancelledError:
            reply.end(MessageState.STOPPED)
        except BaseException as error:
            if not reply.is_ended:
                self._engine.cancel(request_id)
                reply.end_early(error)
            raise
        if reply.message.state is MessageState.COMPLETE:
            self.choices.schema_used(message.conversation_id, asked.plan)
        return reply.message

    def prepare(self, text: str, cancellation: Cancellation) -> None:
        """Work out what a document that may be asked about means; see ``ReplyRequests.prepare``."""
        self._requests.prepare(text, cancellation)

    def parts_of(self, user_message_id: str, cancellation: Cancellation) -> list[DocumentPart]:
        """Return the parts that a reply with ``reads_all`` would read; waits for the model.

        Raises:
            AppError: there is no model, or the conversation can't be read.
        """
        path = self._conversations.path_to(user_message_id)
        return self._reader_of_all().parts(path, cancellation)

    def _having_read_all(self, asked: _Asked, report: Report, cancellation: Cancellation) -> _Asked:
        reader, adapters = self._reader_of_all(), asked.plan.adapters
        attached = reader.add_notes(asked.path, asked.attached, adapters, report, cancellation)
        return replace(asked, attached=attached)

    def _reader_of_all(self) -> ReadsAll:
        # Imported late, as in ``ReplyRequests.attached``.
        from lmstudio_lite.tasks.chat.reading_all import ReadsAll

        return ReadsAll(self._engine, self._conversations.attached_text, self._part_cache)

    def _stand_in(
        self, conversation_id: str, asked: _Asked, report: Report, cancellation: Cancellation
    ) -> StandIn:
        """Return what stands for older turns, made now where it is wanted and the context is nearly full."""
        if not asked.plan.decided.summarizes:
            return self._summaries.standing(conversation_id, asked.path)
        # Imported late, as in ``ReplyRequests.attached``.
        from lmstudio_lite.tasks.generate.attempts import wait_for_model

        wait_for_model(self._engine, cancellation)
        other = self._engine.count_tokens([system_text(asked.attached, asked.plan), asked.reply_start])
        try:
            return self._summaries.make_room(
                conversation_id,
                asked.path,
                sum(other),
                asked.plan.decided.max_tokens,
                lambda num_done, num_total: report(TurnsRead(num_done, num_total)),
                cancellation,
            )
        except CancelledError:
            return self._summaries.standing(conversation_id, asked.path)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a reply is to answer, and how it begins."""

    path: Sequence[StoredMessage]
    attached: AttachedContext
    plan: ReplyPlan
    reply_start: str = ""


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
