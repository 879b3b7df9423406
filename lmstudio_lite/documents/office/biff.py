"""The records of old Excel files (BIFF8, Microsoft's [MS-XLS]): their order, strings and numbers.

A record holds at most 8,224 bytes; longer ones go on in CONTINUE records, and a string that is cut there says
anew how its characters are stored.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum


class RecordKind(IntEnum):
    """The records that are read ([MS-XLS] 2.3)."""

    CONTINUE = 0x003C
    BOF = 0x0809
    EOF = 0x000A
    FILEPASS = 0x002F
    BOUNDSHEET = 0x0085
    SST = 0x00FC
    DATEMODE = 0x0022
    FORMAT = 0x041E
    XF = 0x00E0
    ROW = 0x0208
    COLINFO = 0x007D
    LABELSST = 0x00FD
    LABEL = 0x0204
    RSTRING = 0x00D6
    NUMBER = 0x0203
    RK = 0x027E
    MULRK = 0x00BD
    FORMULA = 0x0006
    STRING = 0x0207
    BOOLERR = 0x0205
    OBJ = 0x005D
    TXO = 0x01B6
    NOTE = 0x001C
    HEADER = 0x0014
    FOOTER = 0x0015
    SERIES_TEXT = 0x100D


_HIGH, _EXTENDED, _RICH = 1, 4, 8


@dataclass(slots=True)
class Record:
    """``offset`` is its place in the stream; ``blocks`` are its own bytes and those of what continues it."""

    offset: int
    kind: int
    blocks: list[bytes] = field(default_factory=list)

    @property
    def content(self) -> bytes:
        return self.blocks[0]

    def number(self, offset: int, layout: str = "<H") -> int:
        """Return the whole number at ``offset``, 0 where the record is too short."""
        try:
            return int(struct.unpack_from(layout, self.content, offset)[0])
        except struct.error:
            return 0


def records(stream: bytes) -> Iterator[Record]:
    """Yield the records of a stream with what continues them; ends where they make no sense any more."""
    position = 0
    current: Record | None = None
    while position + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, position)
        content = stream[position + 4 : position + 4 + size]
        if kind == RecordKind.CONTINUE and current is not None:
            current.blocks.append(content)
        else:
            if current is not None:
                yield current
            current = Record(position, kind, [content])
        position += 4 + size
    if current is not None:
        yield current


def plain_string(content: bytes, offset: int, *, is_short: bool = False) -> str:
    """Return a string within one record (XLUnicodeString, or the short kind with one byte for its length)."""
    try:
        length = content[offset] if is_short else struct.unpack_from("<H", content, offset)[0]
        offset += 1 if is_short else 2
        flags = content[offset]
    except (IndexError, struct.error):
        return ""
    characters = content[offset + 1 : offset + 1 + (2 * length if flags & _HIGH else length)]
    return _widened(characters, flags).decode("utf-16-le", "replace")


def shared_strings(record: Record) -> Iterator[str]:
    """Yield the strings of an SST record, which may be cut anywhere."""
    reader = _Blocks(record.blocks)
    reader.take(4)
    (num,) = struct.unpack("<I", reader.take(4).ljust(4, b"\0"))
    for _ in range(num):
        head = reader.take(3)
        if len(head) < 3:
            return
        length, flags = struct.unpack("<HB", head)
        num_runs = int.from_bytes(reader.take(2), "little") if flags & _RICH else 0
        num_extended = int.from_bytes(reader.take(4), "little") if flags & _EXTENDED else 0
        yield reader.characters(length, flags)
        reader.take(4 * num_runs + num_extended)


@dataclass(slots=True)
class _Blocks:
    blocks: list[bytes]
    _block: int = 0
    _offset: int = 0

    def take(self, size: int) -> bytes:
        """Return the next bytes, fewer at the end."""
        out = b""
        while len(out) < size and not self._is_over():
            piece = self.blocks[self._block][self._offset : self._offset + size - len(out)]
            out += piece
            self._offset += len(piece)
        return out

    def characters(self, length: int, flags: int) -> str:
        """Return that many characters; each block in which they go on begins with flags of its own."""
        out = b""
        while len(out) < 2 * length:
            width = 2 if flags & _HIGH else 1
            num_here = (len(self.blocks[self._block]) - self._offset) // width
            num = min(length - len(out) // 2, num_here)
            out += _widened(self.take(num * width), flags) if num else b""
            if len(out) < 2 * length:
                self._offset = len(self.blocks[self._block])
                if self._is_over():
                    break
                flags = int.from_bytes(self.take(1), "little")
        return out.decode("utf-16-le", "replace")

    def _is_over(self) -> bool:
        """Go on to the next block at the end of one; tell whether there is none."""
        while self._offset >= len(self.blocks[self._block]):
            if self._block + 1 >= len(self.blocks):
                return True
            self._block, self._offset = self._block + 1, 0
        return False


def text_of_object(blocks: list[bytes], length: int) -> str:
    """Return the text that CONTINUE records hold behind a TXO record: flags, then characters."""
    out = b""
    for block in blocks:
        if len(out) >= 2 * length or not block:
            break
        out += _widened(block[1:], block[0])
    return out[: 2 * length].decode("utf-16-le", "replace")


def compact_number(code: int) -> float:
    """Return the number in an RK value (30 bits of a double or of a whole number, perhaps in hundredths)."""
    if code & 2:
        number = float(code >> 2 if code < 0x80000000 else (code >> 2) - (1 << 30))
    else:
        number = struct.unpack("<d", struct.pack("<II", 0, code & 0xFFFFFFFC))[0]
    return number / 100 if code & 1 else number


def _widened(characters: bytes, flags: int) -> bytes:
    """Return characters as UTF-16: of each only the lower byte is kept where the flags say so."""
    return characters if flags & _HIGH else characters.decode("latin-1").encode("utf-16-le")
