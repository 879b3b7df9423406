"""One run of text and inline tags to a unit: what stands at its edges is left out, the rest becomes marks.

A tag whose partner is not in the run, or that crosses another element, stands for itself as an object.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from functools import lru_cache

from lmstudio_lite.documents.rewriting.markup.found import Element, FoundText, MarkSource, Slice
from lmstudio_lite.documents.rewriting.markup.vocabulary import Role
from lmstudio_lite.domain.units import Mark, MarkKind, UnitKind

LINE_LEAD, TAB_LEAD = "\n", "\t"
_DEEPEST = 50
"""Elements within each other that become marks; tags further in stand for themselves."""


class ItemKind(Enum):
    TEXT = auto()
    SPACES = auto()
    OPEN = auto()
    CLOSE = auto()
    FIXED = auto()
    """``text`` is what it shows."""
    THING = auto()
    """``text`` is its lead."""
    ASIDE = auto()
    THROUGH = auto()
    """A tag that goes with the element that it stands in."""


@dataclass(slots=True)
class Item:
    """A piece of a run: ``source[start:end]``. ``is_exact``: each blank of ``text`` is one of the source.

    ``is_seen``: a thing shows something. ``text`` of a tag that may be joined is the opening one.
    """

    kind: ItemKind
    start: int
    end: int
    text: str = ""
    name: str = ""
    role: Role = Role.STYLE
    is_exact: bool = True
    is_seen: bool = False
    partner: int = -1


@dataclass(slots=True)
class _Open:
    """A mark whose end is not reached yet."""

    index: int
    number: int
    start: int
    opens: list[Slice]
    closes: list[Slice] = field(default_factory=list)


def split_at_gaps(items: Sequence[Item], blanks: str) -> list[list[Item]]:
    """Split a run where two breaks follow each other: that is how a paragraph ends without an element."""
    runs: list[list[Item]] = [[]]
    held: list[Item] = []
    num_breaks = 0
    for item in items:
        is_break = item.kind is ItemKind.THING and item.text == LINE_LEAD
        is_blank = item.kind is ItemKind.TEXT and not item.text.strip(blanks)
        if is_break or (num_breaks and is_blank):
            held.append(item)
            num_breaks += is_break
            continue
        if num_breaks > 1:
            runs += [held, [item]]
        else:
            runs[-1] += [*held, item]
        held, num_breaks = [], 0
    runs[-1] += held
    return runs


def unit_of(
    items: list[Item], blanks: str, run: Slice, element: Element | None, kind: UnitKind
) -> FoundText | None:
    """Return the unit that a run holds, None where there are no words in it."""
    if not any(item.kind is ItemKind.TEXT and _has_letter(item.text) for item in items):
        return None
    joined = _with_neighbours_joined(items)
    _pair(joined)
    inner = _without_edges(joined, blanks)
    return _Building(inner, blanks).unit(run, element, kind)


def _has_letter(text: str) -> bool:
    return any(map(str.isalpha, text))


def _with_neighbours_joined(items: Sequence[Item]) -> list[Item]:
    """Return the items without the tags between two neighbours that are one, see ``Vocabulary.joined``."""
    joined: list[Item] = []
    open_tags: list[str] = []
    for item in items:
        last = joined[-1] if joined else None
        if item.kind is ItemKind.OPEN:
            open_tags.append(item.text)
            if item.text and last is not None and last.kind is ItemKind.CLOSE and last.text == item.text:
                joined.pop()
                continue
        elif item.kind is ItemKind.CLOSE and open_tags:
            item.text = open_tags.pop()
        joined.append(item)
    return joined


def _pair(items: list[Item]) -> None:
    """Find each opening tag's partner; tags without one become things."""
    open_tags: list[int] = []
    num_open: dict[str, int] = {}
    for index, item in enumerate(items):
        if item.kind is ItemKind.OPEN:
            if len(open_tags) >= _DEEPEST:
                continue
            open_tags.append(index)
            num_open[item.name] = num_open.get(item.name, 0) + 1
        elif item.kind is ItemKind.CLOSE and num_open.get(item.name):
            while True:
                above = open_tags.pop()
                num_open[items[above].name] -= 1
                if items[above].name == item.name:
                    items[above].partner, item.partner = index, above
                    break
    for item in items:
        if item.kind in (ItemKind.OPEN, ItemKind.CLOSE) and item.partner < 0:
            item.kind = ItemKind.THING


def _without_edges(items: list[Item], blanks: str) -> list[Item]:
    """Return the items without what can stay where it is: blanks and things, and tags around all of it."""
    low, high = 0, len(items)
    while low < high:
        first, last = items[low], items[high - 1]
        if _is_edge(first, blanks):
            low += 1
        elif _is_edge(last, blanks):
            high -= 1
        elif first.kind is ItemKind.OPEN and first.partner == high - 1:
            low, high = low + 1, high - 1
        elif first.kind is ItemKind.OPEN and _are_edges(items[low + 1 : first.partner], blanks):
            low = first.partner + 1
        elif last.kind is ItemKind.CLOSE and _are_edges(items[last.partner + 1 : high - 1], blanks):
            high = last.partner
        else:
            break
    for item in items[low:high]:
        item.partner -= low if item.partner >= 0 else 0
    return items[low:high]


def _is_edge(item: Item, blanks: str) -> bool:
    if item.kind is ItemKind.TEXT:
        return not item.text.strip(blanks)
    return item.kind in (ItemKind.THING, ItemKind.SPACES, ItemKind.ASIDE, ItemKind.THROUGH)


def _are_edges(items: Sequence[Item], blanks: str) -> bool:
    return all(_is_edge(each, blanks) or each.kind in (ItemKind.OPEN, ItemKind.CLOSE) for each in items)


class _Building:
    """Puts a unit's text and marks together, item by item."""

    def __init__(self, items: list[Item], blanks: str) -> None:
        self._items, self._blanks = items, blanks
        self._parts: list[str] = []
        self._length = 0
        self._is_after_blank = True
        self._last_edge = 0
        self._marks: list[tuple[Mark, MarkSource]] = []
        self._open: list[_Open] = []

    def unit(self, run: Slice, element: Element | None, kind: UnitKind) -> FoundText:
        for index, item in enumerate(self._items):
            self._add(index, item)
        text = "".join(self._parts)
        end = len(text.rstrip(self._blanks))
        marks = sorted((_clipped(*each, end) for each in self._marks), key=lambda each: each[0].number)
        first, last = self._items[0], self._items[-1]
        return FoundText(
            text[:end],
            tuple(mark for mark, _ in marks),
            tuple(source for _, source in marks),
            first.start + self._num_blanks_before(first),
            last.end - self._num_blanks_after(last),
            run,
            element,
            kind,
        )

    def _num_blanks_before(self, item: Item) -> int:
        is_exact = item.kind is ItemKind.TEXT and item.is_exact
        return len(item.text) - len(item.text.lstrip(self._blanks)) if is_exact else 0

    def _num_blanks_after(self, item: Item) -> int:
        is_exact = item.kind is ItemKind.TEXT and item.is_exact
        return len(item.text) - len(item.text.rstrip(self._blanks)) if is_exact else 0

    def _add(self, index: int, item: Item) -> None:
        match item.kind:
            case ItemKind.TEXT:
                self._add_text(_joined(self._blanks).sub(" ", item.text))
            case ItemKind.SPACES:
                self._parts.append(item.text)
                self._length += len(item.text)
                self._is_after_blank = False
            case ItemKind.OPEN:
                number = len(self._marks) + len(self._open) + 1
                self._open.append(_Open(index, number, self._length, [(item.start, item.end)]))
                self._last_edge = self._length
            case ItemKind.CLOSE:
                self._close(item)
            case ItemKind.FIXED:
                start = self._length
                self._is_after_blank = False
                self._add_text(_joined(self._blanks).sub(" ", item.text).strip(" "))
                source = MarkSource(((item.start, item.end),), is_fixed=True, above=self._above())
                self._mark(MarkKind.SPAN, start, source)
            case ItemKind.THING:
                self._add_lead(item)
                place = (item.start, item.end)
                source = MarkSource((place,), (), item.text, self._above(), is_seen=item.is_seen)
                self._mark(MarkKind.OBJECT, self._length, source)
            case ItemKind.ASIDE | ItemKind.THROUGH:
                self._add_to_open(item)

    def _add_text(self, text: str) -> None:
        if self._is_after_blank and text.startswith(" "):
            text = text[1:]
        if text:
            self._parts.append(text)
            self._length += len(text)
            self._is_after_blank = text.endswith(" ")

    def _add_lead(self, item: Item) -> None:
        """Put white space into the text that shows where a break is; it takes the place of blanks."""
        lead = item.text
        self._is_after_blank = self._is_after_blank and not item.is_seen
        if lead:
            if self._parts and self._parts[-1].endswith(" ") and self._last_edge < self._length:
                self._parts[-1] = self._parts[-1][:-1]
                self._length -= 1
            self._parts.append(lead)
            self._length += 1
            self._is_after_blank = True

    def _close(self, item: Item) -> None:
        opened = self._open.pop()
        self._last_edge = self._length
        first = self._items[opened.index]
        if self._length == opened.start:
            # Nothing is left in it: it is one thing with all that it holds.
            while self._marks and self._marks[-1][0].number > opened.number:
                self._marks.pop()
            source = MarkSource(((first.start, item.end),), above=self._above())
            mark = Mark(opened.number, MarkKind.OBJECT, opened.start, opened.start)
            self._marks.append((mark, source))
            return
        kind = MarkKind.SPAN if first.role is Role.SPAN else MarkKind.STYLE
        closes = (*opened.closes, (item.start, item.end))
        source = MarkSource(tuple(opened.opens), closes, above=self._above())
        self._marks.append((Mark(opened.number, kind, opened.start, self._length), source))

    def _add_to_open(self, item: Item) -> None:
        place = (item.start, item.end)
        if not self._open:
            self._mark(MarkKind.OBJECT, self._length, MarkSource((place,)))
        elif item.kind is ItemKind.THROUGH and self._length == self._open[-1].start:
            self._open[-1].opens.append(place)
        else:
            self._open[-1].closes.append(place)

    def _mark(self, kind: MarkKind, start: int, source: MarkSource) -> None:
        number = len(self._marks) + len(self._open) + 1
        mark = Mark(number, kind, start, self._length, keeps_text=source.is_fixed)
        self._marks.append((mark, source))
        self._last_edge = self._length

    def _above(self) -> frozenset[int]:
        return frozenset(each.number for each in self._open)


def _clipped(mark: Mark, source: MarkSource, end: int) -> tuple[Mark, MarkSource]:
    """Return a mark within a text that ends at ``end``, for the blanks at its end are no part of it."""
    if mark.end <= end:
        return mark, source
    start = min(mark.start, end)
    if start < end or mark.kind is MarkKind.OBJECT:
        return replace(mark, start=start, end=end), source
    whole = (source.opens[0][0], source.closes[-1][1])
    return Mark(mark.number, MarkKind.OBJECT, end, end), MarkSource((whole,), above=source.above)


@lru_cache(maxsize=8)
def _joined(blanks: str) -> re.Pattern[str]:
    return re.compile(f"[{re.escape(blanks)}]+")
