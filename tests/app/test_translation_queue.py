from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from lmstudio_lite.app.translation_queue import TranslationQueue, orders_for
from lmstudio_lite.domain.file_translations import FileJob, FileJobState
from lmstudio_lite.domain.models import EngineState
from lmstudio_lite.domain.results import ResultKind
from lmstudio_lite.errors import NoModelError
from tests.app.harbour import german, opened, order_of, write_document

_TIMEOUT_S = 20.0


class Watch:
    """Waits for states of a queue."""

    def __init__(self, queue: TranslationQueue) -> None:
        self._queue = queue
        self._changed = threading.Condition()
        queue.subscribe(self._on_jobs)

    def until(self, is_so: Callable[[tuple[FileJob, ...]], bool]) -> tuple[FileJob, ...]:
        with self._changed:
            assert self._changed.wait_for(lambda: is_so(self._queue.list()), _TIMEOUT_S)
        return self._queue.list()

    def _on_jobs(self, jobs: tuple[FileJob, ...]) -> None:
        with self._changed:
            self._changed.notify_all()


def states(jobs: tuple[FileJob, ...]) -> list[str]:
    return [job.state.value for job in jobs]


def all_done(jobs: tuple[FileJob, ...]) -> bool:
    return all(job.state is FileJobState.DONE for job in jobs)


def test_files_are_translated_in_order_into_each_language(tmp_path: Path) -> None:
    document = write_document(tmp_path)
    with opened(tmp_path / "data") as (services, _):
        queue = TranslationQueue(services)
        watch = Watch(queue)
        heard: list[str] = []
        queue.subscribe_segments(lambda result_id, progress: heard.append(result_id))
        queue.add(orders_for(order_of(document), ["de", "fr"]))
        jobs = watch.until(all_done)
        assert [job.output for job in jobs] == [document.with_name(f"harbour.{to}.md") for to in ("de", "fr")]
        assert [job.order.options.target for job in jobs] == ["de", "fr"]
        assert list(dict.fromkeys(heard)) == [job.result_id for job in jobs]
        assert [(job.num_done, job.num_total) for job in jobs] == [(6, 6), (6, 6)]
        queue.clear_done()
        assert queue.list() == ()
        assert len(services.results.list(ResultKind.TRANSLATION)) == 2


def test_several_languages_get_names_of_their_own(tmp_path: Path) -> None:
    order = replace(order_of(tmp_path / "a.docx"), output=tmp_path / "out.docx")
    assert [each.output for each in orders_for(order, ["de"])] == [tmp_path / "out.docx"]
    assert [each.output for each in orders_for(order, ["de", "fr"])] == [
        tmp_path / "out.de.docx",
        tmp_path / "out.fr.docx",
    ]


def test_pause_resume_and_remove(tmp_path: Path) -> None:
    first, second = (write_document(tmp_path, name=name) for name in ("a.md", "b.md"))
    with opened(tmp_path / "data") as (services, engine):
        queue = TranslationQueue(services)
        watch = Watch(queue)
        engine.pause_after = 12
        queue.add([order_of(first, "a"), order_of(second, "b")])
        watch.until(lambda jobs: jobs[0].num_done > 0)
        queue.pause("a")
        queue.pause("b")
        engine.gate.set()
        jobs = watch.until(lambda jobs: states(jobs) == ["paused", "paused"])
        watch.until(lambda jobs: jobs[0].result_id != "")
        assert 0 < jobs[0].num_done < 6
        queue.move("b", -1)
        assert [job.order.id for job in queue.list()] == ["b", "a"]
        queue.remove("b")
        queue.resume("a")
        (job,) = watch.until(all_done)
        assert job.output is not None
        assert german(3) in job.output.read_text("utf-8")
        assert not second.with_name("b.de.md").exists()
        assert len(services.results.list(ResultKind.TRANSLATION)) == 1


def test_a_queue_survives_the_program(tmp_path: Path) -> None:
    first, second, third = (write_document(tmp_path, name=f"{name}.md") for name in "abc")
    with opened(tmp_path / "data") as (services, engine):
        queue = TranslationQueue(services)
        watch = Watch(queue)
        engine.pause_after = 12
        queue.add([order_of(first, "a"), order_of(second, "b"), order_of(third, "c")])
        queue.pause("c")
        watch.until(lambda jobs: jobs[0].num_done > 0)
    num_asked = len(engine.requests)
    assert num_asked
    with opened(tmp_path / "data") as (services, engine):
        queue = TranslationQueue(services)
        before = queue.list()
        assert states(before) == ["queued", "queued", "paused"]
        assert before[0].result_id
        watch = Watch(queue)
        assert queue.go_on() == 2
        jobs = watch.until(lambda jobs: states(jobs) == ["done", "done", "paused"])
        assert jobs[0].result_id == before[0].result_id
        assert len(services.results.list(ResultKind.TRANSLATION)) == 2


def test_a_file_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    document = write_document(tmp_path)
    with opened(tmp_path / "data") as (services, _):
        queue = TranslationQueue(services)
        watch = Watch(queue)
        queue.add([order_of(tmp_path / "none.md", "a"), order_of(document, "b")])
        jobs = watch.until(lambda jobs: states(jobs) == ["failed", "done"])
        assert jobs[0].failure is not None
        assert jobs[0].failure.code == "document_not_found"
        write_document(tmp_path, name="none.md")
        queue.resume("a")
        watch.until(all_done)


def test_without_a_model_all_wait_and_go_on_with_one(tmp_path: Path) -> None:
    first, second = (write_document(tmp_path, name=name) for name in ("a.md", "b.md"))
    with opened(tmp_path / "data") as (services, engine):
        listeners: list[Callable[[EngineState], None]] = []
        engine.subscribe = lambda listener: listeners.append(listener) or (lambda: None)  # type: ignore
        queue = TranslationQueue(services)
        watch = Watch(queue)
        with patch.object(engine, "wait_until_ready", side_effect=NoModelError()):
            queue.add([order_of(first, "a"), order_of(second, "b")])
            jobs = watch.until(lambda jobs: jobs[0].failure is not None)
        assert states(jobs) == ["queued", "queued"]
        assert jobs[0].failure is not None
        assert jobs[0].failure.code == "no_model"
        for listener in listeners:
            listener(engine.state)
        assert [job.failure for job in watch.until(all_done)] == [None, None]


@pytest.mark.may_log("a listener of the files raised")
def test_a_listener_that_fails_costs_the_queue_nothing(tmp_path: Path) -> None:
    document = write_document(tmp_path)
    heard: list[tuple[FileJob, ...]] = []

    def fail(jobs: tuple[FileJob, ...]) -> None:
        heard.append(jobs)
        raise ValueError("listener")

    with opened(tmp_path / "data") as (services, _):
        queue = TranslationQueue(services)
        queue.subscribe(fail)
        watch = Watch(queue)
        queue.add([order_of(document)])
        (job,) = watch.until(all_done)
        assert heard
        assert job.output is not None
        assert german(3) in job.output.read_text("utf-8")
