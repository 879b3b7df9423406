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
