"""Opening what a person, a settings file, a manifest or a request names: a regular file, or an error at once.

A name may lead to a pipe that nobody writes to, to ``/dev/zero`` or to a socket: a plain ``open`` or ``read``
of these waits for ever, or never ends. Everything outside the program's own resources is therefore opened
here. What is no regular file is told by ``stat`` before it is opened, for opening a pipe lets its writer go
on and opening a device may do something; the open descriptor is asked again, for the name may have changed
its meaning in between. A file is read up to the size it had when it was opened, so one that
grows faster than it is read has an end as well.

All failures are ``OSError``: each room words them once, with the error that its callers know.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import stat
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

_FLAGS = (
    getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NOINHERIT", 0)
)
_UNSIZED_MAX_BYTES = 64 << 20
"""Of a file that says that it is empty and is not, as those of Linux's /proc do."""


class FileKind(StrEnum):
    """What a name leads to, as the shared MIME database calls it (``inode/…``)."""

    FILE = "file"
    FOLDER = "directory"
    PIPE = "fifo"
    SOCKET = "socket"
    DEVICE = "chardevice"
    DISK = "blockdevice"


class IrregularFileError(OSError):
    """The name leads to something that is no regular file; ``kind`` says to what."""

    def __init__(self, path: Path, kind: FileKind) -> None:
        super().__init__(errno.EINVAL, f"not a file but a {kind}", str(path))
        self.kind = kind


def open_regular(path: Path) -> BinaryIO:
    """Open the file at ``path`` to read it from its beginning; never waits.

    Raises:
        IrregularFileError: it is a folder, a pipe, a socket or a device.
        OSError: it is not there, can't be opened, or no file can have that name.
    """
    descriptor = open_descriptor(path, os.O_RDONLY)
    try:
        return io.BufferedReader(_BoundedFile(descriptor, os.fstat(descriptor).st_size))
    except BaseException:
        os.close(descriptor)
        raise


def open_descriptor(path: str | Path, flags: int, mode: int = 0o600) -> int:
    """Open ``path`` as ``os.open`` does, if it is a file or to be made; never waits.

    Raises:
        OSError: as ``open_regular``.
    """
    path = _checked(Path(path))
    with contextlib.suppress(FileNotFoundError):
        _refuse_irregular(path, os.stat(path))
    descriptor = os.open(path, flags | _FLAGS, mode)
    try:
        _refuse_irregular(path, os.fstat(descriptor))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def read_regular(path: Path, limit_bytes: int) -> bytes:
    """Return the content of the file at ``path``.

    Raises:
        OSError: as ``open_regular``; ``EFBIG`` where it is longer than ``limit_bytes``.
    """
    with open_regular(path) as file:
        content = file.read(limit_bytes + 1)
    if len(content) > limit_bytes:
        raise OSError(errno.EFBIG, f"longer than {limit_bytes:,} bytes", str(path))
    return content


def check_regular(path: Path) -> None:
    """See that ``path`` can be opened as a file, before code that opens it by its name does.

    Raises:
        OSError: as ``open_regular``.
    """
    os.close(open_descriptor(path, os.O_RDONLY))


def irregular_kind(path: Path) -> FileKind | None:
    """Return what ``path`` leads to where that is no file; None for a file and where there is nothing.

    Raises:
        OSError: the system does not say, or no file can have that name.
    """
    try:
        kind = _kind_of(os.stat(_checked(path)).st_mode)
    except FileNotFoundError:
        return None
    return None if kind is FileKind.FILE else kind


def _checked(path: Path) -> Path:
    """Return ``path``; a name with characters that no file's name has is refused as the system would."""
    try:
        name = os.fsencode(path)
    except UnicodeEncodeError:
        name = b"\0"
    if b"\0" in name:
        raise OSError(errno.EINVAL, "no file can have this name", str(path))
    return path


def _refuse_irregular(path: Path, status: os.stat_result) -> None:
    kind = _kind_of(status.st_mode)
    if kind is not FileKind.FILE:
        raise IrregularFileError(path, kind)


def _kind_of(mode: int) -> FileKind:
    if stat.S_ISREG(mode):
        return FileKind.FILE
    if stat.S_ISDIR(mode):
        return FileKind.FOLDER
    if stat.S_ISFIFO(mode):
        return FileKind.PIPE
    if stat.S_ISSOCK(mode):
        return FileKind.SOCKET
    return FileKind.DISK if stat.S_ISBLK(mode) else FileKind.DEVICE


class _BoundedFile(io.FileIO):
    """Ends where the file ended when it was opened, and never waits for what is not there."""

    def __init__(self, descriptor: int, size_bytes: int) -> None:
        super().__init__(descriptor, "rb")
        self._end = size_bytes

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill ``buffer`` with what is left; 0 at the end."""
        position = self.tell()
        if self._end == 0 and position >= _UNSIZED_MAX_BYTES:
            raise OSError(errno.EFBIG, "a file of no size that does not end")
        room = self._end - position if self._end else _UNSIZED_MAX_BYTES - position
        count = super().readinto(memoryview(buffer)[: max(0, room)])
        if count is None:
            raise BlockingIOError(errno.EAGAIN, "a file that waits for somebody to write it")
        return count

    def readall(self) -> bytes:
        """Return all that is left."""
        return b"".join(iter(lambda: self.read(1 << 20), b""))

    def read(self, size: int | None = -1) -> bytes:
        """Return at most ``size`` bytes, all that is left for None and a negative one."""
        if size is None or size < 0:
            return self.readall()
        content = bytearray(size)
        count = self.readinto(memoryview(content))
        return bytes(content[:count])
