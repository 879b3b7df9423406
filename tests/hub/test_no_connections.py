"""Without a fetch nothing is connected to: the system itself is asked (strace), and the ledger agrees."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lmstudio_lite.hub.ledger import Ledger
from lmstudio_lite.paths import portable_paths
from lmstudio_lite.storage.connections import ConnectionRows
from lmstudio_lite.storage.database import Database

_INTERNET = re.compile(r"AF_INET6?\b")


def traced(tmp_path: Path, *arguments: str) -> list[str]:
    """Run the program under strace; return the calls with which it, or a child, opened a way to elsewhere."""
    trace = tmp_path / "trace"
    done = subprocess.run(
        [
            *("strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=socket,connect,sendto", "-o", str(trace)),
            *(sys.executable, "-m", *arguments),
        ],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return [line for line in trace.read_text("utf-8", "replace").splitlines() if _INTERNET.search(line)]


needs_strace = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")


@needs_strace
def test_a_session_in_the_window_opens_no_connection(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert traced(tmp_path, "tests.hub.quiet_session", str(data)) == []
    database = Database.open(portable_paths(data).database)
    page = Ledger(ConnectionRows(database)).read()
    database.close()
    assert (page.connections, page.num_connections, page.bytes_received) == ((), 0, 0)


@needs_strace
def test_a_verb_opens_no_connection(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    assert traced(tmp_path, "lmstudio_lite", "models", "list", "--json", "--data-dir", data) == []


@needs_strace
def test_a_connection_would_be_seen(tmp_path: Path) -> None:
    """See that the test sees: the same look at a program that connects to nobody on loopback."""
    code = "import socket; socket.socket().connect_ex(('127.0.0.1', 9))"
    (tmp_path / "connecting.py").write_text(code, "utf-8")
    trace = tmp_path / "seen"
    subprocess.run(
        ["strace", "-f", "-qq", "-e", "trace=connect", "-o", str(trace), sys.executable, "-c", code],
        check=True,
    )
    assert _INTERNET.search(trace.read_text("utf-8"))
