"""What it costs to read whole documents for a question, told before it is begun."""

from __future__ import annotations

from dataclasses import dataclass

from lmstudio_lite.app.models.model_facts import FactsOfFiles
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.fit import Speed
from lmstudio_lite.errors import AppError

_WORDS_AROUND = 90
"""Tokens of the question and of what is asked, around each part."""
_TOKENS_OF_NOTE = 45
_TOGETHER = 3.0
"""How much faster tokens come where eight parts are written at once: 2.6 to 4 times on two cores."""


@dataclass(frozen=True, slots=True)
class ReadingCost:
    """``seconds`` None: nothing is known of the model's speed here."""

    num_parts: int
    seconds: float | None


def reading_cost(services: Services, user_message_id: str, cancellation: Cancellation) -> ReadingCost:
    """Return what ``ChatTask.reply`` with ``reads_all`` would take; waits for the model.

    Raises:
        AppError: there is no model, or the documents can't be read.
    """
    parts = services.chat.parts_of(user_message_id, cancellation)
    speed = _speed(services)
    if speed is None:
        return ReadingCost(len(parts), None)
    num_read = sum(part.chunk.num_tokens + _WORDS_AROUND for part in parts)
    num_written = _TOKENS_OF_NOTE * len(parts)
    reading_s = num_read / speed.prompt_tokens_per_s
    return ReadingCost(len(parts), reading_s + num_written / (speed.decode_tokens_per_s * _TOGETHER))


def _speed(services: Services) -> Speed | None:
    path = services.engine.state.path
    if path is None:
        return None
    try:
        return services.forecasts.speed(path, FactsOfFiles().of(path))
    except AppError:
        return None  # The file is gone from under the model: its price is unknown, no reason to refuse.
