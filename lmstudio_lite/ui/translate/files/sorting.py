"""Which dropped files are translated into files, and which as texts in the panes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_EDITABLE = frozenset((".txt", ".text", ".md", ".markdown", ".srt", ".vtt", ".csv", ".tsv", ".tab"))
"""One such file alone is opened as a text: its translation is looked at and copied like a typed one."""


@dataclass(frozen=True, slots=True)
class SortedPaths:
    """``files`` keep their form; ``texts`` have none that could be kept."""

    files: tuple[Path, ...]
    texts: tuple[Path, ...]


def sort_paths(paths: Sequence[Path]) -> SortedPaths:
    """Tell files by their names. Imports what reads them: not for the GUI thread."""
    from lmstudio_lite.documents.rewriting.files import rewritten_suffixes

    suffixes = rewritten_suffixes()
    files = tuple(path for path in paths if path.suffix.lower() in suffixes)
    texts = tuple(path for path in paths if path.suffix.lower() not in suffixes)
    return SortedPaths((), files) if is_text(files) and not texts else SortedPaths(files, texts)


def is_text(paths: Sequence[Path]) -> bool:
    """Tell whether this is one file that is opened as a text."""
    return len(paths) == 1 and paths[0].suffix.lower() in _EDITABLE
