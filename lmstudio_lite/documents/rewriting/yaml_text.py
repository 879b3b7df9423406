"""YAML: the texts among its string values; comments, anchors, order, layout and the rest stay to the byte.

PyYAML's parser says where each scalar stands (events with marks; nothing is built of them, so that no tag
makes an object and no alias multiplies). A rewriting library (ruamel.yaml) would write the file anew and
change spacing and folding. Block scalars are paragraphs on lines of their own; other scalars keep their way
of quoting as long as the words allow it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import regex
import yaml

from lmstudio_lite.documents.rewriting.paragraphs import split_paragraphs
from lmstudio_lite.documents.rewriting.slots import Slot, SlottedText
from lmstudio_lite.documents.rewriting.text_file import MalformedError
from lmstudio_lite.documents.rewriting.value_slots import LanguageName, slots_of_values
from lmstudio_lite.documents.rewriting.value_text import StringValue

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STRING = "tag:yaml.org,2002:str"
_PROPERTIES = regex.compile(r"(?:[&!]\S*\s+)*")
_BLOCK_HEAD = regex.compile(r"[|>][^\r\n]*(?:\r\n|\r|\n)")
_PLAIN, _FLOW = "plain", "flow"
_RESOLVER = yaml.resolver.Resolver()


@dataclass(slots=True)
class _Open:
    """A mapping or sequence that is open."""

    is_mapping: bool
    is_flow: bool
    name: str = ""
    number: int = 0
    awaits_value: bool = False


def split_yaml(text: str) -> SlottedText:
    """Return the texts among the values of ``text``.

    Raises:
        MalformedError: it is no YAML.
    """
    reader = _Reader(text)
    try:
        values = list(reader.values())
    except yaml.YAMLError:
        raise MalformedError("no YAML") from None

    def in_place(value: StringValue) -> list[Slot] | None:
        head = _BLOCK_HEAD.match(text, value.start) if value.style in ("|", ">") else None
        return split_paragraphs(text, head.end(), value.end) if head else None

    return slots_of_values(values, _written, in_place, reader.language)


class _Reader:
    """One pass over the events of a text."""

    def __init__(self, text: str) -> None:
        self.language: LanguageName | None = None
        self._text = text
        self._stack: list[_Open] = []
        self._top: list[tuple[str, int, int, bool]] = []

    def values(self) -> Iterator[StringValue]:
        """Yield the string values; afterwards ``language`` is told."""
        for event in yaml.parse(self._text, Loader=_Loader):
            match event:
                case yaml.ScalarEvent():
                    value = self._scalar(event)
                    if value is not None:
                        yield value
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    if len(self._stack) == 1 and self._stack[0].awaits_value and self._top:
                        name, start, end, _has_more = self._top[-1]
                        self._top[-1] = (name, start, end, True)
                    is_mapping = isinstance(event, yaml.MappingStartEvent)
                    self._stack.append(_Open(is_mapping, bool(event.flow_style)))
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    self._stack.pop()
                    self._next("")
                case yaml.AliasEvent():
                    self._next("")
        if len(self._top) == 1 and self._top[0][3]:
            name, start, end, _has_more = self._top[0]
            self.language = LanguageName(name, start, end, str)

    def _next(self, name: str) -> None:
        """Go on to what comes next in the innermost mapping or sequence."""
        if not self._stack:
            return
        top = self._stack[-1]
        if not top.is_mapping:
            top.number += 1
        elif top.awaits_value:
            top.awaits_value, top.name = False, ""
        else:
            top.awaits_value, top.name = True, name

    def _scalar(self, event: yaml.ScalarEvent) -> StringValue | None:
        start, end = event.start_mark.index, event.end_mark.index
        top = self._stack[-1] if self._stack else None
        if top is not None and top.is_mapping and not top.awaits_value:
            if len(self._stack) == 1:
                self._top.append((event.value, start, end, False))
            self._next(event.value)
            return None
        path = tuple(one.name if one.is_mapping else str(one.number) for one in self._stack)
        is_flow = any(one.is_flow for one in self._stack)
        self._next("")
        if event.tag is not None and event.tag not in (_STRING, "!"):
            return None
        is_plain = not event.style
        if is_plain and event.implicit[0] and _resolved(event.value) != _STRING:
            return None
        properties = _PROPERTIES.match(self._text, start, end)
        start = properties.end() if properties else start
        style = (_FLOW if is_flow else _PLAIN) if is_plain else str(event.style)
        return StringValue(event.value, path, start, end, style) if start < end else None


def _resolved(words: str) -> str:
    return str(_RESOLVER.resolve(yaml.ScalarNode, words, (True, False)))


def _written(value: StringValue, words: str) -> str:
    """Return a scalar in the way in which it was written, or in quotation marks where that won't do."""
    is_one_line = words.isprintable()
    if value.style in (_PLAIN, _FLOW) and is_one_line and _is_plain(words, is_flow=value.style == _FLOW):
        return words
    if value.style != '"' and is_one_line:
        return "'" + words.replace("'", "''") + "'"
    return "".join(
        sign if sign.isprintable() else f"\\U{ord(sign):08X}"
        for sign in json.dumps(words, ensure_ascii=False)
    )


def _is_plain(words: str, *, is_flow: bool) -> bool:
    """Tell whether ``words`` are read as themselves without quotation marks."""
    try:
        events = list(yaml.parse(f"[{words}]" if is_flow else f"k: {words}", Loader=_Loader))
    except yaml.YAMLError:
        return False
    scalars = [event for event in events if isinstance(event, yaml.ScalarEvent)]
    is_alone = len(events) == (7 if is_flow else 8) and len(scalars) == (1 if is_flow else 2)
    return is_alone and scalars[-1].value == words and not scalars[-1].style and _resolved(words) == _STRING
