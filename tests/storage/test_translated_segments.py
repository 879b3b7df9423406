from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from lmstudio_lite.domain.file_translations import SegmentRow, count_rows
from lmstudio_lite.domain.records import FileRecord, TranslationRecord
from lmstudio_lite.domain.translations import Flag, FlagKind, Origin, TranslatedSegment
from lmstudio_lite.domain.units import Mark, MarkKind, Place, UnitKind
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.results import Results
from lmstudio_lite.storage.translated_segments import RunRecord, Step, TranslatedSegments
from lmstudio_lite.unsaved import UnsavedWork
from tests.support.faulty_disk import FULL, FaultyDisk

PLAIN = TranslatedSegment("Hallo.", "Hello.", "", is_kept=False, unit=0)
RICH = TranslatedSegment(
    "Das ist rot.",
    "This is red\ud800.",
    "values",
    is_kept=True,
    unit=0,
    start=7,
    place=Place(UnitKind.FOOTNOTE, "word/footnotes.xml", 3),
    marks=(Mark(1, MarkKind.STYLE, 8, 11),),
    flags=(Flag(FlagKind.NUMBER, "42"), Flag(FlagKind.TERM)),
    confidence=0.25,
    origin=Origin.MEMORY,
)


@pytest.fixture
def unsaved() -> Iterator[UnsavedWork]:
    unsaved = UnsavedWork(first_retry_s=60.0)
    yield unsaved
    unsaved.close()


@pytest.fixture
def segments(database: Database) -> TranslatedSegments:
    return TranslatedSegments(database)


def test_a_segment_comes_back_whole(
    database: Database, unsaved: UnsavedWork, segments: TranslatedSegments
) -> None:
    record = RunRecord(database, unsaved, "a")
    record.keep({1: RICH, 0: PLAIN})
    whole = replace(RICH, text="This is red�.")
    assert record.find() == {0: PLAIN, 1: whole}
    assert segments.list("a") == [SegmentRow(0, PLAIN), SegmentRow(1, whole)]
    assert segments.list("b") == []
    counts = segments.counts("a")
    assert (counts.num_done, counts.num_to_look_at, counts.num_from_memory, counts.num_kept) == (2, 1, 1, 1)
    assert count_rows(segments.list("a"), 9).num_total == 9


def test_a_run_writes_over_its_own_segments_and_not_over_the_reviewers(
    database: Database, unsaved: UnsavedWork, segments: TranslatedSegments
) -> None:
    record = RunRecord(database, unsaved, "a")
    record.keep({0: PLAIN, 1: PLAIN, 2: PLAIN})
    edited = SegmentRow(0, replace(PLAIN, text="Hi.", origin=Origin.EDITED), is_edited=True)
    accepted = SegmentRow(1, PLAIN, is_accepted=True)
    segments.write("a", [edited, accepted], [], 0)
    later = replace(PLAIN, text="Good day.")
    record.keep({0: later, 1: later, 2: later})
    assert segments.list("a") == [edited, accepted, SegmentRow(2, later)]


def test_steps_come_back_with_what_they_changed(
    database: Database, unsaved: UnsavedWork, segments: TranslatedSegments
) -> None:
    RunRecord(database, unsaved, "a").keep({0: PLAIN, 1: replace(RICH, text="This is red.")})
    before = tuple(segments.list("a"))
    after = tuple(replace(row, is_accepted=True) for row in before)
    steps = [Step(1, before, after), Step(2, after[:1], before[:1], is_undone=True)]
    segments.write("a", after, steps, 2)
    assert segments.steps("a", segments.list("a")) == steps
    segments.write("a", [], [], 1)
    assert segments.steps("a", segments.list("a")) == steps[:1]


def test_a_damaged_row_costs_itself_and_the_steps_up_to_it(
    database: Database, unsaved: UnsavedWork, segments: TranslatedSegments
) -> None:
    RunRecord(database, unsaved, "a").keep({0: PLAIN, 1: PLAIN})
    rows = segments.list("a")
    segments.write("a", [], [Step(1, (rows[0],), (rows[0],)), Step(2, (rows[1],), (rows[1],))], 2)
    with database.write() as connection:
        connection.execute("UPDATE translated_segments SET details = 'torn' WHERE number = 0")
    assert segments.list("a") == rows[1:]
    assert [step.number for step in segments.steps("a", segments.list("a"))] == [2]


def test_what_a_newer_version_flags_is_left_out(
    database: Database, unsaved: UnsavedWork, segments: TranslatedSegments
) -> None:
    RunRecord(database, unsaved, "a").keep({0: PLAIN})
    with database.write() as connection:
        details = '{"flags": [["number", "7"], ["smell", ""]], "origin": "thin air"}'
        connection.execute("UPDATE translated_segments SET details = ?", (details,))
    (row,) = segments.list("a")
    assert row.segment.flags == (Flag(FlagKind.NUMBER, "7"),)
    assert row.segment.origin is Origin.MODEL


def test_a_full_disk_costs_no_segment(
    database: Database, unsaved: UnsavedWork, segments: TranslatedSegments
) -> None:
    disk = FaultyDisk(database)
    disk.fault = FULL
    record = RunRecord(database, unsaved, "a")
    record.keep({0: PLAIN})
    record.keep({1: PLAIN})
    assert record.find() == {0: PLAIN, 1: PLAIN}
    disk.fault = None
    unsaved.close()
    assert [row.number for row in segments.list("a")] == [0, 1]


def test_an_edit_of_a_row_that_still_waits_is_not_lost(
    database: Database, unsaved: UnsavedWork, segments: TranslatedSegments
) -> None:
    disk = FaultyDisk(database)
    disk.fault = FULL
    RunRecord(database, unsaved, "a").keep({0: PLAIN})
    disk.fault = None
    edited = SegmentRow(0, replace(PLAIN, text="Hi.", origin=Origin.EDITED), is_edited=True)
    segments.write("a", [edited], [], 0)
    unsaved.close()
    assert segments.list("a") == [edited]


def test_segments_go_with_their_result(database: Database, unsaved: UnsavedWork, results: Results) -> None:
    record = TranslationRecord(
        target="en", file=FileRecord(hash="abc", columns=("name",), kept=(("code", 2),))
    )
    stored = results.add("talk.docx", "/talk.docx", "", "Hallo.", "", record)
    assert results.get(stored.id).translation == record
    run = RunRecord(database, unsaved, stored.id)
    run.keep({0: PLAIN})
    TranslatedSegments(database).write(stored.id, [], [Step(1, (), ())], 1)
    results.delete(stored.id)
    assert run.find() == {0: PLAIN}
    results.purge_deleted()
    assert run.find() == {}
    assert TranslatedSegments(database).steps(stored.id, []) == []


def test_segments_that_were_forgotten_do_not_come_back(database: Database, unsaved: UnsavedWork) -> None:
    disk = FaultyDisk(database)
    record = RunRecord(database, unsaved, "the id of a result")
    record.keep({0: PLAIN})
    disk.fault = FULL
    record.keep({1: PLAIN})
    disk.fault = None
    record.forget()
    unsaved.close()
    assert record.find() == {}
