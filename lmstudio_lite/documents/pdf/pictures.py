"""Pages of a PDF that are pictures: which are any, and the text that is recognized in them.

A page counts as a picture if there is no text, or next to none, and something is drawn: a scan, or text that
a program turned into outlines. A white page of a scan is an empty page. What is recognized is what PDFium
draws of the page, so that a scan comes upright, and stamps and filled fields are seen.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

import numpy as np
import regex

from lmstudio_lite.documents.extraction import extract
from lmstudio_lite.documents.formats import Format, Kind
from lmstudio_lite.documents.ocr import Recognizer
from lmstudio_lite.documents.pdf.boxes import Box
from lmstudio_lite.documents.pdf.lines import Line, turned_box
from lmstudio_lite.documents.pdf.pdfium import GrayPicture, PdfPage
from lmstudio_lite.documents.pdf.plausible import is_readable
from lmstudio_lite.errors import DocumentError

_RECOGNITION_DPI = 300
_LOOK_DPI = 72
_FEW_LETTERS = 100
"""Of a stamp, a page number or a watermark over a scan."""
_LARGE_SHARE = 0.5
_PICTURE_SHARE = 0.12
"""Of a page: smaller ones are logos, signatures, ornaments."""
_FEW_LETTERS_ON_PICTURE = 20
_MOST_PICTURES = 8
"""On a page."""
_FEWEST_STROKES = 40
_FEWEST_DARK_PIXELS = 30
_CONTRAST = 60
_BRIGHT_PAPER = 160
_MOST_INK = 0.4
_FEWEST_TO_JUDGE = 20
_WORD = regex.compile(r"\p{L}{3,}|\p{N}{2,}|[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]")


class PageLook(Enum):
    TEXT = auto()
    """What text it has is all of it, as far as can be told."""
    PICTURE = auto()
    """It is a picture, or nearly so: its text must be recognized."""
    MAYBE_PICTURE = auto()
    """It has a little text on a picture that may be one of text, or not."""
    EMPTY = auto()


def look_at(page: PdfPage, num_letters: int) -> PageLook:
    """Judge a page on which PDFium found ``num_letters`` letters and digits."""
    if num_letters >= _FEW_LETTERS:
        return PageLook.TEXT
    drawn = page.drawn()
    if num_letters and drawn.picture_share < _LARGE_SHARE:
        return PageLook.TEXT
    if not drawn.pictures and drawn.num_strokes < _FEWEST_STROKES:
        return PageLook.TEXT if num_letters else PageLook.EMPTY
    pixels = page.render(_LOOK_DPI)
    paper = float(np.median(pixels))
    is_dark = pixels < paper - _CONTRAST
    num_dark = int(np.count_nonzero(is_dark | (pixels > paper + _CONTRAST)))
    if num_dark < _FEWEST_DARK_PIXELS:
        return PageLook.TEXT if num_letters else PageLook.EMPTY
    if not num_letters:
        return PageLook.PICTURE
    return (
        PageLook.PICTURE if _looks_like_print(pixels) and not drawn.is_text_hidden else PageLook.MAYBE_PICTURE
    )


@dataclass(frozen=True, slots=True)
class BarePicture:
    """A picture among text that no text lies on; ``is_print`` tells that it looks like a picture of text."""

    box: Box
    is_print: bool


def bare_pictures(page: PdfPage, lines: Sequence[Line]) -> list[BarePicture]:
    """Return the large pictures on a page of text, but for those whose text ``lines`` already hold."""
    area = page.box.area
    found = [box for box in page.drawn().pictures if box.area >= _PICTURE_SHARE * area]
    found = [box for box in found if _num_letters_on(box, lines) < _FEW_LETTERS_ON_PICTURE][:_MOST_PICTURES]
    if not found:
        return []
    drawn = page.render(_LOOK_DPI)
    return [BarePicture(box, _looks_like_print(page.crop(drawn, box))) for box in found]


def _num_letters_on(box: Box, lines: Sequence[Line]) -> int:
    num_letters = 0
    for line in lines:
        turned = turned_box(box, line.turn)
        for word in line.words:
            middle = (word.bottom + word.top) / 2
            if (
                turned.bottom <= middle <= turned.top
                and word.left < turned.right
                and word.right > turned.left
            ):
                num_letters += len(word.text)
    return num_letters


def _looks_like_print(pixels: GrayPicture) -> bool:
    if not pixels.size:
        return False
    paper = float(np.median(pixels))
    is_dark = pixels < paper - _CONTRAST
    num_dark = int(np.count_nonzero(is_dark))
    return paper >= _BRIGHT_PAPER and _FEWEST_DARK_PIXELS <= num_dark <= _MOST_INK * pixels.size


def recognize_pictures(
    path: Path, page: PdfPage, pictures: Sequence[BarePicture], recognizer: Recognizer
) -> list[str]:
    """Return the text of each picture that looks like print, "" for the others. It takes seconds for each."""
    drawn = page.render(_RECOGNITION_DPI)
    return [
        recognize_picture(path, png_of(page.crop(drawn, each.box)), recognizer) if each.is_print else ""
        for each in pictures
    ]


def recognize_page(path: Path, page: PdfPage, recognizer: Recognizer) -> str:
    """Return the text that is recognized on ``page``, "" for none. It takes seconds.

    Recognition reads a page that lies on its head as well, as nonsense: it is turned until words come out.
    """
    drawn = page.render(_RECOGNITION_DPI)
    first = recognize_picture(path, png_of(drawn), recognizer)
    if len(first) < _FEWEST_TO_JUDGE or is_readable(first):
        return first
    for num_quarters in (2, 1, 3):
        text = recognize_picture(path, png_of(np.rot90(drawn, num_quarters)), recognizer)
        if len(text) >= _FEWEST_TO_JUDGE and is_readable(text):
            return text
    return first


def recognize_picture(path: Path, png: bytes, recognizer: Recognizer) -> str:
    """Return the text in a picture, "" where the recognizer finds none or does not work."""
    os.environ["TESSDATA_PREFIX"] = str(recognizer.folder)
    try:
        found = Format(Kind.PICTURE, "image/png")
        text: str = extract(path, png, found, output="plain", languages=recognizer.languages).content
    except DocumentError:
        return ""
    return text if _WORD.search(text) else ""


def png_of(pixels: GrayPicture) -> bytes:
    """Return a gray picture as PNG (ISO/IEC 15948), barely compressed: it is read back at once."""
    height, width = pixels.shape
    rows = np.zeros((height, width + 1), np.uint8)  # each row begins with its filter, 0 for none
    rows[:, 1:] = pixels
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
