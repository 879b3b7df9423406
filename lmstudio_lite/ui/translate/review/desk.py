"""The review of one file for the window: each change is a job, in order, and told when it is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.file_translations import SegmentRow
from lmstudio_lite.domain.translations import TranslatedSegment, UnitsProgress
from lmstudio_lite.domain.units import BilingualLayout
from lmstudio_lite.errors import CancelledError
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.words.reviews import Statistics

_LANE = "review"
_TAKING_PAUSE_MS = 150
"""What a run reports is shown so often at most."""
Result = TypeVar("Result")
SegmentsListener = Callable[[str, UnitsProgress], None]
"""Hears the segments that are done, with the id of the result that they belong to."""


class Written(Protocol):
    """What ``app.file_outputs.WrittenFile`` is to this module."""

    @property
    def path(self) -> Path: ...
    @property
    def changes(self) -> tuple[str, ...]: ...
    @property
    def num_source(self) -> int: ...


class ReviewWork(Protocol):
    """What ``app.review.Review`` is to this module. Called on job threads; each may raise an ``AppError``.

    Changes return the rows that are others now.
    """

    @property
    def rows(self) -> tuple[SegmentRow, ...]: ...
    @property
    def can_undo(self) -> bool: ...
    @property
    def can_redo(self) -> bool: ...
    def take(self, segments: Mapping[int, TranslatedSegment], num_total: int) -> tuple[SegmentRow, ...]: ...
    def statistics(self) -> Statistics: ...
    def edit(self, number: int, text: str, *, with_repetitions: bool = True) -> tuple[SegmentRow, ...]: ...
    def accept(self, numbers: Sequence[int]) -> tuple[SegmentRow, ...]: ...
    def accept_unflagged(self) -> tuple[SegmentRow, ...]: ...
    def replace_all(self, find: str, by: str) -> tuple[SegmentRow, ...]: ...
    def retranslate(
        self, number: int, instruction: str, cancellation: Cancellation
    ) -> tuple[SegmentRow, ...]: ...
    def export(
        self,
        output: Path | None = None,
        layout: BilingualLayout | None = None,
        cancellation: Cancellation | None = None,
    ) -> Written: ...
    def undo(self) -> tuple[SegmentRow, ...]: ...
    def redo(self) -> tuple[SegmentRow, ...]: ...


@dataclass(eq=False, slots=True)
class _Opened:
    """The open file: how its review is read, and the newest one; changed by the jobs of one lane only."""

    make: Callable[[], ReviewWork]
    review: ReviewWork | None = None


class ReviewDesk(QObject):
    """Lives on the GUI thread. Of a file that was left for another nothing more is told."""

    opened = Signal(object)  # Sequence[SegmentRow], all
    refreshed = Signal(object)  # Sequence[SegmentRow], all: the run has ended
    rows_changed = Signal(object)  # Sequence[SegmentRow]
    counts_changed = Signal(object)  # Statistics
    steps_changed = Signal(bool, bool)  # whether something can be undone, done again
    exported = Signal(object)  # Written
    retranslating = Signal(int)  # number, -1 when it has ended
    replaced = Signal(int)  # how many
    failed = Signal(object)  # Exception

    _segments_came = Signal()

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._opened: _Opened | None = None
        self._number = 0
        self._lock = threading.Lock()  # of what the run reports on its own thread
        self._result_id = ""
        self._segments: dict[int, TranslatedSegment] = {}
        self._num_total = 0
        self._taking = QTimer(self)
        self._taking.setSingleShot(True)
        self._taking.setInterval(_TAKING_PAUSE_MS)
        self._taking.timeout.connect(self._on_taking_due)
        self._segments_came.connect(self._on_segments_came, Qt.ConnectionType.QueuedConnection)

    def hear(self, subscribe: Callable[[SegmentsListener], Callable[[], None]]) -> None:
        """Follow a run that reports segments; those of the file that is open are shown."""
        self.destroyed.connect(subscribe(self._hear))

    def open(self, result_id: str, make: Callable[[], ReviewWork]) -> None:
        """Open the review of a result that ``make`` makes on a job's thread."""
        self.close()
        with self._lock:
            self._result_id = result_id
        self._opened = _Opened(make)
        self._read(self.opened.emit)

    def refresh(self) -> None:
        """Read the open file again: its run has ended, and may have changed what it had reported."""
        self._read(self.refreshed.emit)

    def close(self) -> None:
        """Leave the file."""
        self._number += 1
        self._opened = None
        self._taking.stop()
        with self._lock:
            self._result_id = ""
            self._segments = {}

    def _read(self, show: Callable[[Sequence[SegmentRow]], None]) -> None:
        opened, number = self._opened, self._number
        if opened is None:
            return

        def work(_context: JobContext) -> tuple[ReviewWork, Sequence[SegmentRow], Statistics]:
            review = opened.review = opened.make()
            return review, review.rows, review.statistics()

        def done(read: tuple[ReviewWork, Sequence[SegmentRow], Statistics]) -> None:
            if number != self._number:
                return
            show(read[1])
            self.counts_changed.emit(read[2])
            self.steps_changed.emit(read[0].can_undo, read[0].can_redo)
            self._on_taking_due()

        self._bridge.run(work, on_done=done, on_failed=lambda error: self._fail(number, error), lane=_LANE)

    def _hear(self, result_id: str, progress: UnitsProgress) -> None:
        """Take what a run reports, on its thread."""
        with self._lock:
            if not result_id or result_id != self._result_id or not progress.segments:
                return
            self._segments.update(progress.segments)
            self._num_total = progress.num_total
        self._segments_came.emit()

    @Slot()
    def _on_segments_came(self) -> None:
        if not self._taking.isActive():
            self._taking.start()

    @Slot()
    def _on_taking_due(self) -> None:
        if self._opened is None or self._opened.review is None:
            return  # what waits is taken when the file is open
        with self._lock:
            segments, self._segments = self._segments, {}
            num_total = self._num_total
        if segments:
            self._change(lambda work, _context: work.take(segments, num_total))

    def edit(self, number: int, text: str, *, with_repetitions: bool = True) -> None:
        """Put ``text`` in place of a segment's translation, and of those that repeat it."""
        self._change(lambda work, _context: work.edit(number, text, with_repetitions=with_repetitions))

    def accept(self, numbers: Sequence[int]) -> None:
        """Accept segments as they are."""
        self._change(lambda work, _context: work.accept(numbers))

    def accept_without_flags(self) -> None:
        """Accept every segment that is done and has no flag."""
        self._change(lambda work, _context: work.accept_unflagged())

    def replace_all(self, find: str, by: str) -> None:
        """Replace words in all translations."""
        self._change(lambda work, _context: work.replace_all(find, by), self.replaced.emit)

    def undo(self) -> None:
        """Take the last step back."""
        self._change(lambda work, _context: work.undo())

    def redo(self) -> None:
        """Do again what was taken back."""
        self._change(lambda work, _context: work.redo())

    def retranslate(self, number: int, instruction: str) -> None:
        """Ask the model for a segment once more; ``instruction`` "" for none."""
        self.retranslating.emit(number)
        self._change(
            lambda work, context: work.retranslate(number, instruction, context.cancellation),
            lambda _count: self.retranslating.emit(-1),
        )

    def export(self, layout: BilingualLayout | None = None, output: Path | None = None) -> None:
        """Write the file as it is now; None are what was ordered."""
        self._run(
            lambda review, context: review.export(output, layout, context.cancellation), self.exported.emit
        )

    def read_again(self) -> None:
        """Tell every row as it is kept: a change that was shown could not be kept."""
        self._run(lambda review, _context: review.rows, self.rows_changed.emit)

    def _change(
        self,
        change: Callable[[ReviewWork, JobContext], Sequence[SegmentRow]],
        on_done: Callable[[int], object] | None = None,
    ) -> None:
        def work(
            review: ReviewWork, context: JobContext
        ) -> tuple[Sequence[SegmentRow], Statistics, bool, bool]:
            changed = change(review, context)
            return changed, review.statistics(), review.can_undo, review.can_redo

        def tell(kept: tuple[Sequence[SegmentRow], Statistics, bool, bool]) -> None:
            self.rows_changed.emit(kept[0])
            self.counts_changed.emit(kept[1])
            self.steps_changed.emit(kept[2], kept[3])
            if on_done is not None:
                on_done(len(kept[0]))

        self._run(work, tell)

    def _run(
        self, work: Callable[[ReviewWork, JobContext], Result], on_done: Callable[[Result], None]
    ) -> None:
        """Do ``work`` with the review that is open when its turn comes: it may be read again before."""
        opened, number = self._opened, self._number
        if opened is None:
            return

        def do(context: JobContext) -> Result:
            if opened.review is None:
                raise CancelledError
            return work(opened.review, context)

        def tell(result: Result) -> None:
            if number == self._number:
                on_done(result)

        self._bridge.run(do, on_done=tell, on_failed=lambda error: self._fail(number, error), lane=_LANE)

    def _fail(self, number: int, error: Exception) -> None:
        if number == self._number:
            self.retranslating.emit(-1)
            self.failed.emit(error)
