"""A file to a ``Document``: text with pages and blocks.

Plain text and Markdown are decoded here, everything else is read by kreuzberg. This runs only inside the
helper process (``documents.helper``): kreuzberg and PDFium are native code that a hostile file may crash,
hang or make swallow memory. Pasted text (``assembly.text_document``) needs none of that and runs anywhere.

Pages are those of PDF files and the slides of presentations. Word files have none: their pages exist only
once a word processor has laid them out.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

import regex

from lmstudio_lite.documents.charset.declared import declared_by_text
from lmstudio_lite.documents.decoding import EncodingWish, decode_file, with_encoding
from lmstudio_lite.documents.embedded import ReadInner
from lmstudio_lite.documents.extraction import extract, title_of
from lmstudio_lite.documents.formats import SHEET_MIME_TYPES, Format, Kind, detect_format, expanded_bytes
from lmstudio_lite.documents.inventory import inventory_of
from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.markdown_text import clean_markdown
from lmstudio_lite.documents.ocr import Recognizer, find_recognizer
from lmstudio_lite.documents.office.office import read_office, read_office_sheets
from lmstudio_lite.documents.office.old_office import read_old_office, read_old_sheets
from lmstudio_lite.documents.opening import read_whole
from lmstudio_lite.documents.pdf.reader import read_pdf
from lmstudio_lite.documents.plain.markdown_file import read_markdown
from lmstudio_lite.documents.plain.subtitles import read_subtitles
from lmstudio_lite.documents.plain.table_text import table_to_markdown
from lmstudio_lite.documents.reading import Reading
from lmstudio_lite.documents.structure.assembly import assemble_document
from lmstudio_lite.domain.documents import RECOGNIZED, Document, Page, Sheet
from lmstudio_lite.domain.inventory import unread_of
from lmstudio_lite.errors import (
    DocumentDamagedError,
    DocumentEmptyError,
    DocumentEncryptedError,
    DocumentScannedError,
    DocumentTooLargeError,
    DocumentUnsupportedError,
)
from lmstudio_lite.safe_text import safe_line, without_sequences

if TYPE_CHECKING:
    import kreuzberg

_MOST_FILES_DEEP = 3
_SLIDE_MARK = "\n\n\ue000{page_num}\ue001\n\n"
_SLIDE_MARK_PATTERN = regex.compile(r"\s*\ue000(\d+)\ue001\s*")
_NO_WISH = EncodingWish()
_LETTER = regex.compile(r"[\p{L}\p{N}]")


def read_document(
    path: Path, limits: ReadLimits, wish: EncodingWish = _NO_WISH, *, keeps_form: bool = False
) -> Document:
    """Read the file at ``path``; ``wish`` is for texts, of which it says the encoding.

    With ``keeps_form`` it is read for a translation, which must give back such a file.

    Raises:
        DocumentNotFoundError, DocumentVanishedError, DocumentEncryptedError, DocumentEmptyError,
        DocumentScannedError, DocumentUnsupportedError, DocumentTooLargeError: as their names say.
        DocumentDamagedError: ``reason`` is "corrupt", "permission" or "unreadable" (``client`` adds
            "crashed" and "out_of_memory").
    """
    content, found = _load(path, limits)
    reading = _read_content(path, content, found, limits, wish, keeps_form=keeps_form)
    if len(reading.text) > limits.text_length:
        size_bytes = len(reading.text.encode())
        raise DocumentTooLargeError(path=str(path), size_bytes=size_bytes, limit_bytes=limits.text_length)
    if not _LETTER.search(reading.text):
        if num_unread := len(unread_of(reading.inventory)):
            raise DocumentEmptyError(path=str(path), num_unread=num_unread)
        raise DocumentEmptyError(path=str(path))
    title = reading.title or _printable(path.stem)
    mime_type = reading.mime_type or found.mime_type
    mime_type = f"{mime_type}{RECOGNIZED}" if reading.is_recognized else mime_type
    text = reading.text if reading.pages else without_sequences(reading.text)
    document = assemble_document(path, title, mime_type, text, reading.pages)
    return replace(
        document,
        address=reading.address,
        inventory=inventory_of(reading, text, found),
        encoding=reading.encoding,
        is_encoding_sure=reading.is_encoding_sure,
        possible_encodings=reading.possible_encodings,
    )


def read_sheets(path: Path, limits: ReadLimits) -> tuple[Sheet, ...]:
    """Read the cells of the spreadsheet at ``path``; sheets without any are left out.

    Raises:
        DocumentError: as ``read_document``; another kind of file is unsupported.
    """
    content, found = _load(path, limits)
    if found.kind is Kind.ENCRYPTED:
        raise DocumentEncryptedError(path=str(path))
    if found.mime_type not in SHEET_MIME_TYPES:
        raise DocumentUnsupportedError(path=str(path), mime_type=found.mime_type)
    if found.kind is Kind.OFFICE:
        sheets = read_old_sheets(path, content, found, limits)
    else:
        sheets = read_office_sheets(path, content, found, limits)
    if not any(sheet.rows for sheet in sheets):
        raise DocumentEmptyError(path=str(path))
    return tuple(sheet for sheet in sheets if sheet.rows)


def _load(path: Path, limits: ReadLimits) -> tuple[bytes, Format]:
    """Read the file's bytes and judge what they are, within the limits."""
    content = read_whole(path, limits.size_bytes)
    if not content.strip(b"\0 \t\r\n"):
        raise DocumentEmptyError(path=str(path))
    found = detect_format(content, path.name)
    expanded = expanded_bytes(content)
    if expanded > limits.expanded_bytes:
        raise DocumentTooLargeError(path=str(path), size_bytes=expanded, limit_bytes=limits.expanded_bytes)
    return content, found


def _printable(name: str) -> str:
    """Return a file's name without the surrogates that stand for bytes that are no UTF-8, on one line."""
    return safe_line(name.encode("utf-8", "replace").decode())


def _inner_reader(limits: ReadLimits, depth: int) -> ReadInner:
    """Return what reads the files within a file, ``depth`` files deep, within the limits of one."""

    def read_inner(content: bytes, name: str) -> Reading:
        path = Path(name)
        found = detect_format(content, name)
        is_binary = found.kind is Kind.PLAIN and content[:1] not in b"\xff\xfe" and b"\0" in content[:4096]
        if depth > _MOST_FILES_DEEP or is_binary:
            raise DocumentUnsupportedError(path=name, mime_type=found.mime_type)
        expanded = expanded_bytes(content)
        if expanded > limits.expanded_bytes:
            raise DocumentTooLargeError(path=name, size_bytes=expanded, limit_bytes=limits.expanded_bytes)
        reading = _read_content(path, content, found, limits, _NO_WISH, depth)
        if not _LETTER.search(reading.text):
            raise DocumentEmptyError(path=name)
        return reading

    return read_inner


def _read_content(
    path: Path,
    content: bytes,
    found: Format,
    limits: ReadLimits,
    wish: EncodingWish,
    depth: int = 0,
    *,
    keeps_form: bool = False,
) -> Reading:
    match found.kind:
        case Kind.ENCRYPTED:
            raise DocumentEncryptedError(path=str(path))
        case Kind.UNSUPPORTED:
            raise DocumentUnsupportedError(path=str(path), mime_type=found.mime_type)
        case Kind.PLAIN | Kind.MARKDOWN | Kind.TABLE | Kind.SUBTITLES:
            decoded = decode_file(path, content, wish, declared=declared_by_text(content))
            text = _read_text(decoded.text, found.kind, keeps_form=keeps_form)
            return with_encoding(text, decoded, content)
        case Kind.PDF:
            return read_pdf(path, content, found, limits, _inner_reader(limits, depth + 1))
        case (
            Kind.WORD
            | Kind.SHEETS
            | Kind.SLIDES
            | Kind.OPEN_TEXT
            | Kind.OPEN_SHEETS
            | Kind.OPEN_SLIDES
            | Kind.RTF
        ):
            return read_office(path, content, found, limits, _inner_reader(limits, depth + 1))
        case Kind.PICTURE:
            return _read_picture(path, content, found, limits)
        case (
            Kind.HTML
            | Kind.WEB_ARCHIVE
            | Kind.MAIL
            | Kind.OUTLOOK
            | Kind.EPUB
            | Kind.FICTION_BOOK
            | Kind.NOTEBOOK
        ):
            # Imported late: a tenth of a second that other files need not pay.
            from lmstudio_lite.documents.web.hypertext import read_hypertext

            return read_hypertext(path, content, found, wish, _inner_reader(limits, depth + 1))
        case Kind.OFFICE:
            return read_old_office(path, content, found, limits)
        case _:
            assert_never(found.kind)


def _read_text(text: str, kind: Kind, *, keeps_form: bool) -> Reading:
    match kind:
        case Kind.MARKDOWN:
            return read_markdown(text)
        case Kind.TABLE if not keeps_form:
            return Reading(table_to_markdown(text), "")
        case Kind.SUBTITLES if not keeps_form:
            return read_subtitles(text)
        case _:
            return Reading(text, "")


def _read_picture(path: Path, content: bytes, found: Format, limits: ReadLimits) -> Reading:
    """Read the text in a photo or a scan; without a recognizer it is told as a scan of no pages."""
    recognizer = find_recognizer() if limits.recognizes_scans else None
    if recognizer is None:
        raise DocumentScannedError(path=str(path), num_pages=0)
    return _recognize(path, content, found, recognizer, 0)


def _recognize(path: Path, content: bytes, found: Format, recognizer: Recognizer, num_pages: int) -> Reading:
    """Read a scan; what can't be recognized is told as a scan, not as a damaged file."""
    os.environ["TESSDATA_PREFIX"] = str(recognizer.folder)
    try:
        result = extract(
            path, content, found, output="plain", marker=_SLIDE_MARK, languages=recognizer.languages
        )
    except DocumentDamagedError:
        raise DocumentScannedError(path=str(path), num_pages=num_pages) from None
    reading = _split_at_marks(result)
    if not _LETTER.search(reading.text):
        raise DocumentScannedError(path=str(path), num_pages=num_pages)
    return replace(reading, is_recognized=True)


def _split_at_marks(result: kreuzberg.ExtractionResult) -> Reading:
    text, *rest = _SLIDE_MARK_PATTERN.split(result.content)
    numbers, slides = map(int, rest[::2]), map(clean_markdown, rest[1::2])
    text, pages = _join_slides(text, zip(numbers, slides, strict=True))
    return Reading(text, title_of(result), pages)


def _join_slides(text: str, slides: Iterable[tuple[int, str]]) -> tuple[str, tuple[Page, ...]]:
    """Return ``text`` with the numbered slides behind it, and where each of them stands."""
    pages: list[Page] = []
    for number, slide in slides:
        text += "\n\n" if text else ""
        start = len(text)
        text += without_sequences(slide)
        pages.append(Page(number, start, len(text)))
    return text, tuple(pages)
