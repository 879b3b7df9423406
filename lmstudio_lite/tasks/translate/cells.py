"""A table of separated values to passages: the words of its cells, while delimiters, quotes and figures stay.

A quoted cell is translated sentence by sentence where it stands, its quotation marks doubled again. A cell
without marks gets them where its translation needs them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import regex

from lmstudio_lite.documents.plain.separated_values import Dialect, cell_spans, read_rows
from lmstudio_lite.documents.plain.table_dialect import SAMPLE_LINES, find_dialect
from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.tasks.translate.carried import without_carried
from lmstudio_lite.tasks.translate.pieces import Piece

_WORD = regex.compile(r"\b[\p{L}\p{M}]{2,}\b|[\p{Han}\p{Hiragana}\p{Katakana}]")
_CODE = regex.compile(r"[\p{Lu}\d .:/_-]{1,5}\Z")
"""EUR and the like are no words."""


def split_table(text: str) -> Iterator[Piece] | None:
    """Return pieces that join to the table ``text``, None if it is none."""
    lines = text.split("\n")
    dialect = find_dialect(list(islice(lines, SAMPLE_LINES)), is_table=True)
    return _pieces(text, lines, dialect) if dialect is not None else None


def _pieces(text: str, lines: list[str], dialect: Dialect) -> Iterator[Piece]:
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    position = 0
    for row in read_rows(enumerate(lines), dialect):
        start, end = starts[row.first], starts[row.last] + len(lines[row.last])
        for first, last in cell_spans(text[start:end], dialect, is_open=row.is_open):
            yield Piece(text[position : start + first])
            yield from _cell(text[start + first : start + last], dialect)
            position = start + last
    yield Piece(text[position:])


def _cell(raw: str, dialect: Dialect) -> Iterator[Piece]:
    inner, quote = raw.strip(" "), dialect.quote
    at = raw.find(inner) if inner else 0
    if quote and len(inner) > 1 and inner.startswith(quote) and inner.endswith(quote):
        yield Piece(raw[: at + 1])
        for segment in split_sentences(inner[1:-1]):
            yield from _words(segment.text, dialect, is_quoted=True)
        yield Piece(raw[at + len(inner) - 1 :])
    else:
        yield from _words(raw, dialect, is_quoted=False)


def _words(raw: str, dialect: Dialect, *, is_quoted: bool) -> Iterator[Piece]:
    start, end = len(raw) - len(raw.lstrip()), len(raw.rstrip())
    words = raw[start:end]
    passage = " ".join(words.split())
    if is_quoted:
        passage = passage.replace(dialect.quote * 2, dialect.quote)
    if not _WORD.search(without_carried(passage)) or _CODE.match(passage):
        yield Piece(raw)
        return
    if is_quoted:
        yield Piece(raw[:start])
        yield Piece(words, passage, lambda translation: translation.replace(dialect.quote, dialect.quote * 2))
        yield Piece(raw[end:])
    else:
        yield Piece(
            raw, passage, lambda translation: _unquoted(raw[:start] + translation + raw[end:], dialect)
        )


def _unquoted(cell: str, dialect: Dialect) -> str:
    """Return a cell that had no quotation marks, with them if it needs them now."""
    quote, delimiter = dialect.quote, dialect.delimiter
    if not quote:
        return cell.replace(delimiter, " ") if delimiter else cell
    needs_quotes = quote in cell or (delimiter and delimiter in cell)
    return f"{quote}{cell.replace(quote, quote * 2)}{quote}" if needs_quotes else cell
