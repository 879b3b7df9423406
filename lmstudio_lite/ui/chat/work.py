"""The open conversation and the replies under way, without a widget.

Replies go on in the background while another conversation is open. ``ChatTask.thread`` is the truth: the
database with what could not be saved yet. Between its saves the newest text of a running reply is kept here,
so that coming back shows it at once; what has ended stays on the screen even if nothing can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from lmstudio_lite.app.chat import QuestionAsked
from lmstudio_lite.app.chat import ask as ask_in
from lmstudio_lite.app.jobs import Job, JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.certainty import OtherWay
from lmstudio_lite.domain.control import NO_CONTROL, ConversationControl
from lmstudio_lite.domain.conversations import (
    MeaningsCompared,
    MessageState,
    NewAttachment,
    PartsRead,
    ReplyPrompt,
    ReplyStarted,
    ReplyText,
    StoredMessage,
    TurnsRead,
)
from lmstudio_lite.domain.text import GrowingText
from lmstudio_lite.errors import AppError
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.history_model import STORAGE_LANE

NUM_READ_FIRST = 8
_REST_AFTER_MS = 50
"""Reading 2,000 messages keeps the interpreter busy for 25 ms, in which nothing would be painted."""


@dataclass(eq=False, slots=True)
class _Run:
    """A reply under way; the ids are "" until the database has given them.

    A question goes below ``leaf_id``. The job is None while the run waits for an edit to be kept, and the
    prompt's number of tokens until the model reads it. ``on_taken`` is called in place of ``question_taken``.
    """

    conversation_id: str
    leaf_id: str | None
    work: Callable[[_Run, JobContext], StoredMessage]
    message_id: str = ""
    text: GrowingText = field(default_factory=GrowingText)
    reasoning: GrowingText = field(default_factory=GrowingText)
    reasoning_s: float | None = None
    num_prompt_tokens: int | None = None
    num_generated: int = 0
    job: Job | None = None
    on_taken: Callable[[], None] | None = None
    on_ended: Callable[[], None] | None = None

    @property
    def num_context_tokens(self) -> int | None:
        return None if self.num_prompt_tokens is None else self.num_prompt_tokens + self.num_generated


class ChatWork(QObject):
    """Opens conversations and gets replies. Lives on the GUI thread; the work runs in jobs."""

    conversation_opened = Signal(str)  # its id, "" for a new one
    thread_changed = Signal(object)  # list[StoredMessage] of the open conversation
    end_read = Signal(object)  # list[StoredMessage] that the thread ends with; ``thread_changed`` follows
    question_taken = Signal(str, str)  # the database has it: id of the conversation, "" if new; its text
    reply_text_changed = Signal(object)  # ReplyText
    turns_read = Signal(str, int, int)  # message id, blocks of older turns that are summarized, of how many
    prompt_read = Signal(str, int, int)  # message id, tokens done, tokens in all
    meanings_compared = Signal(
        str, int, int
    )  # message id, passages whose meaning is known, of how many new ones
    parts_read = Signal(str, object)  # message id, PartsRead
    context_filled = Signal(int)  # tokens in the model's context of the open conversation
    reply_ended = Signal(object)  # StoredMessage
    reply_failed = Signal(str, object)  # message id, AppError
    edit_kept = Signal(str)  # id of the reply that has the user's wording beside it now
    edit_failed = Signal(str, object)  # message id, AppError
    failed = Signal(object)  # AppError that no message can show
    list_changed = Signal()  # titles or order of the conversations
    working_changed = Signal()

    def __init__(self, services: Services, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._thread: list[StoredMessage] = []
        self._runs: list[_Run] = []
        self._keeping: list[str] = []  # ids of conversations whose edited reply is on its way to the database
        self._may_open: Callable[[str], bool] = lambda _conversation_id: True
        self._rest_due = QTimer(self)
        self._rest_due.setSingleShot(True)
        self._rest_due.setInterval(_REST_AFTER_MS)
        self._rest_due.timeout.connect(self._reload)
        self.conversation_id = ""
        self.control_for_new: Callable[[], ConversationControl] = lambda: NO_CONTROL

    @property
    def is_working(self) -> bool:
        return bool(self._runs)

    @property
    def is_replying_here(self) -> bool:
        """True while the open conversation gets a reply."""
        return self._run_here() is not None

    @property
    def num_context_tokens(self) -> int | None:
        """Tokens of the open conversation's prompt and of its reply so far, None before they are known."""
        run = self._run_here()
        return run.num_context_tokens if run is not None else None

    def newest(self, message: StoredMessage) -> StoredMessage:
        """Return ``message`` with all that its reply has come to, if it is under way."""
        return _newest(message, next((run for run in self._runs if run.message_id == message.id), None))

    @property
    def working_ids(self) -> list[str]:
        return [run.conversation_id for run in self._runs]

    def open(self, conversation_id: str, *, end_first: bool = True) -> None:
        """Show a conversation, "" for a new one; ``thread_changed`` follows.

        ``end_first``: of a long one ``end_read`` tells what it ends with, to be seen at once.
        """
        if conversation_id == self.conversation_id and self._thread:
            return
        if not self._may_open(conversation_id):
            return
        self.conversation_id = conversation_id
        self._rest_due.stop()
        self._set_thread([])
        self.conversation_opened.emit(conversation_id)
        if conversation_id and end_first:
            self._read_end(conversation_id)
        else:
            self._reload()

    def ask_before_leaving(self, may_open: Callable[[str], bool]) -> None:
        """Have ``may_open`` asked before another conversation is shown; it may open that later."""
        self._may_open = may_open

    @property
    def has_messages(self) -> bool:
        """Whether anything was said in the open conversation."""
        return bool(self._thread)

    def send(
        self,
        text: str,
        parent_id: str | None = None,
        *,
        attachments: Sequence[NewAttachment] = (),
        knowledge: str | None = None,
        is_edit: bool = False,
        control: ConversationControl = NO_CONTROL,
    ) -> None:
        """Ask ``text`` after the thread's last message, or below ``parent_id`` when editing.

        The last message is the user's wording of a reply if that is just being kept. A conversation that
        begins with it begins with ``control``.
        """
        if self.is_replying_here:
            return
        conversation_id = self.conversation_id
        services = self._services.at(conversation_id)
        if conversation_id:
            control = NO_CONTROL
        elif control.is_empty:
            control = self.control_for_new()

        def ask(run: _Run, context: JobContext) -> StoredMessage:
            return ask_in(
                services,
                text,
                conversation_id=conversation_id,
                parent_id=parent_id if is_edit else run.leaf_id,
                attachments=attachments,
                knowledge=knowledge,
                control=control,
                report=context.report,
                cancellation=context.cancellation,
            )

        self._start(ask)

    def send_below(
        self,
        conversation_id: str,
        parent_id: str | None,
        text: str,
        attachments: Sequence[NewAttachment],
        *,
        on_taken: Callable[[], None],
        on_ended: Callable[[], None],
    ) -> None:
        """Ask in a conversation, open or not, what does not come from its composer.

        ``on_taken`` is called when the database has it, ``on_ended`` at the end, whatever that is.
        """
        services = self._services.at(conversation_id)

        def ask(run: _Run, context: JobContext) -> StoredMessage:
            uses_knowledge = services.conversations.get(conversation_id).uses_knowledge
            return ask_in(
                services,
                text,
                conversation_id=conversation_id,
                parent_id=run.leaf_id,
                attachments=attachments,
                knowledge="" if uses_knowledge else None,
                report=context.report,
                cancellation=context.cancellation,
            )

        run = _Run(conversation_id, parent_id, ask, on_taken=on_taken, on_ended=on_ended)
        self._runs.append(run)
        if conversation_id not in self._keeping:
            self._begin(run)
        self.working_changed.emit()

    def reply_to(self, question_id: str, *, reads_all: bool = False) -> None:
        """Write a reply below a user's message, beside those that are there.

        With ``reads_all`` every part of the attached documents is read first.
        """
        conversation_id = self.conversation_id
        chat = self._services.at(conversation_id).chat
        self._start(
            lambda run, context: chat.reply(
                conversation_id,
                question_id,
                reads_all=reads_all,
                report=context.report,
                cancellation=context.cancellation,
            )
        )

    def go_on(self, message_id: str) -> None:
        """Continue a reply that was stopped, cut or interrupted."""
        chat = self._services.at(self.conversation_id).chat
        self._start(
            lambda run, context: chat.continue_reply(
                message_id, report=context.report, cancellation=context.cancellation
            )
        )

    def go_another_way(self, message_id: str, way: OtherWay) -> None:
        """Write a reply beside one, which goes another way from a word on."""
        chat = self._services.at(self.conversation_id).chat
        self._start(
            lambda run, context: chat.branch_reply(
                message_id, way, report=context.report, cancellation=context.cancellation
            )
        )

    def switch_branch(self, message: StoredMessage, step: int) -> None:
        """Show the sibling ``step`` places further."""
        services = self._services.at(message.conversation_id)

        def select(context: JobContext) -> list[StoredMessage]:
            siblings = services.conversations.siblings(message.id)
            place = min(max(0, message.sibling_index + step), len(siblings) - 1)
            return services.chat.select_sibling(siblings[place].id)

        self._read(select, message.conversation_id)

    def show_branch(self, message_id: str) -> None:
        """Show the branch that a message of the open conversation lies on."""
        chat = self._services.at(self.conversation_id).chat
        self._read(lambda context: chat.select_sibling(message_id), self.conversation_id)

    @Slot(object, str)
    def edit_reply(self, message: StoredMessage, text: str) -> None:
        """Keep the user's wording of a reply beside it and show it; the conversation goes on from there."""
        conversation_id = message.conversation_id
        services = self._services.at(conversation_id)

        def keep(context: JobContext) -> list[StoredMessage]:
            services.conversations.add_edited(message.id, text)
            return services.chat.thread(conversation_id)

        def show(thread: list[StoredMessage]) -> None:
            self._keeping.remove(conversation_id)
            self.edit_kept.emit(message.id)
            self._show(thread, conversation_id)
            self.list_changed.emit()
            self._begin_waiting(conversation_id, thread[-1].id)

        def fail(error: Exception) -> None:
            self._keeping.remove(conversation_id)
            self.edit_failed.emit(message.id, error)
            for run in self._waiting_in(conversation_id):
                self._end(run)

        self._keeping.append(conversation_id)
        self._bridge.run(keep, on_done=show, on_failed=fail, lane=STORAGE_LANE)

    @Slot(object, bool)
    def set_liked(self, message: StoredMessage, is_liked: bool) -> None:
        """Mark an answer as good, to be learned from, or take the mark away."""
        conversations = self._services.at(message.conversation_id).conversations
        self._thread = [
            replace(stored, is_liked=is_liked) if stored.id == message.id else stored
            for stored in self._thread
        ]

        def take_back(error: Exception) -> None:
            """Show what is true: the mark is not there."""
            self.failed.emit(error)
            self._set_thread(
                [
                    replace(stored, is_liked=not is_liked) if stored.id == message.id else stored
                    for stored in self._thread
                ]
            )

        self._bridge.run(
            lambda context: conversations.set_liked(message.id, is_liked),
            on_failed=take_back,
            lane=STORAGE_LANE,
        )

    def stop(self) -> None:
        """Stop the reply of the open conversation, else all others."""
        here = self._run_here()
        for run in [here] if here else list(self._runs):
            self._stop(run)

    def forget(self, conversation_id: str) -> None:
        """Stop what runs for a deleted conversation and close it if it is open."""
        self.stop_in(conversation_id)
        if conversation_id == self.conversation_id:
            self.open("")

    def stop_in(self, conversation_id: str) -> None:
        """Stop what runs in a conversation, open or not."""
        for run in list(self._runs):
            if run.conversation_id == conversation_id:
                self._stop(run)

    def _run_here(self) -> _Run | None:
        return next((run for run in self._runs if run.conversation_id == self.conversation_id), None)

    def _stop(self, run: _Run) -> None:
        if run.job is not None:
            run.job.cancel()
        else:
            self._end(run)

    def _start(self, work: Callable[[_Run, JobContext], StoredMessage]) -> None:
        if self.is_replying_here:
            return
        run = _Run(self.conversation_id, self._thread[-1].id if self._thread else None, work)
        self._runs.append(run)
        if run.conversation_id not in self._keeping:
            self._begin(run)
        self.working_changed.emit()

    def _waiting_in(self, conversation_id: str) -> list[_Run]:
        return [run for run in self._runs if run.conversation_id == conversation_id and run.job is None]

    def _begin_waiting(self, conversation_id: str, leaf_id: str) -> None:
        """The thread ends with the user's wording now: what waited for it goes below."""
        if conversation_id not in self._keeping:
            for run in self._waiting_in(conversation_id):
                run.leaf_id = leaf_id
                self._begin(run)

    def _begin(self, run: _Run) -> None:
        run.job = self._bridge.run(
            lambda context: run.work(run, context),
            on_progress=lambda value: self._on_progress(run, value),
            on_done=lambda message: self._on_done(run, message),
            on_failed=lambda error: self._on_failed(run, error),
            on_cancelled=lambda: self._end(run),
        )

    def _on_progress(self, run: _Run, value: object) -> None:
        match value:
            case QuestionAsked(message):
                self._take_question(run, message)
            case ReplyStarted(message):
                run.message_id = message.id
                run.text, run.reasoning = GrowingText(message.text), GrowingText(message.reasoning)
                run.reasoning_s = message.reasoning_s
                if run.conversation_id == self.conversation_id:
                    self._place(message)
                self.list_changed.emit()
            case PartsRead():
                if run.conversation_id == self.conversation_id:
                    self.parts_read.emit(run.message_id, value)
            case ReplyText():
                run.text.append(value.added)
                run.reasoning.append(value.added_reasoning)
                run.reasoning_s, run.num_generated = value.reasoning_s, value.num_generated
                if run.conversation_id == self.conversation_id:
                    self.reply_text_changed.emit(value)
                    self._tell_context(run)
            case MeaningsCompared(num_done, num_total):
                if run.conversation_id == self.conversation_id:
                    self.meanings_compared.emit(run.message_id, num_done, num_total)
            case TurnsRead(num_done, num_total):
                if run.conversation_id == self.conversation_id:
                    self.turns_read.emit(run.message_id, num_done, num_total)
            case ReplyPrompt(num_done, num_total):
                run.num_prompt_tokens = num_total
                if run.conversation_id == self.conversation_id:
                    self.prompt_read.emit(run.message_id, num_done, num_total)
                    self._tell_context(run)
            case _:
                pass

    def _tell_context(self, run: _Run) -> None:
        if run.num_context_tokens is not None:
            self.context_filled.emit(run.num_context_tokens)

    def _take_question(self, run: _Run, message: StoredMessage) -> None:
        is_here = run.conversation_id == self.conversation_id
        sent_in, run.conversation_id = run.conversation_id, message.conversation_id
        if is_here:
            self.conversation_id = message.conversation_id
            self._place(message)
        if run.on_taken is not None:
            run.on_taken()
        else:
            self.question_taken.emit(sent_in, message.text)
        if is_here and not sent_in:
            self.conversation_opened.emit(message.conversation_id)
        self.working_changed.emit()

    def _on_done(self, run: _Run, message: StoredMessage) -> None:
        self._keep_shown(run, message)
        self._end(run)
        self.reply_ended.emit(message)

    def _on_failed(self, run: _Run, error: Exception) -> None:
        shown = next((message for message in self._thread if message.id == run.message_id), None)
        if shown is not None:
            self._keep_shown(run, replace(_newest(shown, run), state=MessageState.FAILED))
        self._end(run)
        if run.message_id and isinstance(error, AppError):
            self.reply_failed.emit(run.message_id, error)
        else:
            self.failed.emit(error)

    def _keep_shown(self, run: _Run, message: StoredMessage) -> None:
        """Show how a reply ended before the thread is read again, which may fail."""
        if run.conversation_id == self.conversation_id:
            self._set_thread([message if shown.id == message.id else shown for shown in self._thread])

    def _end(self, run: _Run) -> None:
        self._runs.remove(run)
        if run.on_ended is not None:
            run.on_ended()
        if run.conversation_id == self.conversation_id:
            self._reload()
        self.list_changed.emit()
        self.working_changed.emit()

    @Slot()
    def refresh(self) -> None:
        """Read the open conversation again: what its replies are given has changed."""
        self._reload()

    def _read_end(self, conversation_id: str) -> None:
        """Read the last messages, which fill the screen, and the others once those were painted."""
        chat = self._services.at(conversation_id).chat

        def show(found: tuple[list[StoredMessage], bool]) -> None:
            end, is_whole = found
            if is_whole:
                self._show(end, conversation_id)
            elif conversation_id != self.conversation_id:
                return
            elif self._thread:  # a question was asked meanwhile
                self._reload()
            else:
                self._thread = self._with_runs(end)
                self.end_read.emit(self._thread)
                self._rest_due.start()

        self._bridge.run(
            lambda context: chat.thread_end(conversation_id, NUM_READ_FIRST),
            on_done=show,
            on_failed=self.failed.emit,
            lane=STORAGE_LANE,
        )

    @Slot()
    def _reload(self) -> None:
        conversation_id = self.conversation_id
        if conversation_id:
            chat = self._services.at(conversation_id).chat
            self._read(lambda context: chat.thread(conversation_id), conversation_id)

    def _read(self, work: Callable[[JobContext], list[StoredMessage]], conversation_id: str) -> None:
        self._bridge.run(
            work,
            on_done=lambda thread: self._show(thread, conversation_id),
            on_failed=self.failed.emit,
            lane=STORAGE_LANE,
        )

    def _show(self, thread: Sequence[StoredMessage], conversation_id: str) -> None:
        """Show what the database has, unless another conversation was opened meanwhile."""
        if conversation_id == self.conversation_id:
            self._set_thread(self._with_runs(thread))

    def _with_runs(self, thread: Sequence[StoredMessage]) -> list[StoredMessage]:
        runs = {run.message_id: run for run in self._runs}
        return [_newest(message, runs.get(message.id)) for message in thread]

    def _place(self, message: StoredMessage) -> None:
        """Put a message where it belongs: right after its parent, instead of what stood there."""
        ids = [known.id for known in self._thread]
        num_kept = ids.index(message.parent_id) + 1 if message.parent_id in ids else 0
        self._set_thread([*self._thread[:num_kept], message])

    def _set_thread(self, thread: list[StoredMessage]) -> None:
        self._thread = thread
        self.thread_changed.emit(thread)


def _newest(message: StoredMessage, run: _Run | None) -> StoredMessage:
    """Return the message as its running reply has it, which the database may not have yet."""
    if run is None:
        return message
    return replace(message, text=run.text.whole, reasoning=run.reasoning.whole, reasoning_s=run.reasoning_s)
