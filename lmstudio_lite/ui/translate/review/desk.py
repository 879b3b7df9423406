"""The review of one file for the window: each change is a job, in order, and told when it is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.file_translations import SegmentRow
from lmstudio_lite.domain.translations import TranslatedSegment
from lmstudio_lite.domain.units import BilingualLayout
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.words.reviews import Statistics

_LANE = "review"


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
    def edit(self, number: int, text: str) -> tuple[SegmentRow, ...]: ...
    def accept(self, numbers: Sequence[int]) -> tuple[SegmentRow, ...]: ...
    def accept_unflagged(self) -> tuple[SegmentRow, ...]: ...
    def replace_all(self, find: str, by: str) -> tuple[SegmentRow, ...]: ...
    def retranslate(
        self, number: int, instruction: str, cancellation: Cancellation
    ) -> tuple[SegmentRow, ...]: ...
    def export(
        self, output: Path | None, layout: BilingualLayout | None, cancellation: Cancellation
    ) -> Written: ...
    def undo(self) -> tuple[SegmentRow, ...]: ...
    def redo(self) -> tuple[SegmentRow, ...]: ...


class ReviewDesk(QObject):
    """Lives on the GUI thread. Of a file that was left for another nothing more is told."""

    opened = Signal(object)  # Sequence[SegmentRow], all
    rows_changed = Signal(object)  # Sequence[SegmentRow]
    counts_changed = Signal(object)  # Statistics
    steps_changed = Signal(bool, bool)  # whether something can be undone, done again
    exported = Signal(object)  # Written
    retranslating = Signal(int)  # number, -1 when it has ended
    replaced = Signal(int)  # how many
    failed = Signal(object)  # Exception

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._work: ReviewWork | None = None
        self._number = 0

    def open(self, make: Callable[[], ReviewWork]) -> None:
        """Open a review that ``make`` makes on a job's thread."""
        self.close()
        number = self._number

        def work(_context: JobContext) -> tuple[ReviewWork, Sequence[SegmentRow], Statistics]:
            review = make()
            return review, review.rows, review.statistics()

        def show(read: tuple[ReviewWork, Sequence[SegmentRow], Statistics]) -> None:
            if number != self._number:
                return
            self._work = read[0]
            self.opened.emit(read[1])
            self.counts_changed.emit(read[2])
            self.steps_changed.emit(read[0].can_undo, read[0].can_redo)

        self._bridge.run(work, on_done=show, on_failed=lambda error: self._fail(number, error), lane=_LANE)

    def close(self) -> None:
        """Leave the file."""
        self._number += 1
        self._work = None

    def edit(self, number: int, text: str) -> None:
        """Put ``text`` in place of a segment's translation."""
        self._change(lambda work, _context: work.edit(number, text))

    def accept(self, numbers: Sequence[int]) -> None:
        """Accept segments as they are."""
        self._change(lambda work, _context: work.accept(numbers))

    def accept_without_flags(self) -> None:
        """Accept every segment that is done and has no flag."""
        self._change(lambda work, _context: work.accept_unflagged())

    def replace_all(self, find: str, by: str) -> None:
        """Replace words in all translations."""
        self._change(lambda work, _context: work.replace_all(find, by), self.replaced.emit)

    def take(self, segments: Mapping[int, TranslatedSegment], num_total: int) -> None:
        """Take what the run that goes on has just done."""
        self._change(lambda work, _context: work.take(segments, num_total))

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
        review, number = self._work, self._number
        if review is None:
            return
        self._bridge.run(
            lambda context: review.export(output, layout, context.cancellation),
            on_done=self.exported.emit,
            on_failed=lambda error: self._fail(number, error),
            lane=_LANE,
        )

    def read_again(self) -> None:
        """Tell every row as it is kept: a change that was shown could not be kept."""
        review, number = self._work, self._number
        if review is None:
            return

        def tell(rows: Sequence[SegmentRow]) -> None:
            if number == self._number:
                self.rows_changed.emit(rows)

        self._bridge.run(lambda _context: review.rows, on_done=tell, lane=_LANE)

    def _change(
        self,
        change: Callable[[ReviewWork, JobContext], Sequence[SegmentRow]],
        on_done: Callable[[int], object] | None = None,
    ) -> None:
        review, number = self._work, self._number
        if review is None:
            return

        def work(context: JobContext) -> tuple[Sequence[SegmentRow], Statistics, bool, bool]:
            changed = change(review, context)
            return changed, review.statistics(), review.can_undo, review.can_redo

        def tell(kept: tuple[Sequence[SegmentRow], Statistics, bool, bool]) -> None:
            if number != self._number:
                return
            self.rows_changed.emit(kept[0])
            self.counts_changed.emit(kept[1])
            self.steps_changed.emit(kept[2], kept[3])
            if on_done is not None:
                on_done(len(kept[0]))

        self._bridge.run(work, on_done=tell, on_failed=lambda error: self._fail(number, error), lane=_LANE)

    def _fail(self, number: int, error: Exception) -> None:
        if number == self._number:
            self.retranslating.emit(-1)
            self.failed.emit(error)
