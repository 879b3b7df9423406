"""Where a header's bytes come from: a file here, or a server that gives ranges of one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from lmstudio_lite.errors import ModelFileError, ModelNotFoundError
from lmstudio_lite.files import IrregularFileError, open_regular


class ByteSource(Protocol):
    """Bytes that are read in pieces, mostly forwards; a piece may be far behind the one before."""

    @property
    def size_bytes(self) -> int:
        """How many bytes there are."""

    def read(self, offset: int, length: int) -> bytes:
        """Return the ``length`` bytes from ``offset`` on; fewer only where the source ends.

        Raises whatever tells the caller that nothing can be read: an ``AppError`` passes through the reader.
        """


class FileSource:
    """A file that is open. Read with plain reads: a memory map of a file that shrinks kills the process."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size_bytes = file.seek(0, 2)

    @property
    def size_bytes(self) -> int:
        """The size when the file was opened."""
        return self._size_bytes

    def read(self, offset: int, length: int) -> bytes:
        """Return a piece of the file. Raises ``OSError``."""
        self._file.seek(offset)
        return self._file.read(length)


@contextmanager
def open_model_file(path: Path) -> Iterator[FileSource]:
    """Open the file at ``path`` for reading; what fails within the block for the system's reasons is worded.

    Raises:
        ModelNotFoundError: there is no such file.
        ModelFileError: "not_a_file", or "unreadable": the system refuses to read it.
    """
    try:
        with open_regular(path) as file:
            yield FileSource(file)
    except FileNotFoundError:
        raise ModelNotFoundError(path=str(path)) from None
    except IrregularFileError:
        raise ModelFileError(path=str(path), reason="not_a_file") from None
    except (OSError, ValueError):
        raise ModelFileError(path=str(path), reason="unreadable") from None
