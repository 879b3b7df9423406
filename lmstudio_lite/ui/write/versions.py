"""The versions of a composed text: each one that the model wrote, as its reader left it.

They are kept on the disk, so that a killed program has them at the next start.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.writing import ComposedText
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.history_model import STORAGE_LANE
from lmstudio_lite.unsaved import Place, UnsavedPiece

_SAVE_DELAY_MS = 400


class Versions(QObject):
    """Knows which version is on the screen. GUI thread; the writes run in jobs."""

    shown = Signal()

    def __init__(self, services: Services, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._services, self._bridge = services, bridge
        self._versions: list[ComposedText] = []
        self._place = -1
        self._is_growing = False
        self._changed: set[int] = set()
        self._on_their_way: dict[int, ComposedText] = {}
        self._writing = threading.Lock()
        self._numbers: dict[int, int] = {}
        """Those that were given since the program began, by the versions' places."""
        self._save_due = QTimer(self)
        self._save_due.setSingleShot(True)
        self._save_due.setInterval(_SAVE_DELAY_MS)
        self._save_due.timeout.connect(self._on_save_due)

    @property
    def current(self) -> ComposedText | None:
        return self._versions[self._place] if self._place >= 0 else None

    @property
    def place(self) -> int:
        """The number of the version on the screen, from 0; -1 for none."""
        return self._place

    @property
    def count(self) -> int:
        return len(self._versions)

    def fill(self, versions: Sequence[ComposedText]) -> None:
        """Take over what the last run left."""
        if self._versions:  # What was written before the last run's could be read has its places by now.
            return
        self._versions = list(versions)
        self._place = len(self._versions) - 1
        self.shown.emit()

    def grow(self, composed: ComposedText) -> None:
        """Keep what the model has written so far of the next version: a killed program has it."""
        self._put(composed)
        self._is_growing = True
        self._save_soon()

    def add(self, composed: ComposedText) -> None:
        """Keep a new version, or the end of the one that grew, and show it."""
        self._put(composed)
        self.end()
        self.shown.emit()

    def end(self) -> None:
        """The model writes no more: what it has written is a version."""
        self._is_growing = False
        self._on_save_due()

    def _put(self, composed: ComposedText) -> None:
        if not self._is_growing:
            self._versions.append(composed)
            self._place = len(self._versions) - 1
        else:
            self._versions[self._place] = composed
        self._changed.add(self._place)

    def _save_soon(self) -> None:
        """Save a moment later, however fast one change follows another."""
        if not self._save_due.isActive():
            self._save_due.start()

    def change_text(self, text: str) -> None:
        """Keep what the reader made of the version on the screen."""
        current = self.current
        if current is not None and text != current.text:
            self._versions[self._place] = replace(current, text=text)
            self._changed.add(self._place)
            self._save_soon()

    @Slot()
    def go_back(self) -> None:
        self._go(-1)

    @Slot()
    def go_on(self) -> None:
        self._go(1)

    def flush(self) -> None:
        """Write what is not on the disk yet, on this thread."""
        self._save_due.stop()
        for place in sorted(self._changed | self._on_their_way.keys()):
            self._services.unsaved.save(self._piece(place))
        self._changed.clear()
        self._on_their_way.clear()

    def _go(self, step: int) -> None:
        place = min(max(0, self._place + step), len(self._versions) - 1)
        if place != self._place:
            self._place = place
            self.shown.emit()

    @Slot()
    def _on_save_due(self) -> None:
        changed, self._changed = sorted(self._changed), set()
        for place in changed:
            self._save(place)

    def _save(self, place: int) -> None:
        unsaved, piece, composed = self._services.unsaved, self._piece(place), self._versions[place]
        self._on_their_way[place] = composed

        def done(_is_written: bool) -> None:
            if self._on_their_way.get(place) is composed:
                del self._on_their_way[place]

        self._bridge.run(lambda context: unsaved.save(piece), on_done=done, lane=STORAGE_LANE)

    def _piece(self, place: int) -> UnsavedPiece:
        composed, texts = self._versions[place], self._services.composed_texts

        def write() -> None:
            with self._writing:
                number = self._numbers.get(place, composed.number)
                if number:
                    texts.put(number, composed)
                else:
                    self._numbers[place] = texts.add(composed)

        title = " ".join(composed.text.split())[:48]
        return UnsavedPiece(f"composed:{place}", Place.CHAT, title, composed.text, write)
