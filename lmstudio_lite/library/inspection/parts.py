"""A model in several files: which there are, and whether they belong together.

llama.cpp finds the parts by their names, ``…-00001-of-00003.gguf``, and reads ``split.no``, ``split.count``
and ``split.tensors.count`` (``llama-model-loader.cpp``).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lmstudio_lite.domain.inspection import Finding, FindingCode, Severity
from lmstudio_lite.domain.models import Failure
from lmstudio_lite.errors import Detail
from lmstudio_lite.library.gguf import GgufHeader
from lmstudio_lite.library.split_names import MAX_PARTS, SplitName, read_split_name

SPLIT_NUMBER, SPLIT_COUNT, SPLIT_TENSORS = "split.no", "split.count", "split.tensors.count"


@dataclass(frozen=True, slots=True)
class InspectedPart:
    """One file of a model; ``header`` is as far as it could be read, ``failure`` why no farther."""

    path: Path
    header: GgufHeader
    failure: Failure | None = None


def part_paths(path: Path) -> list[Path]:
    """Return the files of the model that ``path`` is one of, by their names; it alone if that is whole."""
    name = read_split_name(path.name)
    if name is None or not 0 < name.part <= name.count <= MAX_PARTS:
        return [path]
    return [path.with_name(name.name_of(number)) for number in range(1, name.count + 1)]


def stem_of(path: Path) -> str:
    """Return a file's name without its ending, and without the part's number."""
    name = read_split_name(path.name)
    return name.stem if name is not None else path.stem


def inspect_parts(expected: Sequence[Path], parts: Sequence[InspectedPart]) -> Iterator[Finding]:
    """Say which of the ``expected`` files are not among the readable ``parts``, and which don't fit."""
    there = {part.path for part in parts}
    missing = [path for path in expected if path not in there]
    if missing:
        details: dict[str, Detail] = {"name": missing[0].name, "count": len(missing), "total": len(expected)}
        yield Finding(FindingCode.PART_MISSING, Severity.UNUSABLE, details)
    broken = [part for part in parts[1:] if part.failure is not None]
    for part in broken:
        assert part.failure is not None
        reason = str(part.failure.details.get("reason", ""))
        yield Finding(
            FindingCode.PART_BROKEN,
            Severity.UNUSABLE,
            {**part.failure.details, "name": part.path.name, "reason": reason},
        )
    if len(expected) == 1:
        yield from _renamed(parts[0])
    elif not missing and not broken and parts[0].failure is None:
        yield from _differing(parts)


def is_complete(expected: Sequence[Path], parts: Sequence[InspectedPart]) -> bool:
    """Tell whether all files are there and whole."""
    return len(expected) == len(parts) and not any(part.failure for part in parts)


def _renamed(part: InspectedPart) -> Iterator[Finding]:
    """A part under a name of its own: llama.cpp does not find the others."""
    header = part.header
    count, number = header.number(SPLIT_COUNT), header.number(SPLIT_NUMBER)
    if 1 < count <= MAX_PARTS and 0 <= number < count:
        name = SplitName(part.path.stem, number + 1, count, ".gguf").name_of(number + 1)
        details: dict[str, Detail] = {"part": number + 1, "count": count, "name": name}
        yield Finding(FindingCode.PART_RENAMED, Severity.UNUSABLE, details)


def _differing(parts: Sequence[InspectedPart]) -> Iterator[Finding]:
    first = parts[0].header
    num_tensors = sum(part.header.num_tensors for part in parts)
    said = first.number(SPLIT_TENSORS)
    for number, part in enumerate(parts):
        header = part.header
        if header.number(SPLIT_NUMBER) != number or header.number(SPLIT_COUNT) != len(parts):
            yield Finding(FindingCode.PARTS_DIFFER, Severity.UNUSABLE, {"name": part.path.name})
            return
    if said != num_tensors:
        name = os.path.basename(parts[0].path)
        details: dict[str, Detail] = {"name": name, "said": said, "found": num_tensors}
        yield Finding(FindingCode.PARTS_DIFFER, Severity.UNUSABLE, details)
