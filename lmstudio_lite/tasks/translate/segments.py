"""Text to the passages that are translated and everything around them, which is kept as it is.

Pieces join to the text exactly. Code blocks, formulas, table rules, marks of headings, lists and quotes,
blank lines, indentation, addresses and numbers are pieces that stay; sentences are pieces to translate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import regex

from lmstudio_lite.documents.segmentation import split_sentences

_FENCE = regex.compile(r"[ >]*(?P<mark>`{3,}|~{3,}|\$\$)(?P<rest>.*)")
_LINE_MARKS = regex.compile(
    r"\s*(?:(?:>|\#{1,6}|[-*+•◦▪–]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])[ \t]+|>[ \t]*)*(?:\[[ xX]\][ \t]+)?"
)
_TABLE_ROW = regex.compile(r"\s*\|.*\|\s*\Z", regex.DOTALL)
_CELL_EDGE = regex.compile(r"(?<!\\)\|")
_WORD = regex.compile(r"\b[\p{L}\p{M}]{2,}\b|[\p{Han}\p{Hiragana}\p{Katakana}]")
_ADDRESS = regex.compile(r"<?(?:https?://|www\.|mailto:)\S+>?|[\w.+-]+@[\w-]+\.[\w.]+")
_WRAP = regex.compile(r"[ \t]*(?:\r\n|\n|\r)[ \t]*")
_IDEOGRAPH = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{InCJK_Symbols_And_Punctuation}]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text. ``passage`` is what a model is given of it, "" where it stays as it is."""

    text: str
    passage: str = ""


def split_into_pieces(text: str) -> list[Piece]:
    """Cut ``text`` into pieces that join to it."""
    pieces: list[Piece] = []
    for block, is_kept in _blocks(text):
        if is_kept:
            pieces.append(Piece(block))
            continue
        for segment in split_sentences(block):
            pieces.extend(_pieces_of_segment(segment.text, is_line_start=_is_line_start(pieces)))
    return [piece for piece in pieces if piece.text]


def _is_line_start(pieces: list[Piece]) -> bool:
    """Tell whether nothing but indentation stands before what comes next on its line."""
    for piece in reversed(pieces):
        before = piece.text.rstrip(" \t")
        if before:
            return before[-1] in "\n\r"
    return True


def _blocks(text: str) -> Iterator[tuple[str, bool]]:
    """Yield fenced blocks (kept) and what stands between them; an open fence is kept to the end."""
    lines: list[str] = []
    fence = ""
    for line in text.splitlines(keepends=True):
        match = _FENCE.match(line)
        if fence:
            lines.append(line)
            if match and match["mark"].startswith(fence) and not match["rest"].strip():
                yield "".join(lines), True
                lines, fence = [], ""
        elif match and match["mark"] == "$$" and match["rest"].strip().endswith("$$"):
            yield "".join(lines), False
            yield line, True
            lines = []
        elif match and not (match["mark"] == "$$" and match["rest"].strip()):
            yield "".join(lines), False
            lines, fence = [line], match["mark"]
        else:
            lines.append(line)
    yield "".join(lines), bool(fence)


def _pieces_of_segment(text: str, *, is_line_start: bool) -> Iterator[Piece]:
    if is_line_start and _TABLE_ROW.match(text):
        yield from _pieces_of_row(text)
        return
    marks = _LINE_MARKS.match(text) if is_line_start else None
    start = marks.end() if marks else len(text) - len(text.lstrip())
    end = max(start, len(text.rstrip()))
    yield Piece(text[:start])
    yield _sentence(text[start:end])
    yield Piece(text[end:])


def _pieces_of_row(text: str) -> Iterator[Piece]:
    position = 0
    for edge in [*(match.start() for match in _CELL_EDGE.finditer(text)), len(text)]:
        cell = text[position:edge]
        start = len(cell) - len(cell.lstrip())
        end = max(start, len(cell.rstrip()))
        yield Piece(cell[:start])
        yield _sentence(cell[start:end])
        yield Piece(cell[end:] + text[edge : edge + 1])
        position = edge + 1


def _sentence(text: str) -> Piece:
    """Unwrap a sentence for the model; what holds no words stays as it is."""
    if not _WORD.search(_ADDRESS.sub(" ", text)):
        return Piece(text)
    return Piece(text, _WRAP.sub(_unwrapped(text), text))


def _unwrapped(text: str) -> str:
    num_ideographs = len(_IDEOGRAPH.findall(text))
    return "" if num_ideographs * 2 > len(text) else " "
