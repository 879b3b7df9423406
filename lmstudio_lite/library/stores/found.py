"""What looking into a place yields: files with their sizes, before any header is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from lmstudio_lite.domain.models import Failure
from lmstudio_lite.domain.shelf import Store


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A model's file, of a split model its first with ``parts`` naming all.

    ``signature`` changes whenever one of the parts does. ``identity`` is the real place: two names of one
    file share it. ``name`` and ``quantization`` are what a manifest says, "" where there is none, and
    ``stem`` is how the file would be called if its store didn't name it otherwise; ``other_names`` mean the
    same model. ``is_piece`` for a part whose first part is missing.
    """

    path: Path
    store: Store
    parts: tuple[Path, ...]
    size_bytes: int
    modified_ns: int
    signature: str
    identity: str
    name: str = ""
    stem: str = ""
    other_names: tuple[str, ...] = ()
    quantization: str = ""
    projector: Path | None = None
    adapters: tuple[Path, ...] = ()
    failure: Failure | None = None
    is_piece: bool = False


class TooManyFilesError(OSError):
    """A place holds more than is looked at; what was found before counts."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder to look into. ``find`` reads the disk, may be slow or never answer, and may raise ``OSError``.

    It yields what it found so far before it raises.
    """

    store: Store
    root: Path
    find: Callable[[], Iterable[FoundFile]]
