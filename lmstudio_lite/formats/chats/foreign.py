"""The exports of other programs, one conversation at a time, as they are documented or were found.

Each reader takes a decoded value and returns the thread it is, or None if the value is not of its program.
Times, roles and texts are taken as they are; what a program shows beside them (tools, searches, settings) is
left out, and a message that is only that is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lmstudio_lite.domain.chat_files import ImportedMessage
from lmstudio_lite.domain.conversations import Attachment, NewAttachment
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.text import hash_of
from lmstudio_lite.formats.chats.threads import ThreadBuilder
from lmstudio_lite.formats.chats.values import list_of, table_of, text_of, time_of

_ROLES = {"user": Role.USER, "human": Role.USER, "assistant": Role.ASSISTANT}
Reader = Callable[[dict[str, Any]], ThreadBuilder | None]


def read_chatgpt(value: dict[str, Any]) -> ThreadBuilder | None:
    """Read one item of ChatGPT's ``conversations.json``: a tree in ``mapping``."""
    mapping = value.get("mapping")
    if not isinstance(mapping, dict):
        return None
    thread = ThreadBuilder(
        text_of(value.get("title")),
        time_of(value.get("create_time")),
        time_of(value.get("update_time")),
        text_of(value.get("current_node")),
        is_archived=value.get("is_archived") is True,
    )
    for key, node in mapping.items():
        node = table_of(node)
        parent = text_of(node.get("parent")) or None
        message = table_of(node.get("message"))
        role = _ROLES.get(text_of(table_of(message.get("author")).get("role")))
        hidden = table_of(message.get("metadata")).get("is_visually_hidden_from_conversation") is True
        content = table_of(message.get("content"))
        if role is None or hidden or text_of(content.get("content_type")) not in _CHATGPT_TEXTS:
            thread.skip(key, parent)
            continue
        parts = list_of(content.get("parts"))
        texts = [part if isinstance(part, str) else text_of(table_of(part).get("text")) for part in parts]
        thread.has_left_out |= any(isinstance(part, dict) and not text_of(part.get("text")) for part in parts)
        text = "\n".join(filter(None, texts)) or text_of(content.get("text"))
        thread.add(ImportedMessage(key, parent, role, text, time_of(message.get("create_time"))))
    return thread


_CHATGPT_TEXTS = frozenset({"text", "multimodal_text", "code"})


def read_claude(value: dict[str, Any]) -> ThreadBuilder | None:
    """Read one item of Claude's ``conversations.json``."""
    if not isinstance(value.get("chat_messages"), list):
        return None
    thread = ThreadBuilder(
        text_of(value.get("name")), time_of(value.get("created_at")), time_of(value.get("updated_at"))
    )
    before: str | None = None
    for number, message in enumerate(map(table_of, value["chat_messages"])):
        key = text_of(message.get("uuid")) or f"message {number}"
        parent = text_of(message.get("parent_message_uuid")) or before
        role = _ROLES.get(text_of(message.get("sender")))
        blocks = [table_of(block) for block in list_of(message.get("content"))]
        text = "\n\n".join(
            filter(None, (text_of(each.get("text")) for each in blocks if each.get("type") == "text"))
        )
        thought = "\n\n".join(filter(None, (text_of(each.get("thinking")) for each in blocks)))
        attached = tuple(_claude_attachments(message))
        thread.has_left_out |= len(list_of(message.get("files"))) > len(attached)
        if role is None:
            thread.skip(key, parent)
        else:
            thread.add(
                ImportedMessage(
                    *(key, parent, role, text or text_of(message.get("text"))),
                    time_of(message.get("created_at")),
                    thought,
                    attached,
                )
            )
        before = key
    return thread


def _claude_attachments(message: dict[str, Any]) -> Iterator[NewAttachment]:
    for each in map(table_of, list_of(message.get("attachments"))):
        text = text_of(each.get("extracted_content"))
        if text:
            name = text_of(each.get("file_name")) or "attachment"
            yield NewAttachment(Attachment(name, hash_of(text), "", ""), text)


def read_open_webui(value: dict[str, Any]) -> ThreadBuilder | None:
    """Read one item of an export of Open WebUI: a tree in ``chat.history``."""
    chat = table_of(value.get("chat"))
    history = table_of(chat.get("history"))
    messages = history.get("messages")
    if not isinstance(messages, dict):
        return None
    tags = [text_of(tag) for tag in list_of(table_of(value.get("meta")).get("tags"))]
    thread = ThreadBuilder(
        text_of(value.get("title")) or text_of(chat.get("title")),
        time_of(value.get("created_at")) or time_of(chat.get("timestamp")),
        time_of(value.get("updated_at")),
        text_of(history.get("currentId")),
        tuple(filter(None, tags)),
        is_pinned=value.get("pinned") is True,
        is_archived=value.get("archived") is True,
    )
    for key, message in messages.items():
        message = table_of(message)
        parent = text_of(message.get("parentId")) or None
        role = _ROLES.get(text_of(message.get("role")))
        thread.has_left_out |= bool(list_of(message.get("files")))
        if role is None:
            thread.skip(key, parent)
            continue
        text = text_of(message.get("content"))
        thread.add(ImportedMessage(key, parent, role, text, time_of(message.get("timestamp"))))
    return thread


def read_lm_studio(value: dict[str, Any]) -> ThreadBuilder | None:
    """Read a ``.conversation.json`` of LM Studio: a row of messages, each in versions."""
    rows = value.get("messages")
    if not isinstance(rows, list) or not any("versions" in table_of(row) for row in rows):
        return None
    thread = ThreadBuilder(text_of(value.get("name")), time_of(value.get("createdAt")))
    before: str | None = None
    for number, row in enumerate(map(table_of, rows)):
        versions = [table_of(each) for each in list_of(row.get("versions"))]
        chosen = row.get("currentlySelected")
        place = chosen if type(chosen) is int and 0 <= chosen < len(versions) else len(versions) - 1
        for version, message in enumerate(versions):
            role = _ROLES.get(text_of(message.get("role")))
            key = f"{number}.{version}"
            text, thought, has_more = _lm_studio_text(message)
            thread.has_left_out |= has_more
            if role is None:
                thread.skip(key, before)
            else:
                thread.add(ImportedMessage(key, before, role, text, None, thought))
        if versions:
            before = thread.leaf = f"{number}.{place}"
    return thread


def _lm_studio_text(message: dict[str, Any]) -> tuple[str, str, bool]:
    """Return what a version says, what was thought before it, and whether it had files."""
    texts: list[str] = []
    thoughts: list[str] = []
    has_more = False
    steps = [table_of(step) for step in list_of(message.get("steps"))] or [message]
    for step in steps:
        is_thought = table_of(step.get("style")).get("type") == "thinking"
        for part in map(table_of, list_of(step.get("content"))):
            text = text_of(part.get("text"))
            has_more |= not text and part.get("type") == "file"
            (thoughts if is_thought else texts).append(text)
    return "\n\n".join(filter(None, texts)), "\n\n".join(filter(None, thoughts)), has_more


OF_ARRAYS: tuple[Reader, ...] = (read_chatgpt, read_claude, read_open_webui)
"""Whose exports are arrays of conversations."""
OF_OBJECTS: tuple[Reader, ...] = (read_lm_studio, *OF_ARRAYS)
