"""Labels by likelihood: how probably the model goes on with each label after a text, nothing generated.

What comes of a text depends on the model, the labels and the text only, so it is kept; what probabilities are
made of it is told in ``labelling`` and may change without asking the model again.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import AdapterUse, GenerationRequest, Priority
from lmstudio_lite.errors import NoModelError
from lmstudio_lite.tasks.batch.asking import LabelQuestion
from lmstudio_lite.tasks.batch.fitting import cut_to_fit
from lmstudio_lite.tasks.batch.flow import ask_all

Key = TypeVar("Key")
_WINDOW = 128
"""Requests that are open at once: a step takes 32 texts that are only read."""


_BLOCK = 1_024
"""Texts that begin alike are asked together, as far as that goes within so many."""


@dataclass(frozen=True, slots=True)
class Scored(Generic[Key]):
    """``logprobs`` are the labels' natural-log probabilities among themselves, in their order."""

    key: Key
    logprobs: tuple[float, ...]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class LabelScorer:
    """Asks the model in use, whose requests are bulk work."""

    engine: EngineClient
    question: LabelQuestion
    cancellation: Cancellation
    adapters: tuple[AdapterUse, ...] = ()

    def score(self, texts: Iterable[tuple[Key, str]]) -> Iterator[Scored[Key]]:
        """Yield each text's log-probabilities as they come.

        Raises:
            CancelledError: cancelled.
            AppError: the model can't answer.
        """
        model = self.engine.state.model
        if model is None:
            raise NoModelError
        context_size = model.context_size

        def fitting() -> Iterator[tuple[Key, str, bool]]:
            for key, text in _alike_together(texts):
                kept, is_cut = cut_to_fit(text, context_size, self.engine.count_tokens)
                yield key, kept, is_cut

        asked = ask_all(fitting(), self._request, self.engine, self.cancellation, window=_WINDOW)
        for answer in asked:
            key, _, is_cut = answer.item
            yield Scored(key, answer.logprobs, is_cut)

    def _request(self, item: tuple[object, str, bool]) -> GenerationRequest:
        return GenerationRequest(
            request_id=uuid.uuid4().hex,
            prompt=self.question.prompt(item[1]),
            priority=Priority.BULK,
            adapters=self.adapters,
            continuations=self.question.continuations,
        )


def _alike_together(texts: Iterable[tuple[Key, str]]) -> Iterator[tuple[Key, str]]:
    """Yield the texts in an order in which the engine has to read less: what neighbours begin with, once."""
    source = iter(texts)
    while block := list(islice(source, _BLOCK)):
        yield from sorted(block, key=lambda item: item[1].split())
