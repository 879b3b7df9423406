"""Keeps what is being typed on the disk, at most half a second behind the typing.

Widgets note each change; one write a place follows in the background. What can't be written waits in
``UnsavedWork`` like everything else. ``flush`` writes at once, for the end of the program.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Slot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.conversations import NewAttachment
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.history_model import STORAGE_LANE
from lmstudio_lite.unsaved import Place, UnsavedPiece

DELAY_MS = 400
_TITLE_LENGTH = 48


@dataclass(frozen=True, slots=True)
class _Change:
    text: str
    details: str
    attachments: tuple[NewAttachment, ...] | None


class DraftKeeper(QObject):
    """The drafts of one tab. Lives on the GUI thread; the writes run in jobs."""

    def __init__(self, services: Services, bridge: Bridge, place: Place, parent: QObject) -> None:
        """``place`` is where a notice belongs if a draft can't be written."""
        super().__init__(parent)
        self._drafts = services.drafts
        self._unsaved = services.unsaved
        self._bridge = bridge
        self._place = place
        self._changes: dict[str, _Change] = {}
        self._on_their_way: dict[str, _Change] = {}
        self._due = QTimer(self)
        self._due.setSingleShot(True)
        self._due.setInterval(DELAY_MS)
        self._due.timeout.connect(self._on_due)

    def note(
        self,
        place: str,
        text: str,
        details: str = "",
        attachments: Sequence[NewAttachment] | None = None,
    ) -> None:
        """Write a draft soon; ``attachments`` None leaves its documents as they are."""
        kept = None if attachments is None else tuple(attachments)
        before = self._changes.get(place) or self._on_their_way.get(place)
        if kept is None and before is not None:
            kept = before.attachments
        # What is noted last is written last: a text that moves is at its new place before it leaves the old.
        self._changes.pop(place, None)
        self._changes[place] = _Change(text, details, kept)
        if not self._due.isActive():
            self._due.start()

    def forget(self, place: str) -> None:
        """Remove a draft: it was sent, or is not wanted any more."""
        self.note(place, "", attachments=())

    def flush(self) -> None:
        """Write what is not on the disk yet, on this thread."""
        self._due.stop()
        changes = self._on_their_way | self._changes
        self._changes, self._on_their_way = {}, {}
        for place, change in changes.items():
            self._unsaved.save(self._piece(place, change))

    def hurry(self) -> None:
        """Begin to write now, in the background: what was noted last is a step, not a letter."""
        self._due.stop()
        self._on_due()

    @Slot()
    def _on_due(self) -> None:
        changes, self._changes = self._changes, {}
        self._on_their_way |= changes
        pieces = [self._piece(place, change) for place, change in changes.items()]

        def done(_result: object) -> None:
            for place, change in changes.items():
                is_written = self._unsaved.find(_key(place)) is None
                if is_written and self._on_their_way.get(place) is change:
                    del self._on_their_way[place]

        self._bridge.run(
            lambda context: [self._unsaved.save(piece) for piece in pieces], on_done=done, lane=STORAGE_LANE
        )

    def _piece(self, place: str, change: _Change) -> UnsavedPiece:
        title = " ".join(change.text.split())[:_TITLE_LENGTH]
        return UnsavedPiece(
            _key(place),
            self._place,
            title,
            change.text,
            lambda: self._drafts.keep(place, change.text, change.details, change.attachments),
        )


def _key(place: str) -> str:
    return f"draft:{place}"
