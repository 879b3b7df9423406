from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.own_examples import OwnWork, own_source
from lmstudio_lite.app.review import Review
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.translate_file import TranslateFile
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.file_translations import SegmentRow
from lmstudio_lite.domain.training import TrainingExample
from lmstudio_lite.domain.translation_memory import MemoryMatchKind, MemoryQuery
from lmstudio_lite.domain.translations import FlagKind, Origin
from lmstudio_lite.errors import NotStoredError
from lmstudio_lite.finetune.data.sources import ReadOptions, read_source
from lmstudio_lite.unsaved import Place
from tests.app.harbour import english, german, opened, order_of, write_document
from tests.support.engines import AnsweringEngine
from tests.support.faulty_disk import FULL, FaultyDisk

Opened = tuple[Services, AnsweringEngine]


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = write_document(tmp_path, 3)
    text = path.read_text("utf-8") + f"\n{english(2)}\n\n{english(3)} {english(2)}\n"
    path.write_text(text.replace("4 boats", "[4 boats](https://example.org)"), "utf-8")
    return path


@pytest.fixture
def services_and_engine(tmp_path: Path) -> Iterator[Opened]:
    with opened(tmp_path / "data") as both:
        yield both


@pytest.fixture
def services(services_and_engine: Opened) -> Services:
    return services_and_engine[0]


@pytest.fixture
def result_id(services: Services, document: Path) -> str:
    context = JobContext(Cancellation(), lambda event: None)
    return TranslateFile(services, order_of(document)).run(context).result_id


@pytest.fixture
def review(services: Services, result_id: str) -> Review:
    return Review(services, result_id)


def texts(rows: tuple[SegmentRow, ...]) -> list[str]:
    return [row.segment.text for row in rows]


def test_rows_stand_in_reading_order(review: Review) -> None:
    numbers = (2, 3, 4, 2, 3, 2)
    assert texts(review.rows) == ["Boote", *map(german, numbers)]
    assert [row.number for row in review.rows] == list(range(7))


def test_repetitions_follow_an_edit(review: Review) -> None:
    changed = review.edit(1, "Im Hafen liegen 2 Boote und ein Leuchtturm.")
    assert [row.number for row in changed] == [1, 4, 6]
    assert all(row.is_edited and row.segment.origin is Origin.EDITED for row in changed)
    (alone,) = review.edit(2, "Der Hafen hat 3 Boote.", with_repetitions=False)
    assert alone.number == 2
    assert texts(review.rows)[5] == german(3)


def test_an_accepted_repetition_stays(review: Review) -> None:
    review.accept([4])
    changed = review.edit(1, "Hier sind 2 Boote und ein Leuchtturm.")
    assert [row.number for row in changed] == [1, 6]


def test_an_edit_is_checked(review: Review) -> None:
    (row,) = review.edit(2, "Der Hafen hat 8 Boote und einen Leuchtturm.", with_repetitions=False)
    assert FlagKind.NUMBER in [flag.kind for flag in row.segment.flags]
    assert row.needs_look
    assert review.edit(2, " ") == ()
    assert review.edit(2, row.segment.text) == ()


def test_an_edit_keeps_the_form_of_its_words(review: Review, document: Path) -> None:
    review.edit(3, "Im Hafen sind 4 Boote und ein Leuchtturm.")
    written = review.export()
    text = written.path.read_text("utf-8")
    assert text.count("](https://example.org)") == 1
    line = next(line for line in text.splitlines() if "example.org" in line)
    words = line.replace("[", "").replace("](https://example.org)", "")
    assert words == "Im Hafen sind 4 Boote und ein Leuchtturm."
    assert written.path != document
    assert written.num_source == 0


def test_steps_are_undone_and_done_again_also_after_a_restart(
    tmp_path: Path, services: Services, review: Review, result_id: str
) -> None:
    before = review.rows
    review.edit(1, "Eins mit 2 Booten und einem Leuchtturm.")
    review.accept([0, 2])
    after = review.rows
    assert review.undo() == before[0:1] + before[2:3]
    later = Review(services, result_id)
    assert later.can_undo
    assert later.can_redo
    later.redo()
    assert later.rows == after
    later.undo()
    later.undo()
    assert later.rows == before
    assert not later.can_undo
    assert later.undo() == ()
    later.redo()
    later.edit(2, "Der Hafen hat 3 Boote und Türme.")
    assert not later.can_redo
    assert later.redo() == ()
    assert Review(services, result_id).rows == later.rows


def test_what_is_accepted_is_remembered(services: Services, review: Review) -> None:
    flagged = [row.number for row in review.rows if row.needs_look]
    accepted = review.accept_unflagged()
    assert sorted([*(row.number for row in accepted), *flagged]) == list(range(7))
    memory = services.memories.of("en", "de")
    (match,) = memory.find([MemoryQuery(english(3), english(2), english(4))])
    assert match is not None
    assert match.kind is MemoryMatchKind.CONTEXT
    assert match.entry.target == german(3)
    assert review.accept([0], is_accepted=False)[0].is_accepted is False


def test_what_is_accepted_no_more_is_forgotten(services: Services, review: Review) -> None:
    def remembered() -> list[str]:
        memory = services.memories.of("en", "de")
        found = memory.find([MemoryQuery(english(3), english(2), english(4))])
        return [match.entry.target for match in found if match and match.kind is MemoryMatchKind.CONTEXT]

    review.accept([2])
    assert remembered() == [german(3)]
    review.undo()
    assert remembered() == []
    review.redo()
    assert remembered() == [german(3)]
    review.edit(2, "Es sind 3 Boote.", with_repetitions=False)
    assert remembered() == []
    review.accept([2])
    assert remembered() == ["Es sind 3 Boote."]


def test_find_and_replace(review: Review) -> None:
    assert review.find("LEUCHT") == [1, 2, 3, 4, 5, 6]
    assert review.find("LEUCHT", matches_case=True) == []
    assert review.find("Leucht", whole_words=True) == []
    assert review.find("lighthouse", in_sources=True) == [1, 2, 3, 4, 5, 6]
    assert review.find("") == []
    changed = review.replace_all("Leuchtturm", r"Turm \1")
    assert len(changed) == 6
    assert texts(review.rows)[1] == german(2).replace("Leuchtturm", r"Turm \1")
    review.undo()
    assert texts(review.rows)[1] == german(2)


def test_statistics(review: Review) -> None:
    review.edit(3, "Hafen mit 4 Booten.")
    statistics = review.statistics()
    assert (statistics.counts.num_total, statistics.counts.num_edited) == (7, 1)
    assert (statistics.num_repeated, statistics.num_repeated_words) == (3, 24)
    assert statistics.num_words == 49


def test_one_is_translated_again(review: Review) -> None:
    review.edit(1, "Falsch.", with_repetitions=False)
    (row,) = review.retranslate(1, "use the word Hafen")
    assert row.segment.text == german(2)
    review.undo()
    assert texts(review.rows)[1] == "Falsch."
    (row,) = review.retranslate(1)
    assert row.segment.text == german(2)
    assert review.retranslate(1) == (), "there is no other"


def test_a_full_disk_costs_no_edit(services: Services, review: Review, result_id: str) -> None:
    disk = FaultyDisk(services.database)
    disk.fault = FULL
    review.edit(1, "Zwei Boote, ein Leuchtturm: 2.")
    review.accept([2])
    rows = review.rows
    assert [piece.place for piece in services.unsaved.state.at(Place.TRANSLATE)] == [Place.TRANSLATE]
    assert Review(services, result_id).rows == rows
    assert Review(services, result_id).can_undo
    assert "Zwei Boote, ein Leuchtturm: 2." in review.export().path.read_text("utf-8")
    disk.fault = None
    services.unsaved.retry()
    services.unsaved.close()
    again = Review(services, result_id)
    assert again.rows == rows
    again.undo()
    again.undo()
    assert texts(again.rows)[1] == german(2)


def test_a_review_may_begin_while_the_file_is_translated(review: Review) -> None:
    edited = review.edit(1, "Hier sind 2 Boote.", with_repetitions=False)[0]
    first, second = review.rows[1].segment, review.rows[2].segment
    heard: list[tuple[SegmentRow, ...]] = []
    forget = review.subscribe(heard.append)
    assert [row.number for row in review.take({1: first, 2: second, 7: second}, 9)] == [2, 7]
    forget()
    review.take({8: second}, 9)
    assert [[row.number for row in rows] for rows in heard] == [[2, 7]]
    assert review.rows[1] == edited
    assert review.statistics().counts.num_total == 9


def test_what_was_reviewed_can_be_learned_from(services: Services, review: Review) -> None:
    def examples() -> list[TrainingExample]:
        source = own_source(OwnWork.SEGMENTS, "reviewed", services)
        found = read_source(source, ReadOptions(), services.reader)
        return [each for each in found if isinstance(each, TrainingExample)]

    assert examples() == []
    review.edit(1, "Hier liegen 2 Boote und ein Leuchtturm.", with_repetitions=False)
    review.accept([2])
    said = [example.messages[-1].text for example in examples()]
    assert said == ["Hier liegen 2 Boote und ein Leuchtturm.", german(3)]
    assert english(3) in examples()[1].messages[-2].text
    whole = read_source(own_source(OwnWork.TRANSLATIONS, "whole", services), ReadOptions(), services.reader)
    assert list(whole) == []


def test_a_text_has_no_review(services: Services) -> None:
    with pytest.raises(NotStoredError):
        Review(services, "none")
