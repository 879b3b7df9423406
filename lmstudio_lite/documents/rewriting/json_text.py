"""JSON: the texts among its string values; layout, keys, numbers and the rest stay to the byte.

Comments and commas behind the last value, as settings and locales have them, are read over. A locale whose
only key at the top is its language is named anew, so is ``@@locale`` of an ARB file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import regex

from lmstudio_lite.documents.rewriting.slots import SlottedText
from lmstudio_lite.documents.rewriting.text_file import MalformedError
from lmstudio_lite.documents.rewriting.value_slots import LanguageName, slots_of_values
from lmstudio_lite.documents.rewriting.value_text import StringValue

_TOKEN = regex.compile(
    r"""
    (?P<blank> \s+ | //[^\r\n]* | /\*.*?\*/ ) | (?P<string> "(?:[^"\\\x00-\x1f]|\\.)*+" )
    | (?P<sign> [{}\[\],:] ) | (?P<literal> [^\s{}\[\],:"/]+ )
    """,
    regex.VERBOSE | regex.DOTALL,
)
_LOCALE_KEY = "@@locale"
_ABOUT = "@"
"""Before the keys of an ARB file that say something of a message."""


@dataclass(slots=True)
class _Open:
    """An object or list that is open: the name or number of the value that comes next."""

    is_object: bool
    name: str = ""
    number: int = 0
    awaits_value: bool = False
    awaits_comma: bool = False


@dataclass(frozen=True, slots=True)
class _Key:
    name: str
    depth: int
    start: int
    end: int


def split_json(text: str) -> SlottedText:
    """Return the texts among the values of ``text``.

    Raises:
        MalformedError: it is no JSON.
    """
    is_ascii = text.isascii() and "\\u" in text
    reader = _Reader(text)
    values = list(reader.values())

    def written(_value: StringValue, words: str) -> str:
        return json.dumps(words, ensure_ascii=is_ascii)

    about = [value for value in values if not any(name.startswith(_ABOUT) for name in value.path)]
    is_arb = any(value.path == (_LOCALE_KEY,) for value in values)
    return slots_of_values(about if is_arb else values, written, named=_language(values, reader.top_keys))


def _language(values: list[StringValue], top_keys: list[_Key]) -> LanguageName | None:
    locale = next((value for value in values if value.path == (_LOCALE_KEY,)), None)
    if locale is not None:
        return LanguageName(locale.words, locale.start, locale.end, json.dumps)
    if len(top_keys) == 1:
        (key,) = top_keys
        return LanguageName(key.name, key.start, key.end, json.dumps)
    return None


class _Reader:
    """One pass over a text; nothing nests so deep that it can't be read."""

    def __init__(self, text: str) -> None:
        self.top_keys: list[_Key] = []
        self._text = text
        self._stack: list[_Open] = []

    def values(self) -> Iterator[StringValue]:
        """Yield the string values."""
        position, num_roots = 0, 0
        while position < len(self._text):
            found = _TOKEN.match(self._text, position)
            if found is None:
                raise MalformedError(f"no JSON at {position}")
            position = found.end()
            if found["blank"] is not None:
                continue
            is_value = found["sign"] is None or found[0] in "{["
            if not self._stack and is_value:
                num_roots += 1
            if num_roots > 1 or not (self._stack or is_value):
                raise MalformedError(f"more than one value at {found.start()}")
            if found["string"] is not None:
                value = self._string(found)
                if value is not None:
                    yield value
            elif found["literal"] is not None:
                self._literal(found[0])
                self._begin_value(found.start())
            else:
                self._sign(found[0], found.start())
        if self._stack or not num_roots:
            raise MalformedError("it ends too early")

    def _literal(self, literal: str) -> None:
        try:
            json.loads(literal)
        except ValueError:
            raise MalformedError("no number, nor true, false or null") from None

    def _string(self, found: regex.Match[str]) -> StringValue | None:
        try:
            words = str(json.loads(found[0]))
        except ValueError:
            raise MalformedError(f"no string at {found.start()}") from None
        top = self._stack[-1] if self._stack else None
        if top is not None and top.is_object and not top.awaits_value:
            if top.awaits_comma or top.name:
                raise MalformedError(f"no comma at {found.start()}")
            top.name = words or " "
            if len(self._stack) == 1:
                self.top_keys.append(_Key(words, 1, found.start(), found.end()))
            return None
        path = tuple(one.name if one.is_object else str(one.number) for one in self._stack)
        self._begin_value(found.start())
        is_whole = not any("\ud800" <= sign <= "\udfff" for sign in words)
        return StringValue(words, path, found.start(), found.end()) if is_whole else None

    def _begin_value(self, position: int) -> None:
        if not self._stack:
            return
        top = self._stack[-1]
        if top.awaits_comma or (top.is_object and not top.awaits_value):
            raise MalformedError(f"a value where none goes, at {position}")
        top.awaits_value, top.awaits_comma = False, True

    def _sign(self, sign: str, position: int) -> None:
        top = self._stack[-1] if self._stack else None
        match sign:
            case "{" | "[":
                self._begin_value(position)
                self._stack.append(_Open(sign == "{"))
            case "}" | "]":
                is_half = top is not None and top.is_object and top.name and not top.awaits_comma
                if top is None or top.is_object is not (sign == "}") or is_half:
                    raise MalformedError(f"{sign} at {position}")
                self._stack.pop()
            case ":":
                if top is None or not top.is_object or not top.name or top.awaits_comma or top.awaits_value:
                    raise MalformedError(f"a colon at {position}")
                top.awaits_value = True
            case _:
                if top is None or not top.awaits_comma:
                    raise MalformedError(f"a comma at {position}")
                top.awaits_comma, top.name, top.number = False, "", top.number + 1
