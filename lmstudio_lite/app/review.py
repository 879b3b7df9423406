"""The review of a file's translation: its rows, what is done to them, and back again.

Every change is a step that can be undone and done again, also after a restart; it is on disk at once, or
waits in ``UnsavedWork`` until the disk takes it. A review may begin while the file is still being translated:
``take`` adds what is done. The translation memory has what is accepted now. Thread-safe; what reads the disk
or asks the model waits and is no work for the GUI thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from lmstudio_lite.app.file_outputs import WrittenFile, export
from lmstudio_lite.app.file_records import order_from
from lmstudio_lite.app.review_edits import Checking, Find, edited, found_in, replaced_in, with_repeats
from lmstudio_lite.app.review_statistics import ReviewStatistics, statistics_of
from lmstudio_lite.app.review_store import ReviewStore
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.translated_again import translated_again
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.file_translations import FileOrder, SegmentRow
from lmstudio_lite.domain.translation_memory import MemoryEntry
from lmstudio_lite.domain.translations import TranslatedSegment
from lmstudio_lite.domain.units import BilingualLayout
from lmstudio_lite.storage.translated_segments import Step
from lmstudio_lite.tasks.translate.sentences import unwrapped
from lmstudio_lite.unsaved import Place as UnsavedPlace
from lmstudio_lite.unsaved import UnsavedPiece

RowsListener = Callable[[tuple[SegmentRow, ...]], None]


class Review:
    """The review of one stored result. Methods that change rows return the rows that changed."""

    def __init__(self, services: Services, result_id: str) -> None:
        """Read the rows; waits.

        Raises:
            NotStoredError: there is no translation of a file of this id.
            StorageError: it can't be read.
        """
        result = services.results.get(result_id)
        self._services = services
        self._result_id = result_id
        self.order: FileOrder = order_from(result)
        self.source = result.translation.source
        self._num_total = result.translation.num_total
        glossaries = services.glossaries
        terms = glossaries.terms_in_use(self.source, self.order.options.target, self.order.project)
        self._checking = Checking(self.source, self.order.options.target, tuple(terms))
        self._store = ReviewStore(services, result_id, result.title)
        self._lock = threading.RLock()
        self._rows = {row.number: row for row in self._store.rows()}
        steps = self._store.steps(list(self._rows.values()))
        self._done = [step for step in steps if not step.is_undone]
        self._undone = [step for step in reversed(steps) if step.is_undone]
        self._listeners: list[RowsListener] = []

    @property
    def rows(self) -> tuple[SegmentRow, ...]:
        """The segments that are done, in reading order."""
        with self._lock:
            return tuple(self._rows[number] for number in sorted(self._rows))

    @property
    def can_undo(self) -> bool:
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        return bool(self._undone)

    def subscribe(self, listener: RowsListener) -> Callable[[], None]:
        """Call ``listener`` with rows that changed, on the thread that changed them; returns the way out."""
        with self._lock:
            self._listeners.append(listener)
        return lambda: self._forget(listener)

    def take(self, segments: Mapping[int, TranslatedSegment], num_total: int) -> tuple[SegmentRow, ...]:
        """Show segments that the run has just done; what was edited or accepted meanwhile stays."""
        with self._lock:
            self._num_total = max(num_total, len(self._rows))
            changed = [
                SegmentRow(number, segment)
                for number, segment in segments.items()
                if number not in self._rows or not self._is_touched(number)
            ]
            self._rows.update((row.number, row) for row in changed)
        return self._tell(changed)

    def edit(self, number: int, text: str, *, with_repetitions: bool = True) -> tuple[SegmentRow, ...]:
        """Put ``text`` in place of a translation, and of those that repeat it; blank: nothing changes."""
        with self._lock:
            row = self._rows[number]
            if not text.strip() or text == row.segment.text:
                return ()
            alike = with_repeats(self.rows, row) if with_repetitions else [row]
            return self._do([edited(each, text, self._checking) for each in alike])

    def accept(self, numbers: Sequence[int], *, is_accepted: bool = True) -> tuple[SegmentRow, ...]:
        """Note that somebody looked at these and found them good; the memory keeps them."""
        with self._lock:
            rows = [self._rows[number] for number in numbers if number in self._rows]
            changed = [
                replace(row, is_accepted=is_accepted) for row in rows if row.is_accepted is not is_accepted
            ]
            return self._do(changed)

    def accept_unflagged(self) -> tuple[SegmentRow, ...]:
        """Accept all that has no flag."""
        return self.accept([row.number for row in self.rows if not row.needs_look])

    def find(
        self, text: str, *, matches_case: bool = False, whole_words: bool = False, in_sources: bool = False
    ) -> list[int]:
        """Return the numbers of the rows that have ``text``, in reading order."""
        return found_in(self.rows, Find(text, matches_case, whole_words, in_sources))

    def replace_all(
        self, text: str, by: str, *, matches_case: bool = False, whole_words: bool = False
    ) -> tuple[SegmentRow, ...]:
        """Put ``by`` in place of ``text`` in all translations at once, as one step."""
        with self._lock:
            found = Find(text, matches_case, whole_words)
            return self._do(replaced_in(self.rows, found, by, self._checking))

    def retranslate(
        self, number: int, instruction: str = "", cancellation: Cancellation | None = None
    ) -> tuple[SegmentRow, ...]:
        """Have the model translate one segment again, otherwise than it is, as ``instruction`` says; waits.

        Nothing changes where it finds no other translation.

        Raises:
            ModelError, EngineError: the model can't answer.
            CancelledError: cancelled.
        """
        with self._lock:
            row = self._rows[number]
        text = translated_again(
            self._services,
            row.segment,
            replace(self.order.options, source=self.source, instruction=instruction),
            terms=self._checking.terms,
            cancellation=cancellation or Cancellation(),
        )
        return self.edit(number, text, with_repetitions=False)

    def undo(self) -> tuple[SegmentRow, ...]:
        """Take back the newest step."""
        with self._lock:
            if not self._done:
                return ()
            step = replace(self._done.pop(), is_undone=True)
            self._undone.append(step)
            return self._put(step.before, step)

    def redo(self) -> tuple[SegmentRow, ...]:
        """Do again what was undone last."""
        with self._lock:
            if not self._undone:
                return ()
            step = replace(self._undone.pop(), is_undone=False)
            self._done.append(step)
            return self._put(step.after, step)

    def statistics(self) -> ReviewStatistics:
        """Count words, repetitions and where the translations come from."""
        return statistics_of(self.rows, self._num_total)

    def export(
        self,
        output: Path | None = None,
        layout: BilingualLayout | None = None,
        cancellation: Cancellation | None = None,
    ) -> WrittenFile:
        """Write the file as it is reviewed now; waits, and raises as ``file_outputs.export``."""
        return export(
            self._services,
            self._result_id,
            output=output,
            layout=layout,
            cancellation=cancellation or Cancellation(),
        )

    def _do(self, after: Sequence[SegmentRow]) -> tuple[SegmentRow, ...]:
        """Make a change a step; what was undone before can't be done again."""
        if not after:
            return ()
        before = tuple(self._rows[row.number] for row in after)
        number = self._done[-1].number + 1 if self._done else 1
        step = Step(number, before, tuple(after))
        self._done.append(step)
        self._undone.clear()
        return self._put(step.after, step)

    def _put(self, rows: Sequence[SegmentRow], step: Step) -> tuple[SegmentRow, ...]:
        before = [self._rows[row.number] for row in rows]
        self._rows.update((row.number, row) for row in rows)
        self._remember([row for row in rows if row.is_accepted])
        self._forget_remembered([row for row in before if not self._rows[row.number].is_accepted])
        last = max((each.number for each in (*self._done, *self._undone)), default=0)
        self._store.save(rows, [step], last)
        return self._tell(rows)

    def _is_touched(self, number: int) -> bool:
        return self._rows[number].is_edited or self._rows[number].is_accepted

    def _remember(self, rows: Sequence[SegmentRow]) -> None:
        entries = [self._entry(row) for row in rows if not row.segment.is_kept]
        self._services.memories.add_accepted(
            self.source, self.order.options.target, entries, self.order.project
        )

    def _forget_remembered(self, rows: Sequence[SegmentRow]) -> None:
        """Take out of the memory what is accepted no more."""
        entries = [self._entry(row) for row in rows if row.is_accepted]
        if not entries:
            return
        memory = self._services.memories.of(self.source, self.order.options.target, self.order.project)

        def forget() -> None:
            for entry in entries:
                memory.delete(entry)

        key = f"forgotten:{self._result_id}:{','.join(str(row.number) for row in rows)}"
        self._services.unsaved.save(UnsavedPiece(key, UnsavedPlace.PARTS, "", "", forget))

    def _entry(self, row: SegmentRow) -> MemoryEntry:
        def source_of(number: int) -> str:
            neighbour = self._rows.get(number)
            return unwrapped(neighbour.segment.source) if neighbour else ""

        return MemoryEntry(
            unwrapped(row.segment.source),
            row.segment.text,
            source_of(row.number - 1),
            source_of(row.number + 1),
        )

    def _tell(self, rows: Sequence[SegmentRow]) -> tuple[SegmentRow, ...]:
        for listener in tuple(self._listeners) if rows else ():
            listener(tuple(rows))
        return tuple(rows)

    def _forget(self, listener: RowsListener) -> None:
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)
