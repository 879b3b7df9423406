"""A new model file: whether there is room for it, the hidden file that it is written into, and its name."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from lmstudio_lite.errors import ConversionError, ModelFileError
from lmstudio_lite.paths import write_error

_ABANDONED_S = 3600
_FULL_BYTES = 64 << 10
"""Less than the smallest piece that llama.cpp writes."""


def check_room(target: Path, needed_bytes: int) -> None:
    """See that ``needed_bytes`` are free where ``target`` will lie; its folder need not be there yet.

    Raises:
        ConversionError: "no_room".
        StorageError: the drive does not answer.
    """
    folder = target.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        free_bytes = shutil.disk_usage(folder).free
    except OSError as error:
        raise write_error(error, target) from error
    if free_bytes < needed_bytes:
        raise ConversionError(
            path=str(target), reason="no_room", needed_bytes=needed_bytes, free_bytes=free_bytes
        )


@contextlib.contextmanager
def part_beside(target: Path) -> Iterator[Path]:
    """Give an empty hidden file beside ``target``; removed at the end if it is still there.

    It has the permissions of the user's other files, and keeps them when it takes its name. What a killed
    process left there for this target is removed first.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for abandoned in target.parent.glob(f".{_plain_pattern(target.name)}.*.part"):
            if time.time() - abandoned.stat().st_mtime > _ABANDONED_S:
                abandoned.unlink(missing_ok=True)
        name = f".{target.name}.{os.getpid()}-{time.monotonic_ns():x}.part"
        part = target.with_name(name)
        part.open("xb").close()
    except OSError as error:
        raise write_error(error, target) from error
    try:
        yield part
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def give_name(part: Path, target: Path) -> None:
    """Bring the file to the disk and give it its name, unless another has taken that meanwhile."""
    try:
        with part.open("rb") as file:
            os.fsync(file.fileno())
        if target.exists():
            raise ConversionError(path=str(target), reason="target_exists")
        part.replace(target)
    except OSError as error:
        raise write_error(error, target) from error


@contextlib.contextmanager
def told_when_full(target: Path) -> Iterator[None]:
    """Let a failure of llama.cpp, which says only that it could not write, be that of the drive that is full.

    Raises:
        DiskFullError: in the place of a ``ModelFileError`` ("not_quantized"), where nothing is free any more.
    """
    try:
        yield
    except ModelFileError as error:
        if error.details.get("reason") != "not_quantized" or not _is_full(target):
            raise
        raise write_error(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), target) from error


def _is_full(target: Path) -> bool:
    try:
        return shutil.disk_usage(target.parent).free < _FULL_BYTES
    except OSError:
        return False


def _plain_pattern(name: str) -> str:
    """Return a pattern for ``Path.glob`` that fits ``name`` and nothing else."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)
