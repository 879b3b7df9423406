"""The window's whole process: one per data folder, closed in order, whatever ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from lmstudio_lite.domain.conversations import MessageState
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.folder_lock import FolderLock
from lmstudio_lite.paths import Paths, portable_paths
from lmstudio_lite.storage.conversations import Conversations
from lmstudio_lite.storage.database import Database
from lmstudio_lite.ui.single_instance import InstanceServer, hand_over

_START = ("import sys; from lmstudio_lite.ui.app import main; sys.exit(main(sys.argv[1:]))",)


def start(data: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    return subprocess.Popen(
        [sys.executable, "-c", *_START, "--data-dir", str(data), *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for_window(data: Path, process: subprocess.Popen[str]) -> None:
    """Wait until the process answers as the running window."""
    deadline = time.monotonic() + 30
    while not hand_over(data, []):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Path, subprocess.Popen[str]]]:
    data = tmp_path / "data"
    process = start(data)
    try:
        wait_for_window(data, process)
        yield data, process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def end(process: subprocess.Popen[str]) -> tuple[int, str]:
    output, _ = process.communicate(timeout=20)
    return process.returncode, output


@pytest.mark.skipif(os.name == "nt", reason="SIGTERM")
def test_sigterm_closes_in_order(running: tuple[Path, subprocess.Popen[str]]) -> None:
    data, process = running
    process.send_signal(signal.SIGTERM)
    code, output = end(process)
    assert (code, output) == (0, "")
    FolderLock.acquire(data).release()


@pytest.mark.skipif(os.name == "nt", reason="a stale socket is a file only here")
def test_a_killed_window_leaves_no_lock_behind(running: tuple[Path, subprocess.Popen[str]]) -> None:
    data, process = running
    process.kill()
    end(process)
    again = start(data)
    try:
        wait_for_window(data, again)
    finally:
        again.terminate()
        code, output = end(again)
    assert (code, output) == (0, "")


def test_a_second_start_hands_over_and_ends(running: tuple[Path, subprocess.Popen[str]]) -> None:
    data, process = running
    second = start(data)
    assert end(second) == (0, "")
    assert process.poll() is None
    process.terminate()
    end(process)


def test_a_data_folder_that_is_a_file_is_explained(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    code = (
        "import sys; from PySide6.QtWidgets import QMessageBox\n"
        "QMessageBox.exec = lambda self: print(self.text(), self.informativeText())\n"
        "from lmstudio_lite.ui.app import main; sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "--data-dir", str(blocked)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert str(blocked) in done.stdout
    assert done.stderr == ""


def test_paths_arrive_with_the_first(tmp_path: Path, qtbot: QtBot) -> None:
    lock = FolderLock.acquire(tmp_path)
    server = InstanceServer(tmp_path)
    try:
        sender = start(tmp_path, "a b.pdf")
        try:
            with qtbot.waitSignal(server.paths_received, timeout=60_000) as received:
                pass
            qtbot.waitUntil(lambda: sender.poll() is not None, timeout=20_000)
        finally:
            if sender.poll() is None:
                sender.kill()
    finally:
        server.close()
        lock.release()
    assert end(sender) == (0, "")
    assert received.args == [[Path("a b.pdf").absolute()]]


def test_nobody_answers_where_nobody_listens(tmp_path: Path) -> None:
    assert not hand_over(tmp_path, [])


def test_a_reply_cut_off_by_a_kill_is_marked_at_the_next_start(paths: Paths) -> None:
    database = Database.open(paths.database)
    conversations = Conversations(database)
    conversation = conversations.create("q")
    question = conversations.add_message(conversation.id, None, Role.USER, "q")
    reply = conversations.add_message(
        conversation.id, question.id, Role.ASSISTANT, "half", MessageState.STREAMING
    )
    database.close()
    process = start(paths.data)
    try:
        wait_for_window(paths.data, process)
    finally:
        process.terminate()
        assert end(process) == (0, "")
    database = Database.open(paths.database)
    try:
        kept = Conversations(database).get_message(reply.id)
        assert (kept.text, kept.state) == ("half", MessageState.INTERRUPTED)
    finally:
        database.close()


def test_a_damaged_database_is_set_aside_and_what_can_be_read_is_there(tmp_path: Path) -> None:
    paths = portable_paths(tmp_path / "data")
    database = Database.open(paths.database)
    Conversations(database).begin("Kept", "A question")
    Conversations(database).begin("Long", "A question of many words. " * 1000)
    database.close()
    content = paths.database.read_bytes()
    paths.database.write_bytes(content[: len(content) - 4096])
    code = (
        "import sys; from PySide6.QtWidgets import QMessageBox\n"
        "QMessageBox.exec = lambda self: (print(self.text(), self.informativeText(), flush=True),"
        " *(button.click() for button in self.buttons()[:1]))\n"
        "from lmstudio_lite.ui.app import main; sys.exit(main(sys.argv[1:]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, "--data-dir", str(paths.data)],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        wait_for_window(paths.data, process)
    finally:
        process.terminate()
        code_of_exit, said = end(process)
    assert code_of_exit == 0
    assert "damaged" in said
    assert "Recovered" in said
    database = Database.open(paths.database)
    try:
        assert "Kept" in {found.title for found in Conversations(database).list()}
    finally:
        database.close()
    assert paths.database.with_name("library.sqlite3.damaged-1").exists()
