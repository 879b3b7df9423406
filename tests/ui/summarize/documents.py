"""Documents for views, made on the spot."""

from __future__ import annotations

from lmstudio_lite.domain.documents import Document, Page


def make_document(text: str, page_starts: tuple[int, ...] = (), language: str = "en") -> Document:
    """Return a document whose pages begin at ``page_starts``."""
    ends = (*page_starts[1:], len(text))
    pages = tuple(
        Page(number, start, end)
        for number, (start, end) in enumerate(zip(page_starts, ends, strict=False), 1)
    )
    return Document(None, "a text", "text/plain", text, pages, (), language, "hash")
