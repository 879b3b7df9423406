"""Two text files whose lines are each other's translations, as parallel corpora come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from lmstudio_lite.finetune.data.problems import Problem, ProblemKind
from lmstudio_lite.finetune.data.text_lines import read_lines


@dataclass(frozen=True, slots=True)
class LinePair:
    """Line ``number`` of both files."""

    number: int
    source: str
    target: str


def read_pairs(source: Path, target: Path) -> Iterator[LinePair | Problem]:
    """Yield the lines of both files, empty ones on both sides left out.

    Files of unequal length are no translations of each other past some line, and which one can't be told:
    the surplus is reported.

    Raises:
        ValueError: a file is not text.
        OSError: one can't be read.
    """
    for one, other in zip_longest(read_lines(source), read_lines(target)):
        if one is None or other is None:
            longer, shorter = (target, source) if one is None else (source, target)
            number = (one or other).number
            yield Problem(longer, number, ProblemKind.UNEQUAL_FILES, shorter.name)
            return
        if one.is_cut or other.is_cut:
            yield Problem(source if one.is_cut else target, one.number, ProblemKind.LINE_TOO_LONG)
        elif one.text.strip() or other.text.strip():
            yield LinePair(one.number, one.text, other.text)


def languages_by_name(source: Path, target: Path) -> tuple[str, str] | None:
    """Return the languages that two names with one stem tell (``news.de`` and ``news.en``), else None."""
    if source.stem != target.stem and not _differ_in_language(source, target):
        return None
    codes = tuple(_code(path) for path in (source, target))
    return (codes[0], codes[1]) if all(codes) and codes[0] != codes[1] else None


def _code(path: Path) -> str:
    """Return the code that a name ends in (``x.de``, ``x.de.txt``, ``x-de.txt``), "" if none."""
    for part in (path.suffix, Path(path.stem).suffix, *path.stem.replace("-", "_").split("_")[-1:]):
        code = part.lstrip(".").lower()
        if len(code) == 2 and code.isalpha():
            return code
    return ""


def _differ_in_language(source: Path, target: Path) -> bool:
    one, other = _code(source), _code(target)
    if not one or not other:
        return False
    return source.name.lower().replace(one, other) == target.name.lower()
