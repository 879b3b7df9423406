"""A text in the parts that an edit looks at: paragraphs, with what stands between them and must stay.

Code blocks, tables and rules are no prose: they stay as they are. A long paragraph is cut between its
sentences, for small models lose the end of what is long.
"""

from __future__ import annotations

from dataclasses import dataclass

import regex

from lmstudio_lite.documents.structure.segmentation import split_sentences

_BLOCK = regex.compile(
    r"(?P<code>^[ \t]*(```|~~~).*?(?:^[ \t]*\2[^\n]*$|\Z))|\n[ \t]*\n\s*", regex.DOTALL | regex.MULTILINE
)
_NO_PROSE = regex.compile(r"\A\W*\Z|\A\s*\|.*\|\s*\Z|\A\s*https?://\S+\s*\Z", regex.DOTALL)
PARAGRAPH_CHARACTERS = 1_200


@dataclass(frozen=True, slots=True)
class TextPart:
    """``is_prose``: it may be edited; joined, the parts are the text again."""

    text: str
    is_prose: bool


def split_parts(text: str) -> list[TextPart]:
    """Return the parts of ``text`` in order."""
    parts: list[TextPart] = []
    start = 0
    for found in _BLOCK.finditer(text):
        _add_prose(parts, text[start : found.start()])
        parts.append(TextPart(found[0], is_prose=False))
        start = found.end()
    _add_prose(parts, text[start:])
    return [part for part in parts if part.text]


def _add_prose(parts: list[TextPart], text: str) -> None:
    if not text.strip() or _NO_PROSE.match(text):
        parts.append(TextPart(text, is_prose=False))
        return
    lead = text[: len(text) - len(text.lstrip())]
    tail = text[len(text.rstrip()) :]
    parts.append(TextPart(lead, is_prose=False))
    for piece in _pieces(text.strip()):
        words = piece.rstrip()
        parts.append(TextPart(words, is_prose=True))
        parts.append(TextPart(piece[len(words) :], is_prose=False))
    parts.append(TextPart(tail, is_prose=False))


def _pieces(paragraph: str) -> list[str]:
    """Cut a paragraph between sentences into pieces of at most ``PARAGRAPH_CHARACTERS``, about."""
    if len(paragraph) <= PARAGRAPH_CHARACTERS:
        return [paragraph]
    pieces, piece = [], ""
    for sentence in split_sentences(paragraph):
        if piece and len(piece) + len(sentence.text) > PARAGRAPH_CHARACTERS:
            pieces.append(piece)
            piece = ""
        piece += sentence.text
    return [*pieces, piece] if piece else pieces
