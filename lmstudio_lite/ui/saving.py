"""Saving a text where the user says: a dialog that waits for nobody, a write that is whole or not at all.

A text as Word or PDF may take seconds to make: it is made where it is written, in the background.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Qt, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.errors import StorageError
from lmstudio_lite.paths import replace_file
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.words.translate import tr

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]+')
_NAME_LIMIT = 80

Contents = Callable[[], str | bytes]
"""Makes what a file is to hold; called on a background thread, so it may touch no widget."""


def file_name_for(title: str, suffix: str) -> str:
    """Make a file name that every system takes from a title."""
    name = _FORBIDDEN.sub(" ", title)
    return f"{' '.join(name.split())[:_NAME_LIMIT].strip(' .') or 'text'}{suffix}"


def _suffix_of(name_filter: str) -> str:
    """Return the ending of a filter such as ``Word (*.docx)``."""
    return name_filter.rpartition("*.")[2].partition(")")[0].partition(" ")[0]


def ask_where(
    parent: QWidget, title: str, name: str, filters: list[str], on_chosen: Callable[[str], object]
) -> QFileDialog:
    """Open a dialog that asks where to save, beginning in the user's documents; it waits for nobody."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    dialog = QFileDialog(parent, title, str(Path(folder) / name))
    dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(_suffix_of(chosen)))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters(filters)
    dialog.setDefaultSuffix(Path(name).suffix.removeprefix("."))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(on_chosen)
    dialog.open()
    return dialog


def tell_failed(notice: Notice, path: Path, error: Exception) -> None:
    """Say why a file could not be saved."""
    if isinstance(error, StorageError) and error.code == "data_folder_read_only":
        notice.show_message(
            tr("“{0}” could not be saved.").format(path.name),
            tr("The folder can't be written to. Choose another one; nothing is lost."),
            kind="danger",
        )
    else:
        notice.show_error(error)


class TextSaver(QObject):
    """Asks for a file and writes to it in the background; what fails is told in ``notice``."""

    saved = Signal(object)  # Path, once it is on the disk

    def __init__(self, bridge: Bridge, notice: Notice, parent: QWidget) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._notice = notice
        self._widget = parent
        self._contents_for: Callable[[Path], Contents] | None = None

    def ask(
        self, title: str, name: str, filters: list[str], contents_for: Callable[[Path], Contents]
    ) -> QFileDialog:
        """Open the dialog; ``contents_for`` is asked for the chosen path, whose suffix names the form."""
        self._contents_for = contents_for
        return ask_where(self._widget, title, name, filters, self._on_file_selected)

    def save(self, path: Path, contents: Contents) -> None:
        """Write the contents (a string as UTF-8), replacing what was there only once all is written."""

        def work(_context: JobContext) -> None:
            content = contents()
            whole = content if isinstance(content, bytes) else content.encode("utf-8", "replace")
            replace_file(path, whole, is_private=False)

        self._bridge.run(
            work,
            on_done=lambda _none: self._on_saved(path),
            on_failed=lambda error: self._on_failed(path, error),
        )

    def _on_saved(self, path: Path) -> None:
        self.saved.emit(path)
        self._notice.show_message(tr("Saved as “{0}”.").format(path.name), str(path.parent))

    def _on_failed(self, path: Path, error: Exception) -> None:
        tell_failed(self._notice, path, error)

    @Slot(str)
    def _on_file_selected(self, chosen: str) -> None:
        if self._contents_for is not None:
            path = Path(chosen)
            self.save(path, self._contents_for(path))
