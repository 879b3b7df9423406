"""Events reach the GUI thread in order, once a frame, and no failure is silent."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
import shiboken6
from PySide6.QtCore import QObject, QThread
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.domain.models import EngineState, ModelPhase
from lmstudio_lite.errors import AppError, DiskFullError
from lmstudio_lite.ui.bridge import Bridge
from tests.ui.scripted_engine import ScriptedEngine


def test_progress_and_result_arrive_in_order_on_the_gui_thread(bridge: Bridge, qtbot: QtBot) -> None:
    seen: list[object] = []

    def work(context: JobContext) -> str:
        for number in range(100):
            context.report(number)
        return "done"

    def note(value: object) -> None:
        assert QThread.currentThread() is bridge.thread()
        seen.append(value)

    bridge.run(work, on_progress=note, on_done=note)
    qtbot.waitUntil(lambda: len(seen) == 101)
    assert seen == [*range(100), "done"]


def test_a_failure_reaches_its_callback_and_an_unheard_one_the_window(bridge: Bridge, qtbot: QtBot) -> None:
    heard: list[Exception] = []

    def work(context: JobContext) -> None:
        raise DiskFullError(path="/x")

    bridge.run(work, on_failed=heard.append)
    qtbot.waitUntil(lambda: len(heard) == 1)
    with qtbot.waitSignal(bridge.unheard_error) as unheard:
        bridge.run(work)
    assert isinstance(heard[0], AppError)
    assert isinstance(unheard.args[0], DiskFullError)


@pytest.mark.may_log("a job failed on a bug of ours")
def test_a_bug_is_told_apart(bridge: Bridge, qtbot: QtBot) -> None:
    failed: list[Exception] = []

    def work(context: JobContext) -> None:
        raise KeyError("ours")

    with qtbot.waitSignal(bridge.bug_found) as found:
        bridge.run(work, on_failed=failed.append)
    assert isinstance(found.args[0], KeyError)
    qtbot.waitUntil(lambda: len(failed) == 1)


def test_a_cancelled_job_says_so(bridge: Bridge, qtbot: QtBot) -> None:
    begun, cancelled = threading.Event(), threading.Event()

    def work(context: JobContext) -> None:
        begun.set()
        stopped = threading.Event()
        context.cancellation.on_cancel(stopped.set)
        stopped.wait(5)
        context.cancellation.raise_if_cancelled()

    job = bridge.run(work, on_cancelled=cancelled.set)
    assert begun.wait(5)
    job.cancel()
    qtbot.waitUntil(cancelled.is_set)


def test_a_gone_receiver_is_left_out(bridge: Bridge, qtbot: QtBot) -> None:
    class Receiver(QObject):
        def take(self, value: object) -> None:
            raise AssertionError("it is gone")

    receiver = Receiver()
    gate, after = threading.Event(), threading.Event()
    bridge.run(lambda context: gate.wait(5), on_done=receiver.take)
    with qtbot.waitSignal(receiver.destroyed):
        receiver.deleteLater()
    gate.set()
    bridge.run(lambda context: None, on_done=lambda _: after.set())
    qtbot.waitUntil(after.is_set)


def test_engine_states_are_coalesced(bridge: Bridge, engine: ScriptedEngine, qtbot: QtBot) -> None:
    seen: list[EngineState] = []
    bridge.engine_state_changed.connect(seen.append)
    for percent in range(100):
        engine.set_state(EngineState(ModelPhase.LOADING, loading_fraction=percent / 100))
    qtbot.waitUntil(lambda: bool(seen) and seen[-1].loading_fraction == 0.99)
    assert len(seen) < 10


def test_a_closed_bridge_delivers_nothing(bridge: Bridge, qtbot: QtBot) -> None:
    done: list[object] = []
    job = bridge.run(lambda context: 1, on_done=done.append)
    bridge.close()
    assert job.wait(5)
    QApplication.processEvents()
    assert done == []


def test_a_source_is_followed_from_any_thread_until_its_receiver_is_gone(
    bridge: Bridge, qtbot: QtBot
) -> None:
    listeners: list[Callable[[int], None]] = []

    def subscribe(listener: Callable[[int], None]) -> Callable[[], None]:
        listeners.append(listener)
        return lambda: listeners.remove(listener)

    class Receiver(QObject):
        def __init__(self) -> None:
            super().__init__()
            self.seen: list[int] = []

        def take(self, value: int) -> None:
            assert QThread.currentThread() is self.thread()
            self.seen.append(value)

    receiver = Receiver()
    bridge.follow(subscribe, receiver.take)

    def speak() -> None:
        for number in range(1000):
            listeners[0](number)

    thread = threading.Thread(target=speak)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: receiver.seen[-1:] == [999])
    assert len(receiver.seen) < 1000  # the newest of a frame
    shiboken6.delete(receiver)
    listeners[0](1)
    qtbot.waitUntil(lambda: not listeners)


def test_closing_the_bridge_unsubscribes_from_what_it_follows(bridge: Bridge) -> None:
    left: list[str] = []

    def subscribe(listener: Callable[[int], None]) -> Callable[[], None]:
        return lambda: left.append("left")

    bridge.follow(subscribe, lambda value: None)
    bridge.close()
    assert left == ["left"]


class Dropped:
    """Notes the thread on which its last reference is let go of, as a window's object would end there."""

    def __init__(self, ended_on: list[threading.Thread]) -> None:
        self._ended_on = ended_on

    def work(self, context: JobContext) -> None:
        context.report(None)

    def fail(self, context: JobContext) -> None:
        raise DiskFullError(path="/x")

    def note(self, value: object) -> None:
        """Take a job's news."""

    def __del__(self) -> None:
        self._ended_on.append(threading.current_thread())


@pytest.mark.parametrize("way", ["work", "fail"])
def test_what_only_jobs_hold_ends_on_the_gui_thread(bridge: Bridge, qtbot: QtBot, way: str) -> None:
    ended_on: list[threading.Thread] = []
    for _ in range(200):
        dropped = Dropped(ended_on)
        bridge.run(
            getattr(dropped, way), on_progress=dropped.note, on_done=dropped.note, on_failed=dropped.note
        )
    del dropped

    def all_ended() -> bool:
        bridge.run(lambda context: None)  # what is kept is looked at with each news
        return len(ended_on) == 200

    qtbot.waitUntil(all_ended)
    assert set(ended_on) == {threading.main_thread()}
