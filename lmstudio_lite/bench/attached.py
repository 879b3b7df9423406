"""How soon a question about a long attached document is answered, against its passages sent bare."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime

from lmstudio_lite.bench.engine_run import EngineRun, open_engine
from lmstudio_lite.bench.raw import RawProcess, open_raw
from lmstudio_lite.bench.rows import Bound, Row, compared
from lmstudio_lite.bench.setting import Setting
from lmstudio_lite.bench.texts import words
from lmstudio_lite.bench.turns import QUESTIONS
from lmstudio_lite.domain.conversations import Attachment, MessageState, StoredMessage
from lmstudio_lite.domain.generation import ChatPrompt, Message, Role
from lmstudio_lite.domain.records import ReplyNote
from lmstudio_lite.tasks.chat.attachments import AttachmentReader

ATTACHED = Bound(1.3)
_WORDS_A_PAGE = 300
_CONTEXT_SIZE = 8192


def long_document(setting: Setting) -> list[Row]:
    """First token of the first question about a document, and of the next one, against a bare loop.

    The first one finds the document uncut: its passages are made, counted and ranked before anything is read.
    """
    text = words(_WORDS_A_PAGE * setting.scale.num_pages, 7)
    first, following = [], []
    with (
        open_engine(setting, setting.model, context_size=_CONTEXT_SIZE) as engine,
        open_raw(setting.model, _CONTEXT_SIZE, engine.tuning) as raw,
    ):
        for number in range(setting.scale.num_rounds):
            setting.say(f"question {number} about {setting.scale.num_pages} pages")
            reader = AttachmentReader(lambda _hash: text, engine.client.count_tokens)
            path = [_question(QUESTIONS[number % len(QUESTIONS)], text)]
            first.append(_ask(engine, raw, reader, path))
            path += [_reply(), _question(QUESTIONS[(number + 1) % len(QUESTIONS)], "")]
            following.append(_ask(engine, raw, reader, path))
    pages = f"{setting.scale.num_pages} pages"
    return [
        compared("attached-document", first, ATTACHED, unit="s", note=f"first question, {pages}"),
        compared("attached-document-again", following, ATTACHED, unit="s", note=f"second question, {pages}"),
    ]


def _ask(
    engine: EngineRun, raw: RawProcess, reader: AttachmentReader, path: list[StoredMessage]
) -> tuple[float, float]:
    """Return the seconds to the first token, and those of evaluating the same new tokens bare."""
    began = time.perf_counter()
    context = reader.context_for(path, model="bench", context_size=_CONTEXT_SIZE)
    chosen_s = time.perf_counter() - began
    messages = [Message(Role.SYSTEM, context.system)]
    for stored in path:
        before = context.text_before(stored.id)
        messages.append(Message(stored.role, f"{before}\n\n{stored.text}" if before else stored.text))
    reply = engine.start(ChatPrompt(tuple(messages)), 4, conversation_id="chat")
    usage = reply.wait()
    num_new = usage.num_prompt_tokens - usage.num_cached_tokens
    return chosen_s + reply.first_token_s, raw.evaluate_s(usage.num_cached_tokens, num_new)


def _question(text: str, attached: str) -> StoredMessage:
    content_hash = hashlib.sha256(attached.encode()).hexdigest()
    attachments = (Attachment("long.txt", content_hash, "en", ""),) if attached else ()
    return _message(Role.USER, text, attachments)


def _reply() -> StoredMessage:
    return _message(Role.ASSISTANT, "The text does not say.")


def _message(role: Role, text: str, attachments: tuple[Attachment, ...] = ()) -> StoredMessage:
    return StoredMessage(
        id=f"{role} {text}",
        conversation_id="",
        parent_id=None,
        role=role,
        text=text,
        state=MessageState.COMPLETE,
        created_at=datetime.now(UTC),
        sibling_index=0,
        num_siblings=1,
        tokens_per_s=None,
        note=ReplyNote(),
        attachments=attachments,
    )
