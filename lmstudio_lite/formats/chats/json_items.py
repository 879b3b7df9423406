"""The items of a JSON array one by one, however long the array is: only one item is held at a time.

An export of years of conversations is one array of hundreds of megabytes, and a single damaged character in
it must not cost the rest. Items are found by their brackets alone; whoever takes one decodes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TextIO

ITEM_LIMIT = 64 << 20
"""Characters of one item; a longer one is passed over."""
_CHUNK = 1 << 20
_OUTSIDE = re.compile(r'[\[\]{}",]')
_INSIDE = re.compile(r'["\\]')


class NotAnArrayError(ValueError):
    """The text is no JSON array."""


def json_items(stream: TextIO, limit: int = ITEM_LIMIT, start: str = "") -> Iterator[str | None]:
    """Yield the raw text of each item of the array in ``stream``, None for one that is longer than ``limit``.

    ``start`` is what was read of the stream already. An array that has no end yields what is left of it as
    its last item.

    Raises:
        NotAnArrayError: before the first item.
    """
    reader = _Reader(stream, limit, start)
    reader.open()
    yield from reader.items()


class _Reader:
    def __init__(self, stream: TextIO, limit: int, start: str) -> None:
        self._stream, self._limit = stream, limit
        self._chunk = start
        self._place = 0
        self._parts: list[str] = []
        self._length = 0

    def open(self) -> None:
        """Pass the opening bracket."""
        while self._more():
            text = self._chunk[self._place :].lstrip("\ufeff \t\r\n")
            if text:
                if text[0] != "[":
                    break
                self._place = len(self._chunk) - len(text) + 1
                return
            self._place = len(self._chunk)
        raise NotAnArrayError

    def items(self) -> Iterator[str | None]:
        depth, is_inside = 0, False
        while self._more():
            found = (_INSIDE if is_inside else _OUTSIDE).search(self._chunk, self._place)
            if found is None:
                self._take(len(self._chunk))
                continue
            character = found[0]
            if is_inside:
                self._take(found.end())
                if character == "\\":
                    self._take_one()
                else:
                    is_inside = False
                continue
            if depth == 0 and character in ",]":
                self._take(found.start())
                self._place = found.end()
                yield from self._finished()
                if character == "]":
                    return
                continue
            self._take(found.end())
            if character == '"':
                is_inside = True
            elif character in "[{":
                depth += 1
            elif character in "]}":
                depth = max(0, depth - 1)
        yield from self._finished()

    def _more(self) -> bool:
        """Tell whether there is more to read."""
        if self._place >= len(self._chunk):
            self._chunk, self._place = self._stream.read(_CHUNK), 0
        return bool(self._chunk)

    def _take(self, end: int) -> None:
        """Add what stands up to ``end`` to the item, as long as it has room for more."""
        if self._length <= self._limit:
            self._parts.append(self._chunk[self._place : end])
        self._length += end - self._place
        self._place = end

    def _take_one(self) -> None:
        """Add the character behind a backslash, which may stand in the next chunk."""
        if self._more():
            self._take(self._place + 1)

    def _finished(self) -> Iterator[str | None]:
        item = "".join(self._parts).strip() if self._length <= self._limit else None
        self._parts, self._length = [], 0
        if item != "":
            yield item
