"""A second start tells its files to the window of its data folder alone, and never ends without a word."""

from __future__ import annotations

import hashlib
import json
import os
import socket as sockets
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from pytestqt.qtbot import QtBot

from lmstudio_lite.folder_lock import FolderLock
from lmstudio_lite.ui.instance_record import InstanceRecord, is_same_user, load_record
from lmstudio_lite.ui.single_instance import InstanceServer, hand_over
from tests.support.other_user import as_nobody, needs_other_user

posix_only = pytest.mark.skipif(os.name == "nt", reason="local sockets as files")

START = (
    "import sys; from PySide6.QtWidgets import QMessageBox\n"
    "QMessageBox.exec = lambda self: print(self.text(), self.informativeText())\n"
    "from lmstudio_lite.ui.app import main; sys.exit(main(sys.argv[1:]))"
)
HOSTILE = (
    b'["not", "ours"]\n',
    b"[" * 100_000 + b"\n",
    b'{"number": ' + b'{"a":' * 20_000 + b"1" + b"}" * 20_000 + b"}\n",
    b'{"number": 1}\n',
    b'{"paths": ["/etc/passwd"]}\n',
    b"\xff\xfe\x00\n",
    b"\n",
    b"x" * 2_000_000,
)


@pytest.fixture(params=["runtime folder", "no runtime folder"])
def runtime(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path | None]:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    if request.param == "no runtime folder":
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)


@pytest.fixture
def heard() -> list[object]:
    return []


@pytest.fixture
def server(
    tmp_path: Path, heard: list[object], runtime: Path | None, qtbot: QtBot
) -> Iterator[InstanceServer]:
    server = InstanceServer(tmp_path)
    server.paths_received.connect(heard.append)
    yield server
    server.close()


def later_start(qtbot: QtBot, data_folder: Path, *paths: str | bytes) -> bool:
    """Hand ``paths`` over from another process while this one's event loop turns."""
    code = (
        "import sys; from pathlib import Path; from lmstudio_lite.ui.single_instance import hand_over\n"
        "print(hand_over(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]]))"
    )
    command = [sys.executable, "-c", code, str(data_folder), *paths]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        qtbot.waitUntil(lambda: process.poll() is not None, timeout=20_000)
        return process.communicate()[0] == "True\n"


def address(data_folder: Path) -> str:
    record = load_record(data_folder)
    assert record is not None
    return record.address


def test_paths_are_handed_over(
    tmp_path: Path, server: InstanceServer, heard: list[object], qtbot: QtBot
) -> None:
    odd = b"/tmp/not \xff text.pdf" if os.name == "posix" else b"C:/a.pdf"
    assert later_start(qtbot, tmp_path, "a b.pdf", odd)
    assert heard == [[Path("a b.pdf").absolute(), Path(os.fsdecode(odd))]]


@posix_only
def test_others_can_reach_neither_the_socket_nor_the_secret(
    tmp_path: Path, server: InstanceServer, runtime: Path | None
) -> None:
    place = Path(address(tmp_path))
    assert stat.S_ISSOCK(place.stat().st_mode)
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert place.parent == runtime or runtime is None
    (secret,) = (path for path in tmp_path.iterdir() if path.is_file())
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    server.close()
    assert not place.exists()
    assert list(tmp_path.iterdir()) == []
    assert not hand_over(tmp_path, [])


@pytest.mark.parametrize("message", HOSTILE, ids=lambda message: str(message[:20]))
def test_hostile_messages_are_ignored(
    tmp_path: Path, server: InstanceServer, heard: list[object], qtbot: QtBot, message: bytes
) -> None:
    for before in (b"", b'{"number": "17"}\n'):
        socket = QLocalSocket()
        with qtbot.waitSignal(socket.disconnected):
            socket.connectToServer(address(tmp_path))
            socket.write(before + message)
    assert heard == []
    assert later_start(qtbot, tmp_path)


def test_who_does_not_know_the_secret_is_not_heard(
    tmp_path: Path, server: InstanceServer, heard: list[object], qtbot: QtBot
) -> None:
    record = load_record(tmp_path)
    assert record is not None
    elsewhere = tmp_path / "elsewhere"
    InstanceRecord.make(record.address).save(elsewhere)
    assert not later_start(qtbot, elsewhere, "/private")
    assert heard == []


@posix_only
def test_nothing_is_said_to_who_gives_no_proof(tmp_path: Path, qtbot: QtBot) -> None:
    """A process that answers everything with "ok", and even with what it was asked."""
    place = tmp_path / "s"
    InstanceRecord.make(str(place)).save(tmp_path)
    heard = b""
    with sockets.socket(sockets.AF_UNIX) as listening:
        listening.bind(str(place))
        listening.listen()

        def answer() -> None:
            nonlocal heard
            connection, _ = listening.accept()
            with connection:
                heard = connection.recv(100_000)
                number = json.loads(heard)["number"]
                connection.sendall(json.dumps({"number": number, "proof": number}).encode() + b"\nok\n")
                heard += connection.recv(100_000)

        thread = threading.Thread(target=answer)
        thread.start()
        assert not later_start(qtbot, tmp_path, "/my/private/file")
        thread.join()
    assert b"private" not in heard


@posix_only
@pytest.mark.parametrize("mode", [0o644, 0o660])
def test_an_address_that_others_may_have_written_or_read_is_not_used(tmp_path: Path, mode: int) -> None:
    InstanceRecord.make("somewhere").save(tmp_path)
    assert load_record(tmp_path) is not None
    (tmp_path / "instance.json").chmod(mode)
    assert load_record(tmp_path) is None


@needs_other_user
def test_another_user_is_neither_told_nor_heard(tmp_path: Path, qtbot: QtBot) -> None:
    """Even where the socket lies open: the kernel says whose process the other end is."""
    with tempfile.TemporaryDirectory() as open_folder:
        Path(open_folder).chmod(0o777)
        place = Path(open_folder, "s")
        InstanceRecord.make(str(place)).save(tmp_path)
        squat = (
            "s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); print('up', flush=True)\n"
            "c, _ = s.accept(); print(c.recv(1000))"
        )
        heard: list[str] = []
        attacker = threading.Thread(target=lambda: heard.append(as_nobody(squat, str(place))))
        attacker.start()
        qtbot.waitUntil(place.exists)
        assert not later_start(qtbot, tmp_path, "/my/private/file")
        attacker.join()
        assert heard == ["up\nb''"]

    knock = "s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.recv(1)"
    with tempfile.TemporaryDirectory() as open_folder:
        Path(open_folder).chmod(0o755)
        listening = QLocalServer()
        listening.setSocketOptions(QLocalServer.SocketOption.WorldAccessOption)
        assert listening.listen(str(Path(open_folder, "s")))
        caller = threading.Thread(
            target=as_nobody,
            args=(knock, str(Path(open_folder, "s"))),
        )
        caller.start()
        qtbot.waitUntil(listening.hasPendingConnections)
        caught = listening.nextPendingConnection()
        assert not is_same_user(caught.socketDescriptor())
        caught.abort()
        listening.close()
        caller.join()


@needs_other_user
def test_a_squatted_name_neither_hears_the_files_nor_ends_the_start(tmp_path: Path, qtbot: QtBot) -> None:
    """Another user listens under every name that can be guessed; the window still opens."""
    data = tmp_path / "data"
    digest = hashlib.sha256(str(data).encode()).hexdigest()[:24]
    squat = (
        "s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); os.chmod(sys.argv[1], 0o777); s.listen()\n"
        "s.settimeout(30); print(os.getpid(), flush=True)\n"
        "while True:\n    c, _ = s.accept(); print(c.recv(1000), flush=True); c.sendall(b'ok\\n')"
    )
    with tempfile.TemporaryDirectory() as shared:
        Path(shared).chmod(0o1777)
        place = Path(shared, f"lmstudio-lite-{digest}")
        failures: list[BaseException] = []

        def attack() -> None:
            try:
                as_nobody(squat, str(place))
            except BaseException as error:  # ends by its own timeout or with the folder
                failures.append(error)

        attacker = threading.Thread(target=attack)
        attacker.start()
        qtbot.waitUntil(place.exists)
        environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "TMPDIR": shared}
        environment.pop("XDG_RUNTIME_DIR", None)
        window = subprocess.Popen(
            [sys.executable, "-c", START, "--data-dir", str(data), "/my/private/file.pdf"],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            qtbot.waitUntil(lambda: load_record(data) is not None, timeout=30_000)
            assert window.poll() is None
        finally:
            window.terminate()
            window.communicate()
        with sockets.socket(sockets.AF_UNIX) as last:  # so that it ends before its timeout
            last.connect(str(place))
            place.unlink()
        attacker.join()
    assert all("private" not in str(error) for error in failures)


def test_a_folder_held_by_somebody_else_is_explained(tmp_path: Path) -> None:
    """What holds the lock is no window: the start says so instead of ending without a word."""
    lock = FolderLock.acquire(tmp_path)
    try:
        done = subprocess.run(
            [sys.executable, "-c", START, "--data-dir", str(tmp_path), "/my/private/file.pdf"],
            env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        lock.release()
    assert done.returncode == 1
    assert "already running" in done.stdout
    assert done.stderr == ""
