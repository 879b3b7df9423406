"""Why a worker ended, and what becomes of one that can't be understood."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from lmstudio_lite.engine.client.transport import WorkerTransport
from lmstudio_lite.errors import TrainingWorkerError
from lmstudio_lite.finetune.client import TrainingClient
from lmstudio_lite.finetune.protocol import Event, RunFailed
from lmstudio_lite.finetune.run_folder import RunFolder
from lmstudio_lite.workers import worker
from lmstudio_lite.workers.frames import UnreadableError, read_line
from lmstudio_lite.workers.worker import Worker, exit_reason

posix_only = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
Replace = Callable[[str], None]
NONSENSE = "import sys, time; print('x' * 100 + chr(10), flush=True); time.sleep(600)"


@pytest.fixture
def replace(monkeypatch: pytest.MonkeyPatch) -> Replace:
    """Return what puts a process that runs other code in the place of the next worker."""

    def put(code: str) -> None:
        monkeypatch.setattr(worker, "child_command", lambda _verb: [sys.executable, "-c", code])

    return put


def hear(decode: Callable[[bytes], str]) -> tuple[str, list[str]]:
    heard: list[str] = []
    with Worker("engine-worker", stdout=subprocess.PIPE) as process:
        return process.hear(read_line, decode, heard.append), heard


def strict(line: bytes) -> str:
    if line != b"a word\n":
        raise UnreadableError("no word")
    return line.decode()


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        ("sys.exit(0)", "exit code 0"),
        ("sys.exit(3)", "exit code 3"),
        pytest.param("os.kill(os.getpid(), 11)", "SIGSEGV", marks=posix_only),
        pytest.param("os.write(1, b'a wo'); os.kill(os.getpid(), 9)", "SIGKILL", marks=posix_only),
    ],
)
def test_the_reason_of_an_end_is_named(replace: Replace, ending: str, reason: str) -> None:
    replace(f"import os, sys; os.write(1, b'a word\\n'); {ending}")
    assert hear(strict) == (reason, ["a word\n"])


@posix_only
def test_a_signal_without_a_name_has_a_number() -> None:
    assert exit_reason(-99) == "signal 99"


@pytest.mark.may_log("the engine-worker sent what can't be read: no word")
def test_a_worker_that_sends_nonsense_is_ended(replace: Replace) -> None:
    replace("import os, time; os.write(1, b'a word\\nno word\\n'); time.sleep(600)")
    assert hear(strict) == ("unreadable", ["a word\n"])


@pytest.mark.may_log("the engine-worker sent what can't be read")
def test_an_engine_that_sends_nonsense_died(replace: Replace) -> None:
    replace(NONSENSE)
    reasons: list[str] = []
    has_died = threading.Event()

    def on_death(reason: str) -> None:
        reasons.append(reason)
        has_died.set()

    transport = WorkerTransport(lambda _messages: None, on_death)
    assert has_died.wait(30)
    transport.close()
    assert reasons == ["unreadable"]


@pytest.mark.may_log("the training-worker sent what can't be read")
def test_a_training_that_sends_nonsense_failed(replace: Replace, tmp_path: Path) -> None:
    replace(NONSENSE)
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    events: list[Event] = []
    client = TrainingClient(folder, events.append)
    assert client.wait(30)
    client.close()
    assert events == [RunFailed(TrainingWorkerError.code, {"reason": "unreadable"})]
