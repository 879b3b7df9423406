"""What the client makes of a worker that hangs, is idle, or is to run another model."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from lmstudio_lite.domain.engine import LoadOptions, Running
from lmstudio_lite.domain.generation import Failed, Finished, FinishReason
from lmstudio_lite.domain.models import EngineState, ModelPhase, Rung
from lmstudio_lite.engine.client.client import WorkerClient
from tests.engine.client.test_client import OPTIONS, Reply, wait_until


@pytest.fixture
def client() -> Iterator[WorkerClient]:
    made = WorkerClient()
    yield made
    made.close()


@pytest.fixture
def other_path(starter_path: Path, tmp_path: Path) -> Path:
    """The same model under another name."""
    path = tmp_path / "other.gguf"
    path.symlink_to(starter_path)
    return path


def pid_of(client: WorkerClient) -> int:
    pid = client.worker_pid
    assert pid is not None
    return pid


@pytest.mark.may_log("the engine's process died: hang")
def test_a_worker_that_hangs_is_replaced_and_the_reply_goes_on(
    client: WorkerClient, starter_path: Path
) -> None:
    client.load_model(starter_path, replace(OPTIONS, hang_s=2.0))
    reply = Reply(client, max_tokens=60)
    reply.wait_for_text()
    first_pid = pid_of(client)
    psutil.Process(first_pid).suspend()
    before = reply.text
    end = reply.wait()
    assert isinstance(end, Finished)
    assert reply.text.startswith(before)
    assert pid_of(client) != first_pid
    assert client.state.restart_reason == "hang"
    assert client.state.rung is Rung.NO_EXTRA_BUFFERS


class Clock:
    """The client's clock; while it ``leaps``, each look at the worker is ``LEAP_S`` after the one before."""

    LEAP_S = 60.0

    def __init__(self) -> None:
        self.leaps = False
        self.num_leaps = 0

    def monotonic(self) -> float:
        if self.leaps and threading.current_thread().name == "engine-watcher":
            self.num_leaps += 1
        return time.monotonic() + self.num_leaps * self.LEAP_S


@pytest.mark.may_log("the engine's process died: hang")  # while it starts, on a machine that is very busy
def test_a_worker_that_is_idle_or_busy_is_no_hang(
    client: WorkerClient, starter_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr("lmstudio_lite.engine.client.client.time", clock)
    client.load_model(starter_path, replace(OPTIONS, hang_s=1.0))
    client.wait_until_ready(60)
    first_pid = pid_of(client)
    clock.leaps = True
    wait_until(lambda: clock.num_leaps > 4)  # minutes without a word, looked at again and again
    clock.leaps = False
    assert isinstance(Reply(client, max_tokens=120).wait(), Finished)
    assert pid_of(client) == first_pid


def test_an_idle_model_gives_its_memory_back_and_comes_again(
    client: WorkerClient, starter_path: Path
) -> None:
    client.load_model(starter_path, replace(OPTIONS, unload_after_s=0.5))
    assert isinstance(Reply(client, max_tokens=4).wait(), Finished)
    first_pid = pid_of(client)
    wait_until(lambda: client.state.phase is ModelPhase.SLEEPING)
    wait_until(lambda: not psutil.pid_exists(first_pid))
    assert client.worker_pid is None
    model = client.state.model
    assert model is not None
    assert model.path == starter_path
    assert isinstance(Reply(client, "again", max_tokens=4).wait(), Finished)
    assert pid_of(client) != first_pid
    wait_until(lambda: client.state.phase is ModelPhase.SLEEPING)
    assert client.count_tokens(["hello world"]) == [2]
    wait_until(lambda: client.state.phase is ModelPhase.SLEEPING)
    client.wait_until_ready(60)
    assert client.state.phase is ModelPhase.READY


def test_a_model_that_works_does_not_fall_asleep(client: WorkerClient, starter_path: Path) -> None:
    client.load_model(starter_path, replace(OPTIONS, unload_after_s=0.5))
    states: list[EngineState] = []
    client.subscribe(states.append)
    reply = Reply(client, max_tokens=200)
    assert isinstance(reply.wait(), Finished)
    assert ModelPhase.SLEEPING not in {state.phase for state in states}


def test_how_long_to_wait_can_be_changed_without_loading_again(
    client: WorkerClient, starter_path: Path
) -> None:
    client.load_model(starter_path, OPTIONS)
    client.wait_until_ready(60)
    first_pid = pid_of(client)
    client.load_model(starter_path, replace(OPTIONS, unload_after_s=0.3))
    assert client.state.phase is ModelPhase.READY
    wait_until(lambda: client.state.phase is ModelPhase.SLEEPING)
    assert not psutil.pid_exists(first_pid) or client.worker_pid is None


def test_switching_may_wait_for_what_runs(client: WorkerClient, starter_path: Path, other_path: Path) -> None:
    client.load_model(starter_path, OPTIONS)
    running = [Reply(client, request_id, max_tokens=80) for request_id in "ab"]
    running[0].wait_for_text()
    client.load_model(other_path, OPTIONS, Running.FINISH)
    assert client.state.next_path == other_path
    assert client.state.path == starter_path
    late = Reply(client, "late", max_tokens=4)
    dropped = Reply(client, "dropped", max_tokens=4)
    client.cancel("dropped")
    for reply in running:
        end = reply.wait()
        assert isinstance(end, Finished)
        assert end.reason is FinishReason.LENGTH
    for reply, reason in ((late, FinishReason.LENGTH), (dropped, FinishReason.CANCELLED)):
        end = reply.wait()
        assert isinstance(end, Finished)
        assert end.reason is reason
    assert client.state.path == other_path
    assert client.state.next_path is None


def test_switching_may_cancel_what_runs(client: WorkerClient, starter_path: Path, other_path: Path) -> None:
    client.load_model(starter_path, OPTIONS)
    running = [Reply(client, request_id, max_tokens=900) for request_id in "abc"]
    running[0].wait_for_text()
    client.load_model(other_path, OPTIONS, Running.CANCEL)
    late = Reply(client, "late", max_tokens=4)
    for reply in running:
        end = reply.wait()
        assert isinstance(end, Finished)
        assert end.reason is FinishReason.CANCELLED
    assert isinstance(late.wait(), Finished)
    assert client.state.path == other_path


@pytest.mark.may_log("the engine's process died: SIGKILL")
def test_a_worker_that_dies_before_the_switch_still_finishes_first(
    client: WorkerClient, starter_path: Path, other_path: Path
) -> None:
    client.load_model(starter_path, OPTIONS)
    running = Reply(client, max_tokens=60)
    running.wait_for_text()
    client.load_model(other_path, OPTIONS, Running.FINISH)
    psutil.Process(pid_of(client)).kill()
    end = running.wait()
    assert isinstance(end, Finished)
    assert end.reason is FinishReason.LENGTH
    wait_until(lambda: client.state.path == other_path and client.state.phase is ModelPhase.READY)


def test_quick_changes_of_mind_end_with_the_last_model(
    client: WorkerClient, starter_path: Path, other_path: Path
) -> None:
    replies = []
    for number in range(6):
        client.load_model(other_path if number % 2 else starter_path, OPTIONS)
        replies.append(Reply(client, str(number), max_tokens=4))
    ends = [reply.wait() for reply in replies]
    assert not any(isinstance(end, Failed) for end in ends)
    assert isinstance(ends[-1], Finished)
    assert ends[-1].reason is FinishReason.LENGTH
    client.wait_until_ready(60)
    assert client.state.path == other_path


def test_closing_while_a_switch_waits_ends_everything(
    client: WorkerClient, starter_path: Path, other_path: Path
) -> None:
    client.load_model(starter_path, OPTIONS)
    running = Reply(client, max_tokens=900)
    running.wait_for_text()
    client.load_model(other_path, OPTIONS, Running.FINISH)
    held = Reply(client, "held", max_tokens=4)
    client.close()
    for reply in (running, held):
        end = reply.wait()
        assert isinstance(end, Failed)
        assert end.code == "engine_unavailable"


def test_a_rung_that_helped_is_told(
    client: WorkerClient, starter_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lmstudio_lite.engine.client.supervisor.HELPS_AFTER_S", 0.5)
    client.load_model(starter_path, LoadOptions(context_size=1024, rung=Rung.NO_EXTRA_BUFFERS))
    client.wait_until_ready(60)
    helped = told(client, lambda state: state.rung_helps)
    assert not client.state.rung_helps
    assert isinstance(Reply(client, max_tokens=4).wait(), Finished)
    assert helped.wait(10)
    assert client.state.rung is Rung.NO_EXTRA_BUFFERS


def told(client: WorkerClient, is_it: Callable[[EngineState], bool]) -> threading.Event:
    seen = threading.Event()
    client.subscribe(lambda state: seen.set() if is_it(state) else None)
    return seen
