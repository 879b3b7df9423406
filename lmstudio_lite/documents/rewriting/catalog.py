"""Catalogues of GNU gettext (PO and templates) as entries with the places of their strings.

Format: the gettext manual, "The Format of PO Files". Entries that are no longer used (``#~``) are not looked
at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import regex

from lmstudio_lite.documents.rewriting.text_file import MalformedError

_LINE = regex.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_KEYWORD = regex.compile(r'[ \t]*(msgctxt|msgid_plural|msgid|msgstr(?:\[\d+\])?)[ \t]*(?=")')
_QUOTED = regex.compile(r'[ \t]*"((?:[^"\\\r\n]|\\.)*)"[ \t]*\Z')
_ESCAPE = regex.compile(r"\\(?:([abfnrtv\\\"'?])|([0-7]{1,3})|x([0-9A-Fa-f]{1,2}))")
_SIGNS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_WRITTEN = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}


@dataclass(slots=True)
class CatalogString:
    """A string and where it stands, from its keyword to its last quotation mark."""

    keyword: str
    start: int
    end: int
    words: str
    num_lines: int = 1
    first_is_empty: bool = False


@dataclass(slots=True)
class Comment:
    """A line that begins with ``#``; ``end`` is behind its line end."""

    start: int
    end: int
    line: str


@dataclass(slots=True)
class Entry:
    """Comments and strings that belong together."""

    comments: list[Comment] = field(default_factory=list)
    strings: dict[str, CatalogString] = field(default_factory=dict)

    def words(self, keyword: str) -> str:
        """Return what the string says, "" where it is not there."""
        string = self.strings.get(keyword)
        return string.words if string else ""

    @property
    def translations(self) -> list[CatalogString]:
        return [string for keyword, string in self.strings.items() if keyword.startswith("msgstr")]

    @property
    def flags(self) -> set[str]:
        found = (
            line for comment in self.comments if comment.line.startswith("#,") for line in [comment.line]
        )
        return {flag.strip() for line in found for flag in line[2:].split(",")}


def read_catalog(text: str) -> Iterator[Entry]:
    """Yield the entries of a catalogue, its header among them.

    Raises:
        MalformedError: a line is none of a catalogue.
    """
    entry = Entry()
    current: CatalogString | None = None
    for found in _LINE.finditer(text):
        line, start = found[0].rstrip("\r\n"), found.start()
        if not found[0]:
            continue
        if not line.strip():
            current = None
            continue
        if line.lstrip().startswith("#"):
            current = None
            if entry.strings:
                yield entry
                entry = Entry()
            if not line.lstrip().startswith("#~"):
                entry.comments.append(Comment(start, found.end(), line.strip()))
            continue
        keyword = _KEYWORD.match(line)
        quoted = _QUOTED.match(line, keyword.end() if keyword else 0)
        if quoted is None or (keyword is None and current is None):
            raise MalformedError(f"no line of a catalogue at {start}")
        end = start + len(line.rstrip())
        if keyword is None and current is not None:
            current.words += unescaped(quoted[1])
            current.end = end
            current.num_lines += 1
            continue
        name = str(keyword[1]) if keyword else ""
        if name in entry.strings or (name in ("msgctxt", "msgid") and "msgid" in entry.strings):
            yield entry
            entry = Entry()
        current = CatalogString(name, start, end, unescaped(quoted[1]), first_is_empty=not quoted[1])
        entry.strings[name] = current
    if entry.strings:
        yield entry


def unescaped(raw: str) -> str:
    """Return what a quoted string says."""

    def sign(found: regex.Match[str]) -> str:
        if found[1]:
            return _SIGNS.get(found[1], str(found[1]))
        return chr(int(found[2], 8) if found[2] else int(found[3], 16))

    return str(_ESCAPE.sub(sign, raw))


def escaped(words: str) -> str:
    """Return words as they are written between quotation marks."""
    words = words.replace("\\", "\\\\").replace('"', '\\"')
    return "".join(_WRITTEN.get(sign, sign) for sign in words)


def written_string(keyword: str, words: str, *, width: int, line_end: str) -> str:
    """Return a string with its keyword, over several lines where it holds line ends or is too wide.

    A ``width`` of 0 does not wrap. That is how gettext's own tools write.
    """
    lines = [line for line in words.splitlines(keepends=True) if line] or [""]
    one = f'{keyword} "{escaped(words)}"'
    if len(lines) == 1 and (not width or len(one) <= width):
        return one
    pieces = [piece for line in lines for piece in _wrapped(escaped(line), width - 2)]
    return line_end.join([f'{keyword} ""', *(f'"{piece}"' for piece in pieces)])


def _wrapped(line: str, width: int) -> Sequence[str]:
    """Cut an escaped line behind blanks so that no piece but of one word is wider than ``width``."""
    if width <= 0 or len(line) <= width:
        return [line]
    pieces = [""]
    for word in regex.findall(r"[^ ]+ *|^ +", line):
        if pieces[-1] and len(pieces[-1]) + len(word.rstrip(" ")) > width:
            pieces.append("")
        pieces[-1] += word
    return pieces
