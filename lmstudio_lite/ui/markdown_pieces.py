"""Where an open Markdown block may be cut, and how its later piece is known for what it is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING

from lmstudio_lite.formats.formulas.delimiters import may_be_open
from lmstudio_lite.ui.markdown import Block, CodeBlock, ProseBlock, parse_blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

_FORCED = 4
"""A paragraph that can't be cut well is cut anyway at so many times ``PIECE_CHARS``."""
_NUM_CUTS_TRIED = 12
_OPENING = "*_`[]<~&!\\"
"""What may belong to something that the text behind it ends."""
_LETTER = "x"
"""Stands before a paragraph's later piece as it is parsed: its beginning is no beginning of a line."""

_BLANK_LINES = re.compile(r"(?:[ \t]*\n)*")
_FENCE = re.compile(r" {0,3}(?:```|~~~)[^\n]*\n")


class PieceKind(Enum):
    """What the open block is, once it is in pieces."""

    WHOLE = "whole"
    PARAGRAPH = "paragraph"
    LIST = "list"
    TABLE = "table"
    CODE = "code"


@dataclass(slots=True)
class Pieces:
    """The closed pieces of the open block. ``prefix`` is parsed before the rest, to make it what it is."""

    kind: PieceKind = PieceKind.WHOLE
    prefix: str = ""
    sources: list[str] = field(default_factory=list)
    is_loose: bool = False
    num_items: int = 0  # what an ordered list has counted to
    is_provisional: bool = False  # to be parsed whole once its end is known


@dataclass(frozen=True, slots=True)
class Cut:
    """A block cut at ``at``, counted from the tail's start; ``pieces`` says how to go on."""

    at: int
    head: Block
    rest: Block
    pieces: Pieces


def next_piece(block: Block, pieces: Pieces) -> Block | None:
    """Return ``block``, parsed behind ``pieces.prefix``, as their next piece; None if it is none."""
    if isinstance(block, CodeBlock):
        return block if pieces.kind is PieceKind.CODE else None
    opening = block.tokens[0].type
    match pieces.kind:
        case PieceKind.PARAGRAPH if opening == "paragraph_open":
            children = block.tokens[1].children
            if children and children[0].content.startswith(_LETTER):
                children[0].content = children[0].content.removeprefix(_LETTER)
                return block
        case PieceKind.LIST if opening in ("bullet_list_open", "ordered_list_open"):
            if pieces.is_loose:
                for token in block.tokens:
                    if token.level == 2 and token.type in ("paragraph_open", "paragraph_close"):
                        token.hidden = False
            elif _is_loose(block.tokens):
                return None
            _number(block.tokens[0], pieces.num_items)
            return block
        case PieceKind.TABLE if opening == "table_open":
            rows = _body_rows(block.tokens)
            return _table(block, rows) if rows else None
        case _:
            pass
    return None


def cut_prose(block: ProseBlock, source: str, pieces: Pieces, piece_chars: int) -> Cut | None:
    match block.tokens[0].type:
        case "paragraph_open":
            return _cut_paragraph(block, source, pieces, piece_chars)
        case "bullet_list_open" | "ordered_list_open":
            return _cut_list(block, source, pieces)
        case "blockquote_open":
            return _cut_quote(block, source)
        case "table_open":
            return _cut_table(block, source, pieces)
        case _:
            return None


def _cut_paragraph(block: ProseBlock, source: str, pieces: Pieces, piece_chars: int) -> Cut | None:
    """Cut so that a third of a piece stays open: what is begun there may be ended there."""
    places = _places_to_cut(source, len(source) - piece_chars // 3)
    cut = next((place for place in places if _is_settled(source[:place], pieces.prefix)), None)
    is_forced = cut is None and len(source) > _FORCED * piece_chars
    if is_forced:
        cut = places[0] if places else len(source) - piece_chars // 3
    if cut is None:
        return None
    head, rest = parse_blocks(pieces.prefix + source[:cut]), parse_blocks(_LETTER + source[cut:])
    going_on = Pieces(PieceKind.PARAGRAPH, _LETTER, is_provisional=is_forced or pieces.is_provisional)
    before = _as_piece(head, pieces) if pieces.kind is PieceKind.PARAGRAPH else _only(head)
    after = _as_piece(rest, going_on)
    if before is None or after is None:
        return None
    return Cut(cut, replace(before, goes_on=True), replace(after, follows=True), going_on)


def _only(blocks: Sequence[Block]) -> ProseBlock | None:
    first = blocks[0] if len(blocks) == 1 else None
    is_paragraph = isinstance(first, ProseBlock) and first.tokens[0].type == "paragraph_open"
    return first if is_paragraph and isinstance(first, ProseBlock) else None


def _as_piece(blocks: Sequence[Block], pieces: Pieces) -> ProseBlock | None:
    first = _only(blocks)
    piece = next_piece(first, pieces) if first is not None else None
    return piece if isinstance(piece, ProseBlock) else None


def _places_to_cut(source: str, end: int) -> list[int]:
    """Return where a paragraph may be cut, last one first: before a space, or between letters without any."""
    places: list[int] = []
    place = end = min(end, len(source) - 1)
    while len(places) < _NUM_CUTS_TRIED and (place := source.rfind(" ", 1, place)) > 0:
        before, behind = source[place - 1], source[place + 1 : place + 2]
        if before not in " \n" + _OPENING and behind not in ("", " ", "\n"):
            places.append(place)
    if places and places[0] > end // 2:
        return places
    for place in range(end, max(1, end - 8 * _NUM_CUTS_TRIED), -8):  # Chinese and the like
        if source[place - 1].isalpha() and source[place].isalpha():
            places.append(place)
    return places


def _is_settled(head: str, prefix: str) -> bool:
    """Whether no mark of ``head`` is left that could belong to one behind it."""
    block = _only(parse_blocks(prefix + head))
    if block is None or "&" in head[-32:] or may_be_open(head):
        return False
    children = block.tokens[1].children or []
    return not any(
        token.type == "text" and any(mark in token.content for mark in _OPENING) for token in children
    )


def _cut_list(block: ProseBlock, source: str, pieces: Pieces) -> Cut | None:
    """Cut before the last item whose first line is complete."""
    tokens = block.tokens
    items = [
        place for place, token in enumerate(tokens) if token.type == "list_item_open" and token.level == 1
    ]
    for number in range(len(items) - 1, 0, -1):
        at = _line_start(source, tokens[items[number]], pieces.prefix)
        if "\n" in source[at:]:
            break
    else:
        return None
    middle = items[number]
    is_going_on = pieces.kind is PieceKind.LIST
    num_before = pieces.num_items if is_going_on else int(tokens[0].attrs.get("start", 1)) - 1
    num_items = num_before + number
    opening = tokens[0].copy()
    _number(opening, num_items)
    going_on = Pieces(PieceKind.LIST, is_loose=pieces.is_loose or _is_loose(tokens), num_items=num_items)
    head = replace(block, tokens=(*tokens[:middle], tokens[-1]), goes_on=True)
    return Cut(at, head, replace(block, tokens=(opening, *tokens[middle:]), follows=True), going_on)


def _number(opening: Token, num_items: int) -> None:
    """Have an ordered list's piece go on counting; its first one begins where it says."""
    if opening.type == "ordered_list_open":
        opening.attrs = {**opening.attrs, "start": num_items + 1}


def _is_loose(tokens: Sequence[Token]) -> bool:
    return any(token.type == "paragraph_open" and token.level == 2 and not token.hidden for token in tokens)


def _cut_quote(block: ProseBlock, source: str) -> Cut | None:
    """Cut before the last block in the quote; each of the two is a quote of its own."""
    tokens = block.tokens
    inner = [
        place
        for place, token in enumerate(tokens)
        if token.level == 1 and token.nesting >= 0 and token.type != "table_open"
    ]
    for middle in reversed(inner[1:]):
        at = _line_start(source, tokens[middle], "")
        if source[at:].lstrip(" ").startswith(">") and "\n" in source[at:]:
            head = replace(block, tokens=(*tokens[:middle], tokens[-1]))
            rest = replace(block, tokens=(tokens[0], *tokens[middle:]))
            return Cut(at, head, rest, Pieces())
    return None


def _cut_table(block: ProseBlock, source: str, pieces: Pieces) -> Cut | None:
    """Cut before the last row that is complete; the rest is parsed behind the table's own heading."""
    rows = _body_rows(block.tokens)
    for number in range(len(rows) - 1, 0, -1):
        at = _line_start(source, rows[number][0], pieces.prefix)
        if "\n" in source[at:]:
            break
    else:
        return None
    heading: tuple[Token, ...] = ()
    prefix = pieces.prefix
    if pieces.kind is not PieceKind.TABLE:
        heading = _heading_rows(block.tokens)
        begin = _line_start(source, block.tokens[0], "")
        prefix = "".join(source[begin:].splitlines(keepends=True)[:2])
    head = _table(block, rows[:number], heading)
    rest = _table(block, rows[number:])
    going_on = Pieces(PieceKind.TABLE, prefix, is_provisional=True)
    return Cut(at, replace(head, goes_on=True), replace(rest, follows=True), going_on)


def _body_rows(tokens: Sequence[Token]) -> list[tuple[Token, ...]]:
    rows: list[tuple[Token, ...]] = []
    begin, is_body = 0, True
    for place, token in enumerate(tokens):
        if token.type in ("thead_open", "thead_close"):
            is_body = token.type == "thead_close"
        elif token.type == "tr_open":
            begin = place
        elif token.type == "tr_close" and is_body:
            rows.append(tuple(tokens[begin : place + 1]))
    return rows


def _heading_rows(tokens: Sequence[Token]) -> tuple[Token, ...]:
    end = next(place for place, token in enumerate(tokens) if token.type == "thead_close")
    return tuple(tokens[1 : end + 1])


def _table(
    block: ProseBlock, rows: Sequence[tuple[Token, ...]], heading: tuple[Token, ...] = ()
) -> ProseBlock:
    body = (token for row in rows for token in row)
    return replace(block, tokens=(block.tokens[0], *heading, *body, block.tokens[-1]))


def cut_code(block: CodeBlock, source: str, pieces: Pieces) -> Cut | None:
    """Cut before the last line that is complete. The pieces' codes are joined by line feeds."""
    begin, prefix = 0, pieces.prefix
    if pieces.kind is not PieceKind.CODE:
        begin = _BLANK_LINES.match(source).end()  # type: ignore[union-attr]
        opening = _FENCE.match(source, begin)
        prefix = opening.group() if opening else ""
        begin += len(prefix)
    at = source.rfind("\n", begin, max(begin, source.rfind("\n"))) + 1
    while at > begin and not prefix and not source[at : source.find("\n", at)].strip():
        at = source.rfind("\n", begin, at - 1) + 1
    lines = block.code.split("\n")
    num_lines = source.count("\n", begin, at)
    if at <= begin or num_lines >= len(lines):
        return None
    head = replace(block, code="\n".join(lines[:num_lines]), goes_on=True)
    rest = replace(block, code="\n".join(lines[num_lines:]), follows=True)
    return Cut(at, head, rest, Pieces(PieceKind.CODE, prefix))


def _line_start(source: str, token: Token, prefix: str) -> int:
    """Return where the token's first line begins in ``source``, which was parsed behind ``prefix``."""
    line = (token.map or [0])[0] - prefix.count("\n")
    return sum(len(each) + 1 for each in source.split("\n")[:line])
