"""A PDF file to its text and its inventory, page by page.

PDFium tells what each page holds; that is the inventory. A page's text is PDFium's own where its lines are
plausible, put together anew where text is turned or drawn out of order (``lines``, ``columns``), and
recognized where the page is a picture or does not say what its characters mean (``pictures``). A page
that none of these reads is named with the reason. Kreuzberg, which this program reads other formats with, is
asked only for a file that PDFium can't open: for what PDFium can, its text is PDFium's too, less the turned
pages.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lmstudio_lite.documents.embedded import ReadInner, unsupported
from lmstudio_lite.documents.extraction import extract, stated_title
from lmstudio_lite.documents.formats import Format
from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.ocr import Recognizer, find_recognizer
from lmstudio_lite.documents.pdf.attachments import read_attachments
from lmstudio_lite.documents.pdf.characters import clean
from lmstudio_lite.documents.pdf.columns import PageLine, in_reading_order
from lmstudio_lite.documents.pdf.damage import broken_streams, without_streams
from lmstudio_lite.documents.pdf.lines import Line, split_at_edges
from lmstudio_lite.documents.pdf.notes import with_shown_notes
from lmstudio_lite.documents.pdf.page_lines import read_lines
from lmstudio_lite.documents.pdf.pdfium import PdfDamagedError, PdfFile, PdfPage, PdfPasswordError
from lmstudio_lite.documents.pdf.pictures import (
    BarePicture,
    PageLook,
    bare_pictures,
    look_at,
    recognize_page,
    recognize_pictures,
)
from lmstudio_lite.documents.pdf.plausible import is_readable
from lmstudio_lite.documents.pdf.running import drop_running_lines
from lmstudio_lite.documents.pdf.text import join_pages, lines_of
from lmstudio_lite.documents.reading import Reading
from lmstudio_lite.documents.structure.language import detect_language
from lmstudio_lite.domain.documents import Page
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread
from lmstudio_lite.errors import DocumentEncryptedError, DocumentScannedError, DocumentTooLargeError
from lmstudio_lite.safe_text import without_sequences

_TIME_SHARE = 0.75
"""How much of the time limit reading may take: the rest is for sending what was read."""
_MOST_MISSING_IN_A_ROW = 1000
_UNMAPPED_SHARE = 0.5
_MOST_LINES_COUNTED = 20
_CUT_OUT_SHARE = 0.8
_MOST_RECOGNIZED_GAIN = 1.5


@dataclass(slots=True)
class _PageReading:
    """What came of one page: its lines, how they were read, or why not; what it holds beside them."""

    number: int
    lines: list[PageLine] = field(default_factory=list)
    how: HowRead = HowRead.TEXT
    why: WhyUnread | None = None
    look: PageLook = PageLook.TEXT
    num_letters: int = 0
    num_chars: int = 0
    is_broken: bool = False
    """What draws it is damaged: there may be more text than was read."""
    comments: list[str] = field(default_factory=list)
    beyond: list[PageLine] = field(default_factory=list)
    """Lines beyond the page's edges, and all its lines with them."""
    with_beyond: list[PageLine] = field(default_factory=list)
    pictures: list[BarePicture] = field(default_factory=list)
    picture_texts: list[str] = field(default_factory=list)


def read_pdf(
    path: Path, content: bytes, found: Format, limits: ReadLimits, read_inner: ReadInner = unsupported
) -> Reading:
    """Read the PDF file ``content``.

    Raises:
        DocumentEncryptedError, DocumentDamagedError, DocumentTooLargeError: as their names say.
        DocumentScannedError: all its pages are pictures, and nothing could be recognized in them.
    """
    deadline = time.monotonic() + _TIME_SHARE * limits.time_s
    try:
        with PdfFile(content) as file:
            pages = _read_pages(path, file, limits, deadline)
            _find_broken(content, pages, deadline)
            _settle_edges(pages)
            if limits.recognizes_scans:
                _recognize_pages(path, file, pages, deadline)
            return _joined(path, file, pages, read_inner)
    except PdfPasswordError:
        raise DocumentEncryptedError(path=str(path)) from None
    except PdfDamagedError:
        return _read_otherwise(path, content, found)


def _read_pages(path: Path, file: PdfFile, limits: ReadLimits, deadline: float) -> list[_PageReading]:
    pages: list[_PageReading] = []
    num_characters = num_missing = 0
    for index in range(file.num_pages):
        reading = _PageReading(index + 1)
        pages.append(reading)
        if time.monotonic() > deadline or num_missing >= _MOST_MISSING_IN_A_ROW:
            reading.why = WhyUnread.OUT_OF_TIME if num_missing < _MOST_MISSING_IN_A_ROW else WhyUnread.MISSING
            continue
        try:
            with file.page(index) as page:
                num_characters += page.num_chars
                reading.num_chars = page.num_chars
                if num_characters > limits.text_length:
                    raise DocumentTooLargeError(
                        path=str(path), size_bytes=num_characters, limit_bytes=limits.text_length
                    )
                _read_page(page, reading)
            num_missing = 0
        except PdfDamagedError:
            num_missing += 1
            reading.why = WhyUnread.DAMAGED
    return pages


def _find_broken(content: bytes, pages: Sequence[_PageReading], deadline: float) -> None:
    """Note which pages damaged streams draw; those of no text too, if others don't explain all streams."""
    places = broken_streams(content)
    if not places:
        return
    try:
        with PdfFile(without_streams(content, places)) as rest:
            for reading in pages[: rest.num_pages]:
                if time.monotonic() > deadline:
                    return
                reading.is_broken = reading.num_chars > _num_chars(rest, reading.number - 1)
    except (PdfDamagedError, PdfPasswordError):
        pass
    if sum(reading.is_broken for reading in pages) < len(places):
        for reading in pages:
            reading.is_broken |= reading.num_chars == 0 and reading.look in _DRAWS_NOTHING


_DRAWS_NOTHING = (PageLook.TEXT, PageLook.EMPTY)


def _num_chars(file: PdfFile, index: int) -> int:
    try:
        with file.page(index) as page:
            return page.num_chars
    except PdfDamagedError:
        return 0


def _read_page(page: PdfPage, reading: _PageReading) -> None:
    notes = page.notes()
    shown = [note for note in notes if note.is_shown]
    raw = read_lines(page, is_by_word=bool(shown))
    lines = with_shown_notes(raw.lines, shown) if shown else raw.lines
    reading.comments = [clean(note.text) for note in notes if not note.is_shown]
    inside, beyond = split_at_edges(lines, page.box)
    ordered, is_changed = in_reading_order(inside, is_page_turned=page.is_turned)
    reading.lines = _cleaned(ordered)
    if beyond:
        reading.beyond = _cleaned(in_reading_order(beyond)[0])
        reading.with_beyond = _cleaned(in_reading_order(lines)[0])
    reading.how = HowRead.FALLBACK if raw.is_rebuilt or is_changed else HowRead.TEXT
    reading.num_letters = _num_letters((reading.with_beyond or reading.lines)[:_MOST_LINES_COUNTED])
    if raw.unmapped_share > _UNMAPPED_SHARE and not is_readable(raw.unmapped):
        reading.why = WhyUnread.DAMAGED
        return
    reading.look = look_at(page, reading.num_letters)
    if reading.look is PageLook.PICTURE:
        reading.why = WhyUnread.NO_RECOGNIZER
    elif reading.look is PageLook.TEXT:
        reading.pictures = bare_pictures(page, lines)


def _settle_edges(pages: Sequence[_PageReading]) -> None:
    """Read what lies beyond the edges of a page, unless it stands on another one.

    Pages that are cut out of a larger one hold all of that one's text: it would be read with each of them.
    """
    inside = (
        {line.text for page in pages for line in page.lines} if any(page.beyond for page in pages) else ()
    )
    for page in pages:
        num_elsewhere = sum(line.text in inside for line in page.beyond)
        if page.beyond and (not page.lines or num_elsewhere < _CUT_OUT_SHARE * len(page.beyond)):
            page.lines, page.beyond = page.with_beyond, []
        page.beyond = [line for line in page.beyond if line.text not in inside]
        page.with_beyond = []


def _cleaned(lines: Iterable[PageLine]) -> list[PageLine]:
    cleaned = []
    for line in lines:
        text = clean(without_sequences(line.text)).strip()
        if text:
            cleaned.append(line if text == line.text else line._replace(text=text))
    return cleaned


def _recognize_pages(path: Path, file: PdfFile, pages: Sequence[_PageReading], deadline: float) -> None:
    """Recognize what pages could not be read otherwise; a page that comes too late says so."""
    wanted = [page for page in pages if _needs_recognition(page)]
    with_pictures = [page for page in pages if any(picture.is_print for picture in page.pictures)]
    recognizer = find_recognizer() if wanted or with_pictures else None
    if recognizer is None:
        return
    for reading in wanted:
        if time.monotonic() > deadline:
            reading.why = WhyUnread.OUT_OF_TIME if reading.why else None
            continue
        _recognize(path, file, reading, recognizer)
    for reading in with_pictures:
        if time.monotonic() <= deadline:
            with file.page(reading.number - 1) as page:
                reading.picture_texts = recognize_pictures(path, page, reading.pictures, recognizer)


def _needs_recognition(page: _PageReading) -> bool:
    is_unreadable = page.why is WhyUnread.DAMAGED and page.num_letters > 0
    return is_unreadable or page.look in (PageLook.PICTURE, PageLook.MAYBE_PICTURE)


def _recognize(path: Path, file: PdfFile, reading: _PageReading, recognizer: Recognizer) -> None:
    with file.page(reading.number - 1) as page:
        lines = lines_of(recognize_page(path, page, recognizer))
    is_maybe = reading.look is PageLook.MAYBE_PICTURE
    if lines and (not is_maybe or _num_letters(lines) > _MOST_RECOGNIZED_GAIN * reading.num_letters):
        reading.lines = _cleaned(lines)
        reading.how, reading.why = HowRead.RECOGNIZED, None
    elif reading.look is PageLook.PICTURE:
        reading.why = WhyUnread.PICTURE


def _joined(path: Path, file: PdfFile, pages: Sequence[_PageReading], read_inner: ReadInner) -> Reading:
    for page in pages:
        if page.why is WhyUnread.DAMAGED:
            page.lines = []  # nonsense
    attached = list(read_attachments(file.attachments(), read_inner))
    has_text = any(page.lines for page in pages if page.why is None) or any(text for text, _ in attached)
    if not has_text and any(page.why in _NEEDS_RECOGNITION for page in pages):
        raise DocumentScannedError(path=str(path), num_pages=len(pages))
    kept, running = drop_running_lines([page.lines for page in pages])
    for lines, page in zip(kept, pages, strict=True):
        lines += [PageLine(comment, is_apart=True) for comment in page.comments]
        for told in page.picture_texts:
            recognized = _cleaned(lines_of(told))
            lines += [line._replace(is_apart=number == 0) for number, line in enumerate(recognized)]
    text, spans = join_pages(kept, detect_language)
    parts: list[Part] = []
    for page, (start, end) in zip(pages, spans, strict=True):
        parts += _parts_of_page(page, end - start)
    for line, is_head in running:
        kind = PartKind.HEADER if is_head else PartKind.FOOTER
        parts.append(Part(kind, name=line, num_characters=len(line)))
    for _, inner in attached:
        parts += inner
    if file.is_dynamic_form:
        parts.append(Part(PartKind.EMBEDDED, 0, "XFA", None, HowRead.NOT_READ, WhyUnread.UNSUPPORTED))
    num_recognized = sum(page.how is HowRead.RECOGNIZED for page in pages)
    return Reading(
        "\n\n".join(filter(None, (text, *(inner for inner, _ in attached)))),
        stated_title(file.title),
        tuple(Page(page.number, *span) for page, span in zip(pages, spans, strict=True)),
        is_recognized=num_recognized * 2 > sum(bool(page.lines) for page in pages),
        inventory=tuple(parts),
    )


_NEEDS_RECOGNITION = (WhyUnread.NO_RECOGNIZER, WhyUnread.PICTURE, WhyUnread.OUT_OF_TIME, WhyUnread.DAMAGED)


def _parts_of_page(page: _PageReading, num_characters: int) -> list[Part]:
    how = page.how
    if page.why is not None:
        how = HowRead.NOT_READ
    elif not page.lines and not page.comments:
        how = HowRead.EMPTY
    parts = [Part(PartKind.PAGE, page.number, "", None if page.why else num_characters, how, page.why)]
    if page.is_broken and page.why is None:
        parts.append(Part(PartKind.PAGE, page.number, "", None, HowRead.NOT_READ, WhyUnread.LOST))
    if page.comments:
        length = sum(map(len, page.comments))
        parts.append(Part(PartKind.COMMENTS, page.number, num_characters=length))
    for picture, told in zip(page.pictures, page.picture_texts or [""] * len(page.pictures), strict=True):
        # What the page's own text lies on was read with it; where else a picture is, only its page tells.
        name, length = f"p. {page.number}", len(told)
        if told:
            parts.append(Part(PartKind.PICTURE, 0, name, length, HowRead.RECOGNIZED))
        else:
            was_tried = bool(page.picture_texts) or not picture.is_print
            why = WhyUnread.PICTURE if was_tried else WhyUnread.NO_RECOGNIZER
            parts.append(Part(PartKind.PICTURE, 0, name, None, HowRead.NOT_READ, why))
    if page.beyond:
        length = len(_text(page.beyond))
        parts.append(Part(PartKind.HIDDEN_TEXT, page.number, "", length, HowRead.NOT_READ, WhyUnread.HIDDEN))
    return parts


def _read_otherwise(path: Path, content: bytes, found: Format) -> Reading:
    """Read a file that PDFium can't open as kreuzberg does."""
    result = extract(path, content, found, output="plain")
    pages = result.pages or []
    text, spans = join_pages(
        [lines_of(without_sequences(page["content"])) for page in pages], detect_language
    )
    numbers = [page["page_number"] for page in pages]
    parts = (
        Part(PartKind.PAGE, number, "", end - start, HowRead.FALLBACK if end > start else HowRead.EMPTY)
        for number, (start, end) in zip(numbers, spans, strict=True)
    )
    title = stated_title(str(result.metadata.get("title") or ""))
    numbered = tuple(Page(number, *span) for number, span in zip(numbers, spans, strict=True))
    return Reading(text, title, numbered, inventory=tuple(parts))


def _text(lines: Iterable[PageLine | Line]) -> str:
    return "\n".join(line.text for line in lines)


def _num_letters(lines: Iterable[PageLine]) -> int:
    return sum(map(str.isalnum, _text(lines)))
