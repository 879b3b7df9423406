"""What a Markdown text is made of, as values: a short tree of blocks, each with a flat row of inlines.

Inlines carry their style instead of nesting, so that no writer recurses over what a model wrote. Blocks nest
no deeper than ``MAX_DEPTH``. Pictures are their words here already: no writer can name one of the web.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from lmstudio_lite.domain.formulas import Formula, FormulaPicture

MAX_DEPTH = 24
"""How many quotes, lists and list items may stand within each other; what is deeper is text."""


@dataclass(frozen=True, slots=True)
class Text:
    """Characters of one style; ``href`` is "" or an address that begins with http:, https: or mailto:."""

    text: str
    is_bold: bool = False
    is_italic: bool = False
    is_struck: bool = False
    is_code: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True)
class LineBreak:
    """A line break that the writer asked for; those of a source text's wrapping are spaces."""


@dataclass(frozen=True, slots=True)
class Maths:
    """A formula; ``source`` is how it stands in the text, with its delimiters. ``href`` as in ``Text``.

    ``picture`` is what stands for it where files are written that know no formulas; None: the source.
    """

    source: str
    formula: Formula
    href: str = ""
    picture: FormulaPicture | None = None


Inline = Text | LineBreak | Maths
Inlines = tuple[Inline, ...]


class Alignment(StrEnum):
    NONE = ""
    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Paragraph:
    inlines: Inlines


@dataclass(frozen=True, slots=True)
class Heading:
    """``level`` is 1 to 6."""

    level: int
    inlines: Inlines


@dataclass(frozen=True, slots=True)
class Code:
    """``text`` ends without a line feed; ``language`` is "" when the fence names none."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Quote:
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class BulletList:
    """``is_tight``: no blank lines between the items."""

    items: tuple[tuple[Block, ...], ...]
    is_tight: bool


@dataclass(frozen=True, slots=True)
class NumberedList:
    items: tuple[tuple[Block, ...], ...]
    start: int
    is_tight: bool


@dataclass(frozen=True, slots=True)
class Table:
    """``header``, ``alignments`` and each row have the same length, 1 or more."""

    header: tuple[Inlines, ...]
    rows: tuple[tuple[Inlines, ...], ...]
    alignments: tuple[Alignment, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal rule."""


Block = Paragraph | Heading | Code | Quote | BulletList | NumberedList | Table | Rule
Blocks = tuple[Block, ...]


def words_of(inlines: Inlines) -> str:
    """Return the characters alone; a line break is a line feed, a formula its source."""
    return "".join(map(_words_of, inlines))


def _words_of(inline: Inline) -> str:
    match inline:
        case Text(text):
            return text
        case Maths(source):
            return source
        case LineBreak():
            return "\n"
        case _:
            assert_never(inline)


def with_inlines(blocks: Blocks, change: Callable[[Inline], Inline]) -> Blocks:
    """Return ``blocks`` with each inline as ``change`` returns it."""
    return tuple(_with_inlines(block, change) for block in blocks)


def _with_inlines(block: Block, change: Callable[[Inline], Inline]) -> Block:
    match block:
        case Paragraph(inlines) | Heading(_, inlines):
            return replace(block, inlines=tuple(map(change, inlines)))
        case Quote(inner):
            return Quote(with_inlines(inner, change))
        case BulletList(items) | NumberedList(items):
            return replace(block, items=tuple(with_inlines(item, change) for item in items))
        case Table(header, rows):
            return replace(
                block,
                header=tuple(tuple(map(change, cell)) for cell in header),
                rows=tuple(tuple(tuple(map(change, cell)) for cell in row) for row in rows),
            )
        case Code() | Rule():
            return block
        case _:
            assert_never(block)
