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
from lmstudio_lite.private_files import open_to_append

_FILE_NAME = "running.lock"


class FolderLock:
    """Held from ``acquire`` to ``release``; the file itself stays.

    The file is private: whoever can read it could lock it, and keep its user out.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    @classmethod
    def acquire(cls, folder: Path, name: str = _FILE_NAME) -> FolderLock:
        """Lock ``folder`` for this process, with the file ``name`` in it.

        Raises:
            AlreadyRunningError: another process holds it.
            DataFolderReadOnlyError, DiskFullError: the lock's file can't be made.
        """
        path = folder / name
        try:
            file = open_to_append(path)
        except OSError as error:
            raise paths.write_error(error, path) from error
        try:
            _lock(file)
        except OSError:
            file.close()
            raise AlreadyRunningError(path=str(folder)) from None
        return cls(file)

    @property
    def descriptor(self) -> int:
        """The open file: a process that inherits it holds the lock as well."""
        return self._file.fileno()

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
