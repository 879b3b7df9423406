"""Opening a document: every reason why that fails, as the error that says what to do about it."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from lmstudio_lite.errors import (
    DocumentDamagedError,
    DocumentError,
    DocumentNotFoundError,
    DocumentUnsupportedError,
)
from lmstudio_lite.files import FileKind, IrregularFileError, open_regular


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
