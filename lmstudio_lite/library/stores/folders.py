"""Finding model files below a folder, with one look at each name and no file opened.

Links to folders are followed, for people keep their models on other drives that way; each real folder is
looked into once, so that loops end. How deep and how much is bounded: a user may add a whole drive.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lmstudio_lite.domain.models import Failure
from lmstudio_lite.domain.shelf import Store
from lmstudio_lite.errors import ModelFileError
from lmstudio_lite.library.split_names import MAX_PARTS, SplitName, read_split_name
from lmstudio_lite.library.stores.found import FoundFile, TooManyFilesError

MAX_DEPTH = 4
MAX_NAMES = 100_000
_ENDING = ".gguf"


@dataclass(frozen=True, slots=True)
class _File:
    """A file as the folder's listing shows it; ``real`` is its path without links."""

    path: str
    real: str
    size_bytes: int
    modified_ns: int


def find_in_folder(
    root: Path, store: Store, *, max_depth: int = MAX_DEPTH, skipped_beginnings: tuple[str, ...] = ()
) -> Iterator[FoundFile]:
    """Yield the models below ``root``, down to ``max_depth`` folders; a folder that is missing has none.

    Folders and files whose names begin with a dot are none of ours, nor are ``skipped_beginnings``.

    Raises:
        TooManyFilesError: more than ``MAX_NAMES`` names; what was found before has been yielded.
        OSError: the folder is there and can't be read.
    """
    if not root.exists():
        return
    skipped = (".", *skipped_beginnings)
    seen: set[str] = set()
    waiting = [(str(root), os.path.realpath(root), 1)]
    num_names = 0
    while waiting:
        folder, real, depth = waiting.pop()
        if real in seen:
            continue
        seen.add(real)
        files: list[_File] = []
        folders: list[tuple[str, str, int]] = []
        try:
            with os.scandir(folder) as names:
                for name in names:
                    num_names += 1
                    if name.name.startswith(skipped):
                        continue
                    if name.name.lower().endswith(_ENDING):
                        files += _look_at(name, real)
                    elif depth < max_depth and name.is_dir():
                        below = (
                            os.path.realpath(name.path) if name.is_symlink() else f"{real}{os.sep}{name.name}"
                        )
                        folders.append((name.path, below, depth + 1))
        except OSError:
            if depth == 1:
                raise
        yield from _models(files, store)
        waiting += sorted(folders, reverse=True)
        if num_names > MAX_NAMES:
            raise TooManyFilesError(f"more than {MAX_NAMES} names below {root}")


def found_file(path: Path, store: Store) -> FoundFile | None:
    """Return the model whose first or only file is at ``path``; None if no file is there."""
    try:
        split = read_split_name(path.name)
        names = [path.name] if split is None else [split.name_of(number) for number in _numbers(split)]
        files = [
            _File(str(other), os.path.realpath(other), status.st_size, status.st_mtime_ns)
            for other in (path.with_name(name) for name in names)
            if other.is_file() and (status := other.stat())
        ]
    except (OSError, ValueError):
        return None
    return next((each for each in _models(files, store) if each.path == path), None)


def _numbers(split: SplitName) -> range:
    return range(1, split.count + 1) if 0 < split.count <= MAX_PARTS else range(split.part, split.part + 1)


def _look_at(name: os.DirEntry[str], real_folder: str) -> list[_File]:
    """Return the file behind a name; none for a folder, a pipe, a link that leads nowhere, or no answer."""
    try:
        if not name.is_file():
            return []
        status = name.stat()
        real = os.path.realpath(name.path) if name.is_symlink() else f"{real_folder}{os.sep}{name.name}"
    except OSError:
        return []
    return [_File(name.path, real, status.st_size, status.st_mtime_ns)]


def _models(files: Iterable[_File], store: Store) -> Iterator[FoundFile]:
    """Yield the models among the files of one folder, the parts of a split one together."""
    groups: dict[tuple[str, int], dict[int, _File]] = {}
    for file in sorted(files, key=lambda file: file.path):
        split = read_split_name(os.path.basename(file.path))
        if split is None:
            yield _found([file], store)
        else:
            groups.setdefault((split.stem, split.count), {})[split.part] = file
    for (_, count), parts in groups.items():
        first = parts.get(1)
        if first is None:
            yield from (_piece(part, store) for part in parts.values())
            continue
        found = [parts[number] for number in sorted(parts)]
        if not 0 < count <= MAX_PARTS:
            yield _found([first], store, _failure(first, "absurd_metadata"))
            continue
        missing = next((number for number in range(1, count + 1) if number not in parts), 0)
        yield _found(found, store, _part_missing(first, missing) if missing else None)


def _found(files: list[_File], store: Store, failure: Failure | None = None) -> FoundFile:
    first = files[0]
    signature = hashlib.blake2b(digest_size=12)
    for file in files:
        signature.update(
            f"{file.real}\0{file.size_bytes}\0{file.modified_ns}\n".encode("utf-8", "surrogatepass")
        )
    return FoundFile(
        path=Path(first.path),
        store=store,
        parts=tuple(Path(file.path) for file in files),
        size_bytes=sum(file.size_bytes for file in files),
        modified_ns=max(file.modified_ns for file in files),
        signature=signature.hexdigest(),
        identity=os.path.normcase(first.real),
        failure=failure,
    )


def _piece(file: _File, store: Store) -> FoundFile:
    found = _found([file], store, _part_missing(file, 1))
    return FoundFile(
        path=found.path,
        store=store,
        parts=found.parts,
        size_bytes=found.size_bytes,
        modified_ns=found.modified_ns,
        signature=found.signature,
        identity=found.identity,
        failure=found.failure,
        is_piece=True,
    )


def _part_missing(file: _File, number: int) -> Failure:
    split = read_split_name(os.path.basename(file.path))
    return _failure(file, "part_missing", part=split.name_of(number) if split else "")


def _failure(file: _File, reason: str, **details: str) -> Failure:
    return Failure(ModelFileError.code, {"path": file.path, "reason": reason, **details})
