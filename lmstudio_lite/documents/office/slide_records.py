"""The records of old PowerPoint files ([MS-PPT]): a tree, found through a list of places that edits extend.

Each save may append what it changed; the newest list of places ("persist directory") says where what is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

_CONTAINER = 0xF
_MOST_EDITS = 1000
_DEEPEST = 40
_ENCRYPTED_TOKEN, _PLAIN_TOKEN = 0xF3D1C4DF, 0xE391C05F


class RecordKind(IntEnum):
    """The records that are read ([MS-PPT] 2.13.24, [MS-ODRAW] 2.2)."""

    DOCUMENT = 0x03E8
    SLIDE = 0x03EE
    SLIDE_ATOM = 0x03EF
    NOTES_ATOM = 0x03F1
    SLIDE_PERSIST = 0x03F3
    MASTER = 0x03F8
    SHOW_INFO = 0x03F9
    TEXT_LIST = 0x0FF0
    USER_EDIT = 0x0FF5
    TEXT_REFERENCE = 0x0F9E
    TEXT_HEADER = 0x0F9F
    TEXT_CHARACTERS = 0x0FA0
    TEXT_BYTES = 0x0FA8
    STRING = 0x0FBA
    HEADERS = 0x0FD9
    PLACEHOLDER = 0x0BC3
    OBJECT_REFERENCE = 0x0BC1
    TAG_BLOB = 0x138B
    PERSIST_DIRECTORY = 0x1772
    COMMENT = 0x2EE0
    SHAPE = 0xF004
    SHAPE_PROPERTIES = 0xF00A
    OPTIONS = 0xF00B
    TEXT_BOX = 0xF00D


class NotSlidesError(ValueError):
    """A file that has no such records, or none that lead anywhere: another reader may know it."""


class EncryptedSlidesError(ValueError):
    """It is protected by a password."""


@dataclass(frozen=True, slots=True)
class SlideRecord:
    kind: int
    instance: int
    is_container: bool
    content: bytes

    def number(self, offset: int, layout: str = "<I") -> int:
        """Return the whole number at ``offset``, 0 where the record is too short."""
        try:
            return int(struct.unpack_from(layout, self.content, offset)[0])
        except struct.error:
            return 0

    def children(self) -> Iterator[SlideRecord]:
        """Yield the records in a container."""
        if self.is_container or self.kind == RecordKind.TAG_BLOB:
            yield from records(self.content)

    def walk(self, depth: int = 0) -> Iterator[SlideRecord]:
        """Yield the record and all that is in it, but nothing of what shapes hold."""
        yield self
        if self.kind != RecordKind.SHAPE and depth < _DEEPEST:
            for child in self.children():
                yield from child.walk(depth + 1)

    @property
    def text(self) -> str:
        """The text of a record of characters, line ends as the file has them."""
        if self.kind == RecordKind.TEXT_BYTES:
            return self.content.decode("latin-1")
        return self.content[: len(self.content) // 2 * 2].decode("utf-16-le", "replace")


def records(content: bytes) -> Iterator[SlideRecord]:
    """Yield the records that lie one after the other in ``content``."""
    position = 0
    while position + 8 <= len(content):
        head, kind, size = struct.unpack_from("<HHI", content, position)
        body = content[position + 8 : position + 8 + size]
        yield SlideRecord(kind, head >> 4, head & 0xF == _CONTAINER, body)
        position += 8 + size


class SlideStream:
    """The newest state of a file: its document and whatever that refers to by number."""

    def __init__(self, stream: bytes, current_user: bytes) -> None:
        """Follow the edits.

        Raises:
            NotSlidesError, EncryptedSlidesError: as their names say.
        """
        self._stream = stream
        self._places: dict[int, int] = {}
        try:
            token, offset = struct.unpack_from("<II", current_user, 12)
        except struct.error as error:
            raise NotSlidesError("no current edit") from error
        if token == _ENCRYPTED_TOKEN:
            raise EncryptedSlidesError("encrypted")
        if token != _PLAIN_TOKEN:
            raise NotSlidesError("another version")
        document = 0
        for _ in range(_MOST_EDITS):
            edit = self._at(offset, RecordKind.USER_EDIT)
            if edit is None:
                break
            document = document or edit.number(16)
            self._note_places(edit.number(12))
            offset = edit.number(8)
            if not offset:
                break
        found = self.persisted(document)
        if found is None or found.kind != RecordKind.DOCUMENT:
            raise NotSlidesError("no document")
        self.document = found

    def persisted(self, number: int) -> SlideRecord | None:
        """Return the record that others refer to by ``number``."""
        return self._at(self._places[number]) if number in self._places else None

    def _at(self, offset: int, kind: int | None = None) -> SlideRecord | None:
        found = next(records(self._stream[offset:]), None)
        return found if found is not None and (kind is None or found.kind == kind) else None

    def _note_places(self, offset: int) -> None:
        directory = self._at(offset, RecordKind.PERSIST_DIRECTORY)
        position = 0
        while directory is not None and position + 4 <= len(directory.content):
            head = directory.number(position)
            number, count = head & 0xFFFFF, head >> 20
            for index in range(count):
                self._places.setdefault(number + index, directory.number(position + 4 + 4 * index))
            position += 4 + 4 * count
