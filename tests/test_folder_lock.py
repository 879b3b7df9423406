from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lmstudio_lite.errors import AlreadyRunningError, DataFolderReadOnlyError
from lmstudio_lite.folder_lock import FolderLock

HOLD = """
import sys
from pathlib import Path
from lmstudio_lite.folder_lock import FolderLock
lock = FolderLock.acquire(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_folder_is_locked_once(tmp_path: Path) -> None:
    lock = FolderLock.acquire(tmp_path)
    with pytest.raises(AlreadyRunningError):
        FolderLock.acquire(tmp_path)
    lock.release()
    lock.release()
    FolderLock.acquire(tmp_path).release()


def test_a_killed_holder_lets_go(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"held"
        with pytest.raises(AlreadyRunningError):
            FolderLock.acquire(tmp_path)
        holder.kill()
    FolderLock.acquire(tmp_path).release()


def test_a_folder_that_is_not_there_can_not_be_locked(tmp_path: Path) -> None:
    with pytest.raises(DataFolderReadOnlyError):
        FolderLock.acquire(tmp_path / "missing")
