from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lmstudio_lite.storage.conversations import Conversations
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.results import Results

CHECKOUT = Path(__file__).parents[2]
MountedRun = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def database_path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "library.sqlite3"


@pytest.fixture
def database(database_path: Path) -> Iterator[Database]:
    opened = Database.open(database_path)
    yield opened
    opened.close()


@pytest.fixture
def conversations(database: Database) -> Conversations:
    return Conversations(database)


@pytest.fixture
def results(database: Database) -> Results:
    return Results(database)


@pytest.fixture
def run_on_mount(tmp_path: Path) -> MountedRun:
    """Runs a verb of ``tests.storage.child`` on a file system of its own, which ends with the process.

    The one way to see a read-only or full disk that also holds for an administrator's account.
    """
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("no unshare here")
    enter = [unshare, "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    if subprocess.run(
        [*enter, "mount", "-t", "tmpfs", "none", str(tmp_path)], capture_output=True
    ).returncode:
        pytest.skip("no mounting here")

    def run(folder: Path, options: str, verb: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        script = 'mount -t tmpfs -o "$1" none "$2" && shift 2 && exec "$@"'
        command = [sys.executable, "-m", "tests.storage.child", verb, *arguments]
        return subprocess.run(
            [*enter, "sh", "-c", script, "sh", options, str(folder), *command],
            capture_output=True,
            text=True,
            timeout=60,
            cwd=CHECKOUT,
        )

    return run
