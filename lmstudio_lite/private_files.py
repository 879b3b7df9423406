"""Files and folders that other users of this machine can neither read nor change.

What the program keeps is made with these functions: folders are 0700 and files 0600 from their first
instant, whatever the umask says. The umask of the window and the terminal stays the user's own, for a
program that they start (a browser for a link) inherits it, and what the user saves in a place of their
choice gets the permissions of their other files (``paths.replacing``). Children of the program start
nothing and run with umask 077 (``workers.spawn``).

Windows keeps a profile's folders private by itself: nothing is changed there, and nothing found fault with.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from lmstudio_lite import files

FOLDER_MODE = 0o700
FILE_MODE = 0o600
_HAS_MODES = os.name == "posix"
_ENTER, _WRITE = 0o011, 0o022


class Access(StrEnum):
    """What other users may do with what is kept in a folder; each includes those before it."""

    NONE = "none"
    NAMES = "names"
    READ = "read"
    WRITE = "write"


def make_private_folder(path: Path) -> None:
    """Make the folder, and those above it that are missing, for this user alone; one that is there stays.

    Raises:
        OSError: it can't be made, or something else is in its place.
    """
    if not path.is_dir():
        if path.parent != path:
            make_private_folder(path.parent)
        path.mkdir(FOLDER_MODE, exist_ok=True)


def open_to_append(path: Path) -> BinaryIO:
    """Open a file to be appended to, unbuffered; a new one, and an old one of this user's, is private.

    Raises:
        OSError: it can't be opened.
    """
    return os.fdopen(open_descriptor(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT), "ab", buffering=0)


def open_descriptor(path: str | Path, flags: int) -> int:
    """Open ``path`` as ``os.open`` does, privately; fits ``open``'s ``opener``. Refuses what is no file.

    A link is not followed: in a folder that others write to it could be theirs.
    """
    descriptor = files.open_descriptor(path, flags | getattr(os, "O_NOFOLLOW", 0), FILE_MODE)
    if _HAS_MODES:
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode) and _is_open_to_others(status) and _is_own(status):
            with contextlib.suppress(OSError):
                os.fchmod(descriptor, stat.S_IMODE(status.st_mode) & ~0o077)
    return descriptor


def read_own(path: Path, size_max: int) -> bytes | None:
    """Return the content of a file that only this user can have written and read.

    None where there is no such file: another user's, one that others may open, a link, no file, too long.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0))
    except OSError:
        return None
    status = os.fstat(descriptor)
    is_ours = not _HAS_MODES or (_is_own(status) and not _is_open_to_others(status))
    if not is_ours or not stat.S_ISREG(status.st_mode) or status.st_size > size_max:
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "rb") as file:
        return file.read(size_max)


def tighten(paths: Iterable[Path]) -> None:
    """Take away from others what they may do with files and folders of this user's.

    What is somebody else's, a link, gone, or on a file system without permissions stays as it is.
    """
    if not _HAS_MODES:
        return
    for path in paths:
        with contextlib.suppress(OSError), _unfollowed(path) as (status, same):
            if stat.S_ISLNK(status.st_mode) or not _is_own(status) or not _is_open_to_others(status):
                continue
            os.chmod(same, stat.S_IMODE(status.st_mode) & ~0o077)


@contextlib.contextmanager
def _unfollowed(path: Path) -> Iterator[tuple[os.stat_result, str | Path]]:
    """Give what ``path`` is, and a name that still means the same file if another puts a link in its place.

    Only Linux has such a name, and a file can be held there without being opened: to close an open file lets
    go of this process's locks on it.
    """
    if not hasattr(os, "O_PATH"):
        yield path.lstat(), path
        return
    descriptor = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield os.fstat(descriptor), f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def others_access(folder: Path, files: Iterable[Path]) -> Access:
    """Return what other users may do with ``folder`` and with the ``files`` in it, as their modes say.

    They can do nothing with a folder, or below one, that they can't enter.
    """
    if not _HAS_MODES:
        return Access.NONE
    try:
        real = folder.resolve(strict=True)
        on_the_way = [each.stat() for each in (real, *real.parents)]
    except OSError:
        return Access.NONE
    if not all(_others_mode(status) & _ENTER for status in on_the_way):
        return Access.NONE
    # What they may add to the folder is taken for ours where it is not there yet, sticky or not.
    if not is_safe_place(real) or _others_mode(on_the_way[0]) & _WRITE:
        return Access.WRITE
    for path in files:
        with contextlib.suppress(OSError):
            if _others_mode(path.stat()):
                return Access.READ
    return Access.NAMES


def is_own_private(path: Path) -> bool:
    """Tell whether ``path`` is a file or folder of this user's (no link) that others can do nothing with."""
    try:
        status = path.lstat()
    except OSError:
        return False
    if stat.S_ISLNK(status.st_mode):
        return False
    return not _HAS_MODES or (_is_own(status) and not _is_open_to_others(status))


def is_safe_place(folder: Path) -> bool:
    """Tell whether no other user can replace what this user puts into ``folder``.

    For that no folder on the way may belong to another (but for root), nor be writable by others unless it
    is sticky.
    """
    if not _HAS_MODES:
        return True
    try:
        real = folder.resolve(strict=True)
        return all(_is_safe(status) for status in (each.stat() for each in (real, *real.parents)))
    except OSError:
        return False


def _is_safe(status: os.stat_result) -> bool:
    is_open = bool(_others_mode(status) & _WRITE) and not status.st_mode & stat.S_ISVTX
    return not is_open and (_is_own(status) or status.st_uid == 0)


def _others_mode(status: os.stat_result) -> int:
    """Return the bits of the mode that hold for other users.

    Where group and user have the same number it is the user's own group, which has no other members: systems
    that make one for each user give folders to it.
    """
    is_own_group = status.st_gid == status.st_uid and _is_own(status)
    return status.st_mode & (0o007 if is_own_group else 0o077)


def _is_open_to_others(status: os.stat_result) -> bool:
    return bool(status.st_mode & 0o077)


if _HAS_MODES:

    def _is_own(status: os.stat_result) -> bool:
        return status.st_uid == os.geteuid()
else:

    def _is_own(status: os.stat_result) -> bool:
        return True
