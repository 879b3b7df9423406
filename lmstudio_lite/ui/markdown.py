"""Markdown as top-level blocks, parsed again only from the last one on as text streams in.

The reading is that of ``formats``, so that what leaves the window is what it shows. CommonMark's block
structure makes this sound: once a later top-level block has begun, no more text can change an earlier one
(link definitions aside, which small models don't write).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lmstudio_lite.formats.markdown import tokens_of

if TYPE_CHECKING:
    from markdown_it.token import Token


@dataclass(frozen=True, slots=True)
class ProseBlock:
    """A paragraph, heading, list, quote, table or rule: ``source[start:end]`` as markdown-it's tokens."""

    start: int
    end: int
    tokens: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A fenced or indented code block at the top level; ``language`` is "" when the fence names none."""

    start: int
    end: int
    code: str
    language: str


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


class MarkdownStream:
    """The blocks of a text that mostly grows at its end."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._text = ""

    def set_text(self, text: str) -> int:
        """Take the whole text so far; returns the index of the first block that is new or changed.

        Costs as much as the last block is long when ``text`` only got longer.
        """
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if text == self._text:
            return len(self.blocks)
        kept = 0
        if text.startswith(self._text) and self.blocks:
            kept = len(self.blocks) - 1
        start = self.blocks[kept].start if self.blocks and kept else 0
        tail = [_moved(block, start) for block in parse_blocks(text[start:])]
        self.blocks = [*self.blocks[:kept], *tail]
        self._text = text
        return kept


def _moved(block: Block, offset: int) -> Block:
    match block:
        case CodeBlock(start, end, code, language):
            return CodeBlock(start + offset, end + offset, code, language)
        case ProseBlock(start, end, tokens):
            return ProseBlock(start + offset, end + offset, tokens)
