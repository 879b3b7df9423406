"""How documents and texts get to the Summarize tab: chosen in a dialog, pasted, or handed over as paths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from lmstudio_lite.app.markdown_marks import without_marks
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.file_choice import expand_folders, open_filters
from lmstudio_lite.ui.file_dialog import ask_for_files
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.summarize.texts import pasted
from lmstudio_lite.words.translate import tr

_TITLE_LENGTH = 60


class SourceOpening(QObject):
    """Lives on the GUI thread; folders are looked through in a job."""

    opened = Signal(object)  # list[Path | Document]

    def __init__(
        self, bridge: Bridge, tab: QWidget, empty_notice: Notice, notice: Callable[[], Notice]
    ) -> None:
        """``empty_notice`` is the empty page's, ``notice`` that of the page that is shown."""
        super().__init__(tab)
        self._bridge, self._tab = bridge, tab
        self._empty_notice, self._notice = empty_notice, notice
        for key, slot in (
            (QKeySequence.StandardKey.Open, self.ask),
            (QKeySequence.StandardKey.Paste, self.paste),
        ):
            shortcut = QShortcut(QKeySequence(key), tab)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot)

    @Slot()
    def ask(self) -> None:
        """Let the user choose documents."""
        ask_for_files(self._tab, tr("Open documents"), open_filters(), self.open_paths)

    @Slot()
    def paste(self) -> None:
        """Take the files or the text on the clipboard."""
        mime = QGuiApplication.clipboard().mimeData()
        files = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()] if mime else []
        if files:
            self.open_paths(files)
        else:
            self.open_text(mime.text() if mime and mime.hasText() else "")

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Take files, and the documents inside folders."""
        wanted = list(paths)
        self._bridge.run(
            lambda context: expand_folders(wanted), on_done=self._on_paths_expanded, lane="file choice"
        )

    def open_text(self, text: str) -> None:
        """Take a pasted or dropped text; blank text is answered by a notice."""
        if not text.strip():
            words = tr("There is no text on the clipboard.")
            self._notice().show_message(words, tr("Copy some text first, or drop a document."))
            return
        first_line = without_marks(text.strip().splitlines()[0])
        title = first_line[:_TITLE_LENGTH] + ("…" if len(first_line) > _TITLE_LENGTH else "")
        self._bridge.run(lambda context: pasted(text, title), on_done=self._on_text_read)

    def _on_paths_expanded(self, paths: list[Path]) -> None:
        if paths:
            self.opened.emit(paths)
            return
        self._empty_notice.show_message(
            tr("There are no documents in this folder."), tr("Drop files, or another folder.")
        )

    def _on_text_read(self, document: Document) -> None:
        self.opened.emit([document])
