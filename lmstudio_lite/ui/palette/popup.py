"""The palette itself: a field, and below it what is found, chosen with the arrows and Enter.

Actions and models are at hand; what is kept of chats, summaries and translations is searched for in the
background, with the words within them too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QListWidgetItem, QWidget

from lmstudio_lite.app.history import Entry, EntryKind, list_entries
from lmstudio_lite.app.session import Services
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.history_model import STORAGE_LANE
from lmstudio_lite.ui.palette.commands import Command, find_commands
from lmstudio_lite.ui.palette.delegate import HINT
from lmstudio_lite.ui.palette.typed_popup import TypedPopup
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import mark, tr

_WIDTH = 560
_HEIGHT = 420
_TYPED_MS = 120
_ENTRIES_MAX = 12
_KINDS = {
    EntryKind.CHAT: mark("Conversation"),
    EntryKind.SUMMARY: mark("Summary"),
    EntryKind.TRANSLATION: mark("Translation"),
}


class CommandPalette(TypedPopup):
    """Opened with ``show_over``. GUI thread."""

    def __init__(
        self,
        theme: Theme,
        services: Services,
        bridge: Bridge,
        open_entry: Callable[[EntryKind, str], None],
        parent: QWidget,
    ) -> None:
        super().__init__(theme, parent)
        self.setAccessibleName(tr("Commands"))
        self._theme, self._services, self._bridge, self._open_entry = theme, services, bridge, open_entry
        self._commands: list[Command] = []
        self._entries: list[Entry] = []
        self._shown: list[Command] = []
        self._num_asked = 0
        self.field.setPlaceholderText(tr("Do or open something"))
        self.field.setAccessibleName(tr("Do or open something"))
        self.list.setAccessibleName(tr("What is found"))
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(_TYPED_MS)
        self._typed.timeout.connect(self._ask_for_entries)
        self.field.textEdited.connect(self._on_text_edited)

    def show_over(self, window: QWidget, commands: Sequence[Command]) -> None:
        """Open in the upper middle of a window, with ``commands`` before what is kept."""
        self._commands = list(commands)
        self._entries = []
        self.field.clear()
        self.resize(self._theme.scaled(_WIDTH), self._theme.scaled(_HEIGHT))
        self.open_over(window)
        self._fill()
        self._ask_for_entries()

    def add_commands(self, commands: Sequence[Command]) -> None:
        """Offer more, found meanwhile."""
        self._commands += commands
        self._fill()

    @Slot(str)
    def _on_text_edited(self, _text: str) -> None:
        self._fill()
        self._typed.start()

    @Slot()
    def _ask_for_entries(self) -> None:
        self._num_asked += 1
        number, query, services = self._num_asked, self.field.text().strip(), self._services

        def show(entries: list[Entry]) -> None:
            if number == self._num_asked and self.isVisible():
                self._entries = entries
                self._fill()

        self._bridge.run(
            lambda context: list_entries(services, query=query, limit=_ENTRIES_MAX),
            on_done=show,
            lane=STORAGE_LANE,
        )

    def _fill(self) -> None:
        """Show what is found: actions and models by their names, what is kept as the search gave it."""
        before = self.list.currentRow()
        kept = [self._command_of(entry) for entry in self._entries]
        self._shown = [*find_commands(self._commands, self.field.text()), *kept]
        self.list.clear()
        for command in self._shown:
            item = QListWidgetItem(command.words)
            item.setData(HINT, command.keys or command.kind)
            item.setData(
                Qt.ItemDataRole.AccessibleTextRole, ", ".join(filter(None, (command.words, command.kind)))
            )
            self.list.addItem(item)
        if self._shown:
            self.list.setCurrentRow(min(max(0, before), len(self._shown) - 1) if not self.field.text() else 0)

    def _command_of(self, entry: Entry) -> Command:
        title = safe_line(entry.title) or tr("New conversation")
        return Command(title, tr(_KINDS[entry.kind]), lambda: self._open_entry(entry.kind, entry.id))

    def take(self, item: QListWidgetItem | None) -> None:
        """Do what the row stands for."""
        row = self.list.row(item) if item is not None else -1
        if 0 <= row < len(self._shown):
            command = self._shown[row]
            self.close()
            command.run()
