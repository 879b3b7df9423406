"""Moving a model's files into another folder, on the same drive or another one, all of them or none."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
from collections.abc import Sequence
from pathlib import Path

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.errors import ModelChangeError
from lmstudio_lite.library.keeping.copying import OnBytes, copy_beside, place, remove_quietly
from lmstudio_lite.library.keeping.refusals import refusal

log = logging.getLogger(__name__)


def move_files(
    files: Sequence[Path], folder: Path, on_bytes: OnBytes, cancellation: Cancellation
) -> dict[Path, Path]:
    """Move ``files`` into ``folder``, which is made if needed; return the new path of each.

    On one drive they are renamed. To another one they are copied and proven equal first, and removed when all
    copies have their names; a crash at any instant leaves the old files or both. A link is moved as a link.
    A file that can't be removed from its old place stays there as well.

    Raises:
        CancelledError: cancelled; all files are where they were.
        ModelNotFoundError, ModelChangeError, DiskFullError: it failed; all files are where they were.
    """
    targets = _targets(files, folder)
    moved: list[tuple[Path, Path]] = []
    copied: list[tuple[Path, Path]] = []
    placed: list[Path] = []
    try:
        for source, target in targets.items():
            cancellation.raise_if_cancelled()
            if _rename(source, target):
                moved.append((source, target))
            else:
                part = copy_beside(source, folder, on_bytes, cancellation)
                copied.append((source, part))
        for source, part in copied:
            place(part, targets[source])
            placed.append(targets[source])
    except BaseException as error:
        for source, target in reversed(moved):
            with contextlib.suppress(OSError):
                place(target, source)
        for path in (*placed, *(part for _, part in copied)):
            remove_quietly(path)
        if isinstance(error, OSError):
            raise refusal(error, Path(str(error.filename or folder))) from error
        raise
    for source, _ in copied:
        _remove_moved(source)
    return targets


def copy_files(
    files: Sequence[Path], folder: Path, on_bytes: OnBytes, cancellation: Cancellation
) -> dict[Path, Path]:
    """Copy ``files`` into ``folder``, all of them or none; return the path of each copy.

    Raises:
        CancelledError, ModelNotFoundError, ModelChangeError, DiskFullError: as ``move_files``.
    """
    targets = _targets(files, folder)
    parts: dict[Path, Path] = {}
    placed: list[Path] = []
    try:
        for source in targets:
            parts[source] = copy_beside(source, folder, on_bytes, cancellation)
        for source, part in parts.items():
            place(part, targets[source])
            placed.append(targets[source])
    except BaseException as error:
        for path in (*placed, *parts.values()):
            remove_quietly(path)
        if isinstance(error, OSError):
            raise refusal(error, Path(str(error.filename or folder))) from error
        raise
    return targets


def link_files(files: Sequence[Path], folder: Path) -> dict[Path, Path]:
    """Put symbolic links to ``files`` into ``folder``, all of them or none; return the path of each.

    Raises:
        ModelChangeError: "no_links", the system or the drive has none for us; or as ``move_files``.
    """
    targets = _targets(files, folder)
    made: list[Path] = []
    try:
        for source, target in targets.items():
            target.symlink_to(source.absolute())
            made.append(target)
    except (OSError, NotImplementedError) as error:
        for path in made:
            remove_quietly(path)
        if isinstance(error, OSError) and error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EINVAL):
            raise refusal(error, folder) from error
        raise ModelChangeError(path=str(folder), reason="no_links") from error
    return targets


def _targets(files: Sequence[Path], folder: Path) -> dict[Path, Path]:
    """Return where each file goes; the folder is made, and no name may be taken there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        targets = {source: folder / source.name for source in dict.fromkeys(files)}
        for source, target in targets.items():
            if os.path.lexists(target):
                is_same = (
                    os.path.exists(source) and os.path.exists(target) and os.path.samefile(source, target)
                )
                raise ModelChangeError(path=str(target), reason="same_place" if is_same else "exists")
    except OSError as error:
        raise refusal(error, folder) from error
    return targets


def _rename(source: Path, target: Path) -> bool:
    """Rename a file; False where the target is on another drive, or has to be copied for another reason."""
    try:
        place(source, target)
    except OSError as error:
        if error.errno == errno.EXDEV or getattr(error, "winerror", None) == 17:  # ERROR_NOT_SAME_DEVICE
            if source.is_symlink():
                target.symlink_to(os.readlink(source))
                source.unlink()
                return True
            return False
        raise
    return True


def _remove_moved(source: Path) -> None:
    """Remove a file whose copy is in place; one that can't be removed stays, which loses nothing."""
    try:
        source.unlink()
    except OSError as error:
        log.info("a file that was moved could not be removed: %s", error)
