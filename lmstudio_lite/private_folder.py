"""An empty folder for what one process writes and forgets, which no other user can enter.

Libraries write to, and load code from, names in the temporary folder that anybody can guess: kreuzberg
unpacks PDFium there and trusts what lies there already. So each child gets such a folder as its temporary
one. It lies in the system's temporary folder if others can't move it there, else in the user's cache.

It ends with whoever made it. What killed processes left is removed by the next process that makes one: each
folder holds a lock that lives as long as the process, and as a child that inherited it.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from lmstudio_lite.errors import AlreadyRunningError, StorageError
from lmstudio_lite.folder_lock import FolderLock
from lmstudio_lite.paths import user_paths
from lmstudio_lite.private_files import is_own_private, is_safe_place, make_private_folder

_PREFIX = "lmstudio-lite-private-"
_NAME = re.compile(re.escape(_PREFIX) + r"[a-z0-9_]{8}")
_NAME_BYTES = len(_PREFIX) + 8
_PATH_BYTES_MAX = 4096
_LOCK_NAME = "private.lock"
_ATTEMPTS = 10

_sweep_lock = threading.Lock()
_swept: set[Path] = set()


class PrivateFolder:
    """There from ``make`` to ``remove``."""

    def __init__(self, path: Path, lock: FolderLock) -> None:
        self.path = path
        self._lock = lock

    @classmethod
    def make(cls, path_bytes_max: int = _PATH_BYTES_MAX) -> PrivateFolder:
        """Make a new one, in the first place that has room; those that killed processes left are removed.

        Its path has at most ``path_bytes_max`` bytes.

        Raises:
            OSError: there is no place for it.
        """
        failure = OSError("no place for a private folder")
        for place in _places():
            if len(os.fsencode(place)) + 1 + _NAME_BYTES > path_bytes_max:
                continue
            try:
                _remove_leftovers(place)
                return cls._make_in(place)
            except OSError as error:
                failure = error
        raise failure

    @classmethod
    def _make_in(cls, place: Path) -> PrivateFolder:
        for _ in range(_ATTEMPTS):
            path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
            try:
                lock = FolderLock.acquire(path, _LOCK_NAME)
            except (AlreadyRunningError, StorageError) as error:
                # Another process is just removing it, or there is no room for its lock.
                shutil.rmtree(path, ignore_errors=True)
                if isinstance(error.__cause__, OSError) and not isinstance(
                    error.__cause__, FileNotFoundError
                ):
                    raise error.__cause__ from None
                continue
            if (path / _LOCK_NAME).exists():
                return cls(path, lock)
            lock.release()
        raise OSError(f"no private folder can be kept in {place}")

    @property
    def lock_descriptor(self) -> int:
        """What a child inherits, so that its folder lives as long as it does."""
        return self._lock.descriptor

    def remove(self) -> None:
        """Remove it with all that is in it. Idempotent."""
        if os.name == "nt":
            self._lock.release()  # an open file can't be removed there
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.release()


def _places() -> Iterator[Path]:
    shared = [Path(tempfile.gettempdir()), *([Path("/tmp")] if os.name == "posix" else [])]
    yield from (place for place in shared if is_safe_place(place))
    own = user_paths().cache
    make_private_folder(own)
    yield own


def _remove_leftovers(place: Path) -> None:
    """Remove the folders of processes that are gone; once a process."""
    with _sweep_lock:
        if place in _swept:
            return
        _swept.add(place)
    with os.scandir(place) as entries:
        found = [Path(entry.path) for entry in entries if _NAME.fullmatch(entry.name)]
    for path in found:
        # Without its lock's file it is being made right now.
        if not is_own_private(path) or not (path / _LOCK_NAME).exists():
            continue
        with contextlib.suppress(AlreadyRunningError, StorageError):
            PrivateFolder(path, FolderLock.acquire(path, _LOCK_NAME)).remove()
