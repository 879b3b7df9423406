"""A summary that stands for the older turns of a conversation in the prompt: nothing of them is deleted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from lmstudio_lite.domain.conversations import StoredMessage


@dataclass(frozen=True, slots=True)
class TurnsSummary:
    """Stands for everything from the first message to ``last_message_id``: ``num_turns`` questions and their
    answers. ``model`` wrote it, and the user too where it ``is_edited``; while it ``is_off`` it counts for
    nothing.
    """

    id: str
    conversation_id: str
    last_message_id: str
    num_turns: int
    text: str
    model: str
    created_at: datetime
    is_edited: bool = False
    is_off: bool = False


def summary_for(
    summaries: Iterable[TurnsSummary], path: Sequence[StoredMessage]
) -> tuple[TurnsSummary | None, int]:
    """Return the summary that counts for a branch, and how many of its messages that stands for.

    It is the one that reaches farthest along ``path``; of several that reach as far the newest.
    """
    places = {message.id: place for place, message in enumerate(path)}
    best: TurnsSummary | None = None
    for summary in summaries:
        if summary.is_off or not summary.text.strip() or summary.last_message_id not in places:
            continue
        if best is None or places[summary.last_message_id] >= places[best.last_message_id]:
            best = summary
    return (best, places[best.last_message_id] + 1) if best is not None else (None, 0)
