"""What a reader of office files collects: passages of text, each of a part of the file, in reading order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lmstudio_lite.domain.inventory import HowRead, Part, PartKind
from lmstudio_lite.safe_text import without_sequences

_UNSEEN = re.compile("[\xad\ufeff\x00-\x08\x0b\x0c\x0e-\x1f]")
_SUPERSCRIPTS = str.maketrans("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ")
_RAISED = frozenset("0123456789+-−=()n ")
_LINE_END = re.compile(r"[ \t\xa0]*\n[ \t]*")


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph, heading, list item or table as Markdown; ``kind`` and so on are its part's."""

    text: str
    kind: PartKind = PartKind.BODY
    number: int = 0
    name: str = ""
    how: HowRead = HowRead.TEXT
    is_item: bool = False


def join_passages(passages: Sequence[Passage]) -> str:
    """Return the passages as one Markdown text: items of a list stand close, everything else apart."""
    out: list[str] = []
    was_item = False
    for passage in passages:
        if passage.text.strip():
            if out:
                out.append("\n" if was_item and passage.is_item else "\n\n")
            out.append(passage.text)
            was_item = passage.is_item
    return without_sequences("".join(out))


def parts_of(passages: Iterable[Passage]) -> list[Part]:
    """Return the parts that passages are of, with their characters, in order of first appearance."""
    lengths: dict[tuple[PartKind, int, str, HowRead], int] = {}
    for passage in passages:
        key = (passage.kind, passage.number, passage.name, passage.how)
        lengths[key] = lengths.get(key, 0) + len(passage.text)
    return [
        Part(kind, number, name, length, how if length else HowRead.EMPTY)
        for (kind, number, name, how), length in lengths.items()
    ]


def raised(text: str) -> str:
    """Return superscript text: digits and signs as Unicode has them raised (10⁶ is not 106)."""
    return text.translate(_SUPERSCRIPTS) if _RAISED.issuperset(text) else text


def cleaned(text: str) -> str:
    """Return a paragraph's text without characters that can't be seen and white space at line ends."""
    return _LINE_END.sub("\n", _UNSEEN.sub("", text)).strip()


def markdown_table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of cells as a Markdown table, the first as its head, without empty columns.

    A single column is a list of paragraphs.
    """
    width = max(map(len, rows), default=0)
    padded = [[_cell(text) for text in row] + [""] * (width - len(row)) for row in rows]
    used = [column for column in range(width) if any(row[column] for row in padded)]
    if len(used) == 1:
        texts = (cleaned(row[used[0]]) for row in rows if len(row) > used[0])
        return "\n\n".join(filter(None, texts))
    lines = ["| " + " | ".join(row[column] for column in used) + " |" for row in padded if any(row)]
    return "\n".join([*lines[:1], "|" + " --- |" * len(used), *lines[1:]]) if lines else ""


def _cell(text: str) -> str:
    return " ".join(_UNSEEN.sub("", text).split()).replace("|", "\\|")
