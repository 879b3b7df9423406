from __future__ import annotations

import threading
from functools import partial

import pytest

from lmstudio_lite.app.jobs import (
    JobCancelled,
    JobContext,
    JobDone,
    JobEvent,
    JobFailed,
    JobProgressed,
    Jobs,
)
from lmstudio_lite.errors import ModelNotFoundError

TIMEOUT_S = 10.0


def wait_for_cancel(context: JobContext) -> None:
    cancelled = threading.Event()
    context.cancellation.on_cancel(cancelled.set)
    assert cancelled.wait(TIMEOUT_S)
    context.cancellation.raise_if_cancelled()


def test_progress_comes_before_the_result() -> None:
    jobs, events = Jobs(), list[JobEvent]()

    def work(context: JobContext) -> str:
        context.report(1)
        context.report(2)
        return "done"

    job = jobs.start(work, on_event=events.append)
    assert job.wait(TIMEOUT_S)
    assert events == [JobProgressed(1), JobProgressed(2), JobDone("done")]
    assert not job.is_running
    jobs.close()


@pytest.mark.parametrize("error", [ModelNotFoundError(path="x.gguf"), ValueError("a bug")])
def test_whatever_the_work_raises_is_an_event(error: Exception) -> None:
    jobs, events = Jobs(), list[JobEvent]()

    def work(context: JobContext) -> None:
        raise error

    assert jobs.start(work, on_event=events.append).wait(TIMEOUT_S)
    assert events == [JobFailed(error)]
    jobs.close()


def test_a_cancelled_job_ends_with_cancelled() -> None:
    jobs, events = Jobs(), list[JobEvent]()
    job = jobs.start(wait_for_cancel, on_event=events.append)
    job.cancel()
    assert job.wait(TIMEOUT_S)
    assert events == [JobCancelled()]
    jobs.close()


def test_a_lane_keeps_the_order_and_runs_one_job_at_a_time() -> None:
    jobs, order = Jobs(), list[int]()
    gate = threading.Event()

    def write(number: int, context: JobContext) -> None:
        assert gate.wait(TIMEOUT_S)
        order.append(number)

    started = [jobs.start(partial(write, number), lane="storage") for number in range(20)]
    gate.set()
    assert all(job.wait(TIMEOUT_S) for job in started)
    assert order == list(range(20))
    jobs.close()


def test_a_waiting_job_that_is_cancelled_never_runs() -> None:
    jobs, gate, ran, events = Jobs(), threading.Event(), list[str](), list[JobEvent]()
    first = jobs.start(lambda _: gate.wait(TIMEOUT_S), lane="storage")
    second = jobs.start(lambda _: ran.append("second"), lane="storage", on_event=events.append)
    second.cancel()
    gate.set()
    assert first.wait(TIMEOUT_S)
    assert second.wait(TIMEOUT_S)
    assert (ran, events) == ([], [JobCancelled()])
    jobs.close()


def test_jobs_without_a_lane_run_side_by_side() -> None:
    jobs, barrier = Jobs(), threading.Barrier(3, timeout=TIMEOUT_S)
    started = [jobs.start(lambda _: barrier.wait()) for _ in range(3)]
    assert all(job.wait(TIMEOUT_S) for job in started)
    jobs.close()


def test_closing_cancels_joins_and_turns_later_jobs_away() -> None:
    jobs, events = Jobs(), list[JobEvent]()
    running = jobs.start(wait_for_cancel, on_event=events.append)
    waiting = [jobs.start(wait_for_cancel, lane="l", on_event=events.append) for _ in range(3)]
    jobs.close()
    jobs.close()
    assert not running.is_running
    assert not any(job.is_running for job in waiting)
    late = jobs.start(lambda _: "late", on_event=events.append)
    assert not late.is_running
    assert events == [JobCancelled()] * 5


@pytest.mark.may_log("a job's listener raised")
def test_a_listener_that_raises_does_not_stop_the_lane(caplog: pytest.LogCaptureFixture) -> None:
    jobs = Jobs()

    def broken(event: JobEvent) -> None:
        raise RuntimeError("listener")

    first = jobs.start(lambda _: 1, lane="l", on_event=broken)
    second = jobs.start(lambda _: 2, lane="l")
    assert first.wait(TIMEOUT_S)
    assert second.wait(TIMEOUT_S)
    assert "listener raised" in caplog.text
    jobs.close()
