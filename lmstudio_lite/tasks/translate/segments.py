"""Text to the passages that are translated and everything around them, which is kept as it is.

Pieces join to the text exactly. Kept blocks (``kept``), table rules, marks of headings, lists and quotes,
blank lines, indentation, addresses and numbers are pieces that stay; sentences are pieces to translate.
Subtitles have sentences of their own kind (``cues``), so have tables of separated values (``cells``).
"""

from __future__ import annotations

from collections.abc import Iterator

import regex

from lmstudio_lite.documents.plain.subtitles import is_subtitles
from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.domain.translations import TextForm
from lmstudio_lite.tasks.translate.carried import without_carried
from lmstudio_lite.tasks.translate.cells import split_table
from lmstudio_lite.tasks.translate.cues import split_subtitles
from lmstudio_lite.tasks.translate.kept import split_blocks
from lmstudio_lite.tasks.translate.pieces import Piece

_LINE_MARKS = regex.compile(
    r"\s*(?:(?:>|\#{1,6}|[-*+•◦▪–]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])[ \t]+|>[ \t]*)*"
    r"(?:\[[ xX]\][ \t]+|\[!\w+\][ \t]*|\[\^[^\]\s]+\]:[ \t]+|[!?]{3}\+?[ \t]+\w+[ \t]*)?"
)
"""Of lists, quotations, headings, tasks, notes and footnotes."""
_HEADING_MARKS = regex.compile(r"[ \t]*(?:\#+|\{[\#.][^{}\n]*\}|\\)?[ \t]*\Z")
"""What stands behind the words of a heading: closing marks, its name; or a backslash that ends a line."""
_TABLE_ROW = regex.compile(r"\s*\|.*\|\s*\Z", regex.DOTALL)
_CELL_EDGE = regex.compile(r"(?<!\\)\|")
_WORD = regex.compile(r"\b[\p{L}\p{M}]{2,}\b|[\p{Han}\p{Hiragana}\p{Katakana}]")
_WRAP = regex.compile(r"[ \t]*(?:\r\n|\n|\r)[ \t]*")
_IDEOGRAPH = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{InCJK_Symbols_And_Punctuation}]")


def split_into_pieces(text: str, form: TextForm = TextForm.PLAIN) -> list[Piece]:
    """Cut ``text`` into pieces that join to it; subtitles are told by themselves."""
    if is_subtitles(text):
        return [piece for piece in split_subtitles(text) if piece.text]
    cells = split_table(text) if form is TextForm.TABLE else None
    if cells is not None:
        return [piece for piece in cells if piece.text]
    pieces: list[Piece] = []
    for block, is_kept in split_blocks(text, is_markdown=form is TextForm.MARKDOWN):
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


def _pieces_of_segment(text: str, *, is_line_start: bool) -> Iterator[Piece]:
    if is_line_start and _TABLE_ROW.match(text):
        yield from _pieces_of_row(text)
        return
    marks = _LINE_MARKS.match(text) if is_line_start else None
    start = marks.end() if marks else len(text) - len(text.lstrip())
    end = max(start, len(text.rstrip()))
    if (marks and "#" in marks[0]) or text[:end].endswith("\\"):
        behind = _HEADING_MARKS.search(text, start, end)
        end = max(start, behind.start()) if behind else end
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
    if not _WORD.search(without_carried(text)):
        return Piece(text)
    return Piece(text, _WRAP.sub(_unwrapped(text), text))


def _unwrapped(text: str) -> str:
    num_ideographs = len(_IDEOGRAPH.findall(text))
    return "" if num_ideographs * 2 > len(text) else " "
