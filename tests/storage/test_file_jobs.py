from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lmstudio_lite.domain.file_translations import FileJob, FileJobState, FileOrder
from lmstudio_lite.domain.models import Failure
from lmstudio_lite.domain.translations import Register, TranslationOptions
from lmstudio_lite.domain.units import BilingualLayout, ReadUnitsOptions
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.file_jobs import FileJobRows


def job_of(name: str) -> FileJob:
    order = FileOrder(
        name,
        Path("/documents") / f"{name}.csv",
        TranslationOptions("", "de", Register.FORMAL, "children", "keep it short"),
        ReadUnitsOptions(with_sheet_names=True, columns=("text", "2")),
        BilingualLayout.BESIDE,
        Path("/out") / f"{name}.csv",
        "harbour",
        ("g1",),
        uses_memory=False,
    )
    return FileJob(order, FileJobState.QUEUED)


def test_jobs_come_back_in_their_order_and_state(database: Database) -> None:
    rows = FileJobRows(database)
    first, second, third = (job_of(name) for name in "abc")
    for job in (first, second, third):
        rows.add(job)
    done = replace(
        second,
        state=FileJobState.FAILED,
        num_done=3,
        num_total=9,
        num_to_look_at=1,
        result_id="r",
        output=Path("/out/b.csv"),
        failure=Failure("disk_full", {"path": "/out"}),
    )
    rows.update(done)
    rows.arrange(["c", "b", "a"])
    assert rows.list() == [third, done, first]
    rows.remove("c")
    assert FileJobRows(database).list() == [done, first]


def test_a_row_that_can_not_be_read_is_left_out(database: Database) -> None:
    rows = FileJobRows(database)
    rows.add(job_of("a"))
    rows.add(job_of("b"))
    with database.write() as connection:
        connection.execute("UPDATE file_jobs SET file_order = '[]' WHERE id = 'a'")
    assert [job.order.id for job in rows.list()] == ["b"]
