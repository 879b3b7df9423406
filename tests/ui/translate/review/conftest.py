from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.review_edits import with_repeats
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.file_translations import SegmentCounts, SegmentRow, count_rows
from lmstudio_lite.domain.translations import Flag, FlagKind, Origin, TranslatedSegment
from lmstudio_lite.domain.units import BilingualLayout, Place, UnitKind
from lmstudio_lite.errors import AppError
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.translate.review.page import ReviewPage


def segment_row(number: int, source: str, text: str, *flags: Flag, confidence: float = 0.9) -> SegmentRow:
    place = Place(UnitKind.BODY, "word/document.xml", number + 1)
    segment = TranslatedSegment(
        source, text, "", False, unit=number, place=place, flags=flags, confidence=confidence
    )
    return SegmentRow(number, segment)


ROWS = (
    segment_row(0, "Der Hund schläft.", "The dog sleeps.", confidence=0.95),
    segment_row(1, "Es waren 12 Katzen.", "There were 21 cats.", Flag(FlagKind.NUMBER, "12"), confidence=0.3),
    segment_row(2, "Das Wetter ist schön.", "The weather is nice.", confidence=0.6),
    segment_row(3, "Der Hund bellt.", "The dog barks.", confidence=0.8),
    segment_row(4, "Kein Hund bellt.", "A dog barks.", Flag(FlagKind.NEGATION), confidence=0.4),
)


@dataclass(frozen=True, slots=True)
class ScriptedStatistics:
    counts: SegmentCounts
    num_words: int
    num_repeated: int


@dataclass(frozen=True, slots=True)
class ScriptedFile:
    path: Path
    changes: tuple[str, ...] = ()
    num_source: int = 0


class ScriptedReview:
    """Stands in for ``app.review``: keeps rows, and whole states for undo."""

    def __init__(self, rows: Sequence[SegmentRow] = ROWS) -> None:
        self._rows = {row.number: row for row in rows}
        self.steps: list[dict[int, SegmentRow]] = []
        self._redo: list[dict[int, SegmentRow]] = []
        self.instructions: list[str] = []
        self._num_total = len(rows)
        self.exports: list[BilingualLayout | None] = []
        self.error: AppError | None = None

    @property
    def rows(self) -> tuple[SegmentRow, ...]:
        return tuple(self._rows[number] for number in sorted(self._rows))

    def statistics(self) -> ScriptedStatistics:
        return ScriptedStatistics(count_rows(self.rows, self._num_total), 17, 0)

    def take(self, segments: Mapping[int, TranslatedSegment], num_total: int) -> tuple[SegmentRow, ...]:
        self._num_total = num_total
        rows = tuple(SegmentRow(number, segment) for number, segment in segments.items())
        self._rows |= {row.number: row for row in rows}
        return rows

    def edit(self, number: int, text: str, *, with_repetitions: bool = True) -> tuple[SegmentRow, ...]:
        if self.error is not None:
            raise self.error
        row = self._rows[number]
        alike = with_repeats(self.rows, row) if with_repetitions else [row]
        segments = [replace(each.segment, text=text, flags=(), origin=Origin.EDITED) for each in alike]
        changed = zip(alike, segments, strict=True)
        return self._put([replace(each, segment=segment, is_edited=True) for each, segment in changed])

    def accept(self, numbers: Sequence[int]) -> tuple[SegmentRow, ...]:
        return self._put([replace(self._rows[number], is_accepted=True) for number in numbers])

    def accept_unflagged(self) -> tuple[SegmentRow, ...]:
        return self.accept([row.number for row in self.rows if not row.needs_look])

    def replace_all(self, find: str, by: str) -> tuple[SegmentRow, ...]:
        rows = [row for row in self.rows if find in row.segment.text]
        texts = [row.segment.text.replace(find, by) for row in rows]
        return self._put(
            [
                replace(row, segment=replace(row.segment, text=text), is_edited=True)
                for row, text in zip(rows, texts, strict=True)
            ]
        )

    def retranslate(
        self, number: int, instruction: str, cancellation: Cancellation
    ) -> tuple[SegmentRow, ...]:
        self.instructions.append(instruction)
        return self.edit(number, self._rows[number].segment.text.upper())

    def undo(self) -> tuple[SegmentRow, ...]:
        return self._go(self.steps, self._redo)

    def redo(self) -> tuple[SegmentRow, ...]:
        return self._go(self._redo, self.steps)

    @property
    def can_undo(self) -> bool:
        return bool(self.steps)

    @property
    def can_redo(self) -> bool:
        return bool(self._redo)

    def export(
        self,
        output: Path | None = None,
        layout: BilingualLayout | None = None,
        cancellation: Cancellation | None = None,
    ) -> ScriptedFile:
        self.exports.append(layout)
        return ScriptedFile(Path("/somewhere/talk.en.docx"))

    def _put(self, rows: Sequence[SegmentRow]) -> tuple[SegmentRow, ...]:
        self.steps.append(dict(self._rows))
        self._redo.clear()
        self._rows |= {row.number: row for row in rows}
        return tuple(rows)

    def _go(
        self, away: list[dict[int, SegmentRow]], back: list[dict[int, SegmentRow]]
    ) -> tuple[SegmentRow, ...]:
        if not away:
            return ()
        back.append(dict(self._rows))
        self._rows = away.pop()
        return self.rows


@pytest.fixture
def review() -> ScriptedReview:
    return ScriptedReview()


@pytest.fixture
def page(qtbot: QtBot, bridge: Bridge, theme: Theme, review: ScriptedReview) -> ReviewPage:
    page = ReviewPage(bridge, theme)
    qtbot.addWidget(page)
    page.resize(1000, 600)
    page.show()
    page.begin("talk.docx", "de", "en")
    with qtbot.waitSignal(page.desk.opened):
        page.desk.open("talk", lambda: review)
    return page
