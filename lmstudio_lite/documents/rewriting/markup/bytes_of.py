"""A whole file's bytes, within the limits."""

from __future__ import annotations

from pathlib import Path

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.opening import open_document
from lmstudio_lite.errors import DocumentEmptyError, DocumentTooLargeError


def read_bytes(path: Path, limits: ReadLimits) -> bytes:
    """Return the bytes of the file at ``path``.

    Raises:
        DocumentError: it can't be opened, is empty or too large.
    """
    with open_document(path) as file:
        content = file.read(limits.size_bytes + 1)
    if len(content) > limits.size_bytes:
        size_bytes = path.stat().st_size
        raise DocumentTooLargeError(path=str(path), size_bytes=size_bytes, limit_bytes=limits.size_bytes)
    if not content.strip(b"\0 \t\r\n"):
        raise DocumentEmptyError(path=str(path))
    return content
