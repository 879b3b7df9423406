"""Colours for code: Pygments' tokens reduced to six kinds, each a colour of the theme.

Pygments is imported with the first code block. An unknown language is plain text; guessing one from
half a streamed block would make colours flicker.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from lmstudio_lite.ui.tokens import Tokens

if TYPE_CHECKING:
    from pygments.lexer import Lexer
    from pygments.token import _TokenType

SIZE_LIMIT = 30_000
_SETTLE_CHARS = 2_000
"""Lexing so much takes the window some 5 ms."""
_NUM_PLACES_TRIED = 6


class CodeKind(StrEnum):
    PLAIN = "plain"
    KEYWORD = "keyword"
    NAME = "name"
    STRING = "string"
    NUMBER = "number"
    COMMENT = "comment"


_LIGHT = {
    CodeKind.KEYWORD: "#8A2F7B",
    CodeKind.NAME: "#1C5FA8",
    CodeKind.STRING: "#2F6B2C",
    CodeKind.NUMBER: "#9A4A00",
    CodeKind.COMMENT: "#686B70",
}
_DARK = {
    CodeKind.KEYWORD: "#DDA0D4",
    CodeKind.NAME: "#8AB8F0",
    CodeKind.STRING: "#A5CF9A",
    CodeKind.NUMBER: "#EBB180",
    CodeKind.COMMENT: "#A2A6AC",
}


def colour_of(kind: CodeKind, tokens: Tokens) -> str:
    """Return the colour of ``kind`` in a theme; each holds 4.5 : 1 on the theme's ``code_ground``."""
    return (_DARK if tokens.is_dark else _LIGHT).get(kind, tokens.text)


@lru_cache(maxsize=32)
def _lexer(language: str) -> Lexer | None:
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


def highlight(code: str, language: str) -> Iterator[tuple[int, int, CodeKind]]:
    """Yield (start, end, kind) of every part of ``code`` that isn't plain, in order.

    Code beyond ``SIZE_LIMIT`` characters stays plain: lexing it would hold up the window.
    """
    lexer = _lexer(language.lower()) if language and len(code) <= SIZE_LIMIT else None
    if lexer is None:
        return
    place = 0
    for token, text in lexer.get_tokens(code):
        end = place + len(text)
        kind = _kind_of(token)
        if kind is not CodeKind.PLAIN:
            yield place, end, kind
        place = end


@cache
def _kind_of(token: _TokenType) -> CodeKind:
    from pygments.token import Comment, Keyword, Name, Number, Operator, String

    table = (
        (CodeKind.COMMENT, (Comment,)),
        (CodeKind.STRING, (String,)),
        (CodeKind.NUMBER, (Number,)),
        (CodeKind.KEYWORD, (Keyword, Operator.Word, Name.Tag)),
        (CodeKind.NAME, (Name.Function, Name.Class, Name.Builtin, Name.Decorator, Name.Attribute)),
    )
    return next((kind for kind, parents in table if any(token in p for p in parents)), CodeKind.PLAIN)


Span = tuple[int, int, CodeKind]
"""Where in its line something begins, how long it is, and what it is."""


class Colours:
    """The colours of code that grows at its end: lexed again is only what may still change.

    Pygments' lexers can't be stopped and gone on with. But where lexing from some line on finds the same as
    lexing from before it, nothing was open at that line (no comment, no string), and what stands before it is
    settled. Code for which that can't be found is lexed from its last such line on, up to ``SIZE_LIMIT``.
    """

    def __init__(self) -> None:
        self._settled, self._row = 0, 0

    def begin(self) -> None:
        """Forget what is settled: the code is another."""
        self._settled, self._row = 0, 0

    def find(self, code: str, language: str) -> tuple[int, dict[int, list[Span]]]:
        """Return a line's number and, from it on, the spans of each line; ``code`` has only grown."""
        first, rest = self._row, code[self._settled :]
        found = list(highlight(rest, language))
        spans = _by_line(rest, found, first)
        if len(rest) > _SETTLE_CHARS and found:
            self._settle(rest, found, language)
        return first, spans

    def _settle(self, code: str, found: list[tuple[int, int, CodeKind]], language: str) -> None:
        place, num_tried = len(code) * 3 // 4, 0
        while num_tried < _NUM_PLACES_TRIED and (place := code.rfind("\n", 0, max(0, place - 1)) + 1) > 0:
            if code[place].isspace():
                continue
            num_tried += 1
            behind = [(start - place, end - place, kind) for start, end, kind in found if end > place]
            if behind == list(highlight(code[place:], language)):
                self._row += code.count("\n", 0, place)
                self._settled += place
                return


def _by_line(code: str, found: list[tuple[int, int, CodeKind]], first: int) -> dict[int, list[Span]]:
    """Cut what was found into spans of single lines, whose numbers begin with ``first``."""
    starts = [0]
    for line in code.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    spans: dict[int, list[Span]] = {}
    row = 0
    for start, end, kind in found:
        while starts[row + 1] <= start:
            row += 1
        last = row
        while last + 1 < len(starts) and starts[last] < end:
            left, right = max(start, starts[last]), min(end, starts[last + 1] - 1)
            if right > left:
                spans.setdefault(first + last, []).append((left - starts[last], right - left, kind))
            last += 1
    return spans
