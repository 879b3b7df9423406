"""Texts: their content's hash, and one that grows at its end, token by token."""

from __future__ import annotations

import hashlib


def hash_of(text: str) -> str:
    """Return the SHA-256 of a text, by which it is known wherever it is kept."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class GrowingText:
    """Appending costs what is appended; the whole is put together when it is asked for. One thread's."""

    def __init__(self, text: str = "") -> None:
        """Begin with ``text``."""
        self._pieces = [text]
        self._length = len(text)

    def __len__(self) -> int:
        """Return the number of characters."""
        return self._length

    def append(self, added: str) -> None:
        """Go on with ``added``."""
        if added:
            self._pieces.append(added)
            self._length += len(added)

    @property
    def whole(self) -> str:
        """The text so far."""
        self._pieces = ["".join(self._pieces)]
        return self._pieces[0]
