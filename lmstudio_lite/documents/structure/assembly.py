"""A text to a ``Document``: its blocks, language and hash. Cheap to import, and safe in any process."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lmstudio_lite.documents.structure.blocks import find_blocks
from lmstudio_lite.documents.structure.language import detect_language
from lmstudio_lite.domain.documents import Document, Page
from lmstudio_lite.domain.inventory import Part, PartKind
from lmstudio_lite.domain.text import hash_of
from lmstudio_lite.safe_text import without_sequences


def text_document(text: str, title: str) -> Document:
    r"""Return pasted ``text`` as a document without a file; line ends become ``\n``, escape sequences go."""
    text = without_sequences(text.replace("\r\n", "\n").replace("\r", "\n"))
    document = assemble_document(None, title, "text/plain", text, ())
    return replace(document, inventory=(Part(PartKind.BODY, num_characters=len(text)),))


def assemble_document(
    path: Path | None, title: str, mime_type: str, text: str, pages: tuple[Page, ...]
) -> Document:
    """Return ``text`` as a document; ``pages`` are ranges of it."""
    return Document(
        path=path,
        title=title,
        mime_type=mime_type,
        text=text,
        pages=pages,
        blocks=find_blocks(text),
        language=detect_language(text),
        content_hash=hash_of(text),
    )
