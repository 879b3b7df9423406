"""All requests without their terminal event: given to a worker, or held until the next model is loaded.

Called with the client's lock held; what is returned may be told to its listeners without it.
"""

from __future__ import annotations

from collections.abc import Iterable

from lmstudio_lite.domain.generation import Finished, FinishReason
from lmstudio_lite.domain.models import LoadedModel
from lmstudio_lite.engine import protocol
from lmstudio_lite.engine.client.open_request import OpenRequest


class OpenRequests:
    """Its length counts what a worker has; what is held is not counted."""

    def __init__(self) -> None:
        self._given: dict[str, OpenRequest] = {}
        self._held: dict[str, OpenRequest] = {}

    def __len__(self) -> int:
        return len(self._given)

    def give(self, entries: Iterable[OpenRequest]) -> protocol.SubmitGroup:
        """Note that a worker gets ``entries``; returns what is to be sent to it."""
        entries = tuple(entries)
        self._given |= {entry.request_id: entry for entry in entries}
        return protocol.SubmitGroup(tuple(entry.request for entry in entries))

    def hold(self, entries: Iterable[OpenRequest]) -> None:
        """Keep ``entries`` until the next model is loaded."""
        self._held |= {entry.request_id: entry for entry in entries}

    def given(self, request_id: str) -> OpenRequest | None:
        """Return what a worker has, None if it has ended."""
        return self._given.get(request_id)

    def end(self, request_id: str) -> None:
        """Forget what has had its terminal event."""
        del self._given[request_id]

    def cancel_all(self) -> list[protocol.Cancel]:
        """Mark what a worker has as cancelled; returns what is to be sent to it."""
        for entry in self._given.values():
            entry.is_cancelled = True
        return [protocol.Cancel(request_id) for request_id in self._given]

    def take_held(self, request_id: str) -> OpenRequest | None:
        return self._held.pop(request_id, None)

    def take_all_held(self) -> list[OpenRequest]:
        held, self._held = self._held, {}
        return list(held.values())

    def take_all(self, *, with_held: bool) -> list[OpenRequest]:
        given, self._given = self._given, {}
        return [*given.values(), *(self.take_all_held() if with_held else ())]

    def take_ended(self) -> list[tuple[OpenRequest, Finished]]:
        """Take out what needs no other worker after one has died: cancelled, or with all its text."""
        ended = [entry for entry in self._given.values() if entry.is_cancelled or entry.is_complete]
        for entry in ended:
            self.end(entry.request_id)
        cancelled, complete = FinishReason.CANCELLED, FinishReason.LENGTH
        return [(entry, entry.ended(cancelled if entry.is_cancelled else complete)) for entry in ended]

    def resumed(self, model: LoadedModel | None) -> protocol.SubmitGroup | None:
        """Return how another worker goes on with all, None for none; ``model`` is what it ran on."""
        if not self._given:
            return None
        return protocol.SubmitGroup(tuple(entry.resumed(model) for entry in self._given.values()))
