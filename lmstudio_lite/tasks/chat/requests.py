"""What the engine is asked for a reply: messages, documents, sampling, by the settings as they are."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.conversations import StoredMessage
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import ChatPrompt, GenerationRequest, Message, Overflow, Role, Sampling
from lmstudio_lite.domain.profiles import NO_PROFILE, ModelProfile
from lmstudio_lite.errors import NoModelError
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.tasks.adapters import chosen_adapters
from lmstudio_lite.tasks.chat.attached_context import AttachedContext

if TYPE_CHECKING:
    from lmstudio_lite.tasks.chat.attachments import AttachmentReader


class ReplyRequests:
    """Makes the requests for replies. Thread-safe; ``attached`` waits for the model."""

    def __init__(
        self,
        engine: EngineClient,
        settings: SettingsStore,
        read_text: Callable[[str], str],
        profile_of: Callable[[Path], ModelProfile],
    ) -> None:
        """``read_text`` returns an attached document's text by its hash; ``profile_of`` what was decided
        for the model at a path, which holds before the settings.
        """
        self._engine = engine
        self._settings = settings
        self._read_text = read_text
        self._profile_of = profile_of
        self._attachments: AttachmentReader | None = None
        self._attachments_lock = threading.Lock()

    def attached(self, path: Sequence[StoredMessage], cancellation: Cancellation) -> AttachedContext:
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
                self._attachments = AttachmentReader(self._read_text, self._engine.count_tokens)
            return self._attachments.context_for(path, model=str(model.path), context_size=model.context_size)

    def prompt(
        self, path: Sequence[StoredMessage], attached: AttachedContext, *, reply_start: str = ""
    ) -> ChatPrompt:
        """Return the messages along ``path`` with what stands before them, and how the reply begins."""
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

    def request(self, request_id: str, conversation_id: str, prompt: ChatPrompt) -> GenerationRequest:
        """Return what the engine is asked, with the settings as they are now."""
        return GenerationRequest(
            request_id=request_id,
            prompt=prompt,
            max_tokens=self._settings.value.chat.max_tokens or None,
            sampling=self._sampling(),
            adapters=chosen_adapters(self._settings, self._engine),
            copies_prompt=True,
            conversation_id=conversation_id,
        )

    def _sampling(self) -> Sampling:
        """Return what the model's makers recommend, with what the user chose for all models and for this."""
        model, temperature = self._engine.state.model, self._settings.value.chat.temperature
        recommended = model.sampling if model is not None else Sampling()
        general = recommended if temperature is None else replace(recommended, temperature=temperature)
        return self._profile().sampling.applied_to(general)

    def _profile(self) -> ModelProfile:
        path = self._engine.state.path
        return self._profile_of(path) if path is not None else NO_PROFILE


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
