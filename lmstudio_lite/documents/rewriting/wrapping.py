"""Lines that were wrapped by hand: joined to one for a translation, and wrapped as wide again after it."""

from __future__ import annotations

from dataclasses import dataclass

import regex

_WRAP = regex.compile(r"[ \t]*(?:\r\n|\n|\r)[ \t]*(?:>[ \t]*)*")
_LINE_END = regex.compile(r"\r\n|\n|\r")
_LINE_START = regex.compile(r"[ \t]*(?:>[ \t]*)*")
_MARKER = regex.compile(r"[ \t]*(?:(?:[-*+•◦▪–]|\(?\d{1,3}[.)])[ \t]+)?")
_IDEOGRAPH = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{InCJK_Symbols_And_Punctuation}]")
_WORDS = regex.compile(r"[^ ]+| +")
_BEGINS_BLOCK = regex.compile(r"[-+*=~`#>|:]|\d{1,9}[.)]|<[/!?A-Za-z]|\$\$|\[[^\]]*\]:")
"""What would begin something else than a paragraph at the start of a line: no line is broken before it."""
_NARROWEST = 40
"""Characters. What was wrapped narrower than this were no lines of prose, but short ones."""


def is_in_ideographs(text: str) -> bool:
    """Tell whether most of a text is in characters that know no spaces."""
    return len(_IDEOGRAPH.findall(text)) * 2 > len(text)


def unwrapped(text: str) -> str:
    """Return ``text`` on one line, without the marks of a quotation before each."""
    return str(_WRAP.sub("" if is_in_ideographs(text) else " ", text))


@dataclass(frozen=True, slots=True)
class Wrapping:
    """How a paragraph stood on its lines. ``width`` 0: on a single one; ``beginning`` goes before each.

    ``start_column`` is where its first word stood.
    """

    width: int
    beginning: str
    start_column: int
    line_end: str = "\n"

    @classmethod
    def of(cls, text: str, start: int, end: int) -> Wrapping:
        """Return how ``text[start:end]`` is wrapped."""
        line_start = text.rfind("\n", 0, start) + 1
        line_start = max(line_start, text.rfind("\r", line_start, start) + 1)
        found = _LINE_END.search(text)
        line_end = found[0] if found else "\n"
        lines = _LINE_END.split(text[line_start:end])
        column = start - line_start
        if len(lines) == 1:
            quoted = _LINE_START.match(text, line_start, start)
            beginning = quoted[0] if quoted else ""
            marker = _MARKER.match(text[line_start + len(beginning) : start])
            return cls(0, beginning + " " * (len(marker[0]) if marker else 0), column, line_end)
        second = _LINE_START.match(lines[1])
        return cls(max(map(len, lines)), second[0] if second else "", column, line_end)

    def wrapped(self, text: str) -> str:
        """Return ``text`` with line ends where its source would have had them."""
        return (self.line_end + self.beginning).join(self.lines(text))

    def lines(self, text: str) -> list[str]:
        """Return the lines of ``text``, as wide as those of its source."""
        if not self.width or is_in_ideographs(text):
            return [text]
        width = max(self.width, _NARROWEST)
        lines = [""]
        column = self.start_column
        pending = ""
        for word in _WORDS.findall(text):
            if word.isspace():
                pending = word
                continue
            is_full = column + len(pending) + len(word) > width
            if lines[-1] and pending and is_full and not _BEGINS_BLOCK.match(word):
                lines.append(word)
                column = len(self.beginning) + len(word)
            else:
                lines[-1] += pending + word
                column += len(pending) + len(word)
            pending = ""
        lines[-1] += pending
        return lines
