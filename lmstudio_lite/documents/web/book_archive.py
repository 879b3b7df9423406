"""The members of a book's ZIP archive, by the names that its documents give them, however written."""

from __future__ import annotations

import io
import posixpath
import unicodedata
import zipfile
import zlib
from urllib.parse import unquote

BROKEN_ARCHIVE = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


class DamagedMemberError(ValueError):
    """A member is there, but can't be unpacked."""


class BookArchive:
    """Raises ValueError for what is no archive. Not to be read from after ``close``."""

    def __init__(self, content: bytes) -> None:
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(content))
        except BROKEN_ARCHIVE as error:
            raise ValueError("no archive") from error
        # Not is_dir(), which fails on a damaged name that is empty.
        self.names = [
            each.filename for each in self._archive.infolist() if each.filename[-1:] not in ("", "/")
        ]
        self._by_key: dict[str, str] = {}
        for name in self.names:
            for key in (name, unquote(name), _as_utf8(name)):
                self._by_key.setdefault(_key(key), name)
        self._exact = frozenset(self.names)

    def close(self) -> None:
        self._archive.close()

    def find(self, address: str, base: str = "") -> str | None:
        """Return the member that ``address``, written in the member ``base``, leads to, None for none.

        What is written may be encoded (``%20``) or not, absolute or relative, and in another case than in the
        archive.
        """
        path = address.partition("#")[0].partition("?")[0].replace("\\", "/").strip()
        for each in (path, unquote(path), address.replace("\\", "/")):
            place = "" if each.startswith("/") else posixpath.dirname(base)
            name = posixpath.normpath(posixpath.join(place, each.lstrip("/")))
            while name.startswith("../"):
                name = name[3:]
            if name in self._exact:
                return name
            found = self._by_key.get(_key(name)) or self._by_key.get(_key(each.lstrip("/")))
            if found and each:
                return found
        return None

    def read(self, name: str) -> bytes:
        """Raises DamagedMemberError."""
        try:
            return self._archive.read(name)
        except (*BROKEN_ARCHIVE, KeyError) as error:
            raise DamagedMemberError(name) from error


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _as_utf8(name: str) -> str:
    """Return a name that was written as UTF-8 without saying so, which ZIP then takes for code page 437."""
    try:
        return name.encode("cp437").decode()
    except ValueError:
        return name
