r"""Deleting files so that they can be had back: into the system's trash.

On Linux the freedesktop trash is written as its specification says, so that files can be put back by
us and by every file manager (https://specifications.freedesktop.org/trash-spec/latest/): a file goes to
the trash of its own drive, for moving gigabytes between drives would be no deletion. On macOS files are
renamed into ``~/.Trash`` or the drive's ``.Trashes``, and put back by us. On Windows the shell moves them
into the recycle bin and only the user can put them back.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import stat
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from lmstudio_lite.errors import ModelChangeError
from lmstudio_lite.library.keeping.copying import place, remove_quietly
from lmstudio_lite.library.keeping.refusals import refusal

_INFO = ".trashinfo"
_MAX_NAME_BYTES = 255
_MAX_TRIES = 1000


@dataclass(frozen=True, slots=True)
class TrashedFile:
    """A file that was deleted; ``place`` is where it is now, None where only the system knows."""

    path: Path
    place: Path | None
    info: Path | None = None


@dataclass(frozen=True, slots=True)
class Trash:
    """The folders of one user's trash. ``home_trash`` is used for its own drive only."""

    home_trash: Path
    user_id: int
    system: str = "linux"

    def put(self, files: Sequence[Path]) -> list[TrashedFile]:
        """Move ``files`` into the trash, all of them or none.

        Raises:
            ModelNotFoundError: one is not there.
            ModelChangeError: "no_trash", its drive has none that we may use; or the system refuses.
        """
        trashed: list[TrashedFile] = []
        try:
            trashed.extend(self._put(path) for path in files)
        except OSError as error:
            self._take_back(trashed)
            raise refusal(error, Path(str(error.filename or files[0]))) from error
        except ModelChangeError:
            self._take_back(trashed)
            raise
        return trashed

    def take_back(self, trashed: Sequence[TrashedFile]) -> None:
        """Put files back where they were, all that can be.

        Raises:
            ModelNotFoundError: the trash was emptied.
            ModelChangeError: "only_by_hand", this system's trash gives nothing back to programs; "exists",
                something else has the file's name by now; or the system refuses.
        """
        for file in trashed:
            if file.place is None:
                raise ModelChangeError(path=str(file.path), reason="only_by_hand")
            try:
                file.path.parent.mkdir(parents=True, exist_ok=True)
                place(file.place, file.path)
            except OSError as error:
                culprit = file.path if error.errno == errno.EEXIST else file.place
                raise refusal(error, culprit) from error
            if file.info is not None:
                remove_quietly(file.info)

    def _take_back(self, trashed: list[TrashedFile]) -> None:
        with contextlib.suppress(ModelChangeError):
            self.take_back(trashed)

    def _put(self, path: Path) -> TrashedFile:
        path = path.parent.resolve() / path.name
        os.lstat(path)
        if self.system == "win32":
            _recycle(path)
            return TrashedFile(path, None)
        if self.system == "darwin":
            return self._put_on_macos(path)
        trash, relative = self._trash_for(path)
        for folder in (trash / "files", trash / "info"):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        info = _reserve(trash / "info", path.name, _describe(relative))
        target = trash / "files" / info.name.removesuffix(_INFO)
        try:
            place(path, target)
        except OSError:
            remove_quietly(info)
            raise
        return TrashedFile(path, target, info)

    def _trash_for(self, path: Path) -> tuple[Path, str]:
        """Return the trash of the drive that ``path`` lies on, and how it names the file."""
        device = os.lstat(path).st_dev
        home = _existing_above(self.home_trash)
        if os.stat(home).st_dev == device:
            return self.home_trash, str(path)
        top = _top_of_drive(path, device)
        relative = str(path.relative_to(top))
        shared = top / ".Trash"
        with contextlib.suppress(OSError):
            status = os.lstat(shared)
            if stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX:
                return shared / str(self.user_id), relative
        own = top / f".Trash-{self.user_id}"
        try:
            own.mkdir(mode=0o700, exist_ok=True)
            status = os.lstat(own)
        except OSError as error:
            raise ModelChangeError(path=str(path), reason="no_trash") from error
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != self.user_id:
            raise ModelChangeError(path=str(path), reason="no_trash")
        return own, relative

    def _put_on_macos(self, path: Path) -> TrashedFile:
        device = os.lstat(path).st_dev
        folder = self.home_trash
        if os.stat(_existing_above(folder)).st_dev != device:
            folder = _top_of_drive(path, device) / ".Trashes" / str(self.user_id)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise ModelChangeError(path=str(path), reason="no_trash") from error
        for number in range(1, _MAX_TRIES):
            target = folder / _numbered(path.name, number)
            try:
                place(path, target)
            except FileExistsError:
                continue
            return TrashedFile(path, target)
        raise ModelChangeError(path=str(path), reason="no_trash")


def system_trash() -> Trash:
    """Return the trash of the user who runs the program."""
    if sys.platform == "darwin":
        return Trash(Path.home() / ".Trash", os.getuid(), "darwin")
    if sys.platform == "win32":
        return Trash(Path.home(), 0, "win32")
    data = os.environ.get("XDG_DATA_HOME", "")
    folder = Path(data) if os.path.isabs(data) else Path.home() / ".local" / "share"
    return Trash(folder / "Trash", os.getuid())


def _reserve(folder: Path, name: str, content: str) -> Path:
    """Write the file that says where the deleted one was; its name reserves that of the deleted one."""
    for number in range(1, _MAX_TRIES):
        info = folder / (_numbered(name, number, len(_INFO)) + _INFO)
        try:
            with open(info, "x", encoding="utf-8") as file:
                file.write(content)
        except FileExistsError:
            continue
        return info
    raise ModelChangeError(path=name, reason="no_trash")


def _numbered(name: str, number: int, reserved_bytes: int = 0) -> str:
    """Return ``name``, from the second on with a number before its ending, as long as names may be."""
    stem, ending = os.path.splitext(name)
    tail = ending if number == 1 else f" {number}{ending}"
    room = _MAX_NAME_BYTES - reserved_bytes - len(os.fsencode(tail))
    while len(os.fsencode(stem)) > room:
        stem = stem[:-1]
    return stem + tail


def _describe(path: str) -> str:
    when = datetime.now().strftime("%Y-%m-%dT%H:%M:%S")  # local time, says the specification
    return f"[Trash Info]\nPath={quote(os.fsencode(path))}\nDeletionDate={when}\n"


def _top_of_drive(path: Path, device: int) -> Path:
    top = path.parent
    while top.parent != top and os.stat(top.parent).st_dev == device:
        top = top.parent
    return top


def _existing_above(path: Path) -> Path:
    while not path.exists() and path.parent != path:
        path = path.parent
    return path


def _recycle(path: Path) -> None:
    """Move a file into Windows' recycle bin (``SHFileOperationW``, which asks nothing with these flags)."""
    if sys.platform != "win32":
        raise ModelChangeError(path=str(path), reason="no_trash")

    from ctypes import wintypes

    class _Operation(ctypes.Structure):
        _fields_ = (
            ("hwnd", wintypes.HWND),
            ("wFunc", wintypes.UINT),
            ("pFrom", wintypes.LPCWSTR),
            ("pTo", wintypes.LPCWSTR),
            ("fFlags", ctypes.c_ushort),
            ("fAnyOperationsAborted", wintypes.BOOL),
            ("hNameMappings", wintypes.LPVOID),
            ("lpszProgressTitle", wintypes.LPCWSTR),
        )

    delete, allow_undo, no_confirmation, silent, no_errors = 3, 0x40, 0x10, 0x4, 0x400
    # A warning before something is too large for the bin and would be gone for good.
    warns_if_destroyed = 0x4000
    flags = allow_undo | no_confirmation | silent | no_errors | warns_if_destroyed
    operation = _Operation(None, delete, f"{path}\0", None, flags, False, None, None)
    status = ctypes.windll.shell32.SHFileOperationW(ctypes.byref(operation))
    if status or operation.fAnyOperationsAborted or path.exists():
        raise ModelChangeError(path=str(path), reason="in_use" if status == 0x20 else "refused")
