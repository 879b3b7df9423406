"""Plain texts cut into pieces that are learned whole: at paragraphs, else at sentences, else anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lmstudio_lite.finetune.data.text_lines import read_lines

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])")


@dataclass(frozen=True, slots=True)
class Piece:
    """``line`` is the piece's first line, from 1."""

    line: int
    text: str


def read_text(path: Path, piece_length: int) -> Iterator[Piece]:
    """Yield the pieces of a text file, each of at most ``piece_length`` characters.

    Raises:
        ValueError: the file is not text.
        OSError: it can't be read.
    """
    return cut_lines(((line.number, line.text) for line in read_lines(path)), piece_length)


def cut_lines(lines: Iterable[tuple[int, str]], piece_length: int) -> Iterator[Piece]:
    """Pack whole paragraphs greedily; a paragraph that is too long is cut at sentences."""
    piece: list[str] = []
    length, first = 0, 0
    for number, paragraph in _paragraphs(lines, piece_length):
        for part in _parts(paragraph, piece_length):
            if piece and length + len(part) + 2 > piece_length:
                yield Piece(first, "\n\n".join(piece))
                piece, length = [], 0
            if not piece:
                first = number
            piece.append(part)
            length += len(part) + 2
    if piece:
        yield Piece(first, "\n\n".join(piece))


def _paragraphs(lines: Iterable[tuple[int, str]], length_max: int) -> Iterator[tuple[int, str]]:
    """Join lines up to an empty one, or to where they are too many for one paragraph."""
    held: list[str] = []
    length, first = 0, 0
    for number, text in lines:
        if held and (not text.strip() or length + len(text) > length_max):
            yield first, "\n".join(held)
            held, length = [], 0
        if text.strip():
            if not held:
                first = number
            held.append(text.rstrip())
            length += len(text) + 1
    if held:
        yield first, "\n".join(held)


def _parts(paragraph: str, length_max: int) -> Iterator[str]:
    if len(paragraph) <= length_max:
        yield paragraph
        return
    part = ""
    for sentence in _SENTENCE_END.split(paragraph):
        for start in range(0, len(sentence), length_max):
            stretch = sentence[start : start + length_max]
            if part and len(part) + len(stretch) + 1 > length_max:
                yield part
                part = ""
            part = f"{part} {stretch}" if part else stretch
    if part:
        yield part
