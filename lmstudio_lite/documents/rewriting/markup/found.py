"""Units as they are found in markup: with the places in the source that their marks and they come from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from lmstudio_lite.documents.rewriting.markup.tokens import Token
from lmstudio_lite.documents.rewriting.markup.vocabulary import Role, State
from lmstudio_lite.domain.units import Mark, UnitKind

Slice = tuple[int, int]
"""``source[start:end]``, with the edits in it."""
Piece = str | Slice


@dataclass(slots=True)
class Element:
    """An open or closed element of the role BLOCK or HOLDER; ``close`` is None where no tag closes it."""

    name: str
    role: Role
    state: State
    open: Token
    parent: Element | None = None
    close: Token | None = None


@dataclass(frozen=True, slots=True)
class MarkSource:
    """What is written for a mark: ``opens`` before its text and ``closes`` after it.

    ``lead`` is the white space that stands in the text for a break or a tab. ``above`` are the numbers of the
    marks that it lies in. ``is_fixed``: ``opens`` is all of it, and the text is not written. ``is_seen``: a
    thing shows something.
    """

    opens: tuple[Slice, ...]
    closes: tuple[Slice, ...] = ()
    lead: str = ""
    above: frozenset[int] = frozenset()
    is_fixed: bool = False
    is_seen: bool = False


@dataclass(frozen=True)
class FoundText:
    """A text between tags: ``source[start:end]``. ``element`` is the block that it stands in, if any.

    ``run`` is all that stands between two ends of texts, of which the unit is the inner part.
    """

    text: str
    marks: tuple[Mark, ...]
    sources: tuple[MarkSource, ...]
    start: int
    end: int
    run: Slice
    element: Element | None
    kind: UnitKind

    @cached_property
    def by_number(self) -> dict[int, MarkSource]:
        return {mark.number: source for mark, source in zip(self.marks, self.sources, strict=True)}


@dataclass(frozen=True, slots=True)
class FoundValue:
    """A text in an attribute: ``source[start:end]``, between ``quote``."""

    text: str
    start: int
    end: int
    quote: str
    kind: UnitKind
    name: str
    tag: Token


Found = FoundText | FoundValue
