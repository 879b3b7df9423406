"""Models that are split over several files: ``name-00001-of-00003.gguf``, as llama.cpp's gguf-split writes.

Pure, apart from ``first_file`` and ``part_files``, which look whether files are there.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from lmstudio_lite.errors import ModelFileError

MAX_PARTS = 1000
_SPLIT = re.compile(r"(?P<stem>.+)-(?P<part>\d{5})-of-(?P<count>\d{5})\.gguf", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SplitName:
    """``part`` counts from 1 to ``count``; ``ending`` is written as in the file's name (".gguf")."""

    stem: str
    part: int
    count: int
    ending: str

    def name_of(self, part: int) -> str:
        """Return the name of another part of the same model."""
        return f"{self.stem}-{part:05}-of-{self.count:05}{self.ending}"


def read_split_name(name: str) -> SplitName | None:
    """Return what a file's name says of the part that it is, None for a model in one file."""
    found = _SPLIT.fullmatch(name)
    if found is None:
        return None
    return SplitName(found["stem"], int(found["part"]), int(found["count"]), name[-len(".gguf") :])


def first_file(path: Path) -> Path:
    """Return the file that a model is loaded by, absolute: of a split model its first.

    Raises:
        ModelFileError: "part_missing", that one is not there.
    """
    path = path.absolute()
    split = read_split_name(path.name)
    if split is None or split.part == 1 or not os.path.isfile(path):
        return path
    first = path.with_name(split.name_of(1))
    if not os.path.isfile(first):
        raise ModelFileError(path=str(path), reason="part_missing", part=first.name)
    return first


def part_files(path: Path) -> list[Path]:
    """Return the files of the model whose first file is ``path``.

    Raises:
        ModelFileError: "part_missing", or the name promises an absurd number of them ("absurd_metadata").
    """
    split = read_split_name(path.name)
    if split is None:
        return [path]
    if not 0 < split.count <= MAX_PARTS:
        raise ModelFileError(path=str(path), reason="absurd_metadata")
    parts = [path.with_name(split.name_of(number)) for number in range(1, split.count + 1)]
    missing = next((part for part in parts if not os.path.isfile(part)), None)
    if missing is not None and os.path.isfile(path):
        raise ModelFileError(path=str(path), reason="part_missing", part=missing.name)
    return parts
