"""What a Markdown text is made of, as values: a short tree of blocks, each with a flat row of inlines.

Inlines carry their style instead of nesting, so that no writer recurses over what a model wrote. Blocks nest
no deeper than ``MAX_DEPTH``. Pictures are their words here already: no writer can name one of the web.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

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


Inline = Text | LineBreak
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
    """Return the characters alone; a line break is a line feed."""
    return "".join(each.text if isinstance(each, Text) else "\n" for each in inlines)
