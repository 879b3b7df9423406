"""Kreuzberg's reading of a file, with its errors as ours, and the title that a reading gives."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import regex

from lmstudio_lite.documents.formats import Format
from lmstudio_lite.documents.markdown_text import clean_markdown
from lmstudio_lite.errors import DocumentDamagedError, DocumentEncryptedError, DocumentUnsupportedError

if TYPE_CHECKING:
    import kreuzberg

_LONGEST_TITLE = 200
_JUNK_TITLE = regex.compile(
    r"(?:untitled|powerpoint[ -]\w+|\w+ powerpoint"
    r"|microsoft (?:word|powerpoint) - .*|.*\.(?:docx?|pptx?|tex|dvi))",
    regex.I,
)
_HEADING = regex.compile(r"#\s+(.+)")


def extract(
    path: Path,
    content: bytes,
    found: Format,
    *,
    output: str = "markdown",
    marker: str = "",
    languages: str = "",
) -> kreuzberg.ExtractionResult:
    """Return what kreuzberg makes of ``content``; with ``languages`` the text is recognized in pictures.

    Raises:
        DocumentEncryptedError, DocumentUnsupportedError, DocumentDamagedError: as their names say.
    """
    # Imported late: 0.2 s and 60 MB that plain text need not pay.
    import kreuzberg

    config = kreuzberg.ExtractionConfig(
        use_cache=False,
        enable_quality_processing=False,
        output_format=output,
        force_ocr=bool(languages),
        ocr=kreuzberg.OcrConfig(backend="tesseract", language=languages) if languages else None,
        pages=kreuzberg.PageConfig(
            extract_pages=True, insert_page_markers=bool(marker), marker_format=marker or None
        ),
    )
    try:
        return kreuzberg.extract_bytes_sync(content, found.mime_type, config)
    except (kreuzberg.KreuzbergError, RuntimeError, ValueError, OSError) as error:
        message = str(error).lower()
        if "password" in message or "encrypted" in message:
            raise DocumentEncryptedError(path=str(path)) from error
        if "unsupported format" in message:
            raise DocumentUnsupportedError(path=str(path), mime_type=found.mime_type) from error
        if "security limit" in message or "exceeds" in message:
            raise DocumentDamagedError(path=str(path), reason="out_of_memory") from error
        raise DocumentDamagedError(path=str(path), reason="corrupt") from error
    except BaseException as error:
        # A panic in Rust is no ``Exception``; a damaged workbook makes one.
        if type(error).__name__ != "PanicException":
            raise
        raise DocumentDamagedError(path=str(path), reason="corrupt") from error


def title_of(result: kreuzberg.ExtractionResult) -> str:
    """Return the title that the file states, else its first heading, "" without either."""
    title = result.metadata.get("title")
    return stated_title(title if isinstance(title, str) else "") or first_heading(result.content)


def stated_title(title: str) -> str:
    """Return the title that a file states on one line, "" for one that says nothing ("Untitled", "a.doc")."""
    title = " ".join(title.split())
    return title if len(title) <= _LONGEST_TITLE and not _JUNK_TITLE.fullmatch(title) else ""


def first_heading(text: str) -> str:
    """Return the Markdown heading of the first level that ``text`` begins with, "" if it begins otherwise."""
    heading = _HEADING.match(text.lstrip())
    title = clean_markdown(heading[1]).strip("# *") if heading else ""
    return title if len(title) <= _LONGEST_TITLE else ""
