"""The one reading of Markdown, as the window shows it: CommonMark, tables, tasks, footnotes, formulas.

Whoever reads may trust what comes out, whatever a model wrote: raw HTML is text; a picture is its words, so
nothing is fetched; an address is of the web or of mail, or it is none; characters that XML forbids and those
that show a text backwards are gone; nesting and size are bounded, and no text is lost by that.

markdown-it, which reads, is imported with the first text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lmstudio_lite.domain.formulas import Formula
from lmstudio_lite.formats import markdown_extras
from lmstudio_lite.formats.formulas import delimiters
from lmstudio_lite.formats.tree import (
    MAX_DEPTH,
    Alignment,
    Block,
    Blocks,
    BulletList,
    Code,
    Heading,
    Inline,
    Inlines,
    LineBreak,
    Maths,
    NumberedList,
    Paragraph,
    Quote,
    Rule,
    Table,
    Text,
)

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.token import Token

READ_LIMIT = 1_000_000
"""Characters that are read as Markdown (seconds, in Python); what follows is paragraphs of plain text."""

_ADDRESS_LIMIT = 2048
"""Characters; one long address that many references repeat would make a file a thousand times its text."""

_LINE_ENDS = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")
_UNWANTED = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"  # XML 1.0, HTML
    r"\u202a-\u202e\u2066-\u2069\u206a-\u206f]"  # embeddings, overrides and isolates (UAX #9)
)
_HOST = re.compile(r"[\w.:-]+")
"""A name, or an IPv6 address without its brackets; Word takes a file with another for damaged."""

_TABLE_STYLE = "text-align:"
_MARKS = re.compile(r"[\\`*\]<>|~&$]|(?<!\w)_|_(?!\w)")
"""What begins or ends something in Markdown, wherever it stands; a "_" within a word does not."""


def parse(markdown: str) -> Blocks:
    """Read ``markdown`` in time linear in its length."""
    text = without_unwanted(markdown)
    head, rest = _cut(text)
    reading = _Reading()
    for token in tokens_of(head):
        reading.take(token)
    return (*reading.blocks, *(Paragraph((Text(line),)) for line in rest.split("\n") if line.strip()))


def without_unwanted(text: str) -> str:
    """Return ``text`` without what XML forbids or what turns letters round; its lines end in line feeds."""
    return _UNWANTED.sub("", _LINE_ENDS.sub("\n", text))


def escaped(text: str) -> str:
    """Return ``text`` so that its line of Markdown shows it as it is: a file's name, a passage's words."""
    return _MARKS.sub(r"\\\g<0>", text)


def tokens_of(markdown: str) -> list[Token]:
    """Return markdown-it's tokens, for a view that follows a growing text block by block."""
    return _parser().parse(markdown)


def _cut(text: str) -> tuple[str, str]:
    if len(text) <= READ_LIMIT:
        return text, ""
    end = text.rfind("\n", 0, READ_LIMIT) + 1 or READ_LIMIT
    return text[:end], text[end:]


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_DEPTH + 8})
    parser.enable(["table", "strikethrough"])
    delimiters.add_to(parser)
    markdown_extras.add_to(parser)
    parser.block.ruler.before("table", "too_deep", _take_as_text)
    return parser


def _take_as_text(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Make what is nested too deep one paragraph; markdown-it by itself would leave it out."""
    if silent or state.level < MAX_DEPTH:
        return False
    line = start
    while line < end and (state.isEmpty(line) or state.sCount[line] >= state.blkIndent):
        line += 1
    state.line = line
    state.push("paragraph_open", "p", 1).map = [start, line]
    inline = state.push("inline", "", 0)
    inline.content = state.getLines(start, line, state.blkIndent, False).strip()
    inline.map = [start, line]
    inline.children = []
    state.push("paragraph_close", "p", -1)
    return True


@dataclass(slots=True)
class _Frame:
    """A container that is not closed yet."""

    opened_by: Token
    blocks: list[Block] = field(default_factory=list)
    items: list[Blocks] = field(default_factory=list)
    is_tight: bool = True


class _Reading:
    """Tokens to blocks, one after the other."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._open: list[_Frame] = []
        self._leaf: Token | None = None
        self._note = ""  # the label of a footnote whose first words are to come
        self._rows: list[list[Inlines]] = []
        self._alignments: list[Alignment] = []

    def take(self, token: Token) -> None:
        match token.type:
            case "inline":
                self._take_inline(_inlines_of(token.children or []))
            case "paragraph_open" | "heading_open":
                self._leaf = token
                if (
                    not token.hidden
                    and len(self._open) > 1
                    and self._open[-1].opened_by.type == "list_item_open"
                ):
                    self._open[-2].is_tight = False
            case "fence" | "code_block":
                words = _clean(token.info).split()
                self._add(Code(token.content.removesuffix("\n"), words[0] if words else ""))
            case "hr":
                self._add(Rule())
            case delimiters.FORMULA:
                self._add(Paragraph((_maths(token, Text("")),)))
            case "footnote_open":
                self._note = f"[{_clean(token.content)}] "
            case "footnote_close" if self._note:
                self._add(Paragraph((Text(self._take_note()),)))
            case "blockquote_open" | "bullet_list_open" | "ordered_list_open" | "list_item_open":
                self._open.append(_Frame(token))
            case "blockquote_close" | "bullet_list_close" | "ordered_list_close" | "list_item_close":
                self._close(self._open.pop())
            case "table_open":
                self._rows, self._alignments = [], []
            case "tr_open":
                self._rows.append([])
            case "th_open" | "td_open":
                self._leaf = token
                if token.type == "th_open":
                    style = str(token.attrs.get("style", ""))
                    self._alignments.append(Alignment(style.removeprefix(_TABLE_STYLE)))
            case "table_close":
                header, *rows = map(tuple, self._rows)
                self._add(Table(header, tuple(rows), tuple(self._alignments)))
            case _:
                pass

    def _take_inline(self, inlines: Inlines) -> None:
        assert self._leaf is not None
        match self._leaf.type:
            case "th_open" | "td_open":
                self._rows[-1].append(inlines)
            case "heading_open":
                self._add(Heading(int(self._leaf.tag[1:]), inlines))
            case _ if inlines:
                label = (Text(self._take_note()),) if self._note else ()
                self._add(Paragraph((*label, *inlines)))

    def _take_note(self) -> str:
        note, self._note = self._note, ""
        return note

    def _close(self, frame: _Frame) -> None:
        match frame.opened_by.type:
            case "list_item_open":
                self._open[-1].items.append(tuple(frame.blocks))
            case "blockquote_open":
                self._add(Quote(tuple(frame.blocks)))
            case "bullet_list_open":
                self._add(BulletList(tuple(frame.items), frame.is_tight))
            case _:
                start = int(frame.opened_by.attrs.get("start", 1))
                self._add(NumberedList(tuple(frame.items), start, frame.is_tight))

    def _add(self, block: Block) -> None:
        (self._open[-1].blocks if self._open else self.blocks).append(block)


def _inlines_of(tokens: Iterable[Token]) -> Inlines:
    """Return one block's inline tokens as characters with their style, neighbours of one style joined."""
    found: list[Inline] = []
    pieces: list[str] = []
    current = style = Text("")
    depths = {"strong": 0, "em": 0, "s": 0}

    def flush() -> None:
        if text := "".join(pieces):
            found.append(replace(current, text=text))
        pieces.clear()

    for token in tokens:
        kind, _, end = token.type.rpartition("_")
        if kind in depths:
            depths[kind] += 1 if end == "open" else -1
            style = Text("", depths["strong"] > 0, depths["em"] > 0, depths["s"] > 0, href=style.href)
        elif kind == "link":
            style = replace(style, href=_address(token) if end == "open" else "")
        elif token.type == "hardbreak":
            flush()
            found.append(LineBreak())
        elif token.type == delimiters.FORMULA:
            flush()
            found.append(_maths(token, style))
        else:
            wanted = replace(style, is_code=True) if token.type == "code_inline" else style
            if wanted != current:
                flush()
                current = wanted
            pieces.append(_words(token))
    flush()
    return tuple(found)


def _maths(token: Token, style: Text) -> Maths:
    is_display = token.markup in ("$$", "\\[")
    formula = Formula(without_unwanted(token.content), is_display)
    return Maths(without_unwanted(token.info), formula, href=style.href)


def _words(token: Token) -> str:
    match token.type:
        case markdown_extras.TASK:
            return f"{markdown_extras.TASK_MARKS[token.info]} "
        case markdown_extras.FOOTNOTE_REF:
            return f"[{_clean(token.content)}]"
        case "softbreak":
            return " "
        case "image":
            words = "".join(
                " " if each.type == "softbreak" else each.content for each in token.children or ()
            )
            return _clean(words) or _picture_address(token)
        case _:
            return _clean(token.content)


def _clean(text: str) -> str:
    """Return ``text`` as part of a line; an entity such as ``&#8238;`` brings back what was left out."""
    return without_unwanted(text).replace("\n", " ")


def _picture_address(token: Token) -> str:
    """Return what stands for a picture without words: where it is, or nothing if the text carries it."""
    address = str(token.attrs.get("src", ""))
    return "" if address.startswith("data:") or len(address) > _ADDRESS_LIMIT else address


def _address(token: Token) -> str:
    """Return a link's address if a program may be told to open it, else ""."""
    address = str(token.attrs.get("href", ""))
    if len(address) > _ADDRESS_LIMIT or not address.isascii():
        return ""
    try:
        parts = urlsplit(address)
        is_good = parts.scheme == "mailto" or (
            parts.scheme in ("http", "https") and bool(_HOST.fullmatch(parts.hostname or ""))
        )
    except ValueError:  # brackets that are no IPv6 address
        return ""
    return address if is_good else ""
