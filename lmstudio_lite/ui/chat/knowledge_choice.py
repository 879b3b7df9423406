"""Whether the questions of a conversation are answered from the user's folders: asked below the composer.

The choice stays with its conversation; a new one begins as the last one was.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from lmstudio_lite.app.session import Services
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.chat.composer import Composer
from lmstudio_lite.ui.history_model import STORAGE_LANE


class KnowledgeChoice(QObject):
    """Wires the box in the composer to what is kept. GUI thread."""

    failed = Signal(object)  # Exception

    def __init__(self, services: Services, bridge: Bridge, composer: Composer, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._composer = composer
        self._conversation_id = ""
        self._has_folders = False
        self._is_chosen = False
        composer.uses_knowledge_chosen.connect(self._on_chosen)
        self.refresh()

    @property
    def folder(self) -> str | None:
        """Where the next question is answered from: "" for all folders, None for none."""
        return "" if self._has_folders and self._is_chosen else None

    @Slot()
    def refresh(self) -> None:
        """Look again whether there are folders, and what was chosen for the conversation on the screen."""
        conversation_id = self._conversation_id
        services = self._services.at(conversation_id)

        def read() -> tuple[bool, bool | None]:
            has_folders = services.knowledge.has_folders()
            is_kept = conversation_id and services.conversations.exists(conversation_id)
            chosen = services.conversations.get(conversation_id).uses_knowledge if is_kept else None
            return has_folders, chosen

        def show(found: tuple[bool, bool | None]) -> None:
            if conversation_id != self._conversation_id:
                return
            self._has_folders, chosen = found
            self._is_chosen = self._is_chosen if chosen is None else chosen
            self._show()

        self._bridge.run(lambda context: read(), on_done=show, on_failed=self.failed.emit, lane=STORAGE_LANE)

    def open(self, conversation_id: str, *, is_new: bool) -> None:
        """Follow to another conversation, "" for a new one; with ``is_new`` one that just began here."""
        self._conversation_id = conversation_id
        if is_new and conversation_id:
            self._keep()
        elif conversation_id:
            self.refresh()

    @Slot(bool)
    def _on_chosen(self, is_chosen: bool) -> None:
        self._is_chosen = is_chosen
        if self._conversation_id:
            self._keep()

    def _keep(self) -> None:
        conversation_id = self._conversation_id
        conversations = self._services.at(conversation_id).conversations
        uses_knowledge = self._is_chosen
        self._bridge.run(
            lambda context: conversations.set_uses_knowledge(conversation_id, uses_knowledge=uses_knowledge),
            on_failed=self.failed.emit,
            lane=STORAGE_LANE,
        )

    def _show(self) -> None:
        self._composer.offer_knowledge(is_offered=self._has_folders, is_chosen=self._is_chosen)
