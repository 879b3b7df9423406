"""A ZIP file whose parts are read within limits, and written again with a few of them changed.

Office Open XML, OpenDocument and EPUB are ZIP files. What is not changed is copied as it lies in the file:
compressed data, order, times, extra fields, and whatever stands before and behind the archive. Nothing is
unpacked to disk. The archive is described in PKWARE's APPNOTE.TXT, whose sections are named below.
"""

from __future__ import annotations

import io
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from lmstudio_lite.documents.decoding import EncodingWish, decode_file
from lmstudio_lite.documents.formats import Kind, detect_format
from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.opening import open_document
from lmstudio_lite.errors import (
    DocumentDamagedError,
    DocumentEmptyError,
    DocumentEncryptedError,
    DocumentError,
    DocumentTooLargeError,
    DocumentUnsupportedError,
    DocumentVanishedError,
)

_ZIP_ERRORS = (
    *(zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError),
    *(ValueError, zlib.error, struct.error, IndexError, OSError),
)
_LOCAL = struct.Struct("<4s5H3L2H")
"""A local file header (4.3.7): signature, version, flags, method, time, date, CRC, sizes, lengths."""
_CENTRAL = struct.Struct("<4s6H3L5H2L")
"""An entry of the directory (4.3.12): as above, with the system, the comment, attributes and the offset."""
_END = struct.Struct("<4s4H2LH")
_END_SIGNATURE, _END_64_SIGNATURE, _LOCATOR_SIGNATURE = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_LOCATOR_BYTES = 20
_IS_ENCRYPTED, _HAS_DESCRIPTOR = 1, 8
_LARGE_SIZES = 1
"""The extra field with sizes and an offset of eight bytes each (4.5.3)."""
_UNKNOWN_32 = 0xFFFF_FFFF


class Package:
    """The parts of one file, while it is open. Names are as the archive spells them."""

    def __init__(self, path: Path, file: BinaryIO, archive: zipfile.ZipFile) -> None:
        self._path = path
        self._file = file
        self._archive = archive
        self._members = archive.NameToInfo
        self._folded = {_folded(name): name for name in self._members if not name.endswith("/")}

    @property
    def path(self) -> Path:
        return self._path

    @property
    def names(self) -> tuple[str, ...]:
        """The parts in the order of the archive's directory, folders left out."""
        return tuple(name for name in self._members if not name.endswith("/"))

    def find(self, name: str) -> str | None:
        """Return the part that ``name`` means, whatever its case and percent signs; None for none."""
        if name in self._members:
            return name
        return self._folded.get(_folded(name)) or self._folded.get(_folded(unquote(name)))

    def size_bytes(self, name: str) -> int:
        """Return how large the part ``name`` says that it is; it is never read further."""
        return self._members[name].file_size

    def read(self, name: str) -> bytes:
        """Return the bytes of the part ``name``.

        Raises:
            DocumentDamagedError: it is not there, or its checksum is wrong.
        """
        try:
            return self._archive.read(self._members[name])
        except (KeyError, *_ZIP_ERRORS):
            raise self.damaged() from None

    def damaged(self) -> DocumentDamagedError:
        """Return the error that says that this file is damaged."""
        return DocumentDamagedError(path=str(self._path), reason="corrupt")

    def write(self, target: Path, changed: Mapping[str, bytes]) -> None:
        """Write the file to ``target`` with the parts of ``changed`` in the place of those of that name.

        Without any the file is copied as it is.

        Raises:
            DocumentDamagedError: the archive's own records contradict each other.
            OSError: ``target`` can't be written.
        """
        with target.open("wb") as out:
            self._write(out, changed)

    def written(self, changed: Mapping[str, bytes]) -> bytes:
        """Return the file with the parts of ``changed``; for one that is itself a part.

        Raises:
            DocumentDamagedError: the archive's own records contradict each other.
        """
        out = io.BytesIO()
        self._write(out, changed)
        return out.getvalue()

    def _write(self, out: BinaryIO, changed: Mapping[str, bytes]) -> None:
        if not changed:
            self._file.seek(0)
            shutil.copyfileobj(self._file, out)
            return
        try:
            _Rewriting(self._file, self._archive, out).write(changed)
        except (zipfile.BadZipFile, struct.error):
            raise self.damaged() from None


@contextmanager
def open_package(path: Path, limits: ReadLimits) -> Iterator[Package]:
    """Open the ZIP file at ``path``, as long as the block lasts.

    Raises:
        DocumentNotFoundError, DocumentVanishedError, DocumentEmptyError: as their names say.
        DocumentEncryptedError: it, or a part of it, is encrypted.
        DocumentTooLargeError: it is, or what it says it unpacks to.
        DocumentDamagedError: it is cut short, or its directory is broken.
        DocumentUnsupportedError: it is no ZIP file.
    """
    with open_document(path) as file:
        size_bytes = file.seek(0, io.SEEK_END)
        file.seek(0)
        if size_bytes > limits.size_bytes:
            raise DocumentTooLargeError(path=str(path), size_bytes=size_bytes, limit_bytes=limits.size_bytes)
        try:
            archive = zipfile.ZipFile(file)
        except _ZIP_ERRORS:
            raise _refusal(path, file) from None
        with archive:
            _check_members(path, archive, limits)
            yield Package(path, file, archive)


@contextmanager
def open_part(package: Package, name: str, limits: ReadLimits) -> Iterator[Package]:
    """Open the ZIP file that is the part ``name`` of another, as long as the block lasts.

    Raises:
        DocumentError: as ``open_package``; errors name the file around it.
    """
    path = package.path
    if package.size_bytes(name) > limits.size_bytes:
        size_bytes = package.size_bytes(name)
        raise DocumentTooLargeError(path=str(path), size_bytes=size_bytes, limit_bytes=limits.size_bytes)
    with io.BytesIO(package.read(name)) as file:
        try:
            archive = zipfile.ZipFile(file)
        except _ZIP_ERRORS:
            raise package.damaged() from None
        with archive:
            _check_members(path, archive, limits)
            yield Package(path, file, archive)


def _folded(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").casefold()


def _check_members(path: Path, archive: zipfile.ZipFile, limits: ReadLimits) -> None:
    members = archive.infolist()
    if any(member.flag_bits & _IS_ENCRYPTED for member in members):
        raise DocumentEncryptedError(path=str(path))
    expanded = sum(member.file_size for member in members)
    if expanded > limits.expanded_bytes:
        raise DocumentTooLargeError(path=str(path), size_bytes=expanded, limit_bytes=limits.expanded_bytes)


def _refusal(path: Path, file: BinaryIO) -> DocumentError:
    """Say what a file is that is no whole ZIP file."""
    try:
        file.seek(0)
        content = file.read()
    except OSError:
        return DocumentVanishedError(path=str(path))
    if not content.strip(b"\0 \t\r\n"):
        return DocumentEmptyError(path=str(path))
    found = detect_format(content, path.name)
    if found.kind is Kind.ENCRYPTED:
        return DocumentEncryptedError(path=str(path))
    if content.startswith(b"PK"):
        return DocumentDamagedError(path=str(path), reason="corrupt")
    if found.kind is Kind.PLAIN:
        try:
            decode_file(path, content, EncodingWish())
        except DocumentUnsupportedError as error:  # no text either
            return error
    return DocumentUnsupportedError(path=str(path), mime_type=found.mime_type)


@dataclass(frozen=True, slots=True)
class _Written:
    """What the directory says of a part that was written anew."""

    method: int
    checksum: int
    compressed_bytes: int
    size_bytes: int


class _Rewriting:
    """Copies one archive. Offsets that the archive states may count from elsewhere than the file's
    beginning (something stands before it); so they are moved by as much as the data moved, not computed.
    """

    def __init__(self, file: BinaryIO, archive: zipfile.ZipFile, out: BinaryIO) -> None:
        self._file = file
        self._archive = archive
        self._out = out

    def write(self, changed: Mapping[str, bytes]) -> None:
        members = sorted(self._archive.infolist(), key=lambda member: member.header_offset)
        ends = [member.header_offset for member in members[1:]] + [self._archive.start_dir]
        wanted = {id(self._archive.NameToInfo[name]): content for name, content in changed.items()}
        self._copy(0, members[0].header_offset)
        moves: dict[int, int] = {}
        written: dict[int, _Written] = {}
        for member, end in zip(members, ends, strict=True):
            moves[id(member)] = self._out.tell() - member.header_offset
            content = wanted.get(id(member))
            if content is None:
                self._copy(member.header_offset, end)
            else:
                written[id(member)] = self._write_member(member, content)
        start = self._out.tell()
        self._write_directory(moves, written)
        self._write_end(start, self._out.tell() - start)

    def _copy(self, start: int, end: int) -> None:
        if end < start:
            raise zipfile.BadZipFile("parts lie over one another")
        self._file.seek(start)
        left = end - start
        while left:
            block = self._file.read(min(left, 1 << 20))
            if not block:
                raise zipfile.BadZipFile("cut short")
            self._out.write(block)
            left -= len(block)

    def _write_member(self, member: zipfile.ZipInfo, content: bytes) -> _Written:
        self._file.seek(member.header_offset)
        header = _LOCAL.unpack(self._file.read(_LOCAL.size))
        name, extra = self._file.read(header[-2]), self._file.read(header[-1])
        method = member.compress_type if member.compress_type == zipfile.ZIP_STORED else zipfile.ZIP_DEFLATED
        data = content if method == zipfile.ZIP_STORED else _deflated(content)
        checksum = zlib.crc32(content)
        extra = _without_sizes(extra)
        self._out.write(
            _LOCAL.pack(
                *(header[0], header[1], header[2] & ~_HAS_DESCRIPTOR, method, header[4], header[5]),
                *(checksum, len(data), len(content), len(name), len(extra)),
            )
        )
        self._out.write(name + extra + data)
        return _Written(method, checksum, len(data), len(content))

    def _write_directory(self, moves: dict[int, int], written: dict[int, _Written]) -> None:
        self._file.seek(self._archive.start_dir)
        for member in self._archive.infolist():
            record = list(_CENTRAL.unpack(self._file.read(_CENTRAL.size)))
            name = self._file.read(record[10])
            extra = self._file.read(record[11])
            comment = self._file.read(record[12])
            move = moves[id(member)]
            new = written.get(id(member))
            if new is not None:
                if record[-1] == _UNKNOWN_32:
                    raise zipfile.BadZipFile("a part beyond four gigabytes")
                extra = _without_sizes(extra)
                record[3] &= ~_HAS_DESCRIPTOR
                record[4] = new.method
                record[7:10] = new.checksum, new.compressed_bytes, new.size_bytes
                record[11] = len(extra)
            if record[-1] == _UNKNOWN_32:
                extra = _with_moved_offset(extra, record[8], record[9], move)
            else:
                record[-1] += move
            self._out.write(_CENTRAL.pack(*record) + name + extra + comment)

    def _write_end(self, start: int, size: int) -> None:
        """Write what follows the directory (4.3.14 to 4.3.16), with where it now begins and its size."""
        old_end = self._file.tell()
        tail = bytearray(self._file.read())
        place = _place_of_end(tail)
        old_size = old_end - self._archive.start_dir
        move, growth = start - self._archive.start_dir, size - old_size
        end = list(_END.unpack_from(tail, place))
        if end[5] != _UNKNOWN_32:
            end[5] += growth
        if end[6] != _UNKNOWN_32:
            end[6] += move
        _END.pack_into(tail, place, *end)
        locator = place - _LOCATOR_BYTES
        if locator >= 0 and tail.startswith(_LOCATOR_SIGNATURE, locator):
            (offset,) = struct.unpack_from("<Q", tail, locator + 8)
            struct.pack_into("<Q", tail, locator + 8, offset + move + growth)
            large = tail.rfind(_END_64_SIGNATURE, 0, locator)
            if large >= 0:
                size_64, offset_64 = struct.unpack_from("<2Q", tail, large + 40)
                struct.pack_into("<2Q", tail, large + 40, size_64 + growth, offset_64 + move)
        self._out.write(tail)


def _deflated(content: bytes) -> bytes:
    compressor = zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, -zlib.MAX_WBITS)
    return compressor.compress(content) + compressor.flush()


def _place_of_end(tail: bytes | bytearray) -> int:
    """Return where the archive's last record begins, as ``zipfile`` finds it."""
    place = tail.rfind(_END_SIGNATURE)
    if place < 0:
        raise zipfile.BadZipFile("no end")
    return place


def _fields(extra: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the kind, the start and the end of each extra field (4.5.1); what is no field ends them."""
    place = 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, place)
        if place + 4 + length > len(extra):
            return
        yield kind, place, place + 4 + length
        place += 4 + length


def _without_sizes(extra: bytes) -> bytes:
    for kind, start, end in _fields(extra):
        if kind == _LARGE_SIZES:
            return extra[:start] + extra[end:]
    return extra


def _with_moved_offset(extra: bytes, compressed: int, size: int, move: int) -> bytes:
    """Return the extra fields with the offset of eight bytes moved: it stands behind the sizes."""
    for kind, start, _ in _fields(extra):
        if kind == _LARGE_SIZES:
            place = start + 4 + 8 * (compressed == _UNKNOWN_32) + 8 * (size == _UNKNOWN_32)
            changed = bytearray(extra)
            (offset,) = struct.unpack_from("<Q", changed, place)
            struct.pack_into("<Q", changed, place, offset + move)
            return bytes(changed)
    raise zipfile.BadZipFile("no offset")
