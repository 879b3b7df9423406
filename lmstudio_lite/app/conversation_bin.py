"""Deleting conversations for good, with what the engine remembers of them."""

from __future__ import annotations

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.conversations import BIN_DAYS


def delete_for_good(services: Services, conversation_id: str) -> None:
    """Remove one conversation of the bin.

    Raises:
        StorageError: it can't be removed.
    """
    services.conversation_order.date_back(conversation_id)
    services.purge_conversations(BIN_DAYS)


def empty_bin(services: Services) -> int:
    """Remove every conversation of the bin; return how many.

    Raises:
        StorageError: they can't be removed.
    """
    return services.purge_conversations(0)
