"""A damaged database, set aside for a new one with what can be read of it."""

from __future__ import annotations

from lmstudio_lite.folder_lock import FolderLock
from lmstudio_lite.paths import Paths
from lmstudio_lite.storage.salvage import Salvage, salvage

__all__ = ["Salvage", "recover_database"]


def recover_database(paths: Paths) -> Salvage:
    """Make a new database of what can be read of the damaged one, which is kept beside it.

    Raises:
        AlreadyRunningError: another process has the folder.
        StorageError: nothing can be written there, or nothing can be read.
    """
    lock = FolderLock.acquire(paths.data)
    try:
        return salvage(paths.database)
    finally:
        lock.release()
