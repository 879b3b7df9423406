"""The model that writes, asked whether a passage says a sentence.

Its answer is not what it writes but how probable "yes" is against "no" as the first token: one token a
sentence, all of them in one batch behind a shared beginning. Small models say yes to nearly everything, each
to another degree, so every model is asked once about sentences of which the answer is known
(``calibration``), in the language in question: where it can't tell the true from the false ones there, it is
not believed at all.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import (
    AdapterUse,
    ChatPrompt,
    Finished,
    GenerationRequest,
    Priority,
    Sampling,
    TextDelta,
    TokenChoice,
)
from lmstudio_lite.tasks.generate.attempts import Requests
from lmstudio_lite.tasks.prompts import EvidencePrompts, evidence_prompts

_NUM_ALTERNATIVES = 24
MOST_CHARACTERS = 1_200
"""Of a passage; with more around it small models lose the place."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence, and the passage that is to say it."""

    passage: str
    sentence: str


class Asker(Protocol):
    """Asks a model about pairs in one language; waits."""

    def __call__(self, pairs: Sequence[Pair], language: str) -> list[float | None]:
        """Return for each pair the log of yes against no, None where the answer is neither."""


class ModelAsker:
    """Asks the model that is loaded."""

    def __init__(
        self, engine: EngineClient, cancellation: Cancellation, adapters: tuple[AdapterUse, ...] = ()
    ) -> None:
        self._engine = engine
        self._cancellation = cancellation
        self._adapters = adapters

    def __call__(self, pairs: Sequence[Pair], language: str) -> list[float | None]:
        """See ``Asker``.

        Raises:
            CancelledError: cancelled.
            AppError: the model can't answer.
        """
        prompts = evidence_prompts(language)
        requests = [self._request(pair, prompts) for pair in pairs]
        places = {request.request_id: place for place, request in enumerate(requests)}
        answers: list[float | None] = [None] * len(pairs)
        if not requests:
            return answers
        with Requests(self._engine, self._cancellation) as running:
            running.submit(requests)
            for event in running.events():
                if isinstance(event, TextDelta) and event.choices:
                    answers[places[event.request_id]] = log_odds(event.choices[0], prompts)
                elif isinstance(event, Finished):
                    continue
        return answers

    def _request(self, pair: Pair, prompts: EvidencePrompts) -> GenerationRequest:
        prompt = ChatPrompt(
            prompts.messages(pair.passage[:MOST_CHARACTERS], pair.sentence),
            template_options={"enable_thinking": False},
        )
        return GenerationRequest(
            request_id=uuid.uuid4().hex,
            prompt=prompt,
            max_tokens=1,
            sampling=Sampling(temperature=0.0),
            priority=Priority.BULK,
            adapters=self._adapters,
            num_alternatives=_NUM_ALTERNATIVES,
        )


def log_odds(choice: TokenChoice, prompts: EvidencePrompts) -> float | None:
    """Return the log of the probability of yes against that of no; None where neither is likely."""
    known = dict(choice.alternatives) | {choice.text: choice.logprob}
    floor = min(known.values())
    yes = _log_sum([value for text, value in known.items() if _begins(text, prompts.yes)])
    no = _log_sum([value for text, value in known.items() if _begins(text, prompts.no)])
    if yes is None and no is None:
        return None
    return (floor if yes is None else yes) - (floor if no is None else no)


def _log_sum(values: Sequence[float]) -> float | None:
    if not values:
        return None
    highest = max(values)
    return highest + math.log(sum(math.exp(value - highest) for value in values))


def _begins(text: str, words: Sequence[str]) -> bool:
    """Tell whether a token is one of the words, or enough of its beginning."""
    token = text.strip().casefold()
    return bool(token) and any(
        word == token or (len(token) > 1 and word.startswith(token)) or (not word.isascii() and token == word)
        for word in words
    )
