"""Naming a new conversation by the model, in moments when it has nothing else to do."""

from __future__ import annotations

import queue
import uuid

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.conversations import MessageState, StoredMessage
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import Failed, Finished, GenerationEvent, GenerationRequest, TextDelta
from lmstudio_lite.domain.models import ModelPhase
from lmstudio_lite.errors import NotStoredError
from lmstudio_lite.tasks.text.titles import title_from

_EXCHANGE = 2
"""A question and its answer."""


def is_free(services: Services) -> bool:
    """Tell whether a model is loaded and does nothing."""
    state = services.engine.state
    return state.phase is ModelPhase.READY and state.num_active + state.num_waiting == 0


def name_conversation(services: Services, conversation_id: str, cancellation: Cancellation) -> str:
    """Give a conversation of one exchange a title, and return it; "" where it keeps the one it has.

    It keeps a title of the user's, and its first words where the model does no better. Waits for the model.

    Raises:
        CancelledError: cancelled.
        StorageError: the conversation can't be read or written.
    """
    thread = _unnamed_thread(services, conversation_id)
    model = services.engine.state.model
    if not thread or model is None or not is_free(services):
        return ""
    # Imported late: the detection of languages, which no start has to wait for.
    from lmstudio_lite.tasks.chat.naming import checked_title, may_name, title_request

    question, answer = thread[0].text, thread[1].text
    if not may_name(model, question):
        return ""
    written = _ask(services.engine, title_request(uuid.uuid4().hex, question, answer), cancellation)
    title = checked_title(written, question)
    if not title or not _unnamed_thread(services, conversation_id):
        return ""
    services.conversations.rename(conversation_id, title)
    return title


def _unnamed_thread(services: Services, conversation_id: str) -> list[StoredMessage]:
    """Return the first exchange of a conversation that is still called by its first words, else nothing."""
    if conversation_id in services.temporary or not services.settings.value.chat.names_chats:
        return []
    try:
        title = services.conversations.get(conversation_id).title
        thread = services.conversations.thread(conversation_id)
    except NotStoredError:
        return []
    is_one_exchange = len(thread) == _EXCHANGE and thread[1].state is MessageState.COMPLETE
    return thread if is_one_exchange and title == title_from(thread[0].text) else []


def _ask(engine: EngineClient, request: GenerationRequest, cancellation: Cancellation) -> str:
    """Return what the model writes, "" where it fails: nobody waits for it."""
    events: queue.SimpleQueue[GenerationEvent] = queue.SimpleQueue()
    text = ""
    engine.submit(request, events.put)
    forget = cancellation.on_cancel(lambda: engine.cancel(request.request_id))
    try:
        while True:
            match events.get():
                case TextDelta(text=added, is_reasoning=False):
                    text += added
                case Finished():
                    break
                case Failed():
                    return ""
                case _:
                    pass
    finally:
        forget()
    cancellation.raise_if_cancelled()
    return text
