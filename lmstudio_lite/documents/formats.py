"""What a file is, judged by its bytes; its name only breaks ties between kinds of text.

A picture named ``.pdf`` is a picture, a PDF named ``.txt`` is a PDF, and a program is nothing to read.
"""

from __future__ import annotations

import io
import lzma
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import PurePath

import olefile


class Kind(Enum):
    """How to read a file."""

    PLAIN = auto()
    MARKDOWN = auto()
    TABLE = auto()
    SUBTITLES = auto()
    HTML = auto()
    MAIL = auto()
    OUTLOOK = auto()
    WEB_ARCHIVE = auto()
    PDF = auto()
    WORD = auto()
    SHEETS = auto()
    SLIDES = auto()
    OPEN_TEXT = auto()
    OPEN_SHEETS = auto()
    OPEN_SLIDES = auto()
    RTF = auto()
    EPUB = auto()
    FICTION_BOOK = auto()
    NOTEBOOK = auto()
    OFFICE = auto()
    PICTURE = auto()
    ENCRYPTED = auto()
    UNSUPPORTED = auto()


@dataclass(frozen=True, slots=True)
class Format:
    """A file's kind and the MIME type that kreuzberg knows it by."""

    kind: Kind
    mime_type: str


_OPEN_XML = "application/vnd.openxmlformats-officedocument."
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
_BINARY_SHEETS = "application/vnd.ms-excel.sheet.binary.macroEnabled.12"
SHEET_MIME_TYPES = frozenset(
    (
        _OPEN_XML + "spreadsheetml.sheet",
        _OPEN_DOCUMENT + "spreadsheet",
        "application/vnd.ms-excel",
        _BINARY_SHEETS,
    )
)
_UNKNOWN = Format(Kind.UNSUPPORTED, "application/octet-stream")
_PLAIN = Format(Kind.PLAIN, "text/plain")
_EPUB = Format(Kind.EPUB, "application/epub+zip")
_FICTION_BOOK = Format(Kind.FICTION_BOOK, "application/x-fictionbook+xml")

_SIGNATURES: tuple[tuple[bytes, Format], ...] = (
    (b"{\\rtf", Format(Kind.RTF, "application/rtf")),
    (b"\x89PNG", Format(Kind.PICTURE, "image/png")),
    (b"\xff\xd8\xff", Format(Kind.PICTURE, "image/jpeg")),
    (b"GIF8", Format(Kind.UNSUPPORTED, "image/gif")),
    (b"II*\0", Format(Kind.PICTURE, "image/tiff")),
    (b"MM\0*", Format(Kind.PICTURE, "image/tiff")),
    (b"\x7fELF", Format(Kind.UNSUPPORTED, "application/x-executable")),
    (b"MZ", Format(Kind.UNSUPPORTED, "application/x-msdownload")),
    (b"GGUF", Format(Kind.UNSUPPORTED, "application/x-gguf")),
    (b"\x1f\x8b", Format(Kind.UNSUPPORTED, "application/gzip")),
    (b"7z\xbc\xaf", Format(Kind.UNSUPPORTED, "application/x-7z-compressed")),
    (b"Rar!", Format(Kind.UNSUPPORTED, "application/vnd.rar")),
    (b"SQLite format 3", Format(Kind.UNSUPPORTED, "application/vnd.sqlite3")),
)
_WORD = Format(Kind.WORD, _OPEN_XML + "wordprocessingml.document")
_SHEETS = Format(Kind.SHEETS, _OPEN_XML + "spreadsheetml.sheet")
_SLIDES = Format(Kind.SLIDES, _OPEN_XML + "presentationml.presentation")
_ZIP_MEMBERS: tuple[tuple[str, Format], ...] = (
    ("word/document.xml", _WORD),
    ("ppt/presentation.xml", _SLIDES),
    ("xl/workbook.xml", _SHEETS),
    ("meta-inf/container.xml", _EPUB),
    ("xl/workbook.bin", Format(Kind.SHEETS, _BINARY_SHEETS)),
)
_MAIN_TYPE = re.compile(
    rb"(wordprocessingml|spreadsheetml|presentationml|ms-word|ms-excel|ms-powerpoint)\.[\w.]+main\+xml"
)
_ROOT_TYPE = re.compile(rb'<[\w:]*file-entry(?=[^>]*full-path="/")[^>]*media-type="([\w./+-]+)"')
_FLAT_TYPE = re.compile(rb'<office:document\s[^>]*office:mimetype="([\w./+-]+)"')
"""OpenDocument as one file of XML, as LibreOffice writes it with "flat" formats (.fodt)."""
_FLAT_HEAD = 16_384
_MAIN_FORMATS = {
    b"wordprocessingml": _WORD,
    b"ms-word": _WORD,
    b"spreadsheetml": _SHEETS,
    b"ms-excel": _SHEETS,
    b"presentationml": _SLIDES,
    b"ms-powerpoint": _SLIDES,
}
_ZIP_MIME_TYPES: dict[str, Format] = {
    _EPUB.mime_type: _EPUB,
    _OPEN_DOCUMENT + "text": Format(Kind.OPEN_TEXT, _OPEN_DOCUMENT + "text"),
    _OPEN_DOCUMENT + "text-master": Format(Kind.OPEN_TEXT, _OPEN_DOCUMENT + "text"),
    _OPEN_DOCUMENT + "presentation": Format(Kind.OPEN_SLIDES, _OPEN_DOCUMENT + "presentation"),
    _OPEN_DOCUMENT + "graphics": Format(Kind.OPEN_SLIDES, _OPEN_DOCUMENT + "graphics"),
    _OPEN_DOCUMENT + "spreadsheet": Format(Kind.OPEN_SHEETS, _OPEN_DOCUMENT + "spreadsheet"),
}
_OLE_SUFFIXES: dict[str, Format] = {
    ".doc": Format(Kind.OFFICE, "application/msword"),
    ".ppt": Format(Kind.OFFICE, "application/vnd.ms-powerpoint"),
    ".xls": Format(Kind.OFFICE, "application/vnd.ms-excel"),
    ".msg": Format(Kind.OUTLOOK, "application/vnd.ms-outlook"),
}
_OLE_STREAMS: tuple[tuple[str, str], ...] = (
    ("WordDocument", ".doc"),
    ("PowerPoint Document", ".ppt"),
    ("Workbook", ".xls"),
    ("__properties_version1.0", ".msg"),
)
_TEXT_SUFFIXES: dict[str, Format] = {
    ".md": Format(Kind.MARKDOWN, "text/markdown"),
    ".markdown": Format(Kind.MARKDOWN, "text/markdown"),
    ".csv": Format(Kind.TABLE, "text/csv"),
    ".tsv": Format(Kind.TABLE, "text/tab-separated-values"),
    ".tab": Format(Kind.TABLE, "text/tab-separated-values"),
    ".srt": Format(Kind.SUBTITLES, "application/x-subrip"),
    ".vtt": Format(Kind.SUBTITLES, "text/vtt"),
    ".html": Format(Kind.HTML, "text/html"),
    ".htm": Format(Kind.HTML, "text/html"),
    ".xhtml": Format(Kind.HTML, "text/html"),
    ".eml": Format(Kind.MAIL, "message/rfc822"),
    ".emlx": Format(Kind.MAIL, "message/rfc822"),
    ".mbox": Format(Kind.MAIL, "application/mbox"),
    ".mht": Format(Kind.MAIL, "message/rfc822"),
    ".mhtml": Format(Kind.MAIL, "message/rfc822"),
    ".fb2": _FICTION_BOOK,
    ".ipynb": Format(Kind.NOTEBOOK, "application/x-ipynb+json"),
}


def detect_format(content: bytes, name: str) -> Format:
    """Return the format of ``content``, the whole file; ``name`` is its file name."""
    suffix = PurePath(name).suffix.lower()
    head = content[:1024].lstrip()
    # Readers accept a PDF after up to 1,024 bytes of rubbish; a text may well speak of "%PDF-".
    if head.startswith(b"%PDF-") or (suffix == ".pdf" and b"%PDF-" in content[:1024]):
        return Format(Kind.PDF, "application/pdf")
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_format(content)
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _ole_format(content, suffix)
    for signature, found in _SIGNATURES:
        if content.startswith(signature) and (len(signature) > 2 or b"\0" in content[:4096]):
            return found
    if b"<office:document" in content[:_FLAT_HEAD] and (flat := _FLAT_TYPE.search(content, 0, _FLAT_HEAD)):
        stated = flat[1].decode("ascii").removesuffix("-template")
        return _ZIP_MIME_TYPES.get(stated, Format(Kind.UNSUPPORTED, stated))
    if suffix == ".webarchive" and content.startswith(b"bplist00"):
        return Format(Kind.WEB_ARCHIVE, "application/x-webarchive")
    if head[:256].lower().startswith((b"<!doctype html", b"<html")):
        return _TEXT_SUFFIXES[".html"]
    return _TEXT_SUFFIXES.get(suffix, _PLAIN)


def _zip_format(content: bytes) -> Format:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {member.filename: member for member in archive.infolist()}
            if any(member.flag_bits & 1 for member in members.values()):
                return Format(Kind.ENCRYPTED, "application/zip")
            folded = {name.replace("\\", "/").lstrip("/").casefold(): name for name in members}
            for filename, found in _ZIP_MEMBERS:
                if filename in folded:
                    return found
            if sum(name.endswith(".fb2") for name in folded) == 1:
                return _FICTION_BOOK
            types = _read_member(archive, folded.get("[content_types].xml", ""), 1 << 20)
            if main_type := _MAIN_TYPE.search(types):
                return _MAIN_FORMATS[main_type[1]]
            manifest = _read_member(archive, folded.get("meta-inf/manifest.xml", ""), 1 << 20)
            mime_type = _read_member(archive, "mimetype", 200).decode("ascii", "replace").strip()
            if not mime_type and (stated := _ROOT_TYPE.search(manifest)):
                mime_type = stated[1].decode("ascii", "replace")
            if not mime_type and "meta-inf/container.xml" in folded:
                mime_type = "application/epub+zip"
            if _OPEN_DOCUMENT in mime_type and b"encryption-data" in manifest:
                return Format(Kind.ENCRYPTED, mime_type)
            return _ZIP_MIME_TYPES.get(
                mime_type.removesuffix("-template"), Format(Kind.UNSUPPORTED, mime_type or "application/zip")
            )
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, RuntimeError):
        # The directory at the end is gone: cut short. Let the reader say that it is damaged.
        return _WORD


def expanded_bytes(content: bytes) -> int:
    """Return how large the members of a ZIP archive say they are in sum, 0 for anything else."""
    if not content.startswith(b"PK"):
        return 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        return 0


_DAMAGED_MEMBER = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError),
    *(ValueError, NotImplementedError, RuntimeError),
)


def _read_member(archive: zipfile.ZipFile, name: str, limit_bytes: int) -> bytes:
    """Return a member's beginning, nothing for one that is not there or is damaged: others may tell."""
    if name not in archive.NameToInfo:
        return b""
    try:
        with archive.open(name) as member:
            return member.read(limit_bytes)
    except _DAMAGED_MEMBER:
        return b""


def _ole_format(content: bytes, suffix: str) -> Format:
    """Judge a compound file (MS-CFB) by its streams: those of files within it say nothing of it."""
    held = _ole_streams(content)
    if "EncryptedPackage" in held:
        return Format(Kind.ENCRYPTED, "application/x-ole-storage")
    for stream, stream_suffix in _OLE_STREAMS:
        if stream in held:
            return _OLE_SUFFIXES[stream_suffix]
    return _OLE_SUFFIXES.get(suffix, Format(Kind.UNSUPPORTED, "application/x-ole-storage"))


def _ole_streams(content: bytes) -> set[str]:
    """Return the names of the streams that tell formats apart; of a damaged file, wherever they stand."""
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as archive:
            if held := {name[0] for name in archive.listdir() if len(name) == 1}:
                return held
    except (OSError, ValueError, IndexError, KeyError, struct.error):
        pass
    telling = ("EncryptedPackage", *(stream for stream, _ in _OLE_STREAMS))
    return {name for name in telling if name.encode("utf-16-le") in content}
