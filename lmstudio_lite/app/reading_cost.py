"""What it costs to read whole documents for a question, told before it is begun.

Three things take time: the parts are read, what each holds is noted down, many at once, and then the question
is answered again with those notes. The passages that stood before the model stay evaluated (measured: of 656
tokens of the second prompt 655 were).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from lmstudio_lite.app.models.model_facts import FactsOfFiles
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.fit import Speed
from lmstudio_lite.errors import AppError

_WORDS_AROUND = 90
"""Tokens of the question and of what is asked, around each part."""
_TOKENS_OF_NOTE = 45
"""Measured: 59 (135M, 11 parts, most of them noted down), 11 (0.5B, 9 parts that mostly held nothing)."""
_TOKENS_OF_NOTES_MAX = 1600
_TOGETHER = (1.0, 1.8, 2.6, 3.0, 3.9)
"""How much faster tokens come where 1, 2, 4, 8 and 16 parts are written at once, on two cores: 27, 69, 82 and
106 tokens/s for 1, 4, 8 and 16 were measured with a 0.5B model."""


@dataclass(frozen=True, slots=True)
class ReadingCost:
    """``seconds`` None: nothing is known of the model's speed here."""

    num_parts: int
    seconds: float | None


def reading_cost(
    services: Services, user_message_id: str, cancellation: Cancellation, *, num_answer_tokens: int
) -> ReadingCost:
    """Return what ``ChatTask.reply`` with ``reads_all`` would take; waits for the model.

    ``num_answer_tokens`` is about how long the answer will be: as long as the one that is there.

    Raises:
        AppError: there is no model, or the documents can't be read.
    """
    parts = services.chat.parts_of(user_message_id, cancellation)
    speed = _speed(services)
    if speed is None:
        return ReadingCost(len(parts), None)
    num_noted = _TOKENS_OF_NOTE * len(parts)
    num_read = sum(part.chunk.num_tokens + _WORDS_AROUND for part in parts)
    num_read += min(num_noted, _TOKENS_OF_NOTES_MAX) + _WORDS_AROUND
    num_written = num_noted / _together(len(parts)) + num_answer_tokens
    return ReadingCost(
        len(parts), num_read / speed.prompt_tokens_per_s + num_written / speed.decode_tokens_per_s
    )


def _together(num_parts: int) -> float:
    """Return how much faster so many parts are written at once than one."""
    place = min(math.log2(max(1, num_parts)), len(_TOGETHER) - 1)
    below = min(int(place), len(_TOGETHER) - 2)
    return _TOGETHER[below] + (place - below) * (_TOGETHER[below + 1] - _TOGETHER[below])


def _speed(services: Services) -> Speed | None:
    path = services.engine.state.path
    if path is None:
        return None
    try:
        return services.forecasts.speed(path, FactsOfFiles().of(path))
    except AppError:
        return None  # The file is gone from under the model: its price is unknown, no reason to refuse.
