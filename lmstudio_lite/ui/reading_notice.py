"""A notice of what of a document's file could not be read, with a button for the whole of it."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.inventory import Part, missing_of
from lmstudio_lite.ui.controls import BUTTON_SIZE, IconButton
from lmstudio_lite.ui.icons import ICON_SIZE
from lmstudio_lite.ui.inventory_dialog import InventoryDialog, show_inventory
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.inventory import say_recognized, say_unread
from lmstudio_lite.words.translate import tr


def say_missing(inventory: tuple[Part, ...]) -> list[str]:
    """Say what a reader must know at once: the text that is missing, and the text that may be wrong.

    What pictures and charts show is no text that is missing; it is told by who asks what was read.
    """
    return [said for said in (*say_unread(missing_of(inventory)), say_recognized(inventory)) if said]


class ReadingNotice(Notice):
    """Hidden while all of the document's text was read; can be closed, for it is said elsewhere too."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._shown: Document | None = None
        self.button_of_all = InventoryButton(theme, parent)

    def show_document(self, document: Document | None) -> None:
        """Say what of ``document`` is missing; the same one again changes nothing."""
        if document is self._shown:
            return
        self._shown = document
        self.button_of_all.show_document(document)
        words = self.button_of_all.missing
        if words:
            self.show_message(
                words[0],
                " ".join(words[1:]),
                tr("What was read"),
                self.button_of_all.click,
                kind="warning",
            )
        else:
            self.clear()


class InventoryButton(IconButton):
    """Opens “What was read” of the document that it is told; hidden without one that came from a file."""

    def __init__(
        self, theme: Theme, parent: QWidget, *, size: int = BUTTON_SIZE, icon_size: int = ICON_SIZE
    ) -> None:
        super().__init__(theme, "info", tr("What was read"), parent, size=size, icon_size=icon_size)
        self._shown: Document | None = None
        self.missing: list[str] = []
        """What ``say_missing`` says of the file."""
        self._title = ""
        self._inventory: tuple[Part, ...] = ()
        self._encoding = ""
        self.clicked.connect(self._on_clicked)
        self.hide()

    def show_document(self, document: Document | None) -> None:
        """Speak of ``document``; the same one again changes nothing."""
        if document is self._shown:
            return
        self._shown = document
        path = document.path if document is not None else None
        if document is None or path is None:
            self.missing = []
            self.hide()
            return
        self.show_parts(path.name, document.inventory, document.encoding)

    def show_parts(self, title: str, inventory: tuple[Part, ...], encoding: str = "") -> None:
        """Speak of a file by its ``title`` and parts."""
        self._title, self._inventory, self._encoding = title, inventory, encoding
        self.missing = say_missing(inventory)
        is_missing = bool(missing_of(inventory))
        self.set_icon("warning" if is_missing else "info")
        self.set_name(tr("What was read: not all of it") if is_missing else tr("What was read"))
        self.show()

    def show_dialog(self) -> InventoryDialog:
        """Open the dialog."""
        return show_inventory(self._theme, self._title, self._inventory, self._encoding, self.window())

    @Slot()
    def _on_clicked(self) -> None:
        self.show_dialog()
