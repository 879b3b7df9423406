"""Markdown as top-level blocks, as the window shows them.

The reading is that of ``formats``, so that what leaves the window is what it shows. How a text that grows is
parsed is in ``markdown_stream``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lmstudio_lite.formats.markdown import tokens_of

if TYPE_CHECKING:
    from markdown_it.token import Token


@dataclass(frozen=True, slots=True)
class ProseBlock:
    """A paragraph, heading, list, quote, table or rule: ``source[start:end]`` as markdown-it's tokens.

    ``follows``: it goes on with the block before it. ``goes_on``: the block behind it does so with this one.
    """

    start: int
    end: int
    tokens: tuple[Token, ...]
    follows: bool = False
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A fenced or indented code block at the top level; ``language`` is "" when the fence names none.

    ``follows`` and ``goes_on`` as in ``ProseBlock``: between two pieces of code there is a line feed.
    """

    start: int
    end: int
    code: str
    language: str
    follows: bool = False
    goes_on: bool = False


Block = ProseBlock | CodeBlock


def parse_blocks(source: str) -> list[Block]:
    """Split ``source``, whose lines end in line feeds, into top-level blocks with character offsets."""
    tokens = tokens_of(source)
    starts = [0]
    for line in source.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    blocks: list[Block] = []
    begin = 0
    for number, token in enumerate(tokens):
        if token.level != 0 or token.nesting == 1:
            continue
        group = tokens[begin : number + 1]
        begin = number + 1
        lines = group[0].map or [0, len(starts) - 1]
        start, end = starts[lines[0]], min(starts[min(lines[1], len(starts) - 1)], len(source))
        if token.type in ("fence", "code_block"):
            language = token.info.split()[0] if token.info.split() else ""
            blocks.append(CodeBlock(start, end, token.content.removesuffix("\n"), language))
        else:
            blocks.append(ProseBlock(start, end, tuple(group)))
    return blocks
