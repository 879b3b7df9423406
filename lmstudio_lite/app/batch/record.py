"""The answers of a batch on disk as they come: a killed run has lost those of a quarter second at most."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable

from lmstudio_lite.errors import StorageError
from lmstudio_lite.storage.batch_answers import BatchAnswers

log = logging.getLogger(__name__)

_KEEP_EVERY_S = 0.25


class AnswerRecord:
    """Writes answers in small transactions; ``flush`` at the end is the caller's."""

    def __init__(self, answers: BatchAnswers) -> None:
        self._answers = answers
        self._waiting: dict[str, str] = {}
        self._kept_at = time.monotonic()

    def find(self, keys: Iterable[str]) -> dict[str, dict[str, object]]:
        """Return the answers that are known; what can't be read is none."""
        self.flush()
        try:
            found = self._answers.find(keys)
        except StorageError as error:
            log.warning("what was answered before can't be read: %s", error.code)
            return {}
        parsed = {key: _parsed(answer) for key, answer in found.items()}
        return {key: value for key, value in parsed.items() if value is not None}

    def keep(self, key: str, answer: dict[str, object]) -> None:
        """Keep an answer soon."""
        self._waiting[key] = json.dumps(answer, ensure_ascii=False)
        if time.monotonic() - self._kept_at >= _KEEP_EVERY_S:
            self.flush()

    def flush(self) -> None:
        """Keep what waits now."""
        waiting, self._waiting = self._waiting, {}
        self._kept_at = time.monotonic()
        self._answers.keep(waiting)


def _parsed(answer: str) -> dict[str, object] | None:
    try:
        value = json.loads(answer)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
