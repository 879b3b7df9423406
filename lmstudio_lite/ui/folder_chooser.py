"""Where to? A field, and below it the folders that have its words: the keyboard's way to move things.

Opened as a popup beside what is moved. Arrows choose, Enter moves, Esc leaves all as it is. A name that no
folder has is offered as a new one.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QListWidgetItem, QWidget

from lmstudio_lite.app.find import fold_words
from lmstudio_lite.domain.folders import Folder
from lmstudio_lite.ui.palette.delegate import HINT
from lmstudio_lite.ui.palette.typed_popup import TypedPopup
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr

_WIDTH, _HEIGHT = 380, 320
_FOLDER_ID = Qt.ItemDataRole.UserRole + 2
_NEW_NAME = Qt.ItemDataRole.UserRole + 3


class FolderChooser(TypedPopup):
    """Announces ``chosen`` once, or nothing. Deletes itself when it closes. GUI thread."""

    chosen = Signal(object)  # the id of a folder, None for none
    new_wanted = Signal(str)  # the name of a folder that is to be made

    def __init__(
        self,
        theme: Theme,
        title: str,
        folders: Sequence[Folder],
        present_id: str | None,
        parent: QWidget,
        *,
        offers_none: bool,
    ) -> None:
        """``present_id`` is where the things lie, None for no folder or several; that is not offered.

        ``offers_none``: some lie in a folder, and can be taken out of it.
        """
        super().__init__(theme, parent, heading=title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(title)
        self._folders, self._present_id, self._offers_none = folders, present_id, offers_none
        self.field.setPlaceholderText(tr("Name of a folder"))
        self.field.setAccessibleName(title)
        self.list.setAccessibleName(tr("Folders"))
        self.resize(theme.scaled(_WIDTH), theme.scaled(_HEIGHT))
        self.field.textEdited.connect(self._fill)
        self._fill()

    def show_over(self, window: QWidget) -> None:
        """Open in the upper middle of a window, ready to be typed in."""
        self.open_over(window)

    @Slot()
    def _fill(self) -> None:
        text = " ".join(self.field.text().split())
        words = fold_words(text).split()
        self.list.clear()
        found = [each for each in self._folders if all(word in fold_words(each.full_name) for word in words)]
        if self._offers_none and not words:
            self._add(tr("In no folder"), "", None)
        for folder in found:
            if folder.id != self._present_id:
                *above, name = folder.path
                self._add(name, " / ".join(above), folder.id)
        if text and not any(fold_words(each.name) == fold_words(text) for each in self._folders):
            item = self._add(tr("New folder “{0}”").format(text), "", None)
            item.setData(_NEW_NAME, text)
        if not self.list.count():
            item = self._add(tr("There is no other folder. Write a name to make one."), "", None)
            item.setFlags(Qt.ItemFlag.NoItemFlags)
        self.list.setCurrentRow(0)

    def _add(self, words: str, hint: str, folder_id: str | None) -> QListWidgetItem:
        item = QListWidgetItem(words)
        item.setData(HINT, hint)
        item.setData(_FOLDER_ID, folder_id)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, ", ".join(filter(None, (words, hint))))
        self.list.addItem(item)
        return item

    def take(self, item: QListWidgetItem | None) -> None:
        """Announce what the row stands for."""
        if item is None or not item.flags() & Qt.ItemFlag.ItemIsEnabled:
            return
        new_name = item.data(_NEW_NAME)
        folder_id = item.data(_FOLDER_ID)
        self.close()
        if new_name:
            self.new_wanted.emit(new_name)
        else:
            self.chosen.emit(folder_id)
