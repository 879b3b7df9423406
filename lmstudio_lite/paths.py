"""Where things lie: the data, cache and log folders, and the files that came with the program.

Every other module is handed a ``Paths`` (or a path from it); none asks the system itself, so that
portable mode (``--data-dir``) and tests move everything at once.

Whether a folder can be written to is found out by writing to it: permission bits say nothing to an
administrator's account, on a read-only mount, over a quota or on Windows.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

from platformdirs import PlatformDirs

from lmstudio_lite.errors import (
    DataFolderOpenError,
    DataFolderReadOnlyError,
    DiskFullError,
    InvariantError,
    NotAFileError,
    StorageError,
)
from lmstudio_lite.files import IrregularFileError, irregular_kind
from lmstudio_lite.private_files import Access, make_private_folder, others_access, tighten

APPLICATION_NAME = "lmstudio-lite"

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_PROBE_BYTES = 4096
Written = TypeVar("Written")


@dataclass(frozen=True, slots=True)
class Paths:
    """The folders of one user, absolute; they need not exist yet (``ensure_writable``).

    ``is_chosen`` where the user said which: such a folder may hold other things of theirs, and is left as
    open to others as it was.
    """

    data: Path
    cache: Path
    logs: Path
    is_chosen: bool = False

    @property
    def database(self) -> Path:
        return self.data / "library.sqlite3"

    @property
    def settings_file(self) -> Path:
        return self.data / "settings.toml"

    @property
    def tokens_file(self) -> Path:
        return self.data / "hub_tokens.json"

    @property
    def tuning_file(self) -> Path:
        return self.cache / "tuning.json"

    @property
    def headers_file(self) -> Path:
        return self.cache / "model-headers.json"

    @property
    def snapshots(self) -> Path:
        return self.cache / "snapshots"

    @property
    def finetunes(self) -> Path:
        return self.data / "finetunes"

    @property
    def training_tools(self) -> Path:
        return self.data / "training-tools"

    @property
    def models(self) -> Path:
        return self.data / "models"


def user_paths() -> Paths:
    """Return the folders that this system gives to the user's programs."""
    folders = PlatformDirs(APPLICATION_NAME, appauthor=False)
    return Paths(folders.user_data_path, folders.user_cache_path, folders.user_log_path)


def portable_paths(data_dir: Path) -> Paths:
    """Return paths that all lie in ``data_dir``: nothing is written anywhere else."""
    data = data_dir.expanduser().absolute()
    return Paths(data, data / "cache", data / "logs", is_chosen=True)


def resources() -> Path:
    """Return the folder of icons, prompts and tables that came with the program.

    PyInstaller unpacks it beside the frozen package (``sys._MEIPASS``), a wheel holds it in the
    package, and in a checkout it lies beside the package.
    """
    unpacked = getattr(sys, "_MEIPASS", None)
    package = Path(unpacked, "lmstudio_lite") if unpacked else Path(__file__).parent
    for folder in (package / "resources", package.parent / "resources"):
        if folder.is_dir():
            return folder
    raise InvariantError(f"the program's resources are not at {package}")


def ensure_writable(paths: Paths) -> None:
    """Make the folders and prove each by writing to it; what was kept there before becomes private.

    Raises:
        DataFolderReadOnlyError: a folder can't be made or written to.
        DiskFullError: there is no room left, or a quota is used up.
    """
    for folder in dict.fromkeys((paths.data, paths.cache, paths.logs)):
        try:
            make_private_folder(folder)
        except OSError as error:
            raise write_error(error, folder) from error
        prove_writable(folder)
    tighten(_private(paths))


def find_exposure(paths: Paths) -> DataFolderOpenError | None:
    """Return what to warn of where others can get at the data folder; call it after ``ensure_writable``.

    They can where its user chose a folder that is open to others, or a file system without permissions.
    """
    access = others_access(paths.data, (path for path in _private(paths) if path.is_file()))
    return None if access is Access.NONE else DataFolderOpenError(path=str(paths.data), access=access.value)


def _private(paths: Paths) -> Iterator[Path]:
    """Yield what others have no business with: all of our own folders, but of a chosen one only our files."""
    if not paths.is_chosen:
        yield from (paths.data, paths.models)
    yield from (paths.cache, paths.logs, paths.finetunes, paths.training_tools)
    for path in (paths.database, paths.settings_file, paths.tokens_file):
        yield from path.parent.glob(f"{path.name}*")
    yield from paths.data.glob("running.lock")
    yield from paths.cache.glob("*")


def prove_writable(folder: Path, num_bytes: int = _PROBE_BYTES) -> None:
    """Write ``num_bytes`` to a file in ``folder`` and remove it again.

    Raises:
        DataFolderReadOnlyError: the folder can't be written to.
        DiskFullError: there is no room left, or a quota is used up.
    """
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"\0" * num_bytes)
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        raise write_error(error, folder) from error


def write_error(error: OSError, path: Path) -> StorageError:
    """Return the error that ``error``, met while writing ``path``, stands for."""
    if isinstance(error, IrregularFileError):
        return NotAFileError(path=str(path), kind=error.kind.value)
    if error.errno in _FULL:
        return DiskFullError(path=str(path))
    return DataFolderReadOnlyError(path=str(path))


def replace_file(path: Path, content: bytes, *, is_private: bool = True) -> None:
    """Put ``content`` in place of the file's: after a crash it holds the old or the new, whole.

    The content is written beside the file and reaches the disk before it takes the file's name. A link is
    followed, so that a linked file stays linked. The file is then private to the user; with ``is_private``
    False it keeps the permissions it had, and a new one gets those of the user's other files (umask).

    Raises:
        DataFolderReadOnlyError: the file can't be written.
        DiskFullError: there is no room left, or a quota is used up.
    """
    with replacing(path, is_private=is_private) as file:
        file.write(content)


@contextlib.contextmanager
def replacing(path: Path, *, is_private: bool = True) -> Iterator[BinaryIO]:
    """Give a file to write into that takes the place of ``path`` when the block ends well.

    As ``replace_file``, for content that is made as it is written. If the block raises, the old file stays.

    Raises:
        NotAFileError: the name is that of a folder, a pipe or a device, which stays what it is.
        DataFolderReadOnlyError: the file can't be written.
        DiskFullError: there is no room left, or a quota is used up.
    """
    try:
        target = path.resolve()
        if (kind := irregular_kind(target)) is not None:
            raise IrregularFileError(target, kind)
        if is_private:
            make_private_folder(target.parent)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                if not is_private:
                    _share_like(target, name)
                os.fsync(file.fileno())
            os.replace(name, target)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise
        _sync_folder(target.parent)
    except OSError as error:
        raise write_error(error, path) from error


def write_beside(path: Path, write: Callable[[Path], Written], *, replaces: bool) -> tuple[Path, Written]:
    """Have ``write`` make a file beside ``path`` that then takes its name; return that name and its answer.

    Unless it ``replaces`` what is there, the first name that is free is taken: "talk.de.docx", then
    "talk.de-2.docx". The file has the permissions of the one that it replaces, or those of the user's other
    files. If ``write`` raises, nothing is left of it.

    Raises:
        NotAFileError: it replaces, and the name is that of a folder, a pipe or a device.
        DataFolderReadOnlyError: the file can't be written.
        DiskFullError: there is no room left, or a quota is used up.
    """
    try:
        target = path.resolve()
        if replaces and (kind := irregular_kind(target)) is not None:
            raise IrregularFileError(target, kind)
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=target.suffix)
        os.close(descriptor)
        try:
            written = write(Path(name))
            _share_like(target, name)
            _sync(name)
            if replaces:
                os.replace(name, target)
            else:
                target = _take_free_name(name, target)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise
        _sync_folder(target.parent)
    except OSError as error:
        raise write_error(error, path) from error
    return target, written


def numbered(path: Path, number: int) -> Path:
    """Return the name that is tried as the ``number``-th: that of ``path`` itself, then "talk-2.docx"."""
    return path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")


def _take_free_name(name: str, path: Path) -> Path:
    """Give the file ``name`` the first free name from ``path`` on; nobody's file is replaced."""
    number = 1
    while True:
        target = numbered(path, number)
        number += 1
        if os.path.lexists(target):
            continue
        try:
            os.link(name, target)  # refuses a name that was taken in the meantime; renaming does not
        except FileExistsError:
            continue
        except OSError:
            os.rename(name, target)  # a file system without links: a memory card, some network drives
            return target
        os.unlink(name)
        return target


def _sync(name: str) -> None:
    """Bring what was written to the disk."""
    descriptor = os.open(name, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _share_like(target: Path, name: str) -> None:
    """Give the file ``name`` the permissions of ``target``, or those of a file made the common way."""
    try:
        mode = stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        # The umask can only be read by setting it, for the whole process: a file of its own tells as well.
        probe = f"{name}.mode"
        descriptor = os.open(probe, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
        os.close(descriptor)
        os.unlink(probe)
    os.chmod(name, mode)


def set_aside(path: Path, mark: str) -> Path:
    """Rename a file that can't be used to ``<name>.<mark>-<n>``, never over another one.

    Raises:
        DataFolderReadOnlyError: the file can't be renamed.
    """
    number = 1
    while (target := path.with_name(f"{path.name}.{mark}-{number}")).exists():
        number += 1
    try:
        path.rename(target)
    except OSError as error:
        raise write_error(error, path) from error
    return target


def _sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` last through a power cut, where folders can be opened (not Windows)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
