"""One process per folder: a lock on a file, released by the system however the process ends.

The window locks its data folder, a training the folder of its run.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import BinaryIO

from lmstudio_lite import paths
from lmstudio_lite.errors import AlreadyRunningError

_FILE_NAME = "running.lock"


class FolderLock:
    """Held from ``acquire`` to ``release``; the file itself stays."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    @classmethod
    def acquire(cls, folder: Path) -> FolderLock:
        """Lock ``folder`` for this process.

        Raises:
            AlreadyRunningError: another process holds it.
            DataFolderReadOnlyError, DiskFullError: the lock's file can't be made.
        """
        path = folder / _FILE_NAME
        try:
            file = path.open("ab")
        except OSError as error:
            raise paths.write_error(error, path) from error
        try:
            _lock(file)
        except OSError:
            file.close()
            raise AlreadyRunningError(path=str(folder)) from None
        return cls(file)

    def release(self) -> None:
        """Let others in. Idempotent: closing the file is what unlocks it."""
        self._file.close()


if sys.platform == "win32":
    import msvcrt

    def _lock(file: BinaryIO) -> None:
        file.seek(0, os.SEEK_SET)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
