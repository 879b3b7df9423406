"""The program's own form of conversations, whole: an array of JSON objects, one a conversation.

All branches with their states, thoughts and the texts of what was attached; what is written is read back as
it was. Other programs find plain names and ISO times.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from lmstudio_lite.domain.certainty import TokenSpan
from lmstudio_lite.domain.chat_files import ImportedMessage
from lmstudio_lite.domain.conversations import (
    Attachment,
    Conversation,
    MessageState,
    NewAttachment,
    StoredMessage,
)
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.text import hash_of
from lmstudio_lite.formats.chats.threads import ThreadBuilder
from lmstudio_lite.formats.chats.values import list_of, number_of, table_of, text_of, time_of

FORM = "lmstudio-lite-conversation"
_VERSION = 1
_LOGPROB = Annotated[float, Meta(le=0.0, ge=-1000.0)]
_TOKEN = tuple[int, int, _LOGPROB, list[tuple[str, _LOGPROB]]]
_STATES = {state.value: state for state in MessageState} | {"streaming": MessageState.INTERRUPTED}


def write_items(items: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield the text of a file that holds ``items``, piece by piece."""
    yield "["
    for number, item in enumerate(items):
        yield f"{',' if number else ''}\n{json.dumps(item, ensure_ascii=False, indent=1)}"
    yield "\n]\n"


def to_item(
    conversation: Conversation,
    messages: Sequence[StoredMessage],
    texts: Mapping[str, str],
    folder: Sequence[str] = (),
    tokens: Mapping[str, Sequence[TokenSpan]] | None = None,
) -> dict[str, Any]:
    """Return a conversation; ``texts`` are those of its attachments, by their hashes.

    ``folder`` are the names of the folders that it lies in, from the top; ``tokens`` those of the messages
    with these ids.
    """
    return {
        "format": FORM,
        "version": _VERSION,
        "id": conversation.id,
        "title": conversation.title,
        "created_at": conversation.created_at.isoformat(),
        "updated_at": conversation.updated_at.isoformat(),
        "shown_until": conversation.active_leaf_id or "",
        "tags": list(conversation.tags),
        "is_pinned": conversation.is_pinned,
        "is_archived": conversation.is_archived,
        "folder": list(folder),
        "messages": [_message(message, (tokens or {}).get(message.id, ())) for message in messages],
        "attached_texts": dict(texts),
    }


def _message(message: StoredMessage, tokens: Sequence[TokenSpan]) -> dict[str, Any]:
    written: dict[str, Any] = {
        "id": message.id,
        "parent": message.parent_id,
        "role": message.role.value,
        "text": message.text,
        "state": message.state.value,
        "created_at": message.created_at.isoformat(),
    }
    optional = {
        "reasoning": message.reasoning,
        "reasoning_s": message.reasoning_s,
        "tokens_per_s": message.tokens_per_s,
        "is_liked": message.is_liked,
        "note": msgspec.to_builtins(message.note),
        "tokens": [_token(span) for span in tokens],
    }
    written |= {name: value for name, value in optional.items() if value}
    if message.attachments:
        written["attachments"] = [
            {"title": each.title, "language": each.language, "content_hash": each.content_hash}
            for each in message.attachments
        ]
    return written


def _token(span: TokenSpan) -> list[Any]:
    """Return where a token stands, its logarithmic probability, and the others with theirs."""
    others = [[text, round(logprob, 2)] for text, logprob in span.alternatives]
    return [span.start, span.end, round(span.logprob, 2), *([others] if others else [])]


def _tokens(rows: list[Any], text: str) -> Iterator[TokenSpan]:
    """Yield the tokens of ``text`` up to the first that makes no sense."""
    before = 0
    for row in rows:
        try:
            start, end, logprob, others = msgspec.convert([*row, []][:4], type=_TOKEN)
        except (msgspec.MsgspecError, TypeError):
            return
        if not before <= start < end <= len(text):
            return
        before = end
        yield TokenSpan(start, end, logprob, tuple(others))


def read_own(value: dict[str, Any]) -> ThreadBuilder | None:
    """Read one conversation; None if it is not of this program."""
    if value.get("format") != FORM:
        return None
    texts = table_of(value.get("attached_texts"))
    thread = ThreadBuilder(
        text_of(value.get("title")),
        time_of(value.get("created_at")),
        time_of(value.get("updated_at")),
        text_of(value.get("shown_until")),
        tuple(filter(None, map(text_of, list_of(value.get("tags"))))),
        is_pinned=value.get("is_pinned") is True,
        is_archived=value.get("is_archived") is True,
        folder=tuple(filter(None, map(text_of, list_of(value.get("folder"))))),
    )
    for message in map(table_of, list_of(value.get("messages"))):
        key, parent = text_of(message.get("id")), text_of(message.get("parent")) or None
        role = {role.value: role for role in (Role.USER, Role.ASSISTANT)}.get(text_of(message.get("role")))
        if role is None:
            thread.skip(key, parent)
            continue
        attached = tuple(_attachments(list_of(message.get("attachments")), texts))
        thread.has_left_out |= len(attached) < len(list_of(message.get("attachments")))
        thread.add(
            ImportedMessage(
                *(key, parent, role, text_of(message.get("text")), time_of(message.get("created_at"))),
                text_of(message.get("reasoning")),
                attached,
                _STATES.get(text_of(message.get("state")), MessageState.COMPLETE),
                is_liked=message.get("is_liked") is True,
                reasoning_s=number_of(message.get("reasoning_s")),
                tokens_per_s=number_of(message.get("tokens_per_s")),
                note=json.dumps(table_of(message.get("note"))),
                tokens=tuple(_tokens(list_of(message.get("tokens")), text_of(message.get("text")))),
            )
        )
    return thread


def _attachments(rows: list[Any], texts: dict[str, Any]) -> Iterator[NewAttachment]:
    for row in map(table_of, rows):
        text = text_of(texts.get(text_of(row.get("content_hash"))))
        if text:
            title, language = text_of(row.get("title")) or "attachment", text_of(row.get("language"))
            # The hash is computed anew: a file can say what it likes.
            yield NewAttachment(Attachment(title, hash_of(text), language, ""), text)
