"""Putting a copy of a file somewhere, whole or not at all, and proven to be the same.

The bytes go into a file beside the target with a name of its own (short, for the target's may fill the 255
letters that a file system allows), are read back and compared by SHA-256 with what was read from
the source, and only then get the target's name, which is never taken from another file.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.errors import DiskFullError, ModelChangeError
from lmstudio_lite.files import open_regular
from lmstudio_lite.library.keeping.refusals import refusal

OnBytes = Callable[[int], None]
"""Told how many bytes more were written or read back."""

PASSES = 2
"""A copied byte is counted when it is written and when it is read back."""
_BLOCK_BYTES = 4 << 20
_ENDING = ".lmstudio-lite-part"


def copy_beside(source: Path, folder: Path, on_bytes: OnBytes, cancellation: Cancellation) -> Path:
    """Copy ``source`` into ``folder`` under a name of its own, proven equal; return that file.

    Raises:
        CancelledError: cancelled; nothing is left.
        ModelNotFoundError, ModelChangeError, DiskFullError: it failed; nothing is left.
    """
    free_bytes = _free_bytes(folder)
    part = folder / f".{secrets.token_hex(6)}{_ENDING}"
    try:
        size_bytes = source.stat().st_size
        if free_bytes is not None and size_bytes > free_bytes:
            raise DiskFullError(path=str(folder / source.name))
        digest = _write(source, part, on_bytes, cancellation)
        if _digest(part, on_bytes, cancellation) != digest:
            raise ModelChangeError(path=str(source), reason="copy_differs")
        return part
    except OSError as error:
        remove_quietly(part)
        if error.errno == errno.ENOENT and source.exists():
            raise ModelChangeError(path=str(folder / source.name), reason="drive_gone") from error
        raise refusal(error, _culprit(error, source, folder)) from error
    except BaseException:
        remove_quietly(part)
        raise


def place(part: Path, target: Path) -> None:
    """Give ``part`` the name ``target`` if nothing has it yet. Both lie in one file system.

    Raises:
        OSError: ``EEXIST`` where something has that name; or the system refuses.
    """
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    if part.is_symlink():
        part.rename(target)
        return
    try:
        os.link(part, target)  # unlike a rename, it never takes another file's place
    except FileExistsError:
        raise
    except OSError:  # no hard links here (FAT, some network drives)
        part.rename(target)
        return
    try:
        part.unlink()
    except OSError:
        remove_quietly(target)  # or the file would have two names
        raise


def sha256(path: Path, on_bytes: OnBytes, cancellation: Cancellation) -> str:
    """Return the SHA-256 of the file at ``path``, in hexadecimal digits.

    Raises:
        CancelledError: cancelled.
        ModelNotFoundError, ModelChangeError: it can't be read.
    """
    try:
        return _digest(path, on_bytes, cancellation)
    except OSError as error:
        raise refusal(error, path) from error


def remove_quietly(path: Path) -> None:
    """Remove a file of ours that is not wanted any more, if it is there."""
    with contextlib.suppress(OSError):
        path.unlink()


def _write(source: Path, part: Path, on_bytes: OnBytes, cancellation: Cancellation) -> str:
    digest = hashlib.sha256()
    with open_regular(source) as file, open(part, "xb") as copy:
        before = os.fstat(file.fileno())
        for block in _blocks(file, cancellation):
            copy.write(block)
            digest.update(block)
            on_bytes(len(block))
        copy.flush()
        os.fsync(copy.fileno())
        after = os.fstat(file.fileno())
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise ModelChangeError(path=str(source), reason="changed")
        if copy.tell() != before.st_size:
            raise ModelChangeError(path=str(source), reason="changed")
    os.utime(part, ns=(before.st_atime_ns, before.st_mtime_ns))
    return digest.hexdigest()


def _digest(path: Path, on_bytes: OnBytes, cancellation: Cancellation) -> str:
    digest = hashlib.sha256()
    with open_regular(path) as file:
        for block in _blocks(file, cancellation):
            digest.update(block)
            on_bytes(len(block))
    return digest.hexdigest()


def _blocks(file: BinaryIO, cancellation: Cancellation) -> Iterator[bytes]:
    while block := file.read(_BLOCK_BYTES):
        cancellation.raise_if_cancelled()
        yield block


def _free_bytes(folder: Path) -> int | None:
    """Return the room that is left, None where the file system does not say."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def _culprit(error: OSError, source: Path, folder: Path) -> Path:
    """Return the path that an error is about: the target unless the source is what could not be read."""
    name = str(error.filename or "")
    return source if name == str(source) or not os.path.exists(source) else folder / source.name
