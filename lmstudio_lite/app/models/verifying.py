"""Whether a model's file is still what it was said to be: its SHA-256 against the hub's or the catalog's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.hub import RemoteFile
from lmstudio_lite.errors import ModelFileError, ModelNotFoundError
from lmstudio_lite.files import IrregularFileError
from lmstudio_lite.hub.order_transfer import sha256_of
from lmstudio_lite.library.split_names import MAX_PARTS, read_split_name


class Verdict(StrEnum):
    """``UNKNOWN``: nobody has said what its SHA-256 should be."""

    RIGHT = "right"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class VerifiedFile:
    """``expected`` is the SHA-256 that it should have, and ``source`` who said so, "" where nobody did."""

    path: Path
    size_bytes: int
    sha256: str
    verdict: Verdict
    expected: str = ""
    source: str = ""


def verify_file(
    path: Path,
    fetched: Iterable[tuple[Path, RemoteFile]],
    catalog: Iterable[RemoteFile],
    *,
    on_read: Callable[[int, int], None] = lambda done, size: None,
    cancellation: Cancellation | None = None,
) -> VerifiedFile:
    """Read the whole file and compare; ``on_read`` is told how many bytes of how many are read.

    What was fetched to this very path counts first; a file that was moved or copied is known by its name and
    length; and whatever its name, one whose SHA-256 is known is right.

    Raises:
        ModelNotFoundError, ModelFileError: it is not there, or can't be read.
        CancelledError: it was cancelled.
    """
    try:
        size = path.stat().st_size
        found = sha256_of(path, cancellation, lambda done: on_read(done, size))
    except FileNotFoundError:
        raise ModelNotFoundError(path=str(path)) from None
    except IrregularFileError:
        raise ModelFileError(path=str(path), reason="not_a_file") from None
    except (OSError, ValueError):
        raise ModelFileError(path=str(path), reason="unreadable") from None
    known = [(there, file) for there, file in fetched if file.sha256]
    listed = [file for file in catalog if file.sha256]
    for file in [*(file for _, file in reversed(known)), *listed]:
        if file.sha256 == found:
            return VerifiedFile(path, size, found, Verdict.RIGHT, found, _source(file))
    here = [file for there, file in known if _is_same_place(there, path)]
    alike = [file for file in [*(file for _, file in known), *listed] if _is_alike(file, path, size)]
    for file in [*reversed(here), *reversed(alike)]:
        return VerifiedFile(path, size, found, Verdict.WRONG, file.sha256, _source(file))
    return VerifiedFile(path, size, found, Verdict.UNKNOWN)


def parts_of(path: Path) -> list[Path]:
    """Return all parts of a split model that lie beside ``path``, or ``path`` alone."""
    split = read_split_name(path.name)
    if split is None or split.count > MAX_PARTS:
        return [path]
    parts = (path.with_name(split.name_of(number)) for number in range(1, split.count + 1))
    return [part for part in parts if part.exists()] or [path]


def _is_same_place(there: Path, path: Path) -> bool:
    return there == path or there.resolve() == path.resolve()


def _is_alike(file: RemoteFile, path: Path, size: int) -> bool:
    return file.name == path.name and file.size_bytes == size


def _source(file: RemoteFile) -> str:
    return file.repo or file.url
