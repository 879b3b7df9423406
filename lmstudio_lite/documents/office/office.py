"""Office files by their format: Office Open XML and OpenDocument, read from their own parts.

Kreuzberg reads the older kinds (``Kind.OFFICE``); of these it lost moved text, notes, number formats and more
without a word.
"""

from __future__ import annotations

from pathlib import Path

from lmstudio_lite.documents.embedded import ReadInner
from lmstudio_lite.documents.formats import Format, Kind
from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.office.open_sheets import read_open_grids, read_open_sheets
from lmstudio_lite.documents.office.open_slides import read_open_slides
from lmstudio_lite.documents.office.open_text import read_open_text
from lmstudio_lite.documents.office.rtf import read_rtf
from lmstudio_lite.documents.office.sheets import read_grids, read_workbook
from lmstudio_lite.documents.office.slides import read_slides
from lmstudio_lite.documents.office.word import read_word
from lmstudio_lite.documents.reading import Reading
from lmstudio_lite.domain.documents import Sheet
from lmstudio_lite.errors import DocumentDamagedError


def read_office(
    path: Path, content: bytes, found: Format, limits: ReadLimits, read_inner: ReadInner
) -> Reading:
    """Read an office file of a format whose parts are known here.

    Raises:
        DocumentDamagedError: ``reason`` is "corrupt".
    """
    try:
        match found.kind:
            case Kind.SHEETS:
                return read_workbook(content, read_inner, max_characters=limits.text_length)
            case Kind.SLIDES:
                return read_slides(content, read_inner)
            case Kind.OPEN_TEXT:
                return read_open_text(content, read_inner)
            case Kind.OPEN_SHEETS:
                return read_open_sheets(content, read_inner, max_characters=limits.text_length)
            case Kind.OPEN_SLIDES:
                return read_open_slides(content, read_inner)
            case Kind.RTF:
                return read_rtf(content)
        return read_word(content, read_inner)
    except (ValueError, RecursionError) as error:
        raise DocumentDamagedError(path=str(path), reason="corrupt") from error


def read_office_sheets(path: Path, content: bytes, found: Format, limits: ReadLimits) -> list[Sheet]:
    """Return the cells of a spreadsheet's sheets that are not hidden.

    Raises:
        DocumentDamagedError: ``reason`` is "corrupt".
    """
    read = read_grids if found.kind is Kind.SHEETS else read_open_grids
    try:
        return [Sheet(grid.texts()) for grid in read(content, max_characters=limits.text_length)]
    except ValueError as error:
        raise DocumentDamagedError(path=str(path), reason="corrupt") from error
