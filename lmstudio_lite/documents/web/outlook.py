"""Messages as Outlook saves them (MS-OXMSG), to the tree that a message in MIME has.

Kreuzberg gives the words of such a message, but not what is attached to it, nor the messages within.
"""

from __future__ import annotations

import codecs
import io
import struct
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import format_datetime

import olefile

from lmstudio_lite.documents.office.compressed_rtf import expanded_rtf
from lmstudio_lite.documents.web.mime import Node

_DEEPEST = 20
_MOST_ATTACHMENTS = 5000
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_TEXT, _ANSI, _BYTES, _STORAGE, _TIME, _INTEGER = "001F", "001E", "0102", "000D", 0x0040, 0x0003
_SUBJECT, _BODY, _HTML, _RTF = "0037", "1000", "1013", "1009"
_SENDER, _SENDER_ADDRESSES, _ON_BEHALF_OF = "0C1A", ("5D01", "5D0A", "0C1F"), "0042"
_TO, _CC, _SUBMITTED, _DELIVERED, _CODE_PAGE, _PAGE_CODE_PAGE = "0E04", "0E03", 0x0039, 0x0E06, 0x3FFD, 0x3FDE
_FILE_DATA, _FILE_NAMES, _FILE_KIND = "3701", ("3707", "3704", "3001"), "370E"
_UTF8_CODE_PAGE = 65001
_BROKEN = (
    OSError,
    ValueError,
    LookupError,
    struct.error,
    AttributeError,
    TypeError,
    OverflowError,
    RecursionError,
)
"""What olefile makes of a damaged file."""


def parse_outlook(content: bytes, read_rtf: Callable[[bytes], str]) -> Node:
    """Take a message of Outlook's apart; ``read_rtf`` reads the words of one that has them in RTF only.

    Raises:
        ValueError: it is damaged.
    """
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as file:
            return _Storage(file, [], read_rtf).message(0)
    except _BROKEN as error:
        raise ValueError("damaged message") from error


class _Storage:
    """A message's part of the compound file; ``place`` is where it stands in it."""

    def __init__(self, file: olefile.OleFileIO, place: list[str], read_rtf: Callable[[bytes], str]) -> None:
        self._file = file
        self._place = place
        self._read_rtf = read_rtf
        self._numbers = dict(self._fixed(32 if not place else 24))
        self._encoding = _encoding(self._numbers.get(_CODE_PAGE, 0))

    def message(self, depth: int) -> Node:
        """Return the message as a tree: its words, then what is attached."""
        root = Node(self._headers())
        root.headers["Content-Type"] = "multipart/mixed"
        if words := self._words():
            root.children.append(words)
        root.children += self._attachments(depth)
        if not root.children:
            root.children.append(_node("text/plain; charset=utf-8", b""))
        return root

    def _headers(self) -> Message:
        headers = Message()
        sender = self._text(_SENDER) or self._text(_ON_BEHALF_OF)
        addresses = (self._text(tag) for tag in _SENDER_ADDRESSES)
        address = next((each for each in addresses if "@" in each), "")
        if address and address != sender:
            sender = f"{sender} <{address}>".strip()
        sent = self._numbers.get(_SUBMITTED) or self._numbers.get(_DELIVERED) or 0
        for name, value in (
            ("Subject", self._text(_SUBJECT)),
            ("From", sender),
            ("To", self._text(_TO)),
            ("Cc", self._text(_CC)),
            ("Date", _date(sent)),
        ):
            headers[name] = value.replace("\r", " ").replace("\n", " ")
        return headers

    def _words(self) -> Node | None:
        """Return the message's words in the forms that it has them."""
        nodes: list[Node] = []
        if plain := self._text(_BODY):
            nodes.append(_node("text/plain; charset=utf-8", _with_line_ends(plain)))
        if page := self._bytes(_HTML):
            charset = _encoding(self._numbers.get(_PAGE_CODE_PAGE, 0))
            nodes.append(_node(f"text/html; charset={charset}" if charset else "text/html", page))
        elif page_text := self._text(_HTML):
            nodes.append(_node("text/html; charset=utf-8", page_text.encode("utf-8", "replace")))
        if not nodes and (rtf := self._bytes(_RTF)):
            words = self._read_rtf(expanded_rtf(rtf))
            nodes.append(_node("text/plain; charset=utf-8", words.encode("utf-8", "replace")))
        if len(nodes) < 2:
            return nodes[0] if nodes else None
        both = _node("multipart/alternative", b"")
        both.children = nodes
        return both

    def _attachments(self, depth: int) -> Iterator[Node]:
        names = {entry[len(self._place)] for entry in self._entries()}
        attached = sorted(name for name in names if name.lower().startswith("__attach_version1.0_#"))
        for name in attached[:_MOST_ATTACHMENTS]:
            yield self._attachment(_Storage(self._file, [*self._place, name], self._read_rtf), depth)

    def _attachment(self, storage: _Storage, depth: int) -> Node:
        name = next((text for tag in _FILE_NAMES if (text := storage._text(tag))), "")
        place = [*storage._place, f"__substg1.0_{_FILE_DATA}{_STORAGE}"]
        if not self._file.exists("/".join([*place, "__properties_version1.0"])):
            kind = storage._text(_FILE_KIND) or "application/octet-stream"
            is_object = self._file.exists("/".join(place))
            content = _Storage(self._file, place, self._read_rtf)._object() if is_object else b""
            node = _node(kind, content or storage._bytes(_FILE_DATA))
        elif depth >= _DEEPEST:
            node = _node("message/rfc822", b"")
            node.is_too_deep = True
        else:
            node = _node("message/rfc822", b"")
            node.children.append(_Storage(self._file, place, self._read_rtf).message(depth + 1))
        if name:
            node.headers.add_header("Content-Disposition", "attachment", filename=("utf-8", "", name))
        return node

    def _object(self) -> bytes:
        """Return the file in an object of another program, else bytes that no reader takes for text."""
        for name in _PACKED:
            if packed := self._stream(name):
                return packed
        names = [entry[-1] for entry in self._entries() if len(entry) == len(self._place) + 1]
        return b"\0" + b"".join(map(self._stream, names))

    def _entries(self) -> list[list[str]]:
        depth = len(self._place)
        entries = self._file.listdir(streams=True, storages=True)
        return [entry for entry in entries if entry[:depth] == self._place and len(entry) > depth]

    def _stream(self, name: str) -> bytes:
        place = [*self._place, name]
        if self._file.get_type(place) != olefile.STGTY_STREAM:
            return b""
        with self._file.openstream(place) as stream:
            return bytes(stream.read())

    def _bytes(self, tag: str) -> bytes:
        return self._stream(f"__substg1.0_{tag}{_BYTES}")

    def _text(self, tag: str) -> str:
        wide = self._stream(f"__substg1.0_{tag}{_TEXT}")
        if wide:
            return wide.decode("utf-16-le", "replace").rstrip("\0")
        narrow = self._stream(f"__substg1.0_{tag}{_ANSI}")
        return narrow.decode(self._encoding or "cp1252", "replace").rstrip("\0")

    def _fixed(self, head_bytes: int) -> Iterator[tuple[int, int]]:
        """Yield the numbers and times of the storage, by the property's identifier."""
        table = self._stream("__properties_version1.0")[head_bytes:]
        for start in range(0, len(table) - 15, 16):
            kind, identifier, _, value = struct.unpack_from("<HHIQ", table, start)
            if kind in (_TIME, _INTEGER):
                yield identifier, value if kind == _TIME else value & 0xFFFFFFFF


_PACKED = ("Package", "CONTENTS")
"""Streams in which an object is a whole file ([MS-OLEDS])."""


def _node(kind: str, content: bytes) -> Node:
    headers = Message()
    headers["Content-Type"] = kind.replace("\r", " ").replace("\n", " ")
    return Node(headers, content)


def _with_line_ends(text: str) -> bytes:
    return text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")


def _encoding(code_page: int) -> str:
    if code_page == _UTF8_CODE_PAGE:
        return "utf-8"
    try:
        return codecs.lookup(f"cp{code_page}").name if code_page else ""
    except LookupError:
        return ""


def _date(ticks: int) -> str:
    """Return a time of Windows (100 ns since 1601) as mails write it, "" for none."""
    try:
        return format_datetime(_EPOCH + timedelta(microseconds=ticks // 10)) if ticks else ""
    except OverflowError:
        return ""
