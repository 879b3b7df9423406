"""The values of a header's metadata: numbers, texts, and arrays of these."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from lmstudio_lite.library.gguf.cursor import Cursor
from lmstudio_lite.library.gguf.header import MetadataEntry, Scalar

MAX_KEY_BYTES: Final = (1 << 16) - 1
_MAX_KEPT_TEXT_BYTES = 1 << 20
_MAX_KEPT_NUMBERS = 1024
_MAX_STRINGS = 3 << 20
_NUM_SHOWN = 64
"""Of an array of texts that nobody asked for whole, when the whole header is wanted."""
_MAX_SHOWN_TEXT_BYTES = 4096
_STRING, _ARRAY = 8, 9
_NUMBERS: Final = {
    0: ("uint8", struct.Struct("<B")),
    1: ("int8", struct.Struct("<b")),
    2: ("uint16", struct.Struct("<H")),
    3: ("int16", struct.Struct("<h")),
    4: ("uint32", struct.Struct("<I")),
    5: ("int32", struct.Struct("<i")),
    6: ("float32", struct.Struct("<f")),
    7: ("bool", struct.Struct("<?")),
    10: ("uint64", struct.Struct("<Q")),
    11: ("int64", struct.Struct("<q")),
    12: ("float64", struct.Struct("<d")),
}


@dataclass(slots=True)
class ValueReader:
    """Reads the entries at ``cursor``, one after the other.

    Arrays under ``kept_keys`` are kept whole. ``shows_texts``: of the other arrays of texts the first ones
    are kept.
    """

    cursor: Cursor
    kept_keys: frozenset[str]
    shows_texts: bool = False
    _num_strings: int = 0

    def entry(self) -> MetadataEntry:
        """Return the next entry. Raises ``ModelFileError`` ("absurd_metadata", "truncated")."""
        cursor = self.cursor
        start = cursor.position
        key = cursor.text(MAX_KEY_BYTES)
        value_type = cursor.uint32()
        if value_type == _ARRAY:
            return self._array(key, start)
        if value_type == _STRING:
            return self._finished(key, "string", (cursor.kept_text(_MAX_KEPT_TEXT_BYTES),), start)
        name, number = self._number_type(value_type)
        return self._finished(key, name, number.unpack(cursor.bytes(number.size)), start)

    def _array(self, key: str, start: int) -> MetadataEntry:
        cursor = self.cursor
        item_type = cursor.uint32()
        length = cursor.uint64()
        values: tuple[Scalar, ...] = ()
        if item_type == _STRING:
            name, values = "string", self._texts(key, length)
        else:
            name, number = self._number_type(item_type)
            if length <= (_MAX_STRINGS if key in self.kept_keys else _MAX_KEPT_NUMBERS):
                values = tuple(value for (value,) in number.iter_unpack(cursor.bytes(length * number.size)))
            else:
                shown = cursor.bytes(_NUM_SHOWN * number.size) if self.shows_texts else b""
                values = tuple(value for (value,) in number.iter_unpack(shown))
                cursor.skip(length * number.size - len(shown))
        return self._finished(key, name, values, start, length)

    def _texts(self, key: str, count: int) -> tuple[str, ...]:
        cursor = self.cursor
        self._num_strings += count
        if self._num_strings > _MAX_STRINGS:
            cursor.fail("absurd_metadata")
        if key in self.kept_keys:
            return tuple([cursor.text(MAX_KEY_BYTES) for _ in range(count)])
        num_shown = min(count, _NUM_SHOWN) if self.shows_texts else 0
        shown = tuple([cursor.kept_text(_MAX_SHOWN_TEXT_BYTES) for _ in range(num_shown)])
        cursor.skip_texts(count - num_shown)
        return shown

    def _number_type(self, number: int) -> tuple[str, struct.Struct]:
        found = _NUMBERS.get(number)
        if found is None:
            self.cursor.fail("absurd_metadata")
        return found

    def _finished(
        self, key: str, type_name: str, values: tuple[Scalar, ...], start: int, length: int | None = None
    ) -> MetadataEntry:
        return MetadataEntry(
            key,
            type_name,
            values,
            is_array=length is not None,
            length=1 if length is None else length,
            offset=start,
            size_bytes=self.cursor.position - start,
        )
