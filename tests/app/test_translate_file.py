from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from lmstudio_lite.app.file_outputs import export
from lmstudio_lite.app.jobs import JobContext, JobEvent, JobProgressed
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.translate_file import (
    FILE_CHANGED,
    FileBegun,
    FileOutcome,
    TranslateFile,
    unfinished_result,
)
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.file_translations import FileOrder
from lmstudio_lite.domain.results import ResultKind
from lmstudio_lite.domain.translations import (
    Origin,
    TranslatedSegment,
    TranslationOptions,
    UnitsProgress,
)
from lmstudio_lite.domain.units import BilingualLayout
from lmstudio_lite.errors import (
    CancelledError,
    DataFolderReadOnlyError,
    DiskFullError,
    DocumentChangedError,
    DocumentEmptyError,
    DocumentLanguageError,
    DocumentNotFoundError,
    NotAFileError,
)
from lmstudio_lite.unsaved import Place
from lmstudio_lite.words import explain
from tests.app.harbour import english, german, opened, order_of, write_document
from tests.support.engines import AnsweringEngine
from tests.support.faulty_disk import FULL, FaultyDisk
from tests.support.small_drive import SIZE_KB, SmallDrive, can_mount

Opened = tuple[Services, AnsweringEngine]


@pytest.fixture
def services_and_engine(tmp_path: Path) -> Iterator[Opened]:
    with opened(tmp_path / "data") as both:
        yield both


@pytest.fixture
def services(services_and_engine: Opened) -> Services:
    return services_and_engine[0]


@pytest.fixture
def engine(services_and_engine: Opened) -> AnsweringEngine:
    return services_and_engine[1]


@pytest.fixture
def document(tmp_path: Path) -> Path:
    return write_document(tmp_path)


def run(
    services: Services,
    order: FileOrder,
    continues: str = "",
    *,
    cancellation: Cancellation | None = None,
    hear: Callable[[object], None] = lambda value: None,
) -> FileOutcome:
    def on_event(event: JobEvent) -> None:
        if isinstance(event, JobProgressed):
            hear(event.value)

    context = JobContext(cancellation or Cancellation(), on_event)
    return TranslateFile(services, order, continues=continues).run(context)


def stopped_after(services: Services, order: FileOrder, num_done: int) -> FileOutcome:
    cancellation = Cancellation()

    def hear(value: object) -> None:
        if isinstance(value, UnitsProgress) and value.num_done >= num_done:
            cancellation.cancel()

    return run(services, order, cancellation=cancellation, hear=hear)


def test_a_file_becomes_one_of_its_kind_beside_it(services: Services, document: Path) -> None:
    before = document.read_bytes()
    heard: list[object] = []
    outcome = run(services, order_of(document), hear=heard.append)
    assert outcome.output == document.with_name("harbour.de.md")
    expected = before.decode().replace("Boats", "Boote", 1)
    for number in range(2, 7):
        expected = expected.replace(english(number), german(number))
    assert outcome.output.read_text("utf-8") == expected
    assert document.read_bytes() == before
    assert (outcome.counts.num_done, outcome.counts.num_total, outcome.num_source) == (6, 6, 0)
    assert isinstance(heard[0], FileBegun)
    assert heard[0].result_id == outcome.result_id
    reported = {n for value in heard if isinstance(value, UnitsProgress) for n in value.segments}
    assert reported == set(range(6))
    result = services.results.get(outcome.result_id)
    assert german(2) in result.text
    assert result.translation.file is not None
    assert result.translation.file.output == str(outcome.output)
    assert not result.translation.is_unfinished


def test_no_file_is_written_over(services: Services, document: Path) -> None:
    taken = document.with_name("harbour.de.md")
    taken.write_text("mine", "utf-8")
    outcome = run(services, order_of(document))
    assert outcome.output == document.with_name("harbour.de-2.md")
    assert taken.read_text("utf-8") == "mine"
    assert sorted(path.name for path in document.parent.glob(".*")) == [], "nothing is left beside it"


def test_the_original_is_not_written_over_even_where_it_is_asked_for(
    services: Services, document: Path
) -> None:
    before = document.read_bytes()
    outcome = run(services, replace(order_of(document), output=document))
    assert outcome.output == document.with_name("harbour-2.md")
    assert document.read_bytes() == before


def test_what_is_asked_for_is_replaced_whole(services: Services, document: Path, tmp_path: Path) -> None:
    wanted = tmp_path / "folder" / "out.md"
    wanted.parent.mkdir()
    wanted.write_text("old", "utf-8")
    outcome = run(services, replace(order_of(document), output=wanted))
    assert outcome.output == wanted
    assert german(2) in wanted.read_text("utf-8")


def test_a_stopped_run_goes_on_with_the_next_segment(
    services: Services, engine: AnsweringEngine, document: Path, tmp_path: Path
) -> None:
    stopped = stopped_after(services, order_of(document), 2)
    assert stopped.is_partial
    assert stopped.output is None
    assert not document.with_name("harbour.de.md").exists()
    num_asked = len(engine.requests)
    part = export(services, stopped.result_id, output=tmp_path / "part.md", cancellation=Cancellation())
    assert part.num_source == stopped.counts.num_total - stopped.counts.num_done
    assert english(6) in part.path.read_text("utf-8")
    with services.database.write() as connection:
        connection.execute("DELETE FROM part_cache")
    assert unfinished_result(services, order_of(document)) == stopped.result_id
    whole = run(services, order_of(document), stopped.result_id)
    assert whole.result_id == stopped.result_id
    assert not whole.is_partial
    assert len(engine.requests) - num_asked == whole.counts.num_total - stopped.counts.num_done
    assert unfinished_result(services, order_of(document)) == ""
    assert [result.id for result in services.results.list(ResultKind.TRANSLATION)] == [whole.result_id]


def test_stopped_after_the_last_segment_is_not_done(services: Services, document: Path) -> None:
    def interrupted(segments: object, languages: object) -> dict[int, TranslatedSegment]:
        raise CancelledError

    with patch("lmstudio_lite.tasks.translate.units_run.with_names", interrupted):
        stopped = run(services, order_of(document))
    assert stopped.is_partial
    assert stopped.output is None
    assert stopped.counts.num_done == stopped.counts.num_total
    assert unfinished_result(services, order_of(document)) == stopped.result_id
    whole = run(services, order_of(document), stopped.result_id)
    assert not whole.is_partial
    assert whole.output is not None


def test_another_order_does_not_go_on_with_it(services: Services, document: Path) -> None:
    stopped_after(services, order_of(document), 2)
    assert unfinished_result(services, order_of(document, target="fr")) == ""


def test_a_file_that_changed_is_begun_anew_with_what_was_done(
    services: Services, engine: AnsweringEngine, document: Path
) -> None:
    stopped = stopped_after(services, order_of(document), 3)
    done = {row.segment.source for row in stopped.rows}
    with services.database.write() as connection:
        connection.execute("DELETE FROM part_cache")
    document.write_text(document.read_text("utf-8") + "\n" + english(90) + "\n", "utf-8")
    num_asked = len(engine.requests)
    outcome = run(services, order_of(document), stopped.result_id)
    assert outcome.result_id != stopped.result_id
    assert [warning.code for warning in outcome.warnings] == [FILE_CHANGED]
    assert len(engine.requests) - num_asked == 7 - len(done)
    again = {row.segment.source for row in outcome.rows if row.segment.origin is Origin.MEMORY}
    assert again == done
    assert outcome.output is not None
    assert german(90) in outcome.output.read_text("utf-8")
    assert services.results.get(stopped.result_id).translation.is_unfinished is False


def test_a_run_of_a_version_that_cut_sentences_otherwise_loses_nothing(
    services: Services, engine: AnsweringEngine, document: Path
) -> None:
    stopped = stopped_after(services, order_of(document), 3)
    with services.database.write() as connection:
        connection.execute("DELETE FROM part_cache")
        connection.execute(
            "UPDATE translated_segments SET number = number + 1 WHERE number ="
            " (SELECT max(number) FROM translated_segments)"
        )
    num_asked = len(engine.requests)
    outcome = run(services, order_of(document), stopped.result_id)
    assert outcome.warnings == ()
    assert len(engine.requests) - num_asked == outcome.counts.num_total - stopped.counts.num_done
    assert sum(row.segment.origin is Origin.MEMORY for row in outcome.rows) == stopped.counts.num_done


def test_stopped_before_anything_is_done_leaves_no_result(services: Services, document: Path) -> None:
    cancellation = Cancellation()
    with pytest.raises(CancelledError):
        run(
            services,
            order_of(document),
            cancellation=cancellation,
            hear=lambda value: cancellation.cancel() if isinstance(value, FileBegun) else None,
        )
    assert services.results.list(ResultKind.TRANSLATION) == []


def test_a_file_without_words_and_a_missing_one(services: Services, tmp_path: Path) -> None:
    empty = tmp_path / "empty.md"
    empty.write_text("---\n", "utf-8")
    with pytest.raises(DocumentEmptyError):
        run(services, order_of(empty))
    with pytest.raises(DocumentNotFoundError):
        run(services, order_of(tmp_path / "none.md"))


def test_a_file_in_the_language_that_is_asked_for_is_left_alone(services: Services, document: Path) -> None:
    order = FileOrder("a", document, TranslationOptions("", "en"))
    with pytest.raises(DocumentLanguageError) as refused:
        run(services, order)
    assert "English" in explain(refused.value).what
    assert list(document.parent.glob("*.en.*")) == []
    assert services.results.list(ResultKind.TRANSLATION) == []


def test_where_nothing_can_be_written_all_is_kept_and_written_later(
    services: Services, document: Path, tmp_path: Path
) -> None:
    locked = tmp_path / "out.md"
    locked.mkdir()
    outcome = run(services, replace(order_of(document), output=locked))
    assert isinstance(outcome.failure, NotAFileError)
    assert outcome.output is None
    assert not outcome.is_partial
    locked.rmdir()
    written = export(services, outcome.result_id, cancellation=Cancellation())
    assert written.path == locked
    assert german(6) in locked.read_text("utf-8")


def test_a_file_in_the_way_of_a_folder_is_told(services: Services, document: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    outcome = run(services, replace(order_of(document), output=tmp_path / "file" / "out.md"))
    assert isinstance(outcome.failure, DataFolderReadOnlyError)


def test_export_in_another_layout_and_after_a_change(services: Services, document: Path) -> None:
    outcome = run(services, order_of(document))
    both = export(services, outcome.result_id, layout=BilingualLayout.BELOW, cancellation=Cancellation())
    assert both.path == document.with_name("harbour.de-2.md")
    text = both.path.read_text("utf-8")
    assert english(2) in text
    assert german(2) in text
    document.write_text("# Other\n", "utf-8")
    with pytest.raises(DocumentChangedError):
        export(services, outcome.result_id, cancellation=Cancellation())
    document.unlink()
    with pytest.raises(DocumentNotFoundError):
        export(services, outcome.result_id, cancellation=Cancellation())


def test_a_full_disk_costs_no_segment_and_the_file_is_written(services: Services, document: Path) -> None:
    disk = FaultyDisk(services.database)

    def fill(value: object) -> None:
        if isinstance(value, FileBegun):
            disk.fault = FULL

    outcome = run(services, order_of(document), hear=fill)
    assert outcome.output is not None
    assert german(6) in outcome.output.read_text("utf-8")
    assert services.unsaved.state.at(Place.TRANSLATE), "somebody is told"
    disk.fault = None
    services.unsaved.close()
    assert services.unsaved.texts_at_risk == ()
    assert len(services.run_record(outcome.result_id).rows()) == 6
    result = services.results.get(outcome.result_id)
    assert not result.translation.is_unfinished
    assert result.translation.file is not None
    assert result.translation.file.output == str(outcome.output)


@pytest.mark.skipif(not can_mount(), reason="needs an administrator of Linux")
def test_a_full_drive_for_the_file_keeps_the_translation(
    services: Services, document: Path, tmp_path: Path
) -> None:
    drive = SmallDrive(tmp_path / "drive")
    try:
        filler = drive.folder / "filler"
        filler.write_bytes(bytes(SIZE_KB << 10))
        outcome = run(services, replace(order_of(document), output=drive.folder / "out.md"))
        assert isinstance(outcome.failure, DiskFullError)
        assert not outcome.is_partial
        assert list(drive.folder.iterdir()) == [filler]
        filler.unlink()
        written = export(services, outcome.result_id, cancellation=Cancellation())
        assert german(2) in written.path.read_text("utf-8")
    finally:
        drive.pull_out()
