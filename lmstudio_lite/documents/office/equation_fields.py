"""What Word's fields ``EQ`` show (ISO 29500-1 §17.16.5.22): their words stand in the code, not in a result.

Word sets with them what is pronounced above a word, circles around characters, and old equations.
"""

from __future__ import annotations

import regex

_BEGIN = regex.compile(r"\s*EQ\b", regex.IGNORECASE)
_FORMAT = regex.compile(r'\\\*\s*(?:"[^"]*"|\S+)\s*')
_RUBY = regex.compile(
    r"\\o\s*(?:\\a[a-z]\s*)?\(\s*\\s\s*\\up\s*\d+\s*\(([^()]*)\)\s*[,;](.*)\)\s*", regex.DOTALL
)
_SWITCH = regex.compile(r"\\[a-zA-Z]+\s*-?\d*\s*")


def equation_field_text(code: str) -> str:
    """Return the words that an ``EQ`` field shows, "東京(とうきょう)" of a ruby; "" of other fields."""
    begin = _BEGIN.match(code)
    if begin is None:
        return ""
    shown = _FORMAT.sub("", code[begin.end() :]).strip()
    if ruby := _RUBY.fullmatch(shown):
        return f"{ruby[2].strip()}({ruby[1].strip()})"
    return " ".join(_SWITCH.sub("", shown).split())
