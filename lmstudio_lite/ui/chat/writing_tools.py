"""What the chat holds of writing: a text of the composer or of a reply is made other in a window of its own.

Of the composer the selection is changed in place, so that undo brings it back. Of a reply the changed text is
kept as another version beside it, as if its reader had edited it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.conversations import StoredMessage
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.chat.composer import REWORK_KEYS, Composer
from lmstudio_lite.ui.chat.thread_view import ThreadView
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.write.in_editor import begin_in_editor

if TYPE_CHECKING:
    from lmstudio_lite.ui.write.edit_window import EditWindow


class WritingTools(QObject):
    """Lives as long as the chat tab; its window is made when it is first wanted. GUI thread."""

    reply_changed = Signal(object, str)  # StoredMessage, the whole text with what was accepted

    def __init__(
        self,
        services: Services,
        bridge: Bridge,
        theme: Theme,
        composer: Composer,
        thread_view: ThreadView,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._parts = (services, bridge, theme)
        self._widget = parent
        self._composer, self._thread_view = composer, thread_view
        self.window: EditWindow | None = None
        composer.rework_requested.connect(self.change_composed)
        thread_view.rework_requested.connect(self.change_reply)
        keys = QShortcut(QKeySequence(REWORK_KEYS), parent)
        keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        keys.activated.connect(self.change_selected)

    @Slot()
    def change_selected(self) -> None:
        """Change what is selected: in the composer, in a reply, or else the whole of what is composed."""
        if not self._composer.editor.textCursor().hasSelection():
            for widget in self._thread_view.widgets:
                if widget.has_selection:
                    widget.request_rework()
                    return
        if self._composer.editor.has_words:
            self.change_composed()
            return
        replies = [each for each in self._thread_view.widgets if each.message.role is Role.ASSISTANT]
        if replies:
            replies[-1].request_rework()

    @Slot()
    def change_composed(self) -> None:
        """Change the selection of the composer, or all of it."""
        begin_in_editor(self.edit_window, self._composer.editor)

    @Slot(object, str, float)
    def change_reply(self, message: StoredMessage, selected: str, place: float) -> None:
        """Change what is selected of a reply, or all of it; the rest stays to the character."""
        from lmstudio_lite.app.write import find_span  # late, for the window's first sight

        start, end = find_span(message.text, selected, place) or (0, len(message.text))

        def take(text: str) -> None:
            self.reply_changed.emit(message, f"{message.text[:start]}{text}{message.text[end:]}")

        self.edit_window.begin(message.text[start:end], take)

    @property
    def edit_window(self) -> EditWindow:
        if self.window is None:
            from lmstudio_lite.ui.write.edit_window import EditWindow

            self.window = EditWindow(*self._parts, self._widget)
        return self.window
