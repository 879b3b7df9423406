"""Chats that are never written: kept in a database in memory, forgotten at their end, or kept after all.

Nothing of such a chat reaches the disk: no message, draft, snapshot or log line. Who works with conversations
asks ``Services.at`` for what holds the one at hand.
"""

from __future__ import annotations

from lmstudio_lite.app.session import Services
from lmstudio_lite.storage.transfer import bring


def begin(services: Services) -> str:
    """Begin a chat that is never written; return its id."""
    twin = services.in_memory()
    conversation_id = twin.conversations.create().id
    services.temporary[conversation_id] = twin
    return conversation_id


def keep(services: Services, conversation_id: str) -> None:
    """Turn such a chat into one like any other, under the same id.

    Raises:
        StorageError: it can't be written; it stays in memory.
    """
    twin = services.temporary[conversation_id]
    bring(twin.chat_database, services.database, conversation_id)
    forget(services, conversation_id)


def forget(services: Services, conversation_id: str) -> None:
    """Let go of such a chat; what it held is gone. Nothing happens where there is none."""
    twin = services.temporary.pop(conversation_id, None)
    if twin is not None:
        twin.chat_database.close()
