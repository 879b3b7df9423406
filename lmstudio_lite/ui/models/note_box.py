"""What the user writes about a model, kept while it is typed."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.shelf import ModelEntry
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr

_HEIGHT = 64
_DELAY_MS = 800
LANE = "model notes"


class NoteBox(QPlainTextEdit):
    """``kept`` follows a note that was saved, ``failed`` one that could not be."""

    kept = Signal(object, str)  # Path, note
    failed = Signal(object)  # Exception

    def __init__(
        self, theme: Theme, services: Services, bridge: Bridge, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._services = services
        self._bridge = bridge
        self._entry: ModelEntry | None = None
        self._is_showing = False
        self._is_kept = True
        self._due = QTimer(self)
        self._due.setSingleShot(True)
        self._due.setInterval(_DELAY_MS)
        self.setTabChangesFocus(True)
        self.setAccessibleName(tr("Note"))
        self.setPlaceholderText(tr("What you want to remember of this model"))
        self.textChanged.connect(self._on_typed)
        self._due.timeout.connect(self.keep_now)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def show_note(self, entry: ModelEntry, note: str) -> None:
        """Show a model's note; one that is being typed is kept first, and not replaced by an older one."""
        is_other = self._entry is None or self._entry.path != entry.path
        if is_other:
            self.keep_now()
        elif not self._is_kept or self.hasFocus():
            return
        self._entry = entry
        if note != self.toPlainText():
            self._is_showing = True
            self.setPlainText(note)
            self._is_showing = False

    @Slot()
    def keep_now(self) -> None:
        """Save what was typed since it was last saved."""
        self._due.stop()
        entry = self._entry
        if self._is_kept or entry is None:
            return
        self._is_kept = True
        note, notes = self.toPlainText(), self._services.notes
        self._bridge.run(
            lambda context: notes.set_note(entry, note),
            on_done=lambda _none: self.kept.emit(entry.path, note.strip()),
            on_failed=self.failed.emit,
            lane=LANE,
        )

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.keep_now()

    @Slot()
    def _on_typed(self) -> None:
        if not self._is_showing and self._entry is not None:
            self._is_kept = False
            self._due.start()

    @Slot()
    def _on_theme_changed(self) -> None:
        self.setFixedHeight(self._theme.scaled(_HEIGHT))
