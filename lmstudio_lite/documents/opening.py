"""Opening a document: every reason why that fails, as the error that says what to do about it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from lmstudio_lite.errors import (
    DocumentDamagedError,
    DocumentError,
    DocumentNotFoundError,
    DocumentTooLargeError,
    DocumentUnsupportedError,
    DocumentVanishedError,
)
from lmstudio_lite.files import FileKind, IrregularFileError, open_regular

_READ_SIZE_BYTES = 4 << 20


def open_document(path: Path) -> BinaryIO:
    """Open the file at ``path``; never waits.

    Raises:
        DocumentNotFoundError: there is nothing of that name.
        DocumentUnsupportedError: a folder, a pipe or a device; ``mime_type`` is "inode/…".
        DocumentDamagedError: ``reason`` is "permission" or "unreadable".
    """
    try:
        return open_regular(path)
    except OSError as error:
        raise opening_error(path, error) from None


def read_whole(path: Path, limit_bytes: int) -> bytes:
    """Read the whole file at once: what vanishes afterwards is no longer needed.

    Raises:
        DocumentTooLargeError: it holds more than ``limit_bytes``.
        DocumentVanishedError: it went away meanwhile.
        DocumentError: as ``open_document``.
    """
    with open_document(path) as file:
        size_bytes = os.fstat(file.fileno()).st_size
        if size_bytes > limit_bytes:
            raise DocumentTooLargeError(path=str(path), size_bytes=size_bytes, limit_bytes=limit_bytes)
        content = bytearray()
        try:
            while len(content) <= limit_bytes and (block := file.read(_READ_SIZE_BYTES)):
                content += block
        except OSError:
            # The disk was unplugged, the network share is gone.
            raise DocumentVanishedError(path=str(path)) from None
    if len(content) > limit_bytes:
        raise DocumentTooLargeError(path=str(path), size_bytes=len(content), limit_bytes=limit_bytes)
    if len(content) < size_bytes and not path.exists():
        raise DocumentVanishedError(path=str(path))
    return bytes(content)


def opening_error(path: Path, error: OSError) -> DocumentError:
    """Return the error that ``error``, met while opening ``path``, stands for."""
    match error:
        case IrregularFileError():
            return DocumentUnsupportedError(path=str(path), mime_type=f"inode/{error.kind}")
        case FileNotFoundError() | NotADirectoryError():
            return DocumentNotFoundError(path=str(path))
        case PermissionError() if path.is_dir():  # Windows refuses to open one.
            return DocumentUnsupportedError(path=str(path), mime_type=f"inode/{FileKind.FOLDER}")
        case PermissionError():
            return DocumentDamagedError(path=str(path), reason="permission")
    return DocumentDamagedError(path=str(path), reason="unreadable")
