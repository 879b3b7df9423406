"""A file that is being fetched: its bytes under a name that no model has, its journal, and its lock.

Three names beside the one that it will have: ``<name>.<identity>.part`` for the bytes, ``….part.journal`` for
what is known of them, ``….part.lock`` while a process works on it. The identity is of the content where that
is known (SHA-256), so that the same file from another mirror goes on where the first one stopped, and another
file with the same name does not write over it.

The file gets its name by ``publish`` alone, which wants the proof first.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from lmstudio_lite.domain.hub import RemoteFile
from lmstudio_lite.errors import (
    AlreadyRunningError,
    AppError,
    DiskFullError,
    FetchBusyError,
    FetchFolderError,
    FetchSpaceError,
    InvariantError,
    StorageError,
)
from lmstudio_lite.folder_lock import FolderLock
from lmstudio_lite.hub.journal import FileFacts, Journal, Known, read_journal

_NAME_BYTES_MAX = 255
_SUFFIXES_MAX = ".part.journal"
_IDENTITY_DIGITS = 10
_SPARE_BYTES = 16 << 20
_TRIAL_BYTES = 8 << 20
_TRIAL_S_MAX = 0.1
_FULL = (errno.ENOSPC, errno.EDQUOT)
_REASONS = {
    "too_large": (errno.EFBIG,),
    "name_too_long": (errno.ENAMETOOLONG,),
    "bad_name": (errno.EINVAL, errno.EILSEQ),
    "gone": (errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.ENOTDIR),
    "broken": (errno.EIO, errno.ESTALE),
}


class PartFile:
    """The part of one file in one folder, locked for this process. ``publish`` or ``close`` ends it.

    Its methods may be called by any thread; one thread at a time tells the journal something (``lock``).
    """

    def __init__(self, file: RemoteFile, folder: Path) -> None:
        """Lock the part and read what is known of it; nothing else is written yet.

        Raises:
            FetchBusyError: another process has it.
            FetchFolderError: the folder can't be written to, or no file can have this name.
            DiskFullError: not even the lock fits.
        """
        self.file = file
        self.target = folder / file.name
        self.path = part_path(file, folder)
        self.lock = threading.Lock()
        self._journal: Journal | None = None
        self._is_closed = False
        self._lock_path = self.path.with_name(self.path.name + ".lock")
        self._held = _locked(self._lock_path, self.target)
        try:
            with named_disk_errors(self.target):
                self.known = self._found()
        except BaseException:
            self.close()
            raise

    @property
    def journal(self) -> Journal:
        """Where to say what becomes known; opened by the first use. Raises ``OSError``."""
        if self._journal is None:
            self._journal = Journal(self._journal_path)
        return self._journal

    def begin(self, facts: FileFacts) -> None:
        """Say what the file is and forget what was known; the bytes stay until they are written over.

        Raises:
            DiskFullError, FetchFolderError: the journal can't be written.
        """
        with named_disk_errors(self.target), self.lock:
            self.journal.begin(facts)
            self.known = Known(facts, high=max(facts.high, self.known.high if self.known else 0))
            self.path.touch()

    def reserve(self, size_bytes: int) -> None:
        """Give the file its whole length now, so that the disk can't be full halfway.

        Raises:
            FetchSpaceError: there is less room than that.
            DiskFullError, FetchFolderError: the disk refuses.
        """
        with named_disk_errors(self.target):
            with self.path.open("ab") as part:
                status = os.fstat(part.fileno())
                held = getattr(status, "st_blocks", 0) * 512
                needed = max(0, size_bytes - held)
                free = shutil.disk_usage(self.path.parent).free
                if needed and free < needed + _SPARE_BYTES:
                    raise FetchSpaceError(
                        path=str(self.target), needed_bytes=size_bytes - held, free_bytes=free
                    )
            with self.path.open("r+b") as part:
                if needed:
                    _allocate(part, size_bytes)
                part.truncate(size_bytes)

    def open_to_write(self) -> BinaryIO:
        """Open the bytes for one connection to write to. Raises ``OSError``."""
        return self.path.open("r+b", buffering=0)

    def prove(self, sha256: str) -> None:
        """Bring all to the disk and note that it is right.

        Raises:
            DiskFullError, FetchFolderError: the disk refuses.
        """
        with named_disk_errors(self.target), self.lock:
            with self.path.open("r+b") as part:
                os.fsync(part.fileno())
            self.journal.prove(sha256)
            if self.known is not None:
                self.known.proven = sha256

    def publish(self) -> Path:
        """Give the proven file its name, and end; where that fails, it is ended all the same.

        Raises:
            FetchFolderError: something has this name by now ("exists"), or the disk refuses.
        """
        if self.known is None or not self.known.proven:
            raise InvariantError("a file is to be published that is not proven")
        try:
            check_free(self.target)
            with named_disk_errors(self.target):
                self._close_journal()
                os.replace(self.path, self.target)
                _sync_folder(self.target.parent)
                self._journal_path.unlink(missing_ok=True)
        finally:
            self.close()
        return self.target

    @property
    def holds_nothing(self) -> bool:
        """Whether no byte of it ever came."""
        known = self.known
        return known is not None and not known.high and next(iter(known.on_disk), None) is None

    def discard(self) -> None:
        """Remove the bytes and what is known of them, and end.

        Raises:
            FetchFolderError: the disk refuses.
        """
        with named_disk_errors(self.target):
            self._close_journal()
            self.path.unlink(missing_ok=True)
            self._journal_path.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Let go of it; all that is there stays. Idempotent."""
        self._close_journal()
        if self._is_closed:
            return
        self._is_closed = True
        if os.name == "posix":
            with contextlib.suppress(OSError):
                if _is_same(self._held, self._lock_path):
                    self._lock_path.unlink()
            self._held.release()
        else:
            self._held.release()
            with contextlib.suppress(OSError):
                self._lock_path.unlink()

    @property
    def _journal_path(self) -> Path:
        return self.path.with_name(self.path.name + ".journal")

    def _close_journal(self) -> None:
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def _found(self) -> Known | None:
        """Return what is known, as far as the bytes are still there and it is the file that is wanted."""
        known = read_journal(self._journal_path)
        if known is None or not _is_wanted(known.facts, self.file):
            return None
        try:
            length = self.path.stat().st_size
        except FileNotFoundError:
            return None
        known.on_disk.remove(length, max(length, known.facts.size, 1 << 60))
        return known


def part_path(file: RemoteFile, folder: Path) -> Path:
    """Return where the bytes of ``file`` lie until all are there and right."""
    identity = file.sha256 or (f"{file.repo}/{file.revision}/{file.path}" if file.repo else file.url)
    digits = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:_IDENTITY_DIGITS]
    room = _NAME_BYTES_MAX - len(f".{digits}{_SUFFIXES_MAX}")
    stem = os.fsencode(file.name)[:room].decode(errors="ignore")
    return folder / f"{stem}.{digits}.part"


def discard_part(file: RemoteFile, folder: Path) -> None:
    """Remove what was fetched of ``file``.

    Raises:
        FetchBusyError: another process works on it.
        FetchFolderError: the disk refuses.
    """
    path = part_path(file, folder)
    if path.exists() or path.with_name(path.name + ".journal").exists():
        PartFile(file, folder).discard()


def find_known(file: RemoteFile, folder: Path) -> Known | None:
    """Return what is known of a part without locking or opening it; None where nothing is."""
    path = part_path(file, folder)
    try:
        return read_journal(path.with_name(path.name + ".journal"))
    except OSError:
        return None


def check_name(file: RemoteFile, folder: Path) -> None:
    """See that a file can have this name in ``folder``: one component, no tricks.

    Raises:
        FetchFolderError: it can't.
    """
    name = file.name
    is_plain = name == Path(name).name and name not in ("", ".", "..") and not set(name) & set("/\\\0\n\r")
    if not is_plain:
        raise FetchFolderError(path=name, reason="bad_name")
    try:
        length = len(os.fsencode(name))
    except UnicodeEncodeError:
        raise FetchFolderError(path=name, reason="bad_name") from None
    if length > _NAME_BYTES_MAX:
        raise FetchFolderError(path=str(folder / name), reason="name_too_long")


def check_free(target: Path) -> None:
    """See that nothing has the name that a file is to get.

    Raises:
        FetchFolderError: something has it.
    """
    with named_disk_errors(target):
        if os.path.lexists(target):
            raise FetchFolderError(path=str(target), reason="exists")


@contextlib.contextmanager
def named_disk_errors(target: Path) -> Iterator[None]:
    """Turn what the system says of the disk into the error that people read of."""
    try:
        yield
    except OSError as error:
        raise disk_error(error, target) from error


def disk_error(error: OSError, target: Path) -> AppError:
    """Name what the system says of ``target`` or its folder."""
    folder = str(target.parent)
    if error.errno in _FULL:
        return DiskFullError(path=str(target))
    reason = next((reason for reason, codes in _REASONS.items() if error.errno in codes), "read_only")
    of_name = reason in ("name_too_long", "bad_name")
    return FetchFolderError(path=str(target) if of_name else folder, reason=reason)


def _is_wanted(facts: FileFacts, file: RemoteFile) -> bool:
    """Tell whether what was begun is this very file."""
    if file.size_bytes and facts.size and facts.size != file.size_bytes:
        return False
    if file.sha256 and facts.sha256:
        return facts.sha256 == file.sha256
    return facts.url == file.url or bool(file.repo and facts.path == file.path)


def _locked(path: Path, target: Path) -> FolderLock:
    """Lock the file at ``path``, the one that has this name now: another process may have removed it."""
    while True:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            held = FolderLock.acquire(path.parent, path.name)
        except AlreadyRunningError:
            raise FetchBusyError(path=str(target)) from None
        except StorageError as error:
            cause = error.__cause__
            raise (disk_error(cause, target) if isinstance(cause, OSError) else error) from error
        except OSError as error:
            raise disk_error(error, target) from error
        if os.name != "posix" or _is_same(held, path):
            return held
        held.release()


def _is_same(held: FolderLock, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(held.descriptor), path.stat())
    except OSError:
        return False


def _allocate(part: BinaryIO, size_bytes: int) -> None:
    """Reserve the bytes where the file system can do that at once; others stay sparse.

    Where it can't, the C library writes to every block instead: a trial tells.
    """
    if not hasattr(os, "posix_fallocate"):
        return
    began_s = time.monotonic()
    trial = min(size_bytes, _TRIAL_BYTES)
    try:
        os.posix_fallocate(part.fileno(), 0, trial)
        if time.monotonic() - began_s < _TRIAL_S_MAX:
            os.posix_fallocate(part.fileno(), 0, size_bytes)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
            raise


def _sync_folder(folder: Path) -> None:
    """Make a rename last through a power cut, where folders can be opened (not Windows)."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
