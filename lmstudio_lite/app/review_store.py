"""What a review changes, on disk at once, or kept in memory until the disk takes it.

Rows and steps that wait are one piece of ``UnsavedWork``; whoever reads the rows gets them from there. A
later change joins those that wait, so that all go to the disk in one transaction.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.file_translations import SegmentRow
from lmstudio_lite.storage.translated_segments import Step
from lmstudio_lite.unsaved import Place, UnsavedPiece


@dataclass(frozen=True, slots=True)
class _Unwritten:
    rows: dict[int, SegmentRow] = field(default_factory=dict)
    steps: dict[int, Step] = field(default_factory=dict)
    last_step: int = 0


class ReviewStore:
    """The rows and steps of one result. Thread-safe."""

    def __init__(self, services: Services, result_id: str, title: str) -> None:
        self._unsaved = services.unsaved
        self._segments = services.translated_segments
        self._record = services.run_record(result_id)
        self._result_id = result_id
        self._title = title
        self._lock = threading.Lock()

    def rows(self) -> list[SegmentRow]:
        """Return the segments as they are reviewed now, in reading order.

        Raises:
            StorageError: they can't be read.
        """
        waiting = self._waiting().rows
        return [waiting.get(row.number, row) for row in self._record.rows()]

    def steps(self, rows: list[SegmentRow]) -> list[Step]:
        """Return what was done to ``rows``, oldest first. Raises ``StorageError``."""
        waiting = self._waiting()
        steps = {step.number: step for step in self._segments.steps(self._result_id, rows)} | waiting.steps
        last = waiting.last_step or max(steps, default=0)
        return [steps[number] for number in sorted(steps) if number <= last]

    def save(self, rows: Iterable[SegmentRow], steps: Iterable[Step], last_step: int) -> None:
        """Keep changed ``rows`` and ``steps``; steps after ``last_step`` are forgotten."""
        with self._lock:
            before = self._waiting()
            kept = {number: step for number, step in before.steps.items() if number <= last_step}
            changed = _Unwritten(
                before.rows | {row.number: row for row in rows},
                kept | {step.number: step for step in steps},
                last_step,
            )
            text = "\n".join(row.segment.text for _, row in sorted(changed.rows.items()))
            self._unsaved.save(
                UnsavedPiece(
                    self._key, Place.TRANSLATE, self._title, text, lambda: self._write(changed), changed
                )
            )

    @property
    def _key(self) -> str:
        return f"review:{self._result_id}"

    def _waiting(self) -> _Unwritten:
        piece = self._unsaved.find(self._key)
        return piece.value if piece is not None and isinstance(piece.value, _Unwritten) else _Unwritten()

    def _write(self, changed: _Unwritten) -> None:
        self._segments.write(
            self._result_id, changed.rows.values(), changed.steps.values(), changed.last_step
        )
