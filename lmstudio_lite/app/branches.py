"""A conversation as the tree that it is: the map of its messages, and a branch of it by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.conversations import Conversation, StoredMessage


@dataclass(frozen=True, slots=True)
class MapRow:
    """A message of the map. ``depth`` counts the forks above it; ``is_shown``: it is on the screen."""

    message: StoredMessage
    depth: int
    is_shown: bool


def map_of(messages: Sequence[StoredMessage], shown_ids: frozenset[str]) -> list[MapRow]:
    """Return all messages of a conversation in the order of a map, each behind what it follows.

    What follows without a fork stays at its depth; the versions below a fork lie one deeper, oldest first.
    ``messages`` come parents before their children, as ``Conversations.messages`` gives them.
    """
    ids = {message.id for message in messages}
    below: dict[str | None, list[StoredMessage]] = {}
    for message in messages:
        parent = message.parent_id if message.parent_id in ids else None
        below.setdefault(parent, []).append(message)
    rows: list[MapRow] = []
    roots = below.get(None, [])
    waiting = [(root, 1 if len(roots) > 1 else 0) for root in reversed(roots)]
    while waiting:
        message, depth = waiting.pop()
        rows.append(MapRow(message, depth, message.id in shown_ids))
        children = below.get(message.id, [])
        deeper = depth + 1 if len(children) > 1 else depth
        waiting += [(child, deeper) for child in reversed(children)]
    return rows


def read_map(services: Services, conversation_id: str) -> list[MapRow]:
    """Return the map of a conversation that is kept.

    Raises:
        StorageError: it can't be read.
    """
    shown = frozenset(message.id for message in services.chat.thread(conversation_id))
    return map_of(services.conversations.messages(conversation_id), shown)


def fork(services: Services, message: StoredMessage, title: str) -> Conversation:
    """Make a conversation of the way to a message; that one stays as it is.

    Raises:
        StorageError: it can't be read or written.
    """
    return services.conversation_order.duplicate(message.conversation_id, title, up_to=message.id)
