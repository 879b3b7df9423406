"""What the engine is asked for a reply: messages, documents, and what stands for older turns."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.certainty import NUM_ALTERNATIVES
from lmstudio_lite.domain.conversations import MeaningsCompared, StoredMessage
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import ChatPrompt, GenerationRequest, Message, Overflow, Role
from lmstudio_lite.errors import NoModelError
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.tasks.chat.attached_context import AttachedContext
from lmstudio_lite.tasks.chat.choices import ReplyPlan
from lmstudio_lite.tasks.chat.summarizing import NO_STAND_IN, StandIn

if TYPE_CHECKING:
    from lmstudio_lite.tasks.chat.attachments import AttachmentReader
    from lmstudio_lite.tasks.text.meaning import MeaningSource


_SCHEMA_ORDER = "Answer only with JSON that fits this schema:"
_TOLD_SCHEMA_LENGTH = 6000
"""A longer schema would take the context; replies are held to it by the grammar alone."""


class ReplyRequests:
    """Makes the requests for replies. Thread-safe; ``attached`` waits for the model."""

    def __init__(
        self,
        engine: EngineClient,
        settings: SettingsStore,
        read_text: Callable[[str], str],
        meanings: MeaningSource | None = None,
    ) -> None:
        """``read_text`` returns an attached document's text by its hash."""
        self._meanings = meanings
        self._engine = engine
        self._settings = settings
        self._read_text = read_text
        self._attachments: AttachmentReader | None = None
        self._attachments_lock = threading.Lock()

    def can_compare(self) -> bool:
        """Tell whether passages can be chosen by what they mean."""
        return self._meanings is not None and self._meanings.can_compare()

    def attached(
        self,
        path: Sequence[StoredMessage],
        cancellation: Cancellation,
        compares: Callable[[MeaningsCompared], None] | None = None,
    ) -> AttachedContext:
        """Choose what the prompt gets of the documents along ``path``; waits for the model's tokenizer.

        With ``compares`` it is worked out what new passages mean, and told how far that is; without it their
        meanings count only if all are known.
        """
        found = next((stored.note.passages for stored in reversed(path) if stored.role is Role.USER), ())
        if not any(message.attachments for message in path):
            return AttachedContext(passages=found)
        # Imported late, as below.
        from lmstudio_lite.tasks.generate.attempts import wait_for_model

        wait_for_model(self._engine, cancellation)
        model = self._engine.state.model
        if model is None:
            raise NoModelError
        name, size, vectors = str(model.path), model.context_size, None
        if self._meanings is not None and self._meanings.can_compare():
            with self._reader() as reader:
                texts = reader.texts_to_compare(path, model=name, context_size=size)
            if compares is None:
                vectors = self._meanings.known(texts)
            else:
                tell = compares
                vectors = self._meanings.compute(
                    texts, lambda done, total: tell(MeaningsCompared(done, total)), cancellation
                )
        with self._reader() as reader:
            attached = reader.context_for(path, model=name, context_size=size, vectors=vectors)
        return replace(attached, passages=(*found, *attached.passages))

    def prepare(self, text: str, cancellation: Cancellation) -> None:
        """Work out what a document's passages mean before anything is asked; nothing without a loaded model.

        Raises:
            AppError: the model that writes fails.
            CancelledError: cancelled.
        """
        model = self._engine.state.model
        if model is None or self._meanings is None or not self._meanings.can_compare():
            return
        with self._reader() as reader:
            passages = reader.passages_of(text, context_size=model.context_size)
        self._meanings.prepare(passages, cancellation)

    @contextmanager
    def _reader(self) -> Iterator[AttachmentReader]:
        # Imported late: segmentation and word lists, for which the window's first sight need not wait.
        from lmstudio_lite.tasks.chat.attachments import AttachmentReader

        with self._attachments_lock:
            if self._attachments is None:
                self._attachments = AttachmentReader(self._read_text, self._engine.count_tokens)
            yield self._attachments

    def prompt(
        self,
        path: Sequence[StoredMessage],
        attached: AttachedContext,
        plan: ReplyPlan,
        stand_in: StandIn = NO_STAND_IN,
        *,
        reply_start: str = "",
    ) -> ChatPrompt:
        """Return the messages along ``path`` with what stands before them, and how the reply begins.

        Notes on older turns stand in place of these.
        """
        system = _joined(system_text(attached, plan), stand_in.system_text)
        messages = [Message(Role.SYSTEM, system)] if system else []
        for stored in path[stand_in.num_messages :]:
            before = _joined(_found_text(stored), attached.text_before(stored.id))
            _append(messages, Message(stored.role, _joined(before, stored.text)))
        model, thinks_first = self._engine.state.model, self._settings.value.chat.thinks_first
        thinks_first = thinks_first and not plan.json_schema  # thoughts are no JSON
        has_switch = model is None or model.has_thinking_switch
        return ChatPrompt(
            tuple(messages),
            reply_start,
            Overflow.DROP_OLDEST_TURNS,
            {"enable_thinking": thinks_first} if has_switch else {},
        )

    def request(
        self, request_id: str, conversation_id: str, prompt: ChatPrompt, plan: ReplyPlan
    ) -> GenerationRequest:
        """Return what the engine is asked, as it was planned.

        Probabilities only for who looks at them: they cost 3 to 4 % of the speed of a 135M model on one
        thread, 3 % of a 0.5B one's. Whoever turns them on later has the model read the reply.
        """
        return GenerationRequest(
            request_id=request_id,
            prompt=prompt,
            max_tokens=plan.decided.max_tokens,
            sampling=plan.decided.sampling,
            stop=plan.decided.stop,
            adapters=plan.adapters,
            copies_prompt=True,
            conversation_id=conversation_id,
            num_alternatives=NUM_ALTERNATIVES if self._settings.value.chat.marks_unsure_words else None,
        )


def system_text(attached: AttachedContext, plan: ReplyPlan) -> str:
    """Return the instructions, and what attached documents give to all of a conversation."""
    return _joined(instructions_of(plan), attached.system)


def instructions_of(plan: ReplyPlan) -> str:
    """Return what the model is told to be and to do."""
    is_told = 0 < len(plan.json_schema) <= _TOLD_SCHEMA_LENGTH
    asked = f"{_SCHEMA_ORDER}\n{plan.json_schema}" if is_told else ""
    return _joined(plan.decided.system_prompt, asked)


def _found_text(stored: StoredMessage) -> str:
    """Return what was found in the user's folders for a question, "" for most messages."""
    if stored.role is not Role.USER or not stored.note.passages:
        return ""
    from lmstudio_lite.tasks.chat.knowledge import shown_passages

    return shown_passages(stored.note.passages)


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
