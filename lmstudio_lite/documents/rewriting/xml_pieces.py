"""The pieces of an XML text and where they stand: for files whose every other byte is to stay.

A scanner, no parser: names and nesting are checked, entities other than XML's own five are not known, and
nothing is ever fetched. Raises ``MalformedError`` where a parser would refuse.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

import regex

from lmstudio_lite.documents.rewriting.text_file import MalformedError

_PIECE = regex.compile(
    r"""
    (?P<comment> <!--.*?--> ) | (?P<cdata> <!\[CDATA\[.*?\]\]> ) | (?P<other> <\?.*?\?> )
    | (?P<doctype> <!DOCTYPE\b (?:[^<>\[\]"']|"[^"]*"|'[^']*')*
        (?:\[ (?:[^\]"']|"[^"]*"|'[^']*')* \])? \s* > )
    | (?P<end> </ (?P<end_name>[^\s<>/]+) \s* > )
    | (?P<start> < (?P<name>[^\s<>/!?]+) (?:\s+ [^\s<>/=]+ \s*=\s* (?:"[^"<]*"|'[^'<]*') )* \s*
        (?P<is_empty>/?) > )
    | (?P<text> [^<]+ )
    """,
    regex.VERBOSE | regex.DOTALL,
)
_KINDS = ("text", "start", "end", "cdata", "comment", "other", "doctype")
_ATTRIBUTE = regex.compile(r"""([^\s<>/=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_ENTITY = regex.compile(r"&(?:lt|gt|amp|quot|apos|\#\d{1,7}|\#x[0-9A-Fa-f]{1,6});")
_OTHER_ENTITY = regex.compile(r"&(?!(?:lt|gt|amp|quot|apos|\#\d{1,7}|\#x[0-9A-Fa-f]{1,6});)")
_DEEPEST = 500


class PieceKind(Enum):
    """What a piece is."""

    START = auto()
    END = auto()
    EMPTY = auto()
    TEXT = auto()
    CDATA = auto()
    OTHER = auto()
    """A comment, an instruction, the type of the document."""


@dataclass(frozen=True, slots=True)
class Piece:
    """``raw`` is ``text[start:end]``; ``name`` that of an element, with its prefix. ``depth`` from 0."""

    kind: PieceKind
    start: int
    end: int
    raw: str
    name: str = ""
    depth: int = 0

    @property
    def local_name(self) -> str:
        return self.name.rpartition(":")[2]

    def attribute(self, name: str) -> str:
        """Return the value of an attribute, "" for none."""
        for found in _ATTRIBUTE.finditer(self.raw):
            if found[1] == name:
                return html.unescape(found[2] if found[2] is not None else found[3])
        return ""

    @property
    def words(self) -> str:
        """What a piece of text says."""
        if self.kind is PieceKind.CDATA:
            return self.raw[9:-3]
        return str(_ENTITY.sub(lambda found: html.unescape(found[0]), self.raw))


def xml_pieces(text: str) -> Iterator[Piece]:
    """Yield the pieces of ``text`` in order; they join to it.

    Raises:
        MalformedError: ``text`` is not well-formed, or nests deeper than anybody writes.
    """
    stack: list[str] = []
    position, num_roots = 0, 0
    while position < len(text):
        found = _PIECE.match(text, position)
        if found is None:
            raise MalformedError(f"no XML at {position}")
        start, position = position, found.end()
        match next(name for name in _KINDS if found[name] is not None):
            case "text":
                if _OTHER_ENTITY.search(found[0]):
                    raise MalformedError(f"an entity of its own at {start}")
                if not stack and found[0].strip("\ufeff \t\r\n"):
                    raise MalformedError(f"words outside of any element at {start}")
                yield Piece(PieceKind.TEXT, start, position, found[0], depth=len(stack))
            case "cdata":
                yield Piece(PieceKind.CDATA, start, position, found[0], depth=len(stack))
            case "comment" | "other" | "doctype":
                yield Piece(PieceKind.OTHER, start, position, found[0], depth=len(stack))
            case "end":
                if not stack or stack.pop() != found["end_name"]:
                    raise MalformedError(f"an end without its beginning at {start}")
                yield Piece(PieceKind.END, start, position, found[0], found["end_name"], len(stack))
            case _:
                num_roots += not stack
                kind = PieceKind.EMPTY if found["is_empty"] else PieceKind.START
                yield Piece(kind, start, position, found[0], found["name"], len(stack))
                if kind is PieceKind.START:
                    stack.append(found["name"])
                if len(stack) > _DEEPEST or num_roots > 1:
                    raise MalformedError(f"too deep, or a second root, at {start}")
    if stack or num_roots != 1:
        raise MalformedError("an element without its end, or none at all")


def escape_xml(words: str) -> str:
    """Return words as they are written in XML's text."""
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def with_attribute(tag: str, name: str, value: str) -> str:
    """Return a tag with an attribute set: in its place, or behind the others."""
    value = escape_xml(value).replace('"', "&quot;")
    for found in _ATTRIBUTE.finditer(tag):
        if found[1] == name:
            quoted = f'{found[1]}="{value}"'
            return tag[: found.start()] + quoted + tag[found.end() :]
    at = len(tag) - (2 if tag.endswith("/>") else 1)
    at -= len(tag[:at]) - len(tag[:at].rstrip())
    return f'{tag[:at]} {name}="{value}"{tag[at:]}'
