"""The client over the real model: in its own process, killed, broken, closed; and on a thread."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.generation import (
    ChatPrompt,
    Failed,
    Finished,
    FinishReason,
    GenerationEvent,
    GenerationRequest,
    Message,
    Priority,
    Role,
    Sampling,
    TextDelta,
)
from lmstudio_lite.domain.models import EngineState, ModelPhase, Rung
from lmstudio_lite.engine import protocol
from lmstudio_lite.engine.client.client import Client, ThreadClient, WorkerClient
from lmstudio_lite.engine.client.transport import OnDeath, OnMessages
from lmstudio_lite.engine.templates.reasoning import THINK
from lmstudio_lite.errors import (
    EngineCrashLoopError,
    EngineUnavailableError,
    ModelLoadError,
    ModelNotFoundError,
    NoModelError,
)
from lmstudio_lite.words import explain
from tests.engine.scripted_model import ScriptedModel
from tests.support.gguf_models import write_model

OPTIONS = LoadOptions(context_size=1024, num_sequences_max=4)


class Reply:
    """Collects a request's events; ``wait`` returns its end."""

    def __init__(
        self,
        client: Client,
        request_id: str = "a",
        *,
        max_tokens: int = 24,
        priority: Priority = Priority.INTERACTIVE,
    ) -> None:
        self.events: list[GenerationEvent] = []
        self.on_text: Callable[[], None] = lambda: None
        self._done = threading.Event()
        prompt = ChatPrompt((Message(Role.USER, "Write a long story about the sea."),))
        request = GenerationRequest(
            request_id, prompt, max_tokens, Sampling(temperature=0), priority=priority
        )
        client.submit(request, self._on_event)

    def _on_event(self, event: GenerationEvent) -> None:
        self.events.append(event)
        if isinstance(event, TextDelta):
            self.on_text()
        if isinstance(event, Finished | Failed):
            self._done.set()

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))

    def wait_for_text(self) -> None:
        seen = threading.Event()
        self.on_text = seen.set
        assert seen.wait(60)

    def wait(self) -> Finished | Failed:
        assert self._done.wait(60)
        ends = [event for event in self.events if isinstance(event, Finished | Failed)]
        assert len(ends) == 1
        return ends[0]


@pytest.fixture(params=[WorkerClient, ThreadClient])
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    made = request.param()
    yield made
    made.close()


@pytest.fixture
def worker(starter_path: Path) -> Iterator[WorkerClient]:
    made = WorkerClient()
    made.load_model(starter_path, OPTIONS)
    yield made
    made.close()


def kill(client: Client) -> None:
    pid = client.worker_pid
    assert pid is not None
    assert pid != os.getpid()
    psutil.Process(pid).kill()


def test_a_model_loads_generates_and_is_given_back(client: Client, starter_path: Path) -> None:
    client.load_model(starter_path, OPTIONS)
    reply = Reply(client)
    end = reply.wait()
    assert isinstance(end, Finished)
    assert end.reason is FinishReason.LENGTH
    assert end.usage.num_generated_tokens == 24
    assert len(reply.text) > 40
    assert client.count_tokens(["hello world", ""]) == [2, 0]
    client.unload_model()
    with pytest.raises(NoModelError):
        client.count_tokens(["x"])


def test_without_a_model_everything_says_so(client: Client) -> None:
    end = Reply(client).wait()
    assert isinstance(end, Failed)
    assert end.code == "no_model"
    with pytest.raises(NoModelError):
        client.wait_until_ready(1)


def test_cancelling_ends_a_reply_at_once(client: Client, starter_path: Path) -> None:
    client.load_model(starter_path, OPTIONS)
    reply = Reply(client, max_tokens=900)
    reply.wait_for_text()
    client.cancel("a")
    end = reply.wait()
    assert isinstance(end, Finished)
    assert end.reason is FinishReason.CANCELLED
    assert end.usage.num_generated_tokens < 900


@pytest.mark.parametrize("content", [b"", b"not a model", b"GGUF\3\0\0\0" + b"\xff" * 64])
def test_a_broken_model_is_an_error_and_the_next_one_loads(
    client: Client, starter_path: Path, tmp_path: Path, content: bytes
) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(content)
    client.load_model(broken, OPTIONS)
    with pytest.raises(ModelLoadError) as raised:
        client.wait_until_ready(60)
    assert raised.value.details["path"] == str(broken)
    said = explain(raised.value).what
    assert said.startswith("“broken.gguf” could not be loaded: ")
    assert not re.search("llama_|gguf_", said.partition("(")[0])
    client.load_model(tmp_path / "missing.gguf", OPTIONS)
    with pytest.raises(ModelNotFoundError):
        client.wait_until_ready(60)
    client.load_model(starter_path, OPTIONS)
    client.wait_until_ready(60)
    assert isinstance(Reply(client).wait(), Finished)


def test_a_relative_path_is_meant_from_the_callers_folder(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models").mkdir()
    write_model(tmp_path / "models" / "tiny.gguf", "llama")
    monkeypatch.chdir(tmp_path)
    client.load_model(Path("models", "tiny.gguf"), OPTIONS)
    client.wait_until_ready(60)
    assert client.state.path == tmp_path / "models" / "tiny.gguf"


def test_a_truncated_model_is_an_error(client: Client, starter_path: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.gguf"
    with starter_path.open("rb") as file:
        cut.write_bytes(file.read(20_000_000))
    client.load_model(cut, OPTIONS)
    with pytest.raises(ModelLoadError):
        client.wait_until_ready(60)


def test_closing_ends_open_requests_and_the_process(starter_path: Path) -> None:
    client = WorkerClient()
    client.load_model(starter_path, OPTIONS)
    reply = Reply(client, max_tokens=900)
    reply.wait_for_text()
    pid = client.worker_pid
    client.close()
    end = reply.wait()
    assert isinstance(end, Failed)
    assert end.code == "engine_unavailable"
    assert pid is not None
    assert not psutil.pid_exists(pid)
    with pytest.raises(EngineUnavailableError):
        client.load_model(starter_path, OPTIONS)


@pytest.mark.may_log("the engine's process died")
@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV", "SIGABRT"])
def test_a_killed_worker_comes_back_and_replies_go_on(worker: WorkerClient, name: str) -> None:
    if not hasattr(signal, name):
        pytest.skip(f"no {name} here")
    replies = [Reply(worker, request_id, max_tokens=60) for request_id in "abc"]
    for reply in replies:
        reply.wait_for_text()
    before = [reply.text for reply in replies]
    first_pid = worker.worker_pid
    assert first_pid is not None
    os.kill(first_pid, getattr(signal, name))
    for reply, text in zip(replies, before, strict=True):
        end = reply.wait()
        assert isinstance(end, Finished)
        assert end.usage.num_generated_tokens == pytest.approx(60, abs=2)
        assert reply.text.startswith(text)
        assert len(reply.text) > len(text)
    assert worker.worker_pid != first_pid
    assert worker.state.restart_reason == name


@pytest.mark.may_log("the engine's process died")
def test_a_cancelled_request_stays_cancelled_when_the_worker_dies(worker: WorkerClient) -> None:
    reply = Reply(worker, max_tokens=900)
    reply.wait_for_text()
    pid = worker.worker_pid
    assert pid is not None
    psutil.Process(pid).suspend()
    worker.cancel("a")
    kill(worker)
    end = reply.wait()
    assert isinstance(end, Finished)
    assert end.reason is FinishReason.CANCELLED


@pytest.mark.may_log("the engine's process died")
def test_dying_again_and_again_steps_down_and_ends_in_a_clear_stop(worker: WorkerClient) -> None:
    states: list[EngineState] = []
    worker.subscribe(states.append)
    for _ in range(2):
        worker.wait_until_ready(60)
        kill(worker)
        wait_until(lambda: worker.state.phase is not ModelPhase.READY)
    worker.wait_until_ready(60)
    assert worker.state.rung is Rung.SMALLER_CONTEXT
    assert isinstance(Reply(worker, max_tokens=4).wait(), Finished)
    kill(worker)
    wait_until(lambda: worker.state.phase is ModelPhase.FAILED)
    with pytest.raises(EngineCrashLoopError) as raised:
        worker.wait_until_ready(60)
    assert raised.value.details["num_crashes"] == 3
    end = Reply(worker, "late").wait()
    assert isinstance(end, Failed)
    assert end.code == "engine_crash_loop"
    assert ModelPhase.RESTARTING in {state.phase for state in states}


@pytest.mark.may_log("the engine's process died")
def test_a_stopped_engine_starts_again_with_a_model(worker: WorkerClient, starter_path: Path) -> None:
    worker.wait_until_ready(60)
    for _ in range(3):
        kill(worker)
        wait_until(lambda: worker.state.phase is not ModelPhase.READY)
        wait_until(lambda: worker.state.phase in (ModelPhase.READY, ModelPhase.FAILED))
    assert worker.state.phase is ModelPhase.FAILED
    worker.load_model(starter_path, OPTIONS)
    assert isinstance(Reply(worker, max_tokens=4).wait(), Finished)


def wait_until(holds: Callable[[], bool], timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.may_log("the engine's process died")
def test_a_reply_cut_off_while_the_model_thinks_goes_on_thinking(tmp_path: Path) -> None:
    sent: list[protocol.Command] = []

    class FakeLink:
        pid = 0

        def send(self, command: protocol.Command) -> None:
            sent.append(command)

        def activity(self) -> None:
            pass

        def kill(self) -> None:
            pass

        def close(self) -> None:
            pass

    handlers: list[tuple[OnMessages, OnDeath]] = []

    def open_link(on_messages: OnMessages, on_death: OnDeath) -> FakeLink:
        handlers.append((on_messages, on_death))
        return FakeLink()

    path = tmp_path / "thinker.gguf"
    model = replace(ScriptedModel().info, path=path, reasoning_marks=THINK.marks, useful_rungs=tuple(Rung))
    client = Client(open_link)
    client.load_model(path, OPTIONS)
    reply = Reply(client)
    handlers[-1][0]([protocol.StateChanged(EngineState(ModelPhase.READY, path, model=model), load_number=1)])
    handlers[-1][0]([TextDelta("a", "The user", 2, is_reasoning=True)])
    handlers[-1][1]("signal 9")
    handlers[-1][0]([TextDelta("a", " wants", 1, is_reasoning=True), TextDelta("a", "Four", 1)])
    handlers[-1][1]("signal 9")
    starts = [
        request.prompt.reply_start
        for command in sent
        if isinstance(command, protocol.SubmitGroup)
        for request in command.requests
        if isinstance(request.prompt, ChatPrompt)
    ]
    assert starts == ["", "<think>\nThe user", "<think>\nThe user wants\n</think>\n\nFour"]
    client.close()
    assert isinstance(reply.wait(), Failed)
