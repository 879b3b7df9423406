"""Markup cut into tags, texts and the rest, by the places where they stand: the tokens join to the source.

No tree is built, so that nothing is repaired, moved or lost: broken markup comes out as it went in. Entities
are resolved by name only, those of XML and HTML; what a document defines itself is never looked at.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

_ATTRIBUTE = r"""[^\s/>=][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'>][^\s>]*+|(?=>)))?"""
_NAME_START = "A-Za-z_:\u0080-\U0010ffff"
_TAG = rf"<(?P<slash>/?)(?P<name>[{_NAME_START}][^\s/>]*+)(?:[\s/=]++|{_ATTRIBUTE})*+>"
_TOKEN = re.compile(
    rf"""(?P<comment><!--(?:-?>|[\s\S]*?(?:--!?>|\Z)))
    |(?P<cdata><!\[CDATA\[[\s\S]*?(?:\]\]>|\Z))
    |(?P<doctype><!DOCTYPE(?:[^\[>"']|"[^"]*"|'[^']*')*+
        (?:\[(?:<!--[\s\S]*?-->|[^\]"']|"[^"]*"|'[^']*')*+\]\s*)?>)
    |(?P<tag>{_TAG})
    |(?P<other><[!?/][^>]*+(?:>|\Z)|<[A-Za-z][^>]*+(?:>|\Z))""",
    re.VERBOSE | re.IGNORECASE,
)
_ATTRIBUTES = re.compile(
    r"""(?P<name>[^\s/>=][^\s/>=]*+)"""
    r"""(?P<is>\s*+=\s*+(?:"(?P<double>[^"]*+)"|'(?P<single>[^']*+)'|(?P<bare>[^\s"'>][^\s>]*+))?)?"""
)
_NAME = re.compile(r"</?[^\s/>]+")
_RAW = frozenset(("script", "style", "xmp", "iframe", "noembed", "noframes", "plaintext"))
_TEXT_ONLY = frozenset(("title", "textarea"))
_CLOSINGS = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in (*_RAW, *_TEXT_ONLY)}
_REFERENCE = re.compile(r"&(?:#[0-9]{1,8};|#[xX][0-9A-Fa-f]{1,6};|[A-Za-z][\w.-]{0,63};)|[\udc80-\udcff]+")
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


class TokenKind(Enum):
    TEXT = auto()
    CHARACTERS = auto()
    """A CDATA section: text in which nothing is markup."""
    OPEN = auto()
    CLOSE = auto()
    EMPTY = auto()
    """A tag that says that it is a whole element (``<br/>``)."""
    HIDDEN = auto()
    """Comments, declarations, instructions, scripts, and what is no markup at all."""


class Token(NamedTuple):
    """``source[start:end]``; ``name`` is a tag's, in lower case for HTML."""

    kind: TokenKind
    start: int
    end: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Attribute:
    """``source[start:end]`` is the value as written, without its quotes; ``quote`` is "" for a bare one.

    ``start`` is None where only the name stands there.
    """

    name: str
    start: int | None
    end: int
    quote: str
    value: str


def xml_tokens(source: str) -> Iterator[Token]:
    """Yield the tokens of XML, which is not checked for being well-formed."""
    position = 0
    while found := _next(source, position):
        start, end = found.span()
        if start > position:
            yield Token(TokenKind.TEXT, position, start)
        position = end
        match found.lastgroup:
            case "cdata":
                yield Token(TokenKind.CHARACTERS, start, end)
            case "tag":
                yield _tag(found, source, found["name"])
            case _:
                yield Token(TokenKind.HIDDEN, start, end)
    if position < len(source):
        yield Token(TokenKind.TEXT, position, len(source))


def html_tokens(source: str) -> Iterator[Token]:
    """Yield the tokens of HTML as browsers tell them apart: scripts hold no tags, titles only text."""
    position, num_foreign = 0, 0
    never_closed: set[str] = set()
    while found := _next(source, position):
        start, end = found.span()
        if start > position:
            yield Token(TokenKind.TEXT, position, start)
        position = end
        if found.lastgroup == "cdata":
            if num_foreign == 0:  # there it is a comment that ends with the first ">"
                position = source.find(">", start) + 1 or len(source)
            kind = TokenKind.CHARACTERS if num_foreign else TokenKind.HIDDEN
            yield Token(kind, start, position)
        elif found.lastgroup != "tag":
            yield Token(TokenKind.HIDDEN, start, end)
        else:
            token = _tag(found, source, found["name"].lower())
            yield token
            if token.name in ("svg", "math"):
                num_foreign += {TokenKind.OPEN: 1, TokenKind.CLOSE: -1}.get(token.kind, 0)
                num_foreign = max(0, num_foreign)
            if token.kind is TokenKind.OPEN and not num_foreign and token.name in _CLOSINGS:
                position = _end_of_tagless(source, token, never_closed)
                if position > end:
                    kind = TokenKind.HIDDEN if token.name in _RAW else TokenKind.TEXT
                    yield Token(kind, end, position)
    if position < len(source):
        yield Token(TokenKind.TEXT, position, len(source))


def _next(source: str, position: int) -> re.Match[str] | None:
    """Return what begins with the next "<" that begins anything."""
    while (position := source.find("<", position)) >= 0:
        if found := _TOKEN.match(source, position):
            return found
        position += 1
    return None


def _end_of_tagless(source: str, token: Token, never_closed: set[str]) -> int:
    """Return where an element ends in which there are no tags; ``never_closed``: names not to be sought."""
    close = None if token.name in never_closed else _CLOSINGS[token.name].search(source, token.end)
    if close is not None:
        return close.start()
    never_closed.add(token.name)
    # A title that never ends would take the whole page.
    return len(source) if token.name in _RAW else token.end


def _tag(found: re.Match[str], source: str, name: str) -> Token:
    if found["slash"]:
        return Token(TokenKind.CLOSE, found.start(), found.end(), name)
    kind = TokenKind.EMPTY if source[found.end() - 2] == "/" else TokenKind.OPEN
    return Token(kind, found.start(), found.end(), name)


def attributes(source: str, token: Token) -> list[Attribute]:
    """Return the attributes of a tag in their order; names as written."""
    named = _NAME.match(source, token.start)
    position = named.end() if named else token.start
    found = _ATTRIBUTES.finditer(source, position, token.end - 1)
    return [_attribute(each, source) for each in found]


def _attribute(found: re.Match[str], source: str) -> Attribute:
    for group, quote in (("double", '"'), ("single", "'"), ("bare", "")):
        if found[group] is not None:
            start, end = found.span(group)
            return Attribute(found["name"], start, end, quote, unescaped(source[start:end]))
    return Attribute(found["name"], None, found.end("name"), "", "")


def attribute(source: str, token: Token, name: str) -> str | None:
    """Return a tag's attribute, None without it; ``name`` in lower case finds it in any."""
    return next((each.value for each in attributes(source, token) if each.name.lower() == name), None)


def unescaped(text: str) -> str:
    """Return the characters that ``text`` stands for; a name that only the document knows stays as it is."""
    return html.unescape(text) if "&" in text else text


def unreadable(text: str) -> list[tuple[int, int]]:
    """Return where in ``text`` names stand that neither XML nor HTML defines, or bytes that are no text."""
    found = _REFERENCE.finditer(text)
    return [each.span() for each in found if html.unescape(each[0]) == each[0]]


def is_well_nested(tokens: Iterable[Token]) -> bool:
    """Tell whether each tag of an XML text is closed by its like: then it can be read as XML."""
    open_names: list[str] = []
    for token in tokens:
        if token.kind is TokenKind.OPEN:
            open_names.append(token.name)
        elif token.kind is TokenKind.CLOSE and (not open_names or open_names.pop() != token.name):
            return False
    return not open_names


def escaped(text: str) -> str:
    """Return ``text`` as it is written between tags, without what may not stand there."""
    return _UNWANTED.sub("", text).translate(_ESCAPES)


def escaped_value(text: str, quote: str) -> str:
    """Return ``text`` as it is written between ``quote``; for a bare value, "", with quotes."""
    escaped_text = escaped(text).replace(quote or '"', "&quot;" if quote != "'" else "&#39;")
    return escaped_text if quote else f'"{escaped_text}"'
