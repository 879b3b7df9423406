"""Rows to answers: what is known is taken, equal texts are asked about once, and all is kept as it comes."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from lmstudio_lite.app.batch.record import AnswerRecord
from lmstudio_lite.app.batch.rows import blocks
from lmstudio_lite.domain.batch import BatchProgress, BatchRow

Answer = dict[str, object]
_BLOCK_ROWS = 256


@dataclass(slots=True)
class RowFlow:
    """One pass over ``rows``, looked up by ``key_of`` their texts; ``is_answer`` tells damaged answers.

    The rows may be a great many: they are looked up and asked for in blocks, as the engine takes them.
    """

    rows: Sequence[BatchRow]
    record: AnswerRecord
    key_of: Callable[[str], str]
    is_answer: Callable[[Answer], bool]
    num_done: int = 0
    num_known: int = 0
    _began: float = field(default_factory=time.monotonic)
    _ready: deque[tuple[BatchRow, Answer]] = field(default_factory=deque)
    _open: dict[str, list[BatchRow]] = field(default_factory=dict)

    def answers(
        self, ask: Callable[[Iterable[tuple[str, str]]], Iterator[tuple[str, Answer]]]
    ) -> Iterator[tuple[BatchRow, Answer]]:
        """Yield each row with its answer as it comes. ``ask`` takes (key, text) and yields (key, answer)."""
        for key, answer in ask(self._unknown()):
            self.record.keep(key, answer)
            self._ready += ((row, answer) for row in self._open.pop(key))
            yield from self._take_ready()
        yield from self._take_ready()

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self._began

    @property
    def progress(self) -> BatchProgress:
        """How far it is, and how long the rest takes if it goes on like this."""
        num_asked, left = self.num_done - self.num_known, len(self.rows) - self.num_done
        elapsed_s = self.elapsed_s
        seconds_left = elapsed_s / num_asked * left if num_asked > 0 and elapsed_s > 1 else None
        return BatchProgress(self.num_done, len(self.rows), self.num_known, seconds_left)

    def _take_ready(self) -> Iterator[tuple[BatchRow, Answer]]:
        while self._ready:
            self.num_done += 1
            yield self._ready.popleft()

    def _unknown(self) -> Iterator[tuple[str, str]]:
        for block in blocks(self.rows, _BLOCK_ROWS):
            keys = [self.key_of(row.text) for row in block]
            known = self.record.find(keys)
            fresh: dict[str, str] = {}
            for key, row in zip(keys, block, strict=True):
                if key in known and self.is_answer(known[key]):
                    self.num_known += 1
                    self._ready.append((row, known[key]))
                elif key in self._open:
                    self._open[key].append(row)
                else:
                    self._open[key] = [row]
                    fresh[key] = row.text
            yield from fresh.items()
