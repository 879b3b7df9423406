"""What the Translate tab keeps for the next start, and brings back: a typed text, a translation cut short."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.stored_translations import recover_interrupted
from lmstudio_lite.domain.conversations import Draft
from lmstudio_lite.domain.results import StoredResult
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.drafts import DraftKeeper
from lmstudio_lite.ui.history_model import STORAGE_LANE
from lmstudio_lite.unsaved import Place

_PLACE = "translate"


class LeftBehind(QObject):
    """Lives on the GUI thread; the database is read and written in jobs."""

    draft_found = Signal(str)
    translation_found = Signal(object)  # StoredResult

    def __init__(self, services: Services, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self.text = ""
        self._keeper = DraftKeeper(services, bridge, Place.TRANSLATE, self)

    def follow(self, text: str) -> None:
        """Keep what is typed, at most half a second later; "" forgets it."""
        if text != self.text:
            self.text = text
            self._keeper.note(_PLACE, text)

    def flush(self) -> None:
        """Write what is not on the disk yet: the program ends."""
        self._keeper.flush()

    def restore(self) -> None:
        """Look for what the last run left; at most one of the signals follows."""
        services = self._services

        def read(context: JobContext) -> tuple[Draft | None, StoredResult | None]:
            return services.drafts.get(_PLACE), recover_interrupted(services)

        self._bridge.run(read, on_done=lambda found: self._on_read(*found), lane=STORAGE_LANE)

    def _on_read(self, draft: Draft | None, result: StoredResult | None) -> None:
        if draft is not None and not self.text:
            self.text = draft.text
        if draft is not None and (result is None or result.source_text != draft.text):
            self.draft_found.emit(draft.text)
        elif result is not None:
            self.translation_found.emit(result)
