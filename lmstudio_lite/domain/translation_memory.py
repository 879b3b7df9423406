"""Segments that were translated and accepted before, and how a new segment finds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class MemoryEntry:
    """An accepted translation. ``before`` and ``after`` are the source's neighbours, "" for none."""

    source: str
    target: str
    before: str = ""
    after: str = ""


class MemoryMatchKind(StrEnum):
    """How near a segment is to what the memory holds, nearest first."""

    CONTEXT = "context"
    """The same segment between the same neighbours."""
    EXACT = "exact"
    FUZZY = "fuzzy"


@dataclass(frozen=True, slots=True)
class MemoryMatch:
    """``score`` is the likeness of the sources, 0.0 to 1.0; 1.0 for all but the fuzzy ones."""

    entry: MemoryEntry
    kind: MemoryMatchKind
    score: float


@dataclass(frozen=True, slots=True)
class MemoryQuery:
    """A segment that is looked for, with its neighbours."""

    source: str
    before: str = ""
    after: str = ""


class TranslationMemory(Protocol):
    """Accepted segments of one pair of languages and one project."""

    def find(self, queries: Sequence[MemoryQuery]) -> list[MemoryMatch | None]:
        """Return the nearest match of each query, None where nothing is near enough."""


@dataclass(frozen=True, slots=True)
class MemorySize:
    """How much is remembered of one pair of languages (ISO 639-1) and project.

    ``num_used`` entries took the place of a translation so far, ``num_uses`` times in all.
    """

    source: str
    target: str
    project: str
    num_entries: int
    num_used: int
    num_uses: int
