"""Many small requests, a window of them at a time: the engine is never idle, and none waits for all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import Finished, GenerationRequest, TextDelta
from lmstudio_lite.tasks.generate.attempts import Requests

WINDOW = 96
"""Requests that are open at once: several times as many as a batch has, so that the next is always full."""

Item = TypeVar("Item")


@dataclass(slots=True)
class Answer(Generic[Item]):
    """What came of an item's request: the text that was generated, or the continuations' probabilities."""

    item: Item
    text: str = ""
    logprobs: tuple[float, ...] = ()
    is_whole: bool = True


@dataclass(slots=True)
class _Open(Generic[Item]):
    item: Item
    pieces: list[str] = field(default_factory=list)


def ask_all(
    items: Iterable[Item],
    request_of: Callable[[Item], GenerationRequest],
    engine: EngineClient,
    cancellation: Cancellation,
    *,
    window: int = WINDOW,
) -> Iterator[Answer[Item]]:
    """Yield the items' answers as they come, in the order in which the engine ends them.

    Raises:
        CancelledError: cancelled; what is open is stopped.
        AppError: a request failed, and so all end.
    """
    source = iter(items)
    opened: dict[str, _Open[Item]] = {}

    def refill(running: Requests) -> None:
        requests = []
        while len(opened) < window and (item := next(source, None)) is not None:
            request = request_of(item)
            opened[request.request_id] = _Open(item)
            requests.append(request)
        if requests:
            running.submit(requests)

    with Requests(engine, cancellation) as running:
        refill(running)
        for event in running.events():
            if isinstance(event, TextDelta) and not event.is_reasoning:
                opened[event.request_id].pieces.append(event.text)
            elif isinstance(event, Finished):
                ended = opened.pop(event.request_id)
                if len(opened) <= window // 2:
                    refill(running)
                is_whole = event.reason == "stop"
                yield Answer(ended.item, "".join(ended.pieces), event.logprobs, is_whole)
