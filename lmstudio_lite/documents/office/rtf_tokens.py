"""The tokens of Rich Text Format (Microsoft's specification 1.9.1), and the codecs of its fonts."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

_TOKEN = re.compile(
    rb"\\([A-Za-z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9A-Fa-f]{2})|\\([^A-Za-z'])"
    rb"|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\"
)
_CODEC_OF_CHARSET = {
    77: "mac_roman", 78: "cp932", 79: "cp949", 80: "cp936", 81: "cp950", 128: "cp932", 129: "cp949",
    130: "johab", 134: "gb18030", 136: "cp950", 161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255",
    178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip
_CODEC_OF_CODE_PAGE = {
    0: "cp1252", 708: "iso8859_6", 936: "gb18030", 10000: "mac_roman", 10007: "mac_cyrillic",
    65001: "utf-8",
}  # fmt: skip
SYMBOL_CHARSET = 2


class TokenKind(Enum):
    OPEN = auto()
    CLOSE = auto()
    WORD = auto()
    """A control word: ``name`` with ``number``, None where it has none."""
    SYMBOL = auto()
    """A control symbol: ``name`` is the character behind the backslash."""
    BYTES = auto()


@dataclass(frozen=True, slots=True)
class Token:
    kind: TokenKind
    name: str = ""
    number: int | None = None
    content: bytes = b""
    is_hex: bool = False


def tokens(content: bytes) -> Iterator[Token]:
    r"""Yield the tokens of ``content``; what ``\bin`` announces is left out."""
    position = 0
    while position < len(content):
        found = _TOKEN.match(content, position)
        if found is None:
            position += 1
            continue
        position = found.end()
        word, number, code, symbol, brace, text = found.groups()
        if text is not None:
            yield Token(TokenKind.BYTES, content=text)
        elif word is not None:
            value = int(number) if number is not None else None
            if word == b"bin":
                position += max(value or 0, 0)
            else:
                yield Token(TokenKind.WORD, word.decode("ascii"), value)
        elif brace is not None:
            yield Token(TokenKind.OPEN if brace == b"{" else TokenKind.CLOSE)
        elif code is not None:
            yield Token(TokenKind.BYTES, content=bytes((int(code, 16),)), is_hex=True)
        elif symbol is not None:
            yield Token(TokenKind.SYMBOL, symbol.decode("latin-1"))


def codec_of_charset(charset: int, default: str) -> str:
    """Return the codec of a font's character set; ``default`` for the system's own and unknown ones."""
    return _CODEC_OF_CHARSET.get(charset, default)


def codec_of_code_page(number: int) -> str:
    """Return the codec of a Windows code page."""
    name = _CODEC_OF_CODE_PAGE.get(number, f"cp{number}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


def title_in_facts(title: object, code_page: object) -> str:
    """Return the title among the facts that a compound file states, "" for none ([MS-OLEPS] 2.18)."""
    if isinstance(title, bytes):
        page = code_page % 65536 if isinstance(code_page, int) else 1252
        return title.decode(codec_of_code_page(page), "replace").rstrip("\0")
    return title if isinstance(title, str) else ""
