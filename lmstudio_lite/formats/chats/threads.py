"""A conversation put together of messages that an export has in any order, with some that do not come in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from lmstudio_lite.domain.chat_files import ImportedConversation, ImportedMessage
from lmstudio_lite.domain.generation import Role

TITLE_CHARS, NAME_CHARS, TAGS_MAX, DEPTH_MAX = 300, 100, 50, 16
"""What a list can show of a title, a tag or a folder; a file may hold anything."""


@dataclass(slots=True)
class ThreadBuilder:
    """Takes messages, and the places of those that are left out, whose children then hang one higher.

    ``has_left_out`` says that a message had a picture or another file that did not come in.
    """

    title: str
    created_at: datetime | None = None
    updated_at: datetime | None = None
    leaf: str = ""
    tags: tuple[str, ...] = ()
    is_pinned: bool = False
    is_archived: bool = False
    folder: tuple[str, ...] = ()
    has_left_out: bool = False
    _messages: dict[str, ImportedMessage] = field(default_factory=dict)
    _skipped: dict[str, str | None] = field(default_factory=dict)

    def add(self, message: ImportedMessage) -> None:
        """Take a message; one without words and files only holds its place."""
        if not message.key or message.key in self._messages:
            return
        if message.text.strip() or message.attachments or message.reasoning:
            self._messages[message.key] = message
        else:
            self.skip(message.key, message.parent)

    def skip(self, key: str, parent: str | None) -> None:
        """Leave a message out."""
        self._skipped[key] = parent

    def build(self) -> ImportedConversation | None:
        """Return the conversation, None if nothing of it came in."""
        placed: list[ImportedMessage] = []
        done: set[str] = set()
        for message in self._messages.values():
            self._place(message, placed, done)
        if not placed:
            return None
        title = _in_one_line(self.title, TITLE_CHARS) or _first_words(placed)
        return ImportedConversation(
            title=title,
            messages=tuple(placed),
            created_at=self.created_at or placed[0].created_at,
            updated_at=self.updated_at or placed[-1].created_at,
            leaf=self._kept(self.leaf) or "",
            tags=tuple(filter(None, (_in_one_line(tag, NAME_CHARS) for tag in self.tags[:TAGS_MAX]))),
            is_pinned=self.is_pinned,
            is_archived=self.is_archived,
            folder=tuple(filter(None, (_in_one_line(name, NAME_CHARS) for name in self.folder[:DEPTH_MAX]))),
        )

    def _place(self, message: ImportedMessage, placed: list[ImportedMessage], done: set[str]) -> None:
        """Put a message behind its parents; one that is its own ancestor begins a thread."""
        waiting: list[ImportedMessage] = []
        seen: set[str] = set()
        here: ImportedMessage | None = message
        while here is not None and here.key not in done and here.key not in seen:
            seen.add(here.key)
            parent = self._kept(here.parent)
            waiting.append(replace(here, parent=parent))
            here = self._messages.get(parent) if parent else None
        if here is not None and here.key in seen:
            waiting[-1] = replace(waiting[-1], parent=None)
        for each in reversed(waiting):
            done.add(each.key)
            placed.append(each)

    def _kept(self, key: str | None) -> str | None:
        """Return the nearest message at ``key`` or above that came in, None if there is none."""
        seen: set[str] = set()
        while key is not None and key not in self._messages:
            if key in seen:
                return None
            seen.add(key)
            key = self._skipped.get(key)
        return key


def _first_words(messages: list[ImportedMessage]) -> str:
    said = next((each.text for each in messages if each.role is Role.USER), messages[0].text)
    return _in_one_line(said, 60)


def _in_one_line(text: str, most: int) -> str:
    """Return the words of a text that may be of any length."""
    return " ".join(text[: 4 * most].split())[:most].strip()
