"""What the main window sees of a tab: its list, its work, and how both are told to open, begin and stop."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import SignalInstance

from lmstudio_lite.ui.history_model import HistoryModel


class Tab(Protocol):
    """Chat, Summarize and Translate; each is a QWidget made with (services, bridge, theme, parent)."""

    history_model: HistoryModel

    @property
    def working_changed(self) -> SignalInstance:
        """Signal without arguments: ``is_working`` may have changed."""

    @property
    def is_working(self) -> bool:
        """True while there is something for Esc and the stop button to stop."""

    def open_history_item(self, item_id: str) -> None:
        """Show the item of the list; loading it must not wait in the GUI thread."""

    def start_new(self) -> None:
        """Show the empty state, ready for something new (Ctrl+N). Work under way goes on."""

    def begin_find(self) -> bool:
        """Let the user look for words in what is shown (Ctrl+F); False if there is nothing to look in."""

    def stop(self) -> None:
        """Stop this tab's work and keep what is done."""
