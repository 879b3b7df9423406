"""Labels that the user gave rows by hand, kept by the set of labels and the text.

They are true labels wherever the text comes again with these labels: shown, counted and learned from.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace

from lmstudio_lite.app.batch.record import AnswerRecord
from lmstudio_lite.domain.batch import BatchRow
from lmstudio_lite.storage.batch_answers import BatchAnswers
from lmstudio_lite.tasks.batch.asking import LabelQuestion


class Corrections:
    """Of one set of labels. Reads and writes the database: not for the GUI thread."""

    def __init__(self, answers: BatchAnswers, labels: tuple[str, ...]) -> None:
        self._record = AnswerRecord(answers)
        self._labels = labels
        self._listed = LabelQuestion(labels).listed

    def put_into(self, rows: Sequence[BatchRow]) -> tuple[BatchRow, ...]:
        """Return the rows with the labels that the user gave them as their true ones."""
        keys = [self._key(row.text) for row in rows]
        found = self._record.find(keys)
        return tuple(
            replace(row, truth=str(found[key]["label"])) if found.get(key, {}).get("label") else row
            for key, row in zip(keys, rows, strict=True)
        )

    def keep(self, text: str, label: str) -> None:
        """Keep the label that the user gave a text; "" takes it away."""
        self._record.keep(self._key(text), {"label": label})
        self._record.flush()

    def _key(self, text: str) -> str:
        words = json.dumps(["correction", *self._listed, text])
        return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()
