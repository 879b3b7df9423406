"""PDFium's view of a PDF file: the characters of its pages with their places, pictures, notes and fields.

The only module that knows pypdfium2 (Apache-2.0/BSD-3). It calls the C interface itself: the library's own
classes cost several times as much per character. PDFium must be called from one thread at a time, and a
hostile file may crash it: only the helper process does.

Places are in points of the page's own, unturned space (PDF 32000-1:2008, 8.3.2.3): y grows upwards.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pypdfium2  # noqa: F401  initializes the library
import pypdfium2.raw as pdfium

from lmstudio_lite.documents.pdf.attachments import Attachment, may_be_read
from lmstudio_lite.documents.pdf.boxes import Box

GrayPicture = npt.NDArray[np.uint8]
"""Rows of pixels, 0 is black."""

_MOST_OBJECTS = 3000
_MOST_NOTES = 500
_MOST_ATTACHMENTS = 1000
_LONGEST_STRING_BYTES = 1 << 20
_WHITE = 0xFFFFFFFF
_MOST_PIXELS = 40_000_000


class PdfPasswordError(Exception):
    """The file opens with a password only."""


class PdfDamagedError(Exception):
    """PDFium can't open the file, or the page."""


class CharPlace(NamedTuple):
    """A character's origin, the directions its line and its upper side point to, and its size in points."""

    x: float
    y: float
    along: tuple[float, float]
    up: tuple[float, float]
    size: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is drawn on a page beside text.

    ``pictures`` are their boxes, ``picture_share`` (0 to 1) is how much of the page they cover together;
    ``num_strokes`` are the segments of lines and shapes. ``is_text_hidden`` tells that the first text is
    drawn invisibly, as recognition programs lay it over a scan.
    """

    pictures: tuple[Box, ...]
    picture_share: float
    num_strokes: int
    is_text_hidden: bool


@dataclass(frozen=True, slots=True)
class Note:
    """Text that stands on a page as an annotation.

    ``is_field`` is a form's filled field, ``name`` is its; ``is_shown`` text lies on the page for all to see,
    other text opens on a click.
    """

    text: str
    box: Box
    name: str = ""
    is_field: bool = False
    is_shown: bool = False


class PdfFile:
    """An open file; ``content`` must stay as it is. Use as a context manager.

    Raises:
        PdfPasswordError, PdfDamagedError: as their names say.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._raw = pdfium.FPDF_LoadMemDocument64(content, len(content), None)
        if not self._raw:
            code = pdfium.FPDF_GetLastError()
            is_locked = code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)
            raise PdfPasswordError if is_locked else PdfDamagedError(f"PDFium's error {code}")
        self.num_pages: int = pdfium.FPDF_GetPageCount(self._raw)
        if self.num_pages < 1:
            pdfium.FPDF_CloseDocument(self._raw)
            raise PdfDamagedError("no pages")
        form_type = pdfium.FPDF_GetFormType(self._raw)
        self.is_dynamic_form: bool = form_type == pdfium.FORMTYPE_XFA_FULL
        self._form_info = pdfium.FPDF_FORMFILLINFO(version=2)
        has_form = form_type != pdfium.FORMTYPE_NONE
        self._form = pdfium.FPDFDOC_InitFormFillEnvironment(self._raw, self._form_info) if has_form else None

    def __enter__(self) -> PdfFile:
        return self

    def __exit__(self, *_: object) -> None:
        if self._form:
            pdfium.FPDFDOC_ExitFormFillEnvironment(self._form)
        pdfium.FPDF_CloseDocument(self._raw)

    @property
    def title(self) -> str:
        """The title that the file states, "" for none."""
        return _string(lambda buffer, size: pdfium.FPDF_GetMetaText(self._raw, b"Title", buffer, size))

    def attachments(self) -> Iterator[Attachment]:
        """Yield the files that are embedded in this one, one at a time."""
        size = ctypes.c_ulong()
        for index in range(min(pdfium.FPDFDoc_GetAttachmentCount(self._raw), _MOST_ATTACHMENTS)):
            file = pdfium.FPDFDoc_GetAttachment(self._raw, index)
            name = _file_name(file) if file else ""
            is_there = file and pdfium.FPDFAttachment_GetFile(file, None, 0, size)
            content: bytes | None = None
            if is_there and may_be_read(size.value):
                buffer = ctypes.create_string_buffer(size.value)
                is_there = pdfium.FPDFAttachment_GetFile(file, buffer, size.value, size)
                content = buffer.raw if is_there else None
            yield Attachment(name, size.value if is_there else 0, content)

    @contextmanager
    def page(self, index: int) -> Iterator[PdfPage]:
        """Load the page at ``index`` (from 0), and its text.

        Raises:
            PdfDamagedError: the page is not there or can't be read.
        """
        raw = pdfium.FPDF_LoadPage(self._raw, index)
        if not raw:
            raise PdfDamagedError(f"page {index + 1}")
        text = pdfium.FPDFText_LoadPage(raw)
        try:
            if not text:
                raise PdfDamagedError(f"the text of page {index + 1}")
            yield PdfPage(raw, text, self._form)
        finally:
            if text:
                pdfium.FPDFText_ClosePage(text)
            pdfium.FPDF_ClosePage(raw)


class PdfPage:
    """A loaded page. Characters are numbered from 0 in the order in which they are drawn, line by line."""

    def __init__(self, raw: Any, text: Any, form: Any) -> None:
        self._raw = raw
        self._text = text
        self._form = form
        self.num_chars: int = max(0, pdfium.FPDFText_CountChars(text))
        self._rectangle = pdfium.FS_RECTF()
        self._rectangle_ref = ctypes.byref(self._rectangle)
        self._doubles = [ctypes.c_double() for _ in range(4)]
        self._double_refs = [ctypes.byref(double) for double in self._doubles]
        self._matrix = pdfium.FS_MATRIX()
        self._matrix_ref = ctypes.byref(self._matrix)

    @property
    def box(self) -> Box:
        """What is shown of the page, as its crop box says."""
        is_there = pdfium.FPDF_GetPageBoundingBox(self._raw, self._rectangle_ref)
        found = self._rectangle
        return Box(found.left, found.bottom, found.right, found.top) if is_there else Box(0, 0, 0, 0)

    @property
    def is_turned(self) -> bool:
        """Whether the page's dictionary turns it."""
        return bool(pdfium.FPDFPage_GetRotation(self._raw))

    def text(self) -> str:
        r"""Return the page's text, character by character as they are numbered.

        Lines end with ``\r\n``, or with U+0002 where a hyphen divides a word. Characters beyond U+FFFF are
        two surrogates where the system has them so; what has no character is U+0000.
        """
        size = self.num_chars + 1
        buffer = (ctypes.c_ushort * size)()
        num_written = pdfium.FPDFText_GetText(self._text, 0, self.num_chars, buffer) if self.num_chars else 0
        if num_written - 1 == self.num_chars:
            text = bytes(buffer)[: 2 * self.num_chars].decode("utf-16-le", "surrogatepass")
            if len(text) == self.num_chars:
                return text.replace("\ufffe", "\x02")
        # PDFium leaves out what it takes for control characters: one by one they keep their numbers.
        return "".join(map(self._char, range(self.num_chars)))

    def _char(self, number: int) -> str:
        code = pdfium.FPDFText_GetUnicode(self._text, number)
        if code in (0x2, 0xFFFE):
            return "\x02" if pdfium.FPDFText_IsHyphen(self._text, number) == 1 else "\0"
        return chr(code) if code < 0x110000 else "\0"

    def is_unmapped(self, number: int) -> bool:
        """Whether the file does not say which character this glyph is: what is told is its code."""
        return bool(pdfium.FPDFText_HasUnicodeMapError(self._text, number) == 1)

    def is_generated(self, number: int) -> bool:
        """Whether PDFium put the character in: a space in a gap, a line's end."""
        return bool(pdfium.FPDFText_IsGenerated(self._text, number) == 1)

    def angle(self, number: int) -> float:
        """Return how far the character is turned, in radians from 0 to 2π."""
        return float(pdfium.FPDFText_GetCharAngle(self._text, number))

    def line_box(self, number: int) -> Box:
        """Return the box of an upright character, as high as its font's lines."""
        pdfium.FPDFText_GetLooseCharBox(self._text, number, self._rectangle_ref)
        found = self._rectangle
        left, bottom, right, top = found.left, found.bottom, found.right, found.top
        if top < bottom:
            bottom, top = top, bottom
        if right < left:
            left, right = right, left
        return Box(left, bottom, right, top)

    def glyph_box(self, number: int) -> Box:
        """Return the box around what is drawn of the character."""
        left, right, bottom, top = self._double_refs
        pdfium.FPDFText_GetCharBox(self._text, number, left, right, bottom, top)
        values = self._doubles
        return Box(values[0].value, values[2].value, values[1].value, values[3].value)

    def pieces(self) -> list[Box]:
        """Return the boxes of the pieces in which the text is drawn, in the characters' order."""
        left, top, right, bottom = self._double_refs
        values = self._doubles
        boxes = []
        for index in range(max(0, pdfium.FPDFText_CountRects(self._text, 0, -1))):
            pdfium.FPDFText_GetRect(self._text, index, left, top, right, bottom)
            boxes.append(Box(values[0].value, values[3].value, values[2].value, values[1].value))
        return boxes

    def place(self, number: int) -> CharPlace | None:
        """Return where the character stands and how it is turned, None for one of no size."""
        x, y = self._double_refs[:2]
        if not pdfium.FPDFText_GetMatrix(self._text, number, self._matrix_ref):
            return None
        matrix = self._matrix
        width = (matrix.a**2 + matrix.b**2) ** 0.5
        height = (matrix.c**2 + matrix.d**2) ** 0.5
        size = height * abs(pdfium.FPDFText_GetFontSize(self._text, number))
        if not width or not size or not pdfium.FPDFText_GetCharOrigin(self._text, number, x, y):
            return None
        along = (matrix.a / width, matrix.b / width)
        sign = 1.0 if matrix.a * matrix.d - matrix.b * matrix.c >= 0 else -1.0
        up = (-along[1] * sign, along[0] * sign)
        return CharPlace(self._doubles[0].value, self._doubles[1].value, along, up, size)

    def drawn(self) -> Drawn:
        """Return what is drawn beside text; of a page of thousands of objects only the first ones count."""
        page = self.box
        pictures: list[Box] = []
        num_strokes = 0
        first_text: Any = None
        for kind, item, place in self._objects():
            match kind:
                case pdfium.FPDF_PAGEOBJ_IMAGE:
                    box = (place or _bounds(item)).within(page)
                    pictures += [box] if box.area else []
                case pdfium.FPDF_PAGEOBJ_PATH:
                    num_strokes += max(0, pdfium.FPDFPath_CountSegments(item))
                case pdfium.FPDF_PAGEOBJ_TEXT:
                    first_text = first_text or item
        area = page.area
        share = min(1.0, sum(box.area for box in pictures) / area) if area else 0.0
        is_hidden = bool(
            first_text
            and pdfium.FPDFTextObj_GetTextRenderMode(first_text) == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE
        )
        return Drawn(tuple(pictures), share, num_strokes, is_hidden)

    def _objects(self) -> Iterator[tuple[int, Any, Box | None]]:
        """Yield kind and handle of the page's objects and of those in its forms, with the form's box."""
        num_left = _MOST_OBJECTS
        for index in range(min(max(0, pdfium.FPDFPage_CountObjects(self._raw)), num_left)):
            item = pdfium.FPDFPage_GetObject(self._raw, index)
            kind = pdfium.FPDFPageObj_GetType(item)
            yield kind, item, None
            if kind != pdfium.FPDF_PAGEOBJ_FORM:
                continue
            # What is in a form is placed by the form's own matrix: its box as a whole is close enough.
            place = _bounds(item)
            for inner_index in range(min(max(0, pdfium.FPDFFormObj_CountObjects(item)), num_left)):
                inner = pdfium.FPDFFormObj_GetObject(item, inner_index)
                yield pdfium.FPDFPageObj_GetType(inner), inner, place

    def notes(self) -> list[Note]:
        """Return the page's annotations that have text: notes, text boxes, filled fields."""
        found = []
        for index in range(min(max(0, pdfium.FPDFPage_GetAnnotCount(self._raw)), _MOST_NOTES)):
            annotation = pdfium.FPDFPage_GetAnnot(self._raw, index)
            if not annotation:
                continue
            try:
                note = self._note(annotation)
            finally:
                pdfium.FPDFPage_CloseAnnot(annotation)
            found += [note] if note and note.text.strip() else []
        return found

    def _note(self, annotation: Any) -> Note | None:
        kind = pdfium.FPDFAnnot_GetSubtype(annotation)
        if kind in (pdfium.FPDF_ANNOT_POPUP, pdfium.FPDF_ANNOT_LINK):
            return None  # a popup shows its parent's text, a link is no text
        found = self._rectangle
        pdfium.FPDFAnnot_GetRect(annotation, self._rectangle_ref)
        box = Box(found.left, found.bottom, found.right, found.top)
        if kind == pdfium.FPDF_ANNOT_WIDGET:
            return self._field(annotation, box)
        text = _string(
            lambda buffer, size: pdfium.FPDFAnnot_GetStringValue(annotation, b"Contents", buffer, size)
        )
        return Note(text, box, is_shown=kind == pdfium.FPDF_ANNOT_FREETEXT)

    def _field(self, annotation: Any, box: Box) -> Note | None:
        if not self._form:
            return None
        form = self._form

        def string(function: Any) -> str:
            return _string(lambda buffer, size: function(form, annotation, buffer, size))

        kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
        if kind in (pdfium.FPDF_FORMFIELD_PUSHBUTTON, pdfium.FPDF_FORMFIELD_SIGNATURE):
            return None
        name = string(pdfium.FPDFAnnot_GetFormFieldAlternateName) or string(pdfium.FPDFAnnot_GetFormFieldName)
        if kind in (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON):
            is_checked = pdfium.FPDFAnnot_IsChecked(form, annotation)
            return Note("☒" if is_checked else "☐", box, name, is_field=True, is_shown=True)
        return Note(string(pdfium.FPDFAnnot_GetFormFieldValue), box, name, is_field=True, is_shown=True)

    def crop(self, pixels: GrayPicture, box: Box) -> GrayPicture:
        """Return what of the drawn page ``pixels`` shows ``box``."""
        height, width = pixels.shape
        x, y = ctypes.c_int(), ctypes.c_int()
        corners = []
        for at_x, at_y in ((box.left, box.bottom), (box.right, box.top)):
            pdfium.FPDF_PageToDevice(self._raw, 0, 0, width, height, 0, at_x, at_y, x, y)
            corners.append((min(max(x.value, 0), width), min(max(y.value, 0), height)))
        (left, bottom), (right, top) = corners
        return pixels[min(bottom, top) : max(bottom, top), min(left, right) : max(left, right)]

    def render(self, dots_per_inch: float) -> GrayPicture:
        """Draw the page upright, as it is shown; a page of any size gives at most 40 million pixels."""
        width_pt = max(1.0, pdfium.FPDF_GetPageWidthF(self._raw))
        height_pt = max(1.0, pdfium.FPDF_GetPageHeightF(self._raw))
        scale = min(dots_per_inch / 72, (_MOST_PIXELS / (width_pt * height_pt)) ** 0.5)
        width = max(1, min(_MOST_PIXELS, round(width_pt * scale)))
        height = max(1, min(_MOST_PIXELS // width, round(height_pt * scale)))
        pixels = np.full((height, width), 255, np.uint8)
        bitmap = pdfium.FPDFBitmap_CreateEx(
            width, height, pdfium.FPDFBitmap_Gray, pixels.ctypes.data_as(ctypes.c_void_p), width
        )
        if not bitmap:
            raise PdfDamagedError("no room to draw the page")
        try:
            pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, _WHITE)
            flags = pdfium.FPDF_ANNOT | pdfium.FPDF_GRAYSCALE
            pdfium.FPDF_RenderPageBitmap(bitmap, self._raw, 0, 0, width, height, 0, flags)
            if self._form:
                pdfium.FPDF_FFLDraw(self._form, bitmap, self._raw, 0, 0, width, height, 0, flags)
        finally:
            pdfium.FPDFBitmap_Destroy(bitmap)
        return pixels


def _string(function: Any) -> str:
    """Call one of PDFium's functions that write UTF-16 into a buffer of a size in bytes."""
    size = min(function(None, 0), _LONGEST_STRING_BYTES)
    if size <= 2:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    function(buffer, size)
    text = bytes(buffer)[:size].decode("utf-16-le", "replace")
    return text.partition("\0")[0].replace("\r\n", "\n").replace("\r", "\n").strip()


def _file_name(file: Any) -> str:
    return _string(lambda buffer, size: pdfium.FPDFAttachment_GetName(file, buffer, size))


def _bounds(item: Any) -> Box:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    is_there = pdfium.FPDFPageObj_GetBounds(item, left, bottom, right, top)
    return Box(left.value, bottom.value, right.value, top.value) if is_there else Box(0, 0, 0, 0)
