"""Exports that are a conversation in lines of JSON: SillyTavern's chats and Jan's threads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from lmstudio_lite.domain.chat_files import ImportedMessage
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.formats.chats.threads import ThreadBuilder
from lmstudio_lite.formats.chats.values import list_of, table_of, text_of, time_of


def decoded_lines(lines: Iterable[str]) -> Iterator[dict[str, Any] | None]:
    """Yield the object of each line that is not empty, None for one that is none."""
    for line in lines:
        if line.strip("\ufeff \t\r\n"):
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                yield None
            else:
                yield value if isinstance(value, dict) else None


def is_silly_tavern(first: dict[str, Any]) -> bool:
    """Tell whether a file that begins so is a chat of SillyTavern."""
    return "chat_metadata" in first or ("user_name" in first and "character_name" in first)


def read_silly_tavern(rows: Iterable[dict[str, Any]]) -> ThreadBuilder:
    """Read a chat: its head, then messages, an answer with all its swipes."""
    thread = ThreadBuilder("")
    before: str | None = None
    for number, row in enumerate(rows):
        if number == 0 and is_silly_tavern(row):
            thread.title = text_of(row.get("character_name"))
            thread.created_at = time_of(row.get("create_date"))
            continue
        if row.get("is_system") is True:
            continue
        role = Role.USER if row.get("is_user") is True else Role.ASSISTANT
        swipes = [text_of(swipe) for swipe in list_of(row.get("swipes"))] or [text_of(row.get("mes"))]
        chosen = row.get("swipe_id")
        place = chosen if type(chosen) is int and 0 <= chosen < len(swipes) else 0
        swipes[place] = text_of(row.get("mes")) or swipes[place]
        extra = table_of(row.get("extra"))
        thread.has_left_out |= bool(extra.get("image") or extra.get("file"))
        for swipe, text in enumerate(swipes):
            thought = text_of(extra.get("reasoning")) if swipe == place else ""
            key = f"{number}.{swipe}"
            thread.add(ImportedMessage(key, before, role, text, time_of(row.get("send_date")), thought))
        before = thread.leaf = f"{number}.{place}"
    return thread


def is_jan(first: dict[str, Any]) -> bool:
    """Tell whether a file that begins so holds the messages of a thread of Jan."""
    return "thread_id" in first and isinstance(first.get("content"), list)


def read_jan(rows: Iterable[dict[str, Any]], about: dict[str, Any]) -> ThreadBuilder:
    """Read ``messages.jsonl``; ``about`` is the ``thread.json`` beside it, empty if there is none."""
    thread = ThreadBuilder(
        text_of(about.get("title")), time_of(about.get("created")), time_of(about.get("updated"))
    )
    before: str | None = None
    for number, row in enumerate(rows):
        key = text_of(row.get("id")) or f"message {number}"
        role = {"user": Role.USER, "assistant": Role.ASSISTANT}.get(text_of(row.get("role")))
        parts = [table_of(part) for part in list_of(row.get("content"))]
        texts = [
            text_of(table_of(part.get("text")).get("value")) or text_of(part.get("text")) for part in parts
        ]
        thread.has_left_out |= any("image_url" in part for part in parts)
        if role is None:
            thread.skip(key, before)
        else:
            text = "\n\n".join(filter(None, texts))
            thread.add(ImportedMessage(key, before, role, text, time_of(row.get("created_at"))))
        before = key
    return thread
