"""Small rows that are written one by one, and wait together while the disk takes none."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar, cast

from lmstudio_lite.unsaved import Place, UnsavedPiece, UnsavedWork

Key = TypeVar("Key")
Row = TypeVar("Row")


class WaitingRows(Generic[Key, Row]):
    """The rows of one kind. Thread-safe.

    All that wait are one piece of ``UnsavedWork``: while one waits, the next ones join it without an attempt
    of their own, and all go to the disk in one transaction.
    """

    def __init__(self, name: str, unsaved: UnsavedWork, write: Callable[[Mapping[Key, Row]], None]) -> None:
        """Write rows by ``write``, which raises ``StorageError`` while it can't; ``name`` is theirs alone."""
        self._name = name
        self._unsaved = unsaved
        self._write = write
        self._lock = threading.Lock()

    @property
    def rows(self) -> Mapping[Key, Row]:
        """What is not written yet."""
        piece = self._unsaved.find(self._name)
        return cast("Mapping[Key, Row]", piece.value) if piece else {}

    def put(self, key: Key, row: Row) -> None:
        """Write ``row`` now, or as soon as that can be done."""
        self.put_all({key: row})

    def put_all(self, added: Mapping[Key, Row]) -> None:
        """Write several rows at once, now or as soon as that can be done."""
        with self._lock:
            rows = {**self.rows, **added}
            self._unsaved.save(
                UnsavedPiece(self._name, Place.PARTS, "", "", lambda: self._write(rows), value=rows)
            )

    def drop(self) -> None:
        """Forget what waits."""
        with self._lock:
            self._unsaved.drop(self._name)
