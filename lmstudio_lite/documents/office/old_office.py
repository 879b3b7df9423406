"""Office files of the years before 2007: each by the records of its format.

What is older still (Excel 95, Word 6) and damaged files are left to kreuzberg.

What their containers hold beside the text (objects of other programs, pictures) is named from the container.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from pathlib import Path

import olefile

from lmstudio_lite.documents.extraction import extract, title_of
from lmstudio_lite.documents.formats import Format
from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.markdown_text import clean_markdown
from lmstudio_lite.documents.office.old_sheets import NotBiff8Error, read_old_grids, read_old_workbook
from lmstudio_lite.documents.office.old_slides import read_old_slides
from lmstudio_lite.documents.office.old_word import read_old_word
from lmstudio_lite.documents.office.slide_records import EncryptedSlidesError, NotSlidesError
from lmstudio_lite.documents.office.word_binary import EncryptedWordError, NotWordBinaryError
from lmstudio_lite.documents.reading import Reading
from lmstudio_lite.domain.documents import Sheet
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread
from lmstudio_lite.errors import DocumentEncryptedError

_EXCEL, _WORD = "application/vnd.ms-excel", "application/msword"
_POWERPOINT = "application/vnd.ms-powerpoint"
_OBJECTS = "ObjectPool"


def read_old_office(path: Path, content: bytes, found: Format, limits: ReadLimits) -> Reading:
    """Read a file that only kreuzberg knows, or an old workbook.

    Raises:
        DocumentEncryptedError, DocumentUnsupportedError, DocumentDamagedError: as their names say.
    """
    if found.mime_type == _EXCEL:
        try:
            return read_old_workbook(content, max_characters=limits.text_length)
        except NotBiff8Error:
            pass
        except DocumentEncryptedError:
            raise DocumentEncryptedError(path=str(path)) from None
    if found.mime_type == _WORD:
        try:
            return read_old_word(content)
        except NotWordBinaryError:
            pass
        except EncryptedWordError:
            raise DocumentEncryptedError(path=str(path)) from None
    if found.mime_type == _POWERPOINT:
        try:
            return read_old_slides(content)
        except NotSlidesError:
            pass
        except EncryptedSlidesError:
            raise DocumentEncryptedError(path=str(path)) from None
    result = extract(path, content, found)
    text = clean_markdown(result.content)
    inventory = (Part(PartKind.BODY, num_characters=len(text)), *_objects(content))
    return Reading(text, title_of(result), inventory=inventory)


def read_old_sheets(path: Path, content: bytes, found: Format, limits: ReadLimits) -> list[Sheet]:
    """Return the cells of an old workbook's sheets that are not hidden; raises as ``read_old_office``."""
    try:
        return [Sheet(grid.texts()) for grid in read_old_grids(content, max_characters=limits.text_length)]
    except NotBiff8Error:
        tables = extract(path, content, found).tables
        return [Sheet(tuple(tuple(map(str, row)) for row in table.cells)) for table in tables]
    except DocumentEncryptedError:
        raise DocumentEncryptedError(path=str(path)) from None


def _objects(content: bytes) -> Iterator[Part]:
    """Yield the objects of other programs in a Word file."""
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as archive:
            names = [name for name in archive.listdir(streams=False, storages=True) if name[0] == _OBJECTS]
    except (OSError, ValueError, IndexError, KeyError, struct.error):
        return
    objects = dict.fromkeys(name[1] for name in names if len(name) > 1)
    for number, name in enumerate(objects, 1):
        yield Part(PartKind.EMBEDDED, number, name, None, HowRead.NOT_READ, WhyUnread.UNSUPPORTED)
