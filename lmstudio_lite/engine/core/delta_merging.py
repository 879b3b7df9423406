"""Joins the pieces of one reply that leave in the same frame: one message a request, not one a token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lmstudio_lite.domain.generation import Failed, Finished, PromptProgress, TextDelta
from lmstudio_lite.engine import protocol


def merge_deltas(messages: Sequence[protocol.Message]) -> list[protocol.Message]:
    """Return ``messages`` with each request's neighbouring ``TextDelta`` joined in the first one's place.

    Neighbours are deltas of one request, both or neither of them reasoning, without another event of that
    request between them. All else, and the order of each request's events, stays.
    """
    merged: list[protocol.Message] = []
    open_places: dict[str, int] = {}  # where the newest delta of a request stands, while more may join it
    for message in messages:
        if isinstance(message, TextDelta):
            place = open_places.get(message.request_id)
            last = merged[place] if place is not None else None
            if (
                place is not None
                and isinstance(last, TextDelta)
                and last.is_reasoning == message.is_reasoning
            ):
                merged[place] = replace(
                    last,
                    text=last.text + message.text,
                    num_tokens=last.num_tokens + message.num_tokens,
                    choices=last.choices + message.choices,
                )
                continue
            open_places[message.request_id] = len(merged)
        elif isinstance(message, PromptProgress | Finished | Failed):
            open_places.pop(message.request_id, None)
        merged.append(message)
    return merged
