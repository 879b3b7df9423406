"""What of a ZIP file may hold conversations, also of one that was cut off: its members as streams.

Programs put their ``conversations.json`` beside much else, split it into numbered parts, or write a file a
conversation; and who keeps exports puts them into another ZIP file. A file that was not loaded whole has no
list of its members any more: then they are taken as they come, up to where it ends.
"""

from __future__ import annotations

import io
import re
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any

NUM_MEMBERS_MAX = 200_000
_DEPTH_MAX = 3
_WHOLE = re.compile(r"conversations([-_ ]?\d+)?\.json", re.IGNORECASE)
_KINDS = frozenset({".json", ".jsonl", ".lmschat", ".zip"})
_NESTED_LIMIT = 4 << 30
_HELD_BYTES = 16 << 20
"""Of an inner archive in memory; a larger one lies in the temporary folder meanwhile."""
_CHUNK = 1 << 16
_HEADER = struct.Struct("<4s5H3I2H")
_HEADER_MARK = b"PK\x03\x04"
_DEFLATED, _STORED = 8, 0
_IN_UTF8 = 0x800


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive; ``name`` says where, ``is_whole`` that it must hold conversations.

    ``open`` gives its bytes, which end early where they are damaged or missing; ``beside`` opens a neighbour,
    or gives None.
    """

    name: str
    is_whole: bool
    open: Callable[[], IO[bytes]]
    beside: Callable[[str], IO[bytes] | None]


class EncryptedError(ValueError):
    """The archive wants a password."""


class TooDeepError(ValueError):
    """Archives within archives within archives."""


def members_of(file: IO[bytes], within: str = "", depth: int = 0) -> Iterator[Member]:
    """Yield the members that may hold conversations, those of inner archives too.

    Raises:
        EncryptedError, TooDeepError
        zipfile.BadZipFile: it is no archive at all.
    """
    if depth > _DEPTH_MAX:
        raise TooDeepError
    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile:
        yield from _as_they_come(file, within)
        return
    with archive:
        infos = [info for info in archive.infolist()[:NUM_MEMBERS_MAX] if not info.is_dir()]
        whole = [info for info in infos if _WHOLE.fullmatch(PurePosixPath(info.filename).name)]
        wanted = whole or [info for info in infos if PurePosixPath(info.filename).suffix.lower() in _KINDS]
        if any(info.flag_bits & 1 for info in wanted):
            raise EncryptedError
        for info in wanted:
            name = f"{within}{info.filename}"
            if PurePosixPath(info.filename).suffix.lower() == ".zip":
                with tempfile.SpooledTemporaryFile(_HELD_BYTES) as held:
                    with archive.open(info) as inner:
                        _copy(inner, held)
                    yield from members_of(held, f"{name}/", depth + 1)
            else:
                yield Member(name, bool(whole), _opener(archive, info), _neighbours(archive, info))


def _opener(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    return lambda: archive.open(info)


def _neighbours(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[str], IO[bytes] | None]:
    def beside(name: str) -> IO[bytes] | None:
        try:
            return archive.open(str(PurePosixPath(info.filename).with_name(name)))
        except KeyError:
            return None

    return beside


def _copy(source: IO[bytes], target: Any) -> None:
    num_bytes = 0
    while chunk := source.read(_CHUNK):
        num_bytes += len(chunk)
        if num_bytes > _NESTED_LIMIT:
            raise TooDeepError
        target.write(chunk)
    target.seek(0)


def _as_they_come(file: IO[bytes], within: str) -> Iterator[Member]:
    """Yield the members of an archive that was cut off, each found behind the one before it."""
    place = 0
    found_any = False
    for _ in range(NUM_MEMBERS_MAX):
        file.seek(place)
        head = file.read(_HEADER.size)
        if len(head) < _HEADER.size or not head.startswith(_HEADER_MARK):
            break
        _, _, flags, method, _, _, _, size, _, name_length, extra_length = _HEADER.unpack(head)
        name = file.read(name_length).decode("utf-8" if flags & _IN_UTF8 else "cp437", "replace")
        if flags & 1:
            raise EncryptedError
        found_any = True
        stream = _Sequential(file, place + _HEADER.size + name_length + extra_length, method, size)
        is_whole = bool(_WHOLE.fullmatch(PurePosixPath(name).name))
        if is_whole or PurePosixPath(name).suffix.lower() in _KINDS - {".zip"}:
            yield Member(f"{within}{name}", is_whole, lambda stream=stream: stream, lambda _name: None)  # type: ignore[misc]
        place = stream.find_end()
        file.seek(place)
        descriptor = file.read(24)
        if descriptor.startswith(b"PK\x07\x08"):
            place += 16
    if not found_any:
        raise zipfile.BadZipFile


class _Sequential(io.RawIOBase):
    """The bytes of a member that is in the file from ``start`` on; they end where the file does."""

    def __init__(self, file: IO[bytes], start: int, method: int, size: int) -> None:
        self._file, self._place, self._method = file, start, method
        self._left = size
        self._inflating = zlib.decompressobj(-zlib.MAX_WBITS)
        self._ready = b""
        self._is_over = method not in (_DEFLATED, _STORED)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready and not self._is_over:
            self._take_more()
        content, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(content)] = content
        return len(content)

    def find_end(self) -> int:
        """Read on to the end of the member, and return where that is in the file."""
        while not self._is_over:
            self._take_more()
        return self._place

    def _take_more(self) -> None:
        self._file.seek(self._place)
        if self._method == _STORED:
            content = self._file.read(min(_CHUNK, self._left))
            self._left -= len(content)
            self._place += len(content)
            self._ready = content
            self._is_over = not content
            return
        content = self._file.read(_CHUNK)
        try:
            self._ready = self._inflating.decompress(content)
        except zlib.error:
            self._is_over = True
            return
        self._place += len(content) - len(self._inflating.unused_data)
        self._is_over = not content or self._inflating.eof
