"""A message's bytes to the tree of its parts (MIME, RFC 2045 to 2047 and 2231), whatever is broken in it.

The standard library's parser calls itself once a level and gives up at some hundred; and what stands after a
broken header or a missing end mark is lost in it. Only its understanding of single headers is used.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import TypeVar

import regex

from lmstudio_lite.documents.decoding import decode_leniently

_DEEPEST = 100
_MOST_PARTS = 10_000
_LONGEST_HEADER = 20_000
_MOST_HEADERS = 5_000
_LONGEST_SHOWN = 5_000
_BROKEN = (ValueError, LookupError, TypeError, AttributeError, RecursionError, MessageError, HeaderParseError)
"""What the standard library makes of a broken header."""

_LENGTH_FIRST = regex.compile(rb"(\d{2,12})[ \t]*\r?\n(?=[!-9;-~]{2,60}:)")
_END_OF_HEAD = regex.compile(rb"\r?\n[ \t]*\r?\n|\A\r?\n")
_HEADER = regex.compile(rb"([!-9;-~]{1,100})[ \t]*:[ \t]*(.*)", regex.DOTALL)
_FOLD = regex.compile(rb"\r?\n(?=[ \t])")
_GUESSED_BOUNDARY = regex.compile(rb"^--([^\s\-][^\r\n]{0,70}?)[ \t]*\r?$", regex.MULTILINE)
_NOT_BASE64 = regex.compile(rb"[^A-Za-z0-9+/=]+")
_WORDS = regex.compile(rb"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,} ")
"""What calls itself Base64, but is words."""
_LOOKED_AT = 4096
_SOFT_LINE_END = regex.compile(rb"=[ \t]*\r?\n")
_QUOTED = regex.compile(rb"=([0-9A-Fa-f]{2})")
_LETTERS = regex.compile(rb"[A-Za-z\x80-\xff]")
_LONGEST_PREAMBLE = 200


@dataclass(slots=True)
class Node:
    """A part of a message: its headers, and either the parts in it or its own content, decoded.

    ``is_cut`` says that content is missing at its end, ``is_too_deep`` that parts were not looked for in it:
    they are too many, or too many levels deep.
    """

    headers: Message
    content: bytes = b""
    children: list[Node] = field(default_factory=list)
    is_cut: bool = False
    is_too_deep: bool = False

    @property
    def kind(self) -> str:
        """The media type, such as "text/plain"."""
        return _safely(lambda: str(self.headers.get_content_type()), "text/plain")

    @property
    def main_kind(self) -> str:
        return self.kind.partition("/")[0]

    @property
    def disposition(self) -> str:
        return _safely(self.headers.get_content_disposition, None) or ""

    @property
    def charset(self) -> str:
        return self.parameter("charset")

    @property
    def file_name(self) -> str:
        """The name that the part is to be saved under, without folders; "" for none."""
        name = self.parameter("filename", "content-disposition") or self.parameter("name")
        return decoded_words(name).replace("\\", "/").rpartition("/")[2].strip()

    def parameter(self, name: str, header: str = "content-type") -> str:
        return _safely(lambda: self._parameter(name, header), "").strip().strip('"')

    def _parameter(self, name: str, header: str) -> str:
        value = self.headers.get_param(name, "", header)
        return collapse_rfc2231_value(value, "replace") if isinstance(value, tuple) else str(value)

    def header(self, name: str) -> str:
        """Return the text of a header on one line, "" without it."""
        return decoded_words(_raw_header(self.headers, name))


def parse_message(content: bytes) -> Node:
    """Take a message apart; never fails."""
    content = content.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if counted := _LENGTH_FIRST.match(content):  # as Apple's Mail keeps it, with what it notes behind it
        content = content[counted.end() : counted.end() + int(counted[1])]
    if content.startswith(b"From "):  # as mailboxes keep it
        content = content.partition(b"\n")[2]
    if b"\n" not in content:
        content = content.replace(b"\r", b"\n")
    headers, body = _split_head(content)
    root = Node(headers)
    waiting: list[tuple[Node, bytes, int]] = [(root, body, 0)]
    num_parts = 1
    while waiting:
        node, body, depth = waiting.pop()
        pieces = _pieces_of(node, body)
        if not pieces:
            encoding = _raw_header(node.headers, "content-transfer-encoding")
            node.content, node.is_cut = decoded_content(body, encoding)
        elif depth >= _DEEPEST:
            node.content, node.is_too_deep = body, True
        else:
            room = max(0, _MOST_PARTS - num_parts)
            num_parts += len(pieces)
            waiting += [(child, rest, depth + 1) for child, rest in _grow(node, pieces[:room])]
            if len(pieces) > room:
                node.children.append(Node(Message(), b"", is_too_deep=True))
    return root


def _grow(node: Node, pieces: list[bytes]) -> Iterator[tuple[Node, bytes]]:
    """Add the parts that ``pieces`` hold to ``node``, and yield each with its body.

    Where a part within uses the boundary of the one around it, what follows is its own.
    """
    holder = node
    for piece in pieces:
        headers, rest = _split_head(piece)
        if node.kind == "multipart/digest":
            headers.set_default_type("message/rfc822")
        child = Node(headers)
        holder.children.append(child)
        boundary = child.parameter("boundary") if child.main_kind == "multipart" else ""
        if boundary and boundary == node.parameter("boundary") and not _LETTERS.search(rest):
            holder = child
        else:
            yield child, rest


def _pieces_of(node: Node, body: bytes) -> list[bytes]:
    """Return the bytes of the parts that ``body`` holds, none for a part that holds no others."""
    if node.kind in ("message/rfc822", "message/global", "message/news"):
        content, _ = decoded_content(body, _raw_header(node.headers, "content-transfer-encoding"))
        return [content.lstrip(b"\r\n")] if content.strip() else []
    if node.main_kind != "multipart":
        return []
    pieces = _split_at(node.parameter("boundary"), body)
    if not pieces:
        content, _ = decoded_content(body, _raw_header(node.headers, "content-transfer-encoding"))
        pieces = _split_at(node.parameter("boundary"), content)
    if not pieces and (guess := _GUESSED_BOUNDARY.search(body)):
        pieces = _split_at(guess[1].decode("latin-1"), body)
    return pieces


def _split_at(boundary: str, body: bytes) -> list[bytes]:
    """Return what stands between the delimiter lines; what stands before and behind them, if it is text.

    Before the first one stands a word to old programs, behind the last one what mailing lists add; but where
    an end mark comes too early, parts follow.
    """
    if not boundary:
        return []
    name = regex.escape(boundary.encode("utf-8", "surrogateescape"))
    delimiter = regex.compile(rb"^--" + name + rb"(--)?[ \t]*(?:\r?\n|\Z)", regex.MULTILINE)
    pieces: list[bytes] = []
    start, is_part = 0, False
    for found in delimiter.finditer(body):
        piece = body[start : found.start()]
        if is_part or (start > 0 and _LETTERS.search(piece)):
            pieces.append(_without_last_line_end(piece) if is_part else b"\n" + piece)
        elif len(piece) > _LONGEST_PREAMBLE and _LETTERS.search(piece):
            pieces.append(b"\n" + piece)
        start, is_part = found.end(), not found[1]
    if not start:
        return []
    rest = body[start:]
    if is_part or _LETTERS.search(rest):
        pieces.append(rest if is_part else b"\n" + rest)
    return pieces


def _without_last_line_end(piece: bytes) -> bytes:
    return piece[:-2] if piece.endswith(b"\r\n") else piece.removesuffix(b"\n")


def _split_head(content: bytes) -> tuple[Message, bytes]:
    """Return the headers and the body; lines that are no headers begin the body."""
    end = _END_OF_HEAD.search(content)
    head, body = (content[: end.start()], content[end.end() :]) if end else (content, b"")
    headers = Message()
    lines = regex.split(rb"\r?\n(?![ \t])", head) if head else []
    for number, line in enumerate(lines):
        found = _HEADER.fullmatch(line[:_LONGEST_HEADER])
        if found is None or number >= _MOST_HEADERS:
            if not line.strip():
                continue
            rest = b"\n".join(lines[number:])
            return headers, rest + (b"\n\n" + body if end else b"")
        value = _FOLD.sub(b"", found[2]).decode("ascii", "surrogateescape")
        headers[found[1].decode("ascii")] = value.replace("\r", " ").replace("\n", " ").strip()
    return headers, body


def decoded_content(body: bytes, encoding: str) -> tuple[bytes, bool]:
    """Undo a transfer encoding; also tell whether the content ends in the middle of something."""
    match encoding.strip().strip('"').lower():
        case "base64" if not _WORDS.search(body, 0, _LOOKED_AT):
            return _from_base64(body)
        case "quoted-printable":
            joined = _SOFT_LINE_END.sub(b"", body)
            return _QUOTED.sub(lambda found: bytes((int(found[1], 16),)), joined), False
        case "x-uuencode" | "uuencode" | "x-uue":
            return _from_uuencode(body)
    return body, False


def decoded_words(value: str) -> str:
    """Return a header's text on one line: encoded words (RFC 2047) and bytes that are no ASCII as text."""
    value = value[: 4 * _LONGEST_SHOWN]
    if not value.isascii():  # bytes that many programs write all the same stand as surrogates
        value = decode_leniently(value.encode("utf-8", "surrogateescape"), "utf-8")
    pieces = _safely(lambda: decode_header(value), [(value, None)])
    text = "".join(
        piece
        if isinstance(piece, str)
        else decode_leniently(piece, charset)
        if charset
        else piece.decode("raw-unicode-escape", "replace")
        for piece, charset in pieces
    )
    printable = text.encode("utf-8", "replace").decode()
    line = " ".join(printable.split())
    return line if len(line) <= _LONGEST_SHOWN else f"{line[:_LONGEST_SHOWN]}…"


def _from_base64(body: bytes) -> tuple[bytes, bool]:
    """Decode as much as there is: padding in the middle begins anew, a piece of a group is dropped."""
    content = bytearray()
    is_cut = False
    for run in regex.split(rb"=+", _NOT_BASE64.sub(b"", body)):
        rest = len(run) % 4
        is_cut |= rest == 1
        run = run[: len(run) - 1] if rest == 1 else run
        content += binascii.a2b_base64(run + b"=" * (-len(run) % 4))
    return bytes(content), is_cut


def _from_uuencode(body: bytes) -> tuple[bytes, bool]:
    content = bytearray()
    is_open = is_ended = False
    for line in body.splitlines():
        if line.startswith(b"begin ") and not is_open:
            is_open = True
        elif line.strip() == b"end":
            is_ended = True
            break
        elif is_open and line.strip():
            try:
                content += binascii.a2b_uu(line)
            except binascii.Error:
                is_ended = False
                break
    return bytes(content), not is_ended


def _raw_header(headers: Message, name: str) -> str:
    return next((str(value) for key, value in headers.raw_items() if key.lower() == name.lower()), "")


_Value = TypeVar("_Value")


def _safely(ask: Callable[[], _Value], otherwise: _Value) -> _Value:
    try:
        return ask()
    except _BROKEN:
        return otherwise
